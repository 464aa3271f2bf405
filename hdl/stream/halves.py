"""Buffers of two halves: one is written while the other is read."""

import numpy as np
from amaranth.hdl import Const, Module, Mux, Signal, Value

from hdl.counter import after, walk
from hdl.stream.schedule import frames_of

__all__ = ["address", "depart", "ready"]


def address(m: Module, step: Value, beats: int, turns: int, name: str):
    """Walk through one half after the other, so many turns through the words of each.

    Returns the address, the turn, and whether this step is a half's last.
    """
    half, place = Signal(name=f"{name}_half"), Signal(range(2 * beats), name=f"{name}_address")
    last = Const(1)
    if beats > 1:
        last = Signal(name=f"{name}_last")
        with m.If(step):
            m.d.sync += last.eq(~last & (place == Mux(half, 2 * beats - 2, beats - 2)))
    turn, _, top = walk(m, step & last, turns, f"{name}_turn")
    with m.If(step):
        m.d.sync += [
            place.eq(Mux(last, Mux(half ^ top, beats, 0), after(place, Const(0)))),
            half.eq(half ^ (last & top)),
        ]
    return place, turn, step & last & top


def ready(m: Module, written: Value, read: Value) -> tuple[Value, Value]:
    """Whether a half may be written, and whether one may be read, as they are done with one.

    Both are registers.
    """
    filled = Signal(range(3))
    room, there = Signal(init=1), Signal()
    with m.If(written & ~read):
        m.d.sync += [filled.eq(filled + 1), room.eq(filled == 0), there.eq(1)]
    with m.Elif(read & ~written):
        m.d.sync += [filled.eq(filled - 1), room.eq(1), there.eq(filled == 2)]
    return room, there


def depart(arrivals: np.ndarray, i_beats: int, o_beats: int) -> tuple[np.ndarray, np.ndarray]:
    """Cycle of each input and output transfer, the consumer always ready.

    A half takes i_beats transfers and gives o_beats; from its last write on, its first read is
    two cycles later behind a register, and from its last read on it is written a cycle later.
    """
    count = frames_of(arrivals, i_beats)
    parts, step = np.reshape(arrivals, (count, i_beats)), np.arange(i_beats)
    best = ((parts - step).max(axis=1) + i_beats).tolist()  # written until then, if free before
    free, starts = [], []
    write, read, before = 0, 0, 0  # from when on the sides may, and when the other half was read
    for offered in best:
        free.append(max(write, before))
        write = max(offered, free[-1] + i_beats)
        before, read = read, max(write, read)
        starts.append(read)
        read += o_beats
    accepted = np.maximum.accumulate(np.maximum(parts, np.array(free)[:, None]) - step, axis=1)
    departed = np.array(starts)[:, None] + 1 + np.arange(o_beats)
    return (accepted + step).ravel(), departed.ravel()
