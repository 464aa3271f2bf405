"""Which channels a transfer has: frames of many transfers, channels that come again."""

from amaranth.hdl import Const, Module, Value

from hdl.counter import walk

__all__ = ["period_index"]


def period_index(m: Module, step: Value, beats: int, period: int) -> Value:
    """Number of the transfer within the period, from 0 in each frame of so many transfers."""
    if period == 1:
        return Const(0, 1)
    _, _, last = walk(m, step, beats, "beat")
    index, *_ = walk(m, step, period, "index", stop=last)
    return index
