"""Arg max: which channel has the largest score?"""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Const, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.number import Number, holding
from hdl.stream.schedule import one_a_cycle

__all__ = ["ArgMax"]


class ArgMax(wiring.Component):
    r"""Index of the largest of a frame's items: :math:`\min \arg\max_n x_n`, the lowest of equals.

    A frame enters in ``config.beats`` transfers, item 0 in lane 0 of the first; lanes beyond items
    in the last are ignored. One transfer a cycle; the index leaves one cycle after the last.

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

        latency = 1

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
        beat = Signal(range(config.beats))
        first, last = Signal(), Signal()
        m.d.comb += [first.eq(beat == 0), last.eq(beat == config.beats - 1)]

        lanes = [self.i.payload[lane] for lane in range(config.lanes)]
        score, lane = self._largest(m, lanes, last)
        best, index = Signal(config.x.shape), Signal(config.o.shape)
        wins = Signal()
        m.d.comb += [
            wins.eq(first | (score > best)),
            self.i.ready.eq(self.o.ready | ~self.o.valid),
            self.o.payload[0].eq(index),
        ]
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(self.i.ready & self.i.valid):
            m.d.sync += [beat.eq(Mux(last, 0, beat + 1)), self.o.valid.eq(last)]
            with m.If(wins):
                m.d.sync += [best.eq(score), index.eq(beat * config.lanes + lane)]
        return m

    def _largest(self, m: Module, lanes: list, last: Value) -> tuple[Value, Value]:
        """The largest score of a transfer and its lane, pair by pair; the left one of equals."""
        config = self.config
        present = config.items - (config.beats - 1) * config.lanes
        heap = []
        for number, score in enumerate(lanes):
            absent = last if number >= present else Const(0, 1)
            heap.append((score, Const(number, range(config.lanes)), absent))
        level = 0
        while len(heap) > 1:
            pairs = []
            for n, (a, b) in enumerate(zip(heap[::2], heap[1::2])):
                right = Signal(name=f"right{level}_{n}")
                score = Signal(config.x.shape, name=f"score{level}_{n}")
                lane = Signal(range(config.lanes), name=f"lane{level}_{n}")
                m.d.comb += [
                    right.eq((b[0] > a[0]) & ~b[2]),  # a is absent only if b is
                    score.eq(Mux(right, b[0], a[0])),
                    lane.eq(Mux(right, b[1], a[1])),
                ]
                pairs.append((score, lane, a[2]))
            heap = pairs + ([heap[-1]] if len(heap) % 2 else [])
            level += 1
        return heap[0][0], heap[0][1]
