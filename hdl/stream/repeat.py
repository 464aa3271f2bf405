"""Repeat: each transfer again and again, shifted further each time."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Cat, Module, Shape, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive, width
from hdl.counter import walk
from hdl.stream.schedule import frames_of, one_a_cycle

__all__ = ["Repeat"]


class Repeat(wiring.Component):
    r"""Pass each transfer on several times: :math:`o_{D n + d} = 2^{k d} i_n`, d = 0, …, D - 1.

    So a circuit that multiplies by one term of a weight a cycle reads each input with each of the
    D = ``config.times`` terms. Where term d has exponents from k d up, k = ``config.step``, the
    inputs are shifted here, once for all weights that they meet.

    The first output transfer comes ``config.latency`` cycles after its input transfer, and each
    input transfer takes ``config.interval`` cycles, when neither side stalls. Payload and valid of
    the output come from registers; the input is ready in the cycle in which the last of the times
    is taken.

    Parameters
    ----------
    config : :class:`Repeat.Config`

    Members
    -------
    i : ``In(stream.Signature(data.ArrayLayout(config.width, config.lanes)))``
        Lanes.
    o : ``Out(stream.Signature(config.o_payload))``
        The same lanes, several times, of as many bits as the last time has.

    Raises
    ------
    ValueError
        If the step is no number of bits.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Sizes; :py:`width` is the bits or the Amaranth shape of a lane."""

        width: int | Shape
        lanes: int
        times: int
        step: int = 0

        latency = 1

        def __post_init__(self) -> None:
            width("Repeat", width=self.width)
            positive("Repeat", lanes=self.lanes, times=self.times)
            if self.step < 0:
                raise ValueError(f"Repeat step must be 0 or more bits, not {self.step}")

        @property
        def payload(self) -> data.ArrayLayout:
            """Layout of the input."""
            return data.ArrayLayout(Shape.cast(self.width), self.lanes)

        @property
        def o_payload(self) -> data.ArrayLayout:
            """Layout of the output."""
            shape = Shape.cast(self.width)
            wide = Shape(shape.width + self.step * (self.times - 1), shape.signed)
            return data.ArrayLayout(wide, self.lanes)

        @property
        def storage_bits(self) -> int:
            """Bits of payload kept in registers."""
            return self.o_payload.size

        @property
        def interval(self) -> int:
            """Cycles from an input transfer to the next."""
            return self.times

        def cycles(self, items: int) -> int:
            """Cycles from the first of some input transfers to the last output transfer."""
            return (items - 1) * self.interval + self.latency + self.times - 1

        def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Cycle of each input and of each output transfer, the consumer always ready.

            ``arrivals`` holds the cycle from which on each input transfer is offered.
            """
            frames_of(arrivals, 1)
            # The times of a transfer are as many transfers, all offered with it, one a cycle.
            steps = one_a_cycle(np.repeat(arrivals, self.times))
            return steps[:: self.times], steps + self.latency

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "i": In(stream.Signature(config.payload)),
            "o": Out(stream.Signature(config.o_payload)),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        taken = Signal()
        kept = [Signal(config.o_payload.elem_shape, name=f"lane{lane}", reset_less=True)
                for lane in range(config.lanes)]  # fmt: skip
        m.d.comb += taken.eq(self.o.valid & self.o.ready)
        _, _, last = walk(m, taken, config.times, "time")
        m.d.comb += [
            self.i.ready.eq(~self.o.valid | (self.o.ready & last)),
            self.o.payload.as_value().eq(Cat(*kept)),
        ]
        with m.If(self.i.ready):
            m.d.sync += self.o.valid.eq(self.i.valid)
            m.d.sync += [lane.eq(self.i.payload[number]) for number, lane in enumerate(kept)]
        if config.step:
            with m.Elif(self.o.ready):
                m.d.sync += [lane.eq(lane << config.step) for lane in kept]
        return m
