"""What a build leaves for its board: the system round the core, scripts of its tools, drivers."""

import hashlib
from dataclasses import asdict
from pathlib import Path

import numpy as np

from boards import toolchains
from boards.devices import Board
from boards.driverfiles import files as driver_files
from generators.emit import system
from hdl.ecp5.system import System

__all__ = ["onboard"]

BASE = 0x4000_0000
"""Of the registers in a Zynq's address map: where M_AXI_GP0's window begins (UG585, table 4-1)."""

BOARD = ("name", "part", "device", "package", "speed", "family", "host", "flash")
"""What the manifest says of a board; one of a user's own is known by nothing else."""


def onboard(folder: Path, described: dict, board: Board, vectors: tuple[np.ndarray, np.ndarray],
            parameters: list[dict]) -> dict:  # fmt: skip
    """Write system.v, scripts and drivers beside a core's files; returns the completed manifest.

    Parameters
    ----------
    folder : holds the files that ``described["files"]`` names
    described : the manifest of the core
    board : what the system is made for
    vectors : frames of the core's input type and what comes out, integers (frames, …): the driver's
        self-test
    parameters : the memories that a host may fill at run time
    """
    described = described | {
        "board": {name: getattr(board, name) for name in BOARD},
        "system": _system(board, described["clock_mhz"], parameters),
    }
    clock, shell = described["clock_mhz"], system.shell(described)
    described["system"]["registers"] = [asdict(register) for register in shell.registers]
    made = system.files(board, shell, clock)
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in made.items()}
    described["files"] = described["files"] | digests
    made |= toolchains.files(board, clock, described["name"])
    made |= driver_files(described, vectors)
    for name, content in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return described


def _system(board: Board, clock_mhz: float, parameters: list[dict]) -> dict:
    """What a driver and a toolchain know of system.v."""
    host = {"base": BASE, "memory_bytes": None}
    if board.host == "uart":
        host = {"base": 0, "memory_bytes": System.Config.memory_bytes, "baud": board.uart.baud}
    return {
        "file": "system.v",
        "top": "system",
        "clock_mhz": clock_mhz,
        **host,
        "data_bytes": 8,
        "parameters": parameters,
    }
