"""Concatenation: the lanes of several streams side by side."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.number import Number
from hdl.stream.schedule import one_a_cycle

__all__ = ["Concat"]


class Concat(wiring.Component):
    r"""Join pixels: :math:`o_n = (i_{0,n}, i_{1,n}, \ldots)`, the lanes of one input after another.

    A transfer is a whole pixel: ``config.sizes[k]`` channels of input k. One is taken of every
    input, in the same cycle, when all of them offer one; the output is wires, and narrower numbers
    are extended. ``o.valid`` depends on every valid, every ready on ``o.ready`` and every valid,
    within the cycle.

    Parameters
    ----------
    config : :class:`Concat.Config`

    Members
    -------
    i_0, i_1, … : ``In(stream.Signature(data.ArrayLayout(config.x[k].shape, config.sizes[k])))``
        Lanes.
    o : ``Out(stream.Signature(data.ArrayLayout(config.o.shape, config.lanes)))``
        The lanes of input 0 lowest.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Numbers and channels of each input; o holds all of them, bipolar if all are."""

        x: tuple[Number, ...]
        sizes: tuple[int, ...]
        o: Number

        latency = 0
        interval = 1

        def __post_init__(self) -> None:
            if not self.sizes:
                raise ValueError("Concat sizes must be those of at least one input, not ()")
            if len(self.x) != len(self.sizes):
                raise ValueError(f"Concat x must be those of {len(self.sizes)} inputs, "
                                 f"not of {len(self.x)}")
            for k, x in enumerate(self.x):
                if (self.o.bipolar and not x.bipolar) or x.low < self.o.low or self.o.high < x.high:
                    raise ValueError(f"Concat o must hold input {k}, {x}, not {self.o}")
            positive("Concat", **{f"size {k}": size for k, size in enumerate(self.sizes)})

        @property
        def lanes(self) -> int:
            """Channels of the output."""
            return sum(self.sizes)

        def depart(self, *arrivals: np.ndarray) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
            """Cycle of each transfer of each input and of the output, the consumer always ready.

            ``arrivals`` holds by input the cycle from which on each transfer is offered.
            """
            departed = one_a_cycle(np.maximum.reduce(arrivals))
            return (departed,) * len(arrivals), departed

    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config

        def lanes(number: Number, count: int) -> stream.Signature:
            return stream.Signature(data.ArrayLayout(number.shape, count))

        inputs = enumerate(zip(config.x, config.sizes))
        ports = {f"i_{k}": In(lanes(*pair)) for k, pair in inputs}
        super().__init__({**ports, "o": Out(lanes(config.o, config.lanes))})

    def elaborate(self, platform) -> Module:
        m = Module()
        inputs = [getattr(self, f"i_{k}") for k in range(len(self.config.sizes))]
        valid = Signal()
        m.d.comb += [
            valid.eq(Cat(i.valid for i in inputs).all()),
            self.o.valid.eq(valid),
        ]
        lanes = [
            lane if x == self.config.o else x.value(lane)
            for x, i in zip(self.config.x, inputs)
            for lane in i.payload
        ]
        m.d.comb += [self.o.payload[k].eq(lane) for k, lane in enumerate(lanes)]
        m.d.comb += [i.ready.eq(self.o.ready & valid) for i in inputs]
        return m
