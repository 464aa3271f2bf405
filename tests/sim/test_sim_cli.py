import json
import re
import shutil

import numpy as np
import pytest

from sim import __main__ as cli
from sim import cosim, manifest
from tests.sim import tiny


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """The tiny build; a harness's first simulation compiles it, the others find the model there."""
    return tiny.make(tmp_path_factory.mktemp("sim") / "a build")  # spaces are hard on make


def run(capsys, *args):
    status = cli.main([str(arg) for arg in args])
    out, err = capsys.readouterr()
    return status, out.splitlines(), err.splitlines()


def saved(tmp_path, array, name="X.npy"):
    np.save(tmp_path / name, array)
    return tmp_path / name


def frames(count, seed=0):
    return np.random.default_rng(seed).choice([-1, 1], (count, 4, 2, 2))


def check_clean(capsys, build, tmp_path, *args):
    """Run 20 frames with the simulator and compare what it wrote with numpy."""
    x, output, report = frames(20), tmp_path / "Y.npy", tmp_path / "r.json"
    status, out, _ = run(capsys, build, "--input", saved(tmp_path, x), "--output", output,
                         "--json", report, *args)
    assert status == 0, out
    y = np.load(output)
    assert y.dtype == np.int32
    np.testing.assert_array_equal(y, x.reshape(20, 16) @ tiny.WEIGHTS.T)
    assert not list(tmp_path.glob(".*"))
    assert [path.name for path in (build / "sim").glob(".*")] == []
    return out, json.loads(report.read_text())


@pytest.mark.parametrize(("args", "harness"), [([], "batch"), (["--harness", "batch"], "batch"),
                                               (["--harness", "cocotb"], "cocotb")])  # fmt: skip
def test_verilator(capsys, build, tmp_path, args, harness):
    out, report = check_clean(capsys, build, tmp_path, *args)
    assert report == {"frames": 20, "mismatches": 0, "cycles_per_frame": tiny.CYCLES,
                      "latency_cycles": tiny.LATENCY, "simulator": "verilator",
                      "harness": harness}
    assert out[:4] == ["frames 20", "mismatches 0", "cycles per frame 4", "latency 3 cycles"]
    assert re.fullmatch(rf"simulator verilator, harness {harness}, \d+\.\d s", out[4])


def test_second_run_does_not_compile(capsys, build):
    status, out, err = run(capsys, build, "--frames", 3)
    assert (status, out[0], err) == (0, "frames 3", ["simulating 3 frames"])


@pytest.mark.parametrize(("stall", "seed"), [(0.1, 1), (0.5, 2), (0.9, 3)])
def test_stalls(capsys, build, tmp_path, stall, seed):
    _, report = check_clean(capsys, build, tmp_path, "--stall", stall, "--seed", seed)
    assert report["mismatches"] == 0
    assert report["cycles_per_frame"] > tiny.CYCLES


@pytest.mark.parametrize(("stall", "seed"), [(0, 0), (0.01, 4), (0.3, 5), (0.97, 1 << 70)])
def test_harnesses_agree_to_the_cycle(build, stall, seed):
    design, x = manifest.read(build), frames(50).reshape(50, 16)
    batch, cocotb = (cosim.simulate(design, x, harness=harness, stall=stall, seed=seed)
                     for harness in ("batch", "cocotb"))
    for name in ("outputs", "first", "last", "cycles"):
        np.testing.assert_array_equal(getattr(batch, name), getattr(cocotb, name))


def test_icarus(capsys, build, tmp_path):
    if shutil.which("iverilog") is None:
        pytest.skip("Icarus Verilog is not installed (apt install iverilog)")
    _, report = check_clean(capsys, build, tmp_path, "--simulator", "icarus")
    assert (report["cycles_per_frame"], report["harness"]) == (tiny.CYCLES, "cocotb")
    check_clean(capsys, build, tmp_path, "--simulator", "icarus", "--stall", 0.4)


def test_one_frame_of_random_input(capsys, build, tmp_path):
    status, out, _ = run(capsys, build, "--frames", 1, "--json", tmp_path / "r.json")
    assert (status, out[2]) == (0, "cycles per frame unknown (one frame)")
    assert json.loads((tmp_path / "r.json").read_text())["cycles_per_frame"] is None


def test_frames_in_batches(capsys, build, tmp_path):
    """Frames that fill the last batch are not seen; the rate is that between whole batches."""
    folder = tmp_path / "batches"
    shutil.copytree(build, folder)
    tiny.seal(folder, frames_per_batch=8)
    _, report = check_clean(capsys, folder, tmp_path)
    assert report["cycles_per_frame"] == tiny.CYCLES
    status, out, _ = run(capsys, folder, "--frames", 3, "--json", tmp_path / "r.json")
    assert (status, out[:2]) == (0, ["frames 3", "mismatches 0"])
    assert out[2] == "cycles per frame unknown (one batch of 8 frames)"
    report = json.loads((tmp_path / "r.json").read_text())
    assert (report["frames"], report["cycles_per_frame"]) == (3, None)
    assert report["latency_cycles"] == tiny.LATENCY


def test_golden(capsys, build, tmp_path):
    out, report = check_clean(capsys, build, tmp_path, "--golden")
    assert report == {"frames": 20, "mismatches": 0, "cycles_per_frame": None,
                      "latency_cycles": None, "simulator": "golden", "harness": None}
    assert len(out) == 3


def faulty(capsys, build, tmp_path, fault, *args):
    """Run frames of which number 5, the last one, makes the circuit break a rule."""
    x = frames(6).reshape(6, 16)
    x[5] = tiny.frame(tiny.FAULTS[fault])
    return run(capsys, build, "--input", saved(tmp_path, x), "--output", tmp_path / "Y.npy", *args)


def test_mismatch(capsys, build, tmp_path):
    status, out, _ = faulty(capsys, build, tmp_path, "sum", "--json", tmp_path / "r.json")
    expected = int(tiny.frame(1) @ tiny.WEIGHTS[3])
    assert status == 1
    assert out[1] == "mismatches 1"
    assert out[-1] == (f"first mismatch: frame 5, element 3: "
                       f"expected {expected}, got {expected + 1}")
    assert json.loads((tmp_path / "r.json").read_text())["mismatches"] == 1
    assert np.load(tmp_path / "Y.npy")[5, 3] == expected + 1


@pytest.mark.parametrize(("fault", "stall", "message"), [
    ("tlast", 0, r"m_axis_tlast must be 1, not 0, at beat 1 of frame 5, cycle \d+"),
    ("hang", 0, r"Top must answer 6 frames within \d+ cycles, but took 6 and gave 5"),
    ("hang", 0.5, r"Top must answer 6 frames within \d+ cycles, but took 6 and gave 5"),
    ("unstable", 0.9, r"m_axis_tdata and tlast must be stable until the transfer, "
                      r"at beat 0 of frame 5, cycle \d+"),
    ("drop", 0.9, r"m_axis_tvalid must not drop before the transfer, at beat 0 of frame 5, "
                  r"cycle \d+"),
    ("extra", 0, r"m_axis_tvalid must be 0 after the last of 6 frames"),
    ("padding", 0, r"m_axis_tdata must be zero outside the items, in frame 5"),
])
def test_broken_rule(capsys, build, tmp_path, fault, stall, message):
    sentences = set()
    for harness in ("batch", "cocotb"):
        args = ("--stall", stall, "--harness", harness)
        status, out, err = faulty(capsys, build, tmp_path, fault, *args)
        assert (status, out) == (1, [])
        assert re.fullmatch(message, err[-1])
        sentences.add(err[-1])
        assert not (tmp_path / "Y.npy").exists()
    assert len(sentences) == 1


def test_changed_file(capsys, tmp_path):
    folder = tiny.make(tmp_path / "build")
    (folder / "top.v").write_text("")
    message = "File 'top.v' does not match its digest in manifest.json; build again"
    assert run(capsys, folder) == (2, [], [f"{folder}: {message}"])


@pytest.mark.parametrize("harness", ["batch", "cocotb"])
def test_broken_verilog(capsys, tmp_path, harness):
    folder = tiny.make(tmp_path / "build")
    (folder / "top.v").write_text("module top(clk); input clk; assign = 1; endmodule")
    tiny.seal(folder)
    status, out, err = run(capsys, folder, "--harness", harness)
    log = folder / "sim" / "verilator-build.log"
    assert (status, out) == (2, [])
    assert f"{folder}/top.v: File must compile with verilator; {log} ends with" in err
    assert "syntax error" in log.read_text()
    assert list((folder / "sim").glob("*/*")) == []


@pytest.mark.parametrize(("simulator", "tool", "package"),
                         [("verilator", "make", "make"), ("icarus", "iverilog", "iverilog")])
def test_missing_tool(capsys, tmp_path, monkeypatch, simulator, tool, package):
    folder = tiny.make(tmp_path / "build")
    monkeypatch.setenv("PATH", str(tmp_path))
    status, out, err = run(capsys, folder, "--simulator", simulator)
    what = f"Program must be installed for --simulator {simulator} (apt install {package})"
    assert (status, out, err[-1]) == (2, [], f"{tool}: {what}")


def test_no_compiled_network(capsys, tmp_path):
    folder = tiny.make(tmp_path / "build")
    model = (folder / "model.json").read_text()
    (folder / "model.json").write_text(model.replace('"dense"', '"batchnorm"'))
    tiny.seal(folder)
    ops = (
        "dense, conv, maxpool, sumpool, add, concat, upsample, pad, threshold, encode, flatten, "
        "argmax"
    )
    what = f"op must be one of {ops}, not 'batchnorm'"
    message = f"File must be a compiled network with its weights: {what}; build again"
    assert run(capsys, folder) == (2, [], [f"{folder}/model.json: {message}"])


@pytest.mark.parametrize("x", [
    np.ones((2, 16), np.uint8), np.ones((2, 4, 2, 2), float), np.ones((2, 2, 8), bool),
    np.ones((16,), np.int64), np.ones((4, 2, 2), np.uint64),
])
def test_accepted_input(capsys, build, tmp_path, x):
    status, out, _ = run(capsys, build, "--golden", "--input", saved(tmp_path, x))
    assert (status, out[0]) == (0, f"frames {x.size // 16}")


def test_bool_is_the_bipolar_bit(capsys, build, tmp_path):
    x = frames(3)
    for array, name in ((x, "a.npy"), (x > 0, "b.npy")):
        run(capsys, build, "--golden", "--input", saved(tmp_path, array), "--output",
            tmp_path / name)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), np.load(tmp_path / "b.npy"))


def test_fewer_frames_than_the_input(capsys, build, tmp_path):
    x = saved(tmp_path, frames(5))
    assert run(capsys, build, "--golden", "--input", x, "--frames", 2)[1][0] == "frames 2"


@pytest.mark.parametrize(("x", "message"), [
    (np.ones((2, 15), int), "Input must have shape (frames, 4, 2, 2), 16 elements per frame, "
                            "not (2, 15)"),
    (np.ones((0, 16), int), "Input must have shape (frames, 4, 2, 2), 16 elements per frame, "
                            "not (0, 16)"),
    (np.zeros((1, 16), int), "Input must hold values of bipolar (-1 and +1), not 0 at frame 0, "
                             "element 0"),
    (np.full((1, 16), 1 << 63, np.uint64), "Input must hold values of bipolar (-1 and +1), not "
                                           "9223372036854775808 at frame 0, element 0"),
    (np.full((1, 16), 0.5), "Input must hold values of bipolar (-1 and +1), not 0.5 at frame 0, "
                            "element 0"),
    (np.full((1, 16), np.nan), "Input must hold values of bipolar (-1 and +1), not nan at "
                               "frame 0, element 0"),
    (np.array(["a"] * 16), "Input must hold integers, not <U1"),
])
def test_refused_input(capsys, build, tmp_path, x, message):
    file = saved(tmp_path, x)
    assert run(capsys, build, "--input", file) == (2, [], [f"{file}: {message}"])


def test_unreadable_input(capsys, build, tmp_path):
    file = tmp_path / "X.npy"
    message = "File cannot be read: No such file or directory"
    assert run(capsys, build, "--input", file) == (2, [], [f"{file}: {message}"])
    file.write_text("1, 2, 3")
    message = "File must be a .npy array of numbers"
    assert run(capsys, build, "--input", file) == (2, [], [f"{file}: {message}"])
    np.save(file, np.array([None]))
    assert run(capsys, build, "--input", file) == (2, [], [f"{file}: {message}"])
    file.write_bytes(b"\x93NUMPY\x01\x00\x12\x00{'shape': (3, 4,   ")  # ends too soon
    assert run(capsys, build, "--input", file) == (2, [], [f"{file}: {message}"])


@pytest.mark.parametrize(("args", "message"), [
    (["--stall", "1"], "argument --stall: must be a number from 0 to 0.99, not '1'"),
    (["--stall", "nan"], "argument --stall: must be a number from 0 to 0.99, not 'nan'"),
    (["--frames", "0"], "argument --frames: must be a positive integer, not '0'"),
    (["--seed", "-1"], "argument --seed: must be a non-negative integer, not '-1'"),
    (["--simulator", "icarus", "--harness", "batch"],
     "argument --harness: must be cocotb with --simulator icarus, not 'batch'"),
    (["--output", "no/Y.npy"], "no/Y.npy: File must stand in a folder that exists"),
    (["--json", "no/r.json"], "no/r.json: File must stand in a folder that exists"),
])
def test_refused_option(capsys, build, args, message):
    assert run(capsys, build, *args) == (2, [], [message])


def test_no_build(capsys, tmp_path):
    message = "Folder must be a build with a manifest.json: No such file or directory"
    assert run(capsys, tmp_path / "no") == (2, [], [f"{tmp_path}/no: {message}"])
