import re

import pytest

from boards import devices
from boards.parts import PARTS
from boards.toolchains import files
from tests.boards.toolchains import made, tcl

ZYNQ = [board.name for board in devices.BOARDS if board.family == "zynq7000"]
SCRIPTS = ("build_vivado.tcl", "build_ooc.tcl", "package_ip.tcl")


def named(calls, name):
    return [call for call in calls if call.name == name]


@pytest.mark.parametrize("board", ZYNQ)
@pytest.mark.parametrize("script", SCRIPTS)
def test_commands(tmp_path, board, script):
    """All commands and options are Vivado's, every file and module is there, the part is right."""
    folder = made.build(tmp_path, board)
    status, calls = tcl.run(folder / script)
    assert status == "0"
    part = devices.find(board).part
    assert part in PARTS
    for call in calls:
        if call.name not in ("puts", "file"):
            assert call.options.get("-part", part) == part
    read = [word for call in calls if call.name in ("read_verilog", "read_xdc", "add_files")
            for argument in call.arguments for word in argument.split()]  # fmt: skip
    assert "top.v" in read
    assert all((folder / name).is_file() for name in read)
    sources = "".join((folder / name).read_text() for name in read if name.endswith(".v"))
    tops = [call.options["-top"] for call in named(calls, "synth_design")]
    tops += [call.arguments[1] for call in named(calls, "set_property")
             if call.arguments[0] == "top"]  # fmt: skip
    assert len(tops) == 1 and f"module {tops[0]}(" in sources


@pytest.mark.parametrize("board", ZYNQ)
@pytest.mark.parametrize(("file", "top"), [("system.xdc", "system"), ("build_ooc.xdc", "top")])
def test_constraints(tmp_path, board, file, top):
    """Ports and nets are the module's, balls are the package's, and the clock is the one asked."""
    folder = made.build(tmp_path, board, 125.0)
    status, calls = tcl.run(folder / file)
    assert status == "0"
    verilog = (folder / ("top.v" if top == "top" else "system.v")).read_text()
    names = made.ports(verilog, top)
    for call in named(calls, "get_ports"):
        assert re.sub(r"\[\d+\]$", "", call.arguments[0]) in names
    for call in named(calls, "get_nets"):
        assert re.search(rf"^  wire .*\b{call.arguments[0]}\b", verilog, re.MULTILINE)
    (clock,) = named(calls, "create_clock")
    assert clock.options["-period"] == "8.000" and len(clock.arguments) == 1
    for call in named(calls, "set_property"):
        name, value, _ = call.arguments
        assert name in ("PACKAGE_PIN", "IOSTANDARD", "HD.CLK_SRC")
        if name == "PACKAGE_PIN":
            assert value in PARTS[devices.find(board).part].balls


def test_flow(tmp_path):
    """The order of the flow, and where it writes."""
    status, calls = tcl.run(made.build(tmp_path) / "build_vivado.tcl")
    order = ["read_verilog", "read_xdc", "synth_design", "opt_design", "place_design",
             "phys_opt_design", "route_design", "report_timing_summary", "report_utilization",
             "report_utilization", "write_checkpoint", "get_timing_paths", "get_timing_paths",
             "get_property", "get_property", "write_bitstream"]  # fmt: skip
    assert status == "0"
    assert [call.name for call in calls if call.name not in ("puts", "file")] == order
    (bits,) = named(calls, "write_bitstream")
    assert bits.options == {"-force": None, "-bin_file": None}
    assert bits.arguments == ["build/vivado/system.bit"]
    assert named(calls, "file")[0].words == ("mkdir", "build/vivado")
    assert "-mode" not in named(calls, "synth_design")[0].options
    reports = [call.options["-file"] for call in calls if call.name.startswith("report_")]
    assert reports == [f"build/vivado/{name}.rpt" for name in
                       ("timing", "utilization", "utilization_hierarchical")]  # fmt: skip


@pytest.mark.parametrize(("script", "top"), [("build_vivado.tcl", "system"),
                                             ("build_ooc.tcl", "top")])  # fmt: skip
@pytest.mark.parametrize(("setup", "hold", "told"), [
    ("-0.25", "0.02", "ERROR: [Bitloom 2] Timing is not met at 100 MHz: setup slack -0.25 ns, hold "
     "slack 0.02 ns; see "),
    ("0.1", "-0.02", "ERROR: [Bitloom 2] Timing is not met at 100 MHz: setup slack 0.1 ns, hold "
     "slack -0.02 ns; see "),
    ("", "", "ERROR: [Bitloom 1] No path has a clock; see "),
])  # fmt: skip
def test_missed(tmp_path, script, top, setup, hold, told):
    """A missed clock ends Vivado with 1, behind the checkpoint and before any bitstream."""
    status, calls = tcl.run(made.build(tmp_path) / script, setup=setup, hold=hold)
    out = "build/vivado" if top == "system" else "build/ooc"
    assert status == "1"
    assert named(calls, "puts")[-1].words == (f"{told}{out}/timing.rpt",)
    assert named(calls, "write_checkpoint")[0].arguments == [f"{out}/{top}.dcp"]
    assert not named(calls, "write_bitstream")


def test_core_alone(tmp_path):
    status, calls = tcl.run(made.build(tmp_path) / "build_ooc.tcl", argv="3")
    assert status == "0"
    (synthesis,) = named(calls, "synth_design")
    assert synthesis.options["-mode"] == "out_of_context"
    assert named(calls, "read_xdc")[0].options == {"-mode": "out_of_context"}
    assert named(calls, "set_param")[0].words == ("general.maxThreads", "3")
    assert not named(calls, "write_bitstream")


@pytest.mark.parametrize("text", ["frobnicate", "opt_design -frob", "synth_design system",
                                  "set x {", "puts $nothing"])  # fmt: skip
def test_faults_are_found(tmp_path, text):
    """The check itself: an unknown command or option, a word too many, bad syntax, no variable."""
    file = made.build(tmp_path) / "build_vivado.tcl"
    file.write_text(file.read_text() + text + "\n")
    status, calls = tcl.run(file)
    if status == "0":
        with pytest.raises(AssertionError):
            assert calls[-1].options is not None
    else:
        assert status.startswith("error ")


def test_same_bytes():
    for board in devices.BOARDS:
        assert files(board, 100.0, "net") == files(board, 100.0, "net")
