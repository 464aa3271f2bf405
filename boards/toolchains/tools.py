"""Which tools are installed, and what to say where they are not."""

import os
import shutil
import sys
from pathlib import Path

from boards.error import BoardError
from boards.parts import Part
from boards.toolchains import ecp5, openxc7
from boards.toolchains.steps import Step, Tool

__all__ = ["SCRIPTS", "VIVADO", "chipdb", "database", "locate", "missing", "steps", "tools"]

VIVADO = Tool(variable="VIVADO", programs=("vivado",), get=(
    "install Vivado (www.xilinx.com/support/download.html; the edition without a licence has the "
    "7020) and source its settings64.sh, or name it in VIVADO"))  # fmt: skip

SCRIPTS = {
    "vivado": (("top.v", "system.v", "system.xdc", "build_vivado.tcl"),
               "vivado -mode batch -source build_vivado.tcl"),
    "openxc7": (("top.v", "system.v", "system.xdc", "build_openxc7.ys", "split_lut6_2.v",
                 "build_openxc7.sh"), "sh build_openxc7.sh"),
    "ecp5": (("top.v", "system.v", "system.lpf", "build_ecp5.ys", "xc7_on_ecp5.v",
              "build_ecp5.sh"), "sh build_ecp5.sh"),
}  # fmt: skip
"""By toolchain: the files of a build that it needs, and the command that runs it there."""


def steps(toolchain: str, part: Part, clock_mhz: float) -> tuple[Step, ...]:
    """The commands of an open toolchain; none of Vivado, which runs a script of its own."""
    if toolchain == "vivado":
        return ()
    return (ecp5 if toolchain == "ecp5" else openxc7).steps(part, clock_mhz)


def tools(toolchain: str, part: Part) -> tuple[Tool, ...]:
    """The programs that a toolchain needs, in the order of their use."""
    if toolchain == "vivado":
        return (VIVADO,)
    return tuple(dict.fromkeys(step.tool for step in steps(toolchain, part, 1.0)))


def locate(tool: Tool) -> str | None:
    """The program: that of its variable, else on PATH, else beside this Python; None if none."""
    named = os.environ.get(tool.variable)
    if named:
        return shutil.which(named)
    beside = str(Path(sys.executable).parent)
    for folder in (None, beside):
        for program in tool.programs:
            found = shutil.which(program, path=folder)
            if found:
                return found
    return None


def missing(toolchain: str, part: Part) -> Tool | None:
    """The first program of a toolchain that is not installed."""
    return next((tool for tool in tools(toolchain, part) if locate(tool) is None), None)


def database() -> str:
    """Project X-Ray's database.

    Raises
    ------
    BoardError
        If no variable names its folder.
    """
    folder = os.environ.get(openxc7.DB_DIR) or os.environ.get("PRJXRAY_DB_DIR") or ""
    if not (folder and Path(folder, "zynq7").is_dir()):
        raise BoardError(openxc7.DB_DIR, "Variable must name the folder of Project X-Ray's "
                         f"database, which has a folder zynq7, not {folder!r}")  # fmt: skip
    return folder


def chipdb(part: Part) -> str:
    """nextpnr-xilinx's database of a part, by the name of openXC7 or that of nextpnr itself.

    Raises
    ------
    BoardError
        If there is none.
    """
    folder = os.environ.get(openxc7.CHIPDB) or ""
    names = (f"{part.device}{part.package}.bin", f"{part.device}.bin")
    for name in names:
        if folder and Path(folder, name).is_file():
            return str(Path(folder, name))
    raise BoardError(openxc7.CHIPDB, "Variable must name the folder of nextpnr-xilinx's databases, "
                     f"with {' or '.join(names)}, not {folder!r}")  # fmt: skip
