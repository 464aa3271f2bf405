"""Sliding window unit: a map becomes the windows of a convolution."""

from collections import Counter

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl.window.count import count
from hdl.window.sliding_config import Config

__all__ = ["SlidingWindow"]


class SlidingWindow(wiring.Component):
    r"""Windows of a map: :math:`o = x_{o_y s_y - top + k_y d_y, o_x s_x - left + k_x d_x, c}`.

    A frame enters as ``config.i_beats`` transfers: pixels row by row, channels innermost, lane 0
    the lowest. It leaves as ``config.o_beats``: windows (o_y, o_x) row by row; of each its blocks
    of channels / blocks consecutive channels; of each, ``repeats`` times, the taps (k_y, k_x) row
    by row; of each the channels of the block. Outside the map every lane is ``pad_code``; nothing
    is stored for that, nor awaited, but nothing at all leaves before the very first word is here:
    so the time from there to the first output does not depend on how long the unit was idle.

    A line buffer of ``config.depth`` words is written in a circle. A word is read from the cycle
    after its transfer on and leaves one later. Words that no further window needs are released
    when the last transfer of a window is issued, and at the end of a frame all of its words, so
    that the next frame enters while the last windows leave. No combinational path between the two
    sides; ``config.depart`` says when every transfer happens.

    Parameters
    ----------
    config : :class:`Config`

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(config.x.shape, config.lanes)))``
    o : ``Out(stream.Signature(ArrayLayout(config.x.shape, config.lanes)))``
    """

    Config = Config

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "i": In(stream.Signature(config.payload)),
            "o": Out(stream.Signature(config.payload)),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        en, go, take, there, outside = (Signal() for _ in range(5))
        m.d.comb += [
            en.eq(self.o.ready | ~self.o.valid),
            go.eq(en & (outside | there) & self._started(m, take)),
            take.eq(self.i.valid & self.i.ready),
        ]
        index, wraps = self._loops(m, go)
        m.d.comb += outside.eq(self._outside(m, "y", index) | self._outside(m, "x", index))

        # Words written, less those up to the one to be read, which is there if this is no less
        # than 0. Where that lies outside the map, this may overflow.
        shape = Shape.cast(range(-config.walk.ahead, config.depth))
        ahead = Signal(shape, init=_wrap(-config.walk.first - 1, shape.width))
        read = self._onward(wraps, [-words for words in config.walk.steps])
        m.d.comb += there.eq(~ahead[-1])
        _accumulate(m, ahead, Mux(go, read, 0), take)

        # Words that there is room for, less one.
        most = config.depth + config.walk.released_ahead
        oldest = int(config.walk.oldest[0])
        room = Signal(range(-1, most), init=config.depth + oldest - 1)
        m.d.comb += self.i.ready.eq(~room[-1])
        _accumulate(m, room, self._released(m, index, wraps) - 1, ~take)

        word = self._buffer(m, go, take, wraps)
        payload = Signal.like(word, reset_less=True)
        pad = Const(config.pad_code, config.x.shape).as_unsigned().replicate(config.lanes)
        with m.If(en):
            m.d.sync += [self.o.valid.eq(go), payload.eq(Mux(outside, pad, word))]
        m.d.comb += self.o.payload.as_value().eq(payload)
        return m

    def _started(self, m: Module, take: Value) -> Value:
        """Whether a word has been taken, where the first window starts outside the map."""
        y, x = self.config.walk.y, self.config.walk.x
        if y.inside[0, 0] and x.inside[0, 0]:
            return Const(1)
        started = Signal()
        with m.If(take):
            m.d.sync += started.eq(1)
        return started

    def _loops(self, m: Module, go: Value) -> tuple[dict[str, Value], dict[str, Value]]:
        """Counts of the loops of the walk, and whether this step wraps each."""
        index, wraps = {}, {"": go}
        for name, trips, _ in self.config.walk.levels[:-1]:
            index[name], go = count(m, go, trips, name)
            wraps[name] = go
        return index, wraps

    def _outside(self, m: Module, axis: str, index: dict[str, Value]) -> Value:
        """Whether the tap is outside the map on this axis."""
        inside = getattr(self.config.walk, axis).inside
        if inside.all():
            return Const(0)
        masks = [sum(1 << k for k in np.flatnonzero(~row).tolist()) for row in inside]
        mask = _choose(m, masks, index.get(f"o{axis}", Const(0)), f"outside_{axis}")
        return mask.bit_select(index[f"k{axis}"], 1) if f"k{axis}" in index else mask

    def _onward(self, wraps: dict[str, Value], steps: list[int]) -> Value:
        """What the innermost loop that does not wrap adds."""
        step: Value | int = steps[-1]
        for wrap, words in zip(list(wraps.values())[:0:-1], steps[-2::-1]):
            step = Mux(wrap, step, words)
        return step

    def _released(self, m: Module, index: dict[str, Value], wraps: dict[str, Value]) -> Value:
        """Words released by this step."""
        walk = self.config.walk
        window = [wrap for name, wrap in wraps.items() if name not in ("ox", "oy")][-1]
        row = wraps.get("ox", window)
        oy, ox = (index.get(name, Const(0)) for name in ("oy", "ox"))
        at_row = _choose(m, walk.row_release.tolist(), oy, "row_release")
        if walk.x.windows == 1 or not walk.moves.any():
            return Mux(row, at_row, 0)
        within = window & _choose(m, walk.moves.astype(int).tolist(), oy, "moves")
        at_window = _choose(m, walk.column_release.tolist(), ox, "column_release")
        return Mux(row, at_row, Mux(within, at_window, 0))

    def _buffer(self, m: Module, go: Value, take: Value, wraps: dict[str, Value]) -> Value:
        """The word to be read; word n lies at -n mod depth."""
        config = self.config
        style = {"lut": "distributed", "bram": "block"}[config.storage]
        m.submodules.words = words = Memory(
            shape=config.payload.size, depth=config.depth, init=[], attrs={"ram_style": style}
        )
        write, read = words.write_port(), words.read_port(domain="comb")
        i_address = Signal(range(config.depth))
        o_address = Signal(range(config.depth), init=-config.walk.first % config.depth)
        m.d.comb += [
            write.addr.eq(i_address),
            write.data.eq(self.i.payload.as_value()),
            write.en.eq(take),
            read.addr.eq(o_address),
        ]
        step = self._onward(wraps, [words % config.depth for words in config.walk.steps])
        with m.If(take):
            m.d.sync += i_address.eq(Mux(i_address == 0, config.depth - 1, i_address - 1))
        with m.If(go):
            m.d.sync += o_address.eq(_back(o_address, step, config.depth))
        return read.data


def _choose(m: Module, values: list[int], index: Value, name: str) -> Value:
    """values[index], where most are alike."""
    usual = Counter(values).most_common(1)[0][0]
    chosen = Signal(max(values).bit_length(), name=name)
    cases: dict[int, list[int]] = {}
    for k, value in enumerate(values):
        if value != usual:
            cases.setdefault(value, []).append(k)
    if not cases:
        return Const(usual, len(chosen))
    with m.Switch(index):
        for value, where in cases.items():
            with m.Case(*where):
                m.d.comb += chosen.eq(value)
        with m.Default():
            m.d.comb += chosen.eq(usual)
    return chosen


def _accumulate(m: Module, register: Signal, step: Value, carry: Value) -> None:
    """register += step + carry, by one carry chain."""
    more = Signal(register.shape(), name=f"{register.name}_step")
    m.d.comb += more.eq(step)
    m.d.sync += register.eq((Cat(1, register) + Cat(carry, more))[1 : 1 + len(register)])


def _back(address: Signal, step: Value | int, depth: int) -> Value:
    """(address - step) mod depth, step below depth: downwards the borrow says what wraps."""
    after = address - step
    if depth & depth - 1:
        after = after + Mux(after < 0, depth, 0)
    return after[: len(address)]


def _wrap(value: int, width: int) -> int:
    """value modulo 2^width, signed."""
    half = 1 << width - 1
    return (value + half) % (2 * half) - half
