"""All that a build leaves for the tools of its board."""

from pathlib import Path

from boards.board import Board
from boards.constraints import xdc
from boards.parts import PARTS
from boards.toolchains import ecp5, openxc7, package_ip, vivado

__all__ = ["files"]

_HERE = Path(__file__).parent


def files(board: Board, clock_mhz: float, name: str) -> dict[str, str]:
    """Constraints and scripts by their file names; the same board and clock give the same text.

    For a Zynq board system.xdc, build_vivado.tcl, build_ooc.tcl with build_ooc.xdc (the core
    alone), package_ip.tcl, and for openXC7 build_openxc7.sh with build_openxc7.ys and
    split_lut6_2.v. For an ECP5 board system.lpf, and build_ecp5.sh with build_ecp5.ys and
    xc7_on_ecp5.v.

    Parameters
    ----------
    board : Board
    clock_mhz : float
        The clock asked of place and route.
    name : str
        The network's name, for the IP.
    """
    part = PARTS[board.part]
    if board.family == "ecp5":
        return {
            "system.lpf": ecp5.lpf(board),
            "build_ecp5.sh": ecp5.shell(part, clock_mhz, board.name),
            "build_ecp5.ys": ecp5.yosys_script(),
            "xc7_on_ecp5.v": (_HERE / "xc7_on_ecp5.v").read_text(),
        }
    return {
        "system.xdc": xdc(board, clock_mhz),
        "build_vivado.tcl": vivado.bitstream_tcl(part, clock_mhz, board.name),
        "build_ooc.tcl": vivado.core_tcl(part, clock_mhz),
        "build_ooc.xdc": vivado.core_xdc(clock_mhz),
        "package_ip.tcl": package_ip.package_ip_tcl(part, name),
        "build_openxc7.sh": openxc7.shell(part, clock_mhz, board.name),
        "build_openxc7.ys": openxc7.yosys_script(),
        "split_lut6_2.v": (_HERE / "split_lut6_2.v").read_text(),
    }
