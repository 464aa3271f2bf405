"""What a build leaves: all of it, or nothing."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from generators.cost import bands
from generators.finn import __main__ as cli
from generators.finn import build as build_room
from generators.network import folder as folder_room
from generators.network import load
from generators.network.error import ModelError
from sim import manifest
from tests.generators.cost import measured
from tests.generators.emit import pages
from tests.generators.finn import nets

FILES = {"top.v", "model.json", "weights.npz", "report.json", "report.html", "manifest.json",
         "fold.json", "system.v", "accelerator.v", "system.xdc", "build_vivado.tcl",
         "build_ooc.tcl", "build_ooc.xdc", "package_ip.tcl", "build_openxc7.sh",
         "build_openxc7.ys", "split_lut6_2.v", "driver"}  # fmt: skip
MODEL = nets.model(
    nets.dense("fc0", size=(8, 18), weights="int3", fold={"pe": 2, "simd": 6, "storage": "lut"},
               activation={"type": "uint2", "thresholds": [[-9, 0, 9]]}),
    nets.dense("fc.1", "fc0", size=(5, 8), weights="ternary", fold={"pe": 1, "simd": 4}),
    nets.ARGMAX | {"inputs": ["fc.1"]},
    shape=(3, 3, 2), kind="uint4", name="a-net.1",
)  # fmt: skip


def command(path, folder, *arguments) -> None:
    assert cli.main([str(path), "-o", str(folder), "--clock", "125.5", *arguments]) == 0


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    where, kept = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bands, "FILE", measured.table(kept, ("mvtu", "unseen", -0.02)))
        command(nets.folder(MODEL, where), where / "build")
    return where / "build"


def read(path: Path):
    return json.loads(path.read_text())


def contents(folder: Path) -> dict:
    """Of all files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}  # fmt: skip


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_files(built):
    assert names(built) == FILES
    assert os.listdir(built.parent).count("build") == 1
    assert sorted(os.listdir(built.parent)) == ["build", "model.json"]


def test_report(built):
    report = read(built / "report.json")
    assert list(report) == ["network", "board", "clock_mhz", "cycles_per_frame", "frames_per_batch",
                            "latency_cycles", "frames_per_second", "io", "static_time", "bound",
                            "performance", "totals", "system", "estimate_error", "available",
                            "budget", "synthesis_tool", "layers", "links"]  # fmt: skip
    assert (report["network"], report["board"]) == ("a-net.1", "zynq7020")
    assert (report["clock_mhz"], report["cycles_per_frame"]) == (125.5, 12)
    assert report["frames_per_second"] == 125.5e6 / 12
    assert report["latency_cycles"] > 12
    assert report["available"] == {"lut": 53200, "ff": 106400, "bram18": 280, "dsp": 220}
    error = report["estimate_error"]
    assert (error["circuits"], error["lut_median"], error["lut_95th_percentile"]) == (1, 0.02, 0.02)
    assert list(report["totals"]) == ["lut", "ff", "bram18", "dsp", "source"]
    around = report["system"]
    assert 1300 < around["lut"] < 1800 and 1400 < around["ff"] < 1800
    assert (around["bram18"], around["dsp"], around["source"]) == (0, 0, "estimate")
    assert [layer["name"] for layer in report["layers"]] == ["fc0", "fc.1", "top"]
    assert [layer["op"] for layer in report["layers"]] == ["dense", "dense", "argmax"]


def test_budget_and_links_of_the_report(built):
    report = read(built / "report.json")
    assert report["budget"] == report["available"] | {"lut": 42560}
    assert report["synthesis_tool"] is None
    ends = [(one["source"], one["target"]) for one in report["links"]]
    assert ends == [("input", "fc0"), ("fc0", "fc.1"), ("fc.1", "top"), ("top", "output")]


def test_page(built):
    """It says every number of the report, and stands before any simulation."""
    page = pages.Reader((built / "report.html").read_text())
    assert pages.missing(read(built / "report.json"), page.text) == []
    assert "Not simulated yet" in page.text


def test_layers_of_the_report(built):
    fields = ["name", "op", "datapath", "pe", "simd", "frames", "cycles_per_frame",
              "macs_per_cycle", "weight_storage", "weight_memory", "line_buffer", "fifo_depths",
              "resources", "static_ns", "busy", "waiting", "blocked", "fill", "bitops",
              "delay_ns"]  # fmt: skip
    report = read(built / "report.json")
    for layer in report["layers"]:
        assert list(layer) == fields
        assert list(layer["resources"]) == ["lut", "ff", "bram18", "dsp", "source"]
        assert layer["resources"]["source"] == report["totals"]["source"] == "estimate"
        assert report["static_time"] is layer["static_ns"] is None
    first, second, last = report["layers"]
    assert (first["datapath"], first["pe"], first["simd"]) == ("mvtu_dsp", 2, 6)
    assert (first["cycles_per_frame"], first["weight_storage"]) == (12, "lut")
    assert (first["macs_per_cycle"], second["macs_per_cycle"]) == (8 * 18 / 12, 5 * 8 / 10)
    assert second["weight_storage"] in ("lut", "bram")
    assert [last[name] for name in ("datapath", "pe", "simd", "weight_storage")] == [None] * 4
    assert last["macs_per_cycle"] == 0
    for name in ("lut", "ff", "bram18", "dsp"):
        layers = sum(layer["resources"][name] for layer in report["layers"])
        assert layers - 2 <= report["totals"][name]  # rounded, and the edges


def test_manifest(built):
    document = read(built / "manifest.json")
    for name, digest in document["files"].items():
        assert hashlib.sha256((built / name).read_bytes()).hexdigest() == digest
    core = {name: document["files"][name] for name in ("top.v", "model.json", "weights.npz")}
    digest = hashlib.sha256(json.dumps(core, sort_keys=True).encode()).hexdigest()
    assert document["digest"] == digest  # of the core, as the registers of system.v hold it
    report = read(built / "report.json")
    for name in ("clock_mhz", "cycles_per_frame", "frames_per_batch", "latency_cycles"):
        assert document[name] == report[name]
    found = manifest.read(built)
    assert (found.name, found.input.shape, found.input.type) == ("a-net.1", (3, 3, 2), "uint4")
    assert (found.output.shape, found.output.type) == ((1,), "uint3")


def test_build_is_built_again_to_the_same_bytes(built, tmp_path, monkeypatch):
    monkeypatch.setattr(bands, "FILE", measured.table(tmp_path, ("mvtu", "unseen", -0.02)))
    command(built / "model.json", tmp_path / "again")
    assert contents(tmp_path / "again") == contents(built)


def test_model_is_that_of_the_input(built, tmp_path):
    """The streamlined network has the weights as given."""
    network = load.load(built / "model.json")
    for layer, given in zip(network.layers[:2], MODEL["layers"]):
        np.testing.assert_array_equal(layer.weights.data, given["weights"]["data"])
        assert layer.fold is not None


def test_sim_reads_no_half_of_a_build(built, tmp_path):
    whole = contents(built)
    for missing in ("manifest.json", "top.v", "model.json", "weights.npz", "system.v"):
        half = tmp_path / missing
        shutil.copytree(built, half)
        (half / missing).unlink()
        with pytest.raises(manifest.BuildError):
            manifest.read(half)
    cut = shutil.copytree(built, tmp_path / "cut")
    (cut / "top.v").write_bytes(whole["top.v"][: len(whole["top.v"]) // 2])
    with pytest.raises(manifest.BuildError, match=r"'top.v' does not match its digest"):
        manifest.read(cut)


@pytest.fixture
def quick(monkeypatch):
    """Builds without Verilog."""
    monkeypatch.setattr(build_room, "Top", lambda *parts: None)
    monkeypatch.setattr(build_room, "convert", lambda top: "// nothing\n")
    nets.empty_systems(monkeypatch)


STEPS = [
    (build_room, "convert"), (build_room.write, "write"), (build_room, "report"),
    (build_room.report_page, "page"), (build_room, "manifest"), (folder_room, "_replace"),
]  # fmt: skip


def broken(error):
    def fail(*arguments, **options):
        raise error

    return fail


@pytest.mark.parametrize("earlier", [False, True])
@pytest.mark.parametrize(("error", "status", "sentence"), [
    (KeyboardInterrupt(), 130, "Interrupted; nothing was written"),
    (OSError(28, "No space left on device"), 2,
     "{folder}: Folder cannot be written: No space left on device"),
    (ModelError("a", "B must be c"), 2, "a: B must be c"),
], ids=["interrupt", "disk", "refusal"])  # fmt: skip
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step[1])
def test_interrupted(quick, step, error, status, sentence, earlier, tmp_path, capsys, monkeypatch):
    path, folder = nets.folder(MODEL, tmp_path), tmp_path / "build"
    if earlier:
        command(path, folder)
    before = contents(folder) if earlier else None
    capsys.readouterr()
    monkeypatch.setattr(*step, broken(error))

    assert cli.main([str(path), "-o", str(folder)]) == status

    out, err = capsys.readouterr()
    assert (out, err) == ("", sentence.replace("{folder}", str(folder)) + "\n")
    assert sorted(os.listdir(tmp_path)) == (["build"] if earlier else []) + ["model.json"]
    assert not earlier or contents(folder) == before


def test_interrupted_between_the_renames(quick, tmp_path, monkeypatch):
    """The earlier build has left, the new one has not come: the earlier comes back."""
    path, folder = nets.folder(MODEL, tmp_path), tmp_path / "build"
    command(path, folder)
    before, rename = contents(folder), Path.rename

    def second_fails(self, target):
        if self.name == "new":
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", second_fails)
    assert cli.main([str(path), "-o", str(folder)]) == 130
    assert contents(folder) == before
    assert sorted(os.listdir(tmp_path)) == ["build", "model.json"]


def test_earlier_build_is_replaced(quick, tmp_path):
    path, folder = nets.folder(MODEL, tmp_path), tmp_path / "build"
    command(path, folder)
    (folder / "old").write_text("left from before")
    os.remove(folder / "top.v")
    command(path, folder)
    assert names(folder) == FILES


def test_empty_folder_is_used_and_its_parents_made(quick, tmp_path):
    path = nets.folder(MODEL, tmp_path)
    (tmp_path / "empty").mkdir()
    command(path, tmp_path / "empty")
    command(path, tmp_path / "a" / "b" / "c")
    assert names(tmp_path / "empty") == names(tmp_path / "a" / "b" / "c") == FILES


def test_link_stays_a_link(quick, tmp_path):
    path = nets.folder(MODEL, tmp_path)
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    command(path, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert names(tmp_path / "real") == FILES


@pytest.mark.parametrize("files", [
    {"notes.txt": "mine"}, {".hidden": ""}, {"manifest.json": "{}"}, {"manifest.json": "[1]"},
    {"manifest.json": '{"bitl'}, {"manifest.json": '{"name": "web"}', "index.html": ""},
])  # fmt: skip
def test_foreign_folder_is_left_alone(quick, files, tmp_path, capsys):
    path, folder = nets.folder(MODEL, tmp_path), tmp_path / "mine"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    assert cli.main([str(path), "-o", str(folder)]) == 2
    sentence = f"{folder}: Folder must be empty or an earlier build; it was left alone\n"
    assert capsys.readouterr() == ("", sentence)
    assert {name: data.decode() for name, data in contents(folder).items()} == files


def test_unwritable_folder(quick, tmp_path, capsys, monkeypatch):
    """As root may write everywhere, the refusal of the file system is made up."""
    denied = PermissionError(13, "Permission denied")
    monkeypatch.setattr(folder_room.tempfile, "TemporaryDirectory", broken(denied))
    path = nets.folder(MODEL, tmp_path)
    assert cli.main([str(path), "-o", str(tmp_path / "build")]) == 2
    sentence = f"{tmp_path}/build: Folder cannot be written: Permission denied\n"
    assert capsys.readouterr() == ("", sentence)


def test_names_that_collide(tmp_path):
    """a.b and a-b are both a_b in Verilog; the report keeps them apart."""
    layers = [nets.dense("a.b", activation=nets.SIGN),
              nets.dense("a-b", "a.b", size=(4, 4), activation=nets.SIGN),
              nets.dense("a_b", "a-b", size=(3, 4))]  # fmt: skip
    path = nets.folder(nets.model(*layers, name="n"), tmp_path)
    command(path, tmp_path / "build", "--cycles", "30")
    report = read(tmp_path / "build" / "report.json")
    assert [layer["name"] for layer in report["layers"]] == ["a.b", "a-b", "a_b"]
    assert all(layer["resources"]["lut"] for layer in report["layers"])
