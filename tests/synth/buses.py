"""What stands between a core and its host, whose resources are kept."""

from functools import partial

from hdl.bus.dma_read import DMARead
from hdl.bus.dma_write import DMAWrite
from hdl.bus.pack import Pack
from hdl.bus.shell import Shell
from hdl.bus.unpack import Unpack
from hdl.zynq.bridge import Bridge

__all__ = ["BUSES", "bridge", "dma_read", "dma_write", "pack", "shell", "unpack"]


def dma_read() -> DMARead:
    """With a queue of 128 words."""
    return DMARead(DMARead.Config())


def dma_write() -> DMAWrite:
    """With a queue of 64 words."""
    return DMAWrite(DMAWrite.Config())


def unpack(frame_bytes: int, width: int) -> Unpack:
    """Of one size of frames."""
    return Unpack(Unpack.Config(frame_bytes=frame_bytes, width=width))


def pack(frame_bytes: int, width: int) -> Pack:
    """Of one size of frames."""
    return Pack(Pack.Config(frame_bytes=frame_bytes, width=width))


def bridge(ids: int) -> Bridge:
    """From AXI3 to AXI4-Lite."""
    return Bridge(Bridge.Config(ids=ids))


def shell(frame_bytes: int) -> Shell:
    """Of frames in 64 bits and results of a number in 32."""
    beats = -(-frame_bytes // 8)
    return Shell(Shell.Config(digest="0123456789abcdef" * 4, i_width=64, i_frame_bytes=frame_bytes,
                              i_beats=beats, o_width=32, o_frame_bytes=1, o_beats=1))  # fmt: skip


BUSES = {
    "AXI3 to AXI4-Lite, 12 bits of IDs": partial(bridge, 12),
    "shell, 98 bytes in and 1 out": partial(shell, 98),
    "read DMA": dma_read,
    "write DMA": dma_write,
    "unpack 98 bytes to 64 bits": partial(unpack, 98, 64),
    "unpack 784 bytes to 32 bits": partial(unpack, 784, 32),
    "unpack 784 bytes to 1024 bits": partial(unpack, 784, 1024),
    "pack 10 bytes of 32 bits": partial(pack, 10, 32),
}
"""By name, the function that makes each."""
