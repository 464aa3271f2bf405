"""Vivado without a project: the Tcl of a bitstream, and that of the core alone.

Commands and options are those of UG835; tests/boards/toolchains/vivado_commands.py lists them.
"""

from boards.parts import Part

__all__ = ["STEPS", "bitstream_tcl", "core_tcl", "core_xdc"]

STEPS = {
    r"^Command: synth_design": "synthesis",
    r"^Command: opt_design": "logic optimisation",
    r"^Command: place_design": "placement",
    r"^Command: phys_opt_design": "physical optimisation",
    r"^Command: route_design": "routing",
    r"^Command: report_timing_summary": "timing",
    r"^Command: write_bitstream": "bitstream",
    r"^Phase [\d.]+ (.+)$": None,
    r"^Starting (.+) Task$": None,
}
"""Lines of the log that say what is done; None: the group of the expression says it."""

_THREADS = """
if {[llength $argv] > 0} {
    set_param general.maxThreads [lindex $argv 0]
}
"""

_IMPLEMENT = """\
opt_design
place_design
phys_opt_design
route_design

report_timing_summary -file $out/timing.rpt
report_utilization -file $out/utilization.rpt
report_utilization -hierarchical -file $out/utilization_hierarchical.rpt
write_checkpoint -force $out/@TOP@.dcp

# A design without a constrained path has no clock: that is no met timing.
set setup [get_timing_paths -setup -max_paths 1]
set hold [get_timing_paths -hold -max_paths 1]
if {[llength $setup] == 0 || [llength $hold] == 0} {
    puts "ERROR: \\[Bitloom 1\\] No path has a clock; see $out/timing.rpt"
    exit 1
}
set setup_slack [get_property SLACK $setup]
set hold_slack [get_property SLACK $hold]
if {$setup_slack < 0 || $hold_slack < 0} {
    puts "ERROR: \\[Bitloom 2\\] Timing is not met at @CLOCK@ MHz: setup slack $setup_slack ns,\\
hold slack $hold_slack ns; see $out/timing.rpt"
    exit 1
}
puts "Timing is met at @CLOCK@ MHz: setup slack $setup_slack ns, hold slack $hold_slack ns"
"""

_BITSTREAM = """\
# Synthesis to bitstream of @BOARD@ (@PART@) at @CLOCK@ MHz:
#     vivado -mode batch -notrace -nojournal -source build_vivado.tcl
# in the folder of this file (behind -tclargs: the number of threads). Reports, checkpoint and
# bitstream go to build/vivado; the exit status is 1, and there is no bitstream, where timing is
# not met.
set out build/vivado
file mkdir $out
file delete -force $out/system.bit $out/system.bin
@THREADS@
read_verilog {top.v system.v}
read_xdc system.xdc
synth_design -top system -part @PART@

@IMPLEMENT@
write_bitstream -force -bin_file $out/system.bit
"""

_CORE = """\
# The core alone, out of context (@PART@, @CLOCK@ MHz): what it takes, and its timing from
# register to register, without the processing system, the DMA and the pins:
#     vivado -mode batch -notrace -nojournal -source build_ooc.tcl
set out build/ooc
file mkdir $out
@THREADS@
read_verilog top.v
read_xdc -mode out_of_context build_ooc.xdc
synth_design -top top -part @PART@ -mode out_of_context

@IMPLEMENT@"""

_CORE_XDC = """\
# The clock of the core alone, as if from a global buffer.
create_clock -period @PERIOD@ -name clk [get_ports clk]
set_property HD.CLK_SRC BUFGCTRL_X0Y0 [get_ports clk]
"""


def bitstream_tcl(part: Part, clock_mhz: float, board: str) -> str:
    """From top.v, system.v and system.xdc to build/vivado/system.bit and .bin.

    Vivado exits with 1 and writes no bitstream where a path is too slow or none has a clock.
    """
    return _fill(_BITSTREAM, part, clock_mhz, "system").replace("@BOARD@", board)


def core_tcl(part: Part, clock_mhz: float) -> str:
    """Place and route of top.v out of context: reports in build/ooc, no bitstream."""
    return _fill(_CORE, part, clock_mhz, "top")


def core_xdc(clock_mhz: float) -> str:
    """What core_tcl reads: the clock on port clk."""
    return _CORE_XDC.replace("@PERIOD@", f"{1000 / clock_mhz:.3f}")


def _fill(text: str, part: Part, clock_mhz: float, top: str) -> str:
    text = text.replace("@IMPLEMENT@", _IMPLEMENT).replace("@THREADS@", _THREADS)
    text = text.replace("@PART@", part.name).replace("@TOP@", top)
    return text.replace("@CLOCK@", f"{clock_mhz:g}")
