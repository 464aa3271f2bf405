"""The transport of a build's board, by name."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path

from . import bitstream
from .errors import InputError, TransportError
from .linux import BUFFER_CLASSES, Linux
from .pynq import Pynq
from .registers import field
from .remote import Remote
from .uart import Uart

__all__ = ["ACCEPTED", "VARIABLE", "connect"]

VARIABLE = "BITLOOM_TRANSPORT"

ACCEPTED = "auto, linux, pynq, uart:DEVICE or tcp:HOST:PORT"


def connect(manifest: Mapping, name: str = "auto", load: str | Path | None = None,
            root: str | Path = "/"):
    """Open a transport: auto, linux, pynq, uart:DEVICE (/dev/ttyUSB0) or tcp:HOST:PORT.

    auto is what the environment variable BITLOOM_TRANSPORT says; without it uart on a board with a
    serial link, else linux where there is a u-dma-buf device, else pynq where it is installed.
    ``load`` is a bitstream that is loaded first; a server over TCP has loaded it itself, so that
    the file is only looked at.

    Raises
    ------
    InputError
        If the name is none of these.
    TransportError, BitstreamError
        If the way is not there, or the bitstream is not for the board.
    """
    system, board = field(manifest, "system"), manifest.get("board") or {}
    name = os.environ.get(VARIABLE, name) if name == "auto" else name
    name = _automatic(board, Path(root)) if name == "auto" else name
    kind, _, rest = name.partition(":")
    if load is not None and kind == "tcp":
        bitstream.read(load, board.get("part"))
    elif load is not None and kind not in ("linux", "pynq"):
        what = "python -m boards flash BUILD"
        raise InputError(f"A bitstream is loaded by linux or pynq only, not by {kind}: {what}")
    if name == "linux":
        if load is not None:
            bitstream.load(load, board.get("part"), root)
        return Linux(field(system, "base"), clock_mhz=system["clock_mhz"], root=root)
    if name == "pynq":
        return Pynq(field(system, "base"), bitstream=load, part=board.get("part"),
                    clock_mhz=system["clock_mhz"])
    if kind == "uart" and rest:
        return Uart(rest, field(system, "baud"), field(system, "memory_bytes"))
    if kind == "tcp" and rest.rpartition(":")[2].isdecimal():
        host, _, port = rest.rpartition(":")
        return Remote(host or "localhost", int(port))
    raise InputError(f"Transport must be {ACCEPTED}, not {name!r}")


def _automatic(board: Mapping, root: Path) -> str:
    if board.get("host") == "uart":
        names = ("ttyUSB*", "ttyACM*", "cu.usbserial*")
        found = sorted(path for name in names for path in (root / "dev").glob(name))
        if len(found) == 1:
            return f"uart:{found[0]}"
        have = ", ".join(map(str, found)) or "none"
        raise TransportError(f"One serial port must be there, or one be named (--transport "
                             f"uart:DEVICE): there is {have}")
    if any(list((root / name).glob("*")) for name in BUFFER_CLASSES):
        return "linux"
    if importlib.util.find_spec("pynq") is not None:
        return "pynq"
    raise TransportError("A u-dma-buf device or the package pynq must be there for buffers: "
                         "modprobe u-dma-buf udmabuf0=16777216 (github.com/ikwzm/udmabuf)")
