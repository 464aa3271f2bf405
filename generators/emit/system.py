"""system.v: what stands around the core on a board, and accelerator.v for block designs."""

from amaranth.lib import wiring

from boards.board import Board
from generators.emit import verilog
from hdl.bus.shell import Shell
from hdl.ecp5.pll import FILTER
from hdl.ecp5.system import System as ECP5System
from hdl.zynq.accelerator import Accelerator
from hdl.zynq.system import System as ZynqSystem

__all__ = ["Config", "component", "convert", "files", "shell", "system"]

Config = ZynqSystem.Config | ECP5System.Config


def shell(manifest: dict) -> Shell.Config:
    """The shell that a core needs, as its manifest tells of it."""
    ports = {}
    for name, port in (("i", manifest["input"]), ("o", manifest["output"])):
        ports |= {f"{name}_width": port["width"], f"{name}_frame_bytes": port["frame_bytes"],
                  f"{name}_beats": port["beats"]}  # fmt: skip
    parameters = bool(manifest.get("system", {}).get("parameters"))
    return Shell.Config(digest=manifest["digest"], batch=manifest["frames_per_batch"],
                        parameters=parameters, **ports)  # fmt: skip


def system(board: Board, config: Shell.Config, clock_mhz: float) -> Config:
    """Of the module system of a board: its shell, and what leads from that to the host."""
    if board.host == "zynq":
        return ZynqSystem.Config(shell=config, port=board.port, leds=len(board.leds))
    return ECP5System.Config(shell=config, input_mhz=board.reference.mhz, clock_mhz=clock_mhz,
                             baud=board.uart.baud, leds=len(board.leds),
                             high=len(board.high))  # fmt: skip


def component(board: Board, config: Shell.Config, clock_mhz: float) -> wiring.Component:
    """The module system of a board."""
    made = system(board, config, clock_mhz)
    return ZynqSystem(made) if board.host == "zynq" else ECP5System(made)


def convert(made: wiring.Component, name: str = "system") -> str:
    """The Verilog of a component and all below it but the core, whose module is top.

    Its modules are ``name`` and ``name.…``, so that none has the name of one of the core's.
    """
    return _kept(verilog.convert(made, name))


def files(board: Board, config: Shell.Config, clock_mhz: float) -> dict[str, str]:
    """system.v of a board; of one with a processor accelerator.v too."""
    tops = {"system": component(board, config, clock_mhz)}
    if board.host == "zynq":
        tops["accelerator"] = Accelerator(config)
    return {f"{name}.v": _kept(text) for name, text in verilog.convert_all(tops).items()}


def _kept(text: str) -> str:
    """Put back attributes that tools must see, of which Verilog has none otherwise.

    No tool may remove the processing system of a design without ports, and all with it; and a PLL
    whose loop filter is not set does not lock.
    """
    text = text.replace("  PS7 ps7 (\n", '  (* keep = "true", DONT_TOUCH = "yes" *)\n  PS7 ps7 (\n')
    loop = ", ".join(f'{name} = "{value}"' for name, value in FILTER.items())
    return text.replace("  EHXPLLL #(\n", f"  (* {loop} *)\n  EHXPLLL #(\n")
