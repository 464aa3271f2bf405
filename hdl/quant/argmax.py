"""Arg max: which channel has the largest score?"""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.counter import walk
from hdl.number import Number, holding
from hdl.stream.delay import delay
from hdl.stream.schedule import one_a_cycle
from hdl.stream.skid import skid

__all__ = ["ArgMax"]


class ArgMax(wiring.Component):
    r"""Index of the largest of a frame's items: :math:`\min \arg\max_n x_n`, the lowest of equals.

    A frame enters in ``config.beats`` transfers, item 0 in lane 0 of the first; lanes beyond items
    in the last are ignored. One transfer a cycle; the index leaves ``config.latency`` cycles after
    the last: pairs of lanes are compared level by level, a cycle each, then the largest with the
    best so far.

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(config.x.shape, config.lanes)))``
    o : ``Out(stream.Signature(ArrayLayout(config.o.shape, 1)))``
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Number of items, how many enter at once, and what they are."""

        items: int
        lanes: int
        x: Number

        def __post_init__(self) -> None:
            positive("ArgMax", items=self.items, lanes=self.lanes)

        @property
        def o(self) -> Number:
            """The index."""
            return holding(0, self.items - 1)

        @property
        def beats(self) -> int:
            """Transfers of a frame."""
            return -(-self.items // self.lanes)

        @property
        def levels(self) -> int:
            """Cycles until the largest of a transfer is known."""
            return max(1, (self.lanes - 1).bit_length())

        @property
        def latency(self) -> int:
            """Cycles from a frame's last input transfer to its output transfer."""
            return self.levels + 1

        @property
        def interval(self) -> int:
            """Cycles a frame."""
            return self.beats

        def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Cycle of each input and output transfer, the consumer always ready."""
            accepted = one_a_cycle(arrivals)
            return accepted, accepted[self.beats - 1 :: self.beats] + self.latency

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "i": In(stream.Signature(data.ArrayLayout(config.x.shape, config.lanes))),
            "o": Out(stream.Signature(data.ArrayLayout(config.o.shape, 1))),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        en, found = Signal(), Signal()
        accept = en & self.i.valid
        beat, first, last = walk(m, accept, config.beats, "beat")

        lanes = [self.i.payload[lane] for lane in range(config.lanes)]
        score, lane = self._largest(m, en, lanes, last)
        flags = Cat(self.i.valid, self.i.valid & last, first, beat)
        flags = delay(m, en, flags, config.levels, "flags", reset=True)
        best, index = Signal(config.x.shape), Signal(config.o.shape)
        wins = Signal()
        m.d.comb += [wins.eq(flags[2] | (score > best)), self.i.ready.eq(en)]
        with m.If(en):
            m.d.sync += found.eq(flags[1])
        with m.If(en & flags[0] & wins):
            m.d.sync += [best.eq(score), index.eq(flags[3:] * config.lanes + lane)]
        m.d.comb += en.eq(skid(m, self.o, found, index))
        return m

    def _largest(self, m: Module, en: Value, lanes: list, last: Value) -> tuple[Value, Value]:
        """The largest score of a transfer and its lane, pair by pair; the left one of equals."""
        config = self.config
        present = config.items - (config.beats - 1) * config.lanes
        heap = []
        for number, score in enumerate(lanes):
            absent = last if number >= present else Const(0, 1)
            heap.append((score, Const(number, range(config.lanes)), absent))
        for level in range(config.levels):
            pairs = []
            for n, (a, b) in enumerate(zip(heap[::2], heap[1::2])):
                right = Signal(name=f"right{level}_{n}")
                m.d.comb += right.eq((b[0] > a[0]) & ~b[2])  # a is absent only if b is
                pairs.append((Mux(right, b[0], a[0]), Mux(right, b[1], a[1]), a[2]))
            pairs += heap[len(heap) - 1 :] if len(heap) % 2 else []
            heap = [self._register(m, en, level, n, entry) for n, entry in enumerate(pairs)]
        return heap[0][0], heap[0][1]

    def _register(self, m: Module, en: Value, level: int, n: int, entry: tuple) -> tuple:
        """A score, its lane and whether it is absent, a cycle later."""
        score = Signal(self.config.x.shape, name=f"score{level}_{n}", reset_less=True)
        lane = Signal(range(self.config.lanes), name=f"lane{level}_{n}", reset_less=True)
        absent = Signal(name=f"absent{level}_{n}", reset_less=True)
        with m.If(en):
            m.d.sync += [score.eq(entry[0]), lane.eq(entry[1]), absent.eq(entry[2])]
        return score, lane, absent
