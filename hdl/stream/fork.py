"""Fork: one stream to several readers."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Cat, Module, Shape, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive, width
from hdl.stream.schedule import one_a_cycle

__all__ = ["Fork"]


class Fork(wiring.Component):
    """Pass each transfer to all readers: :math:`o_{r,n} = i_n`, each at its own time.

    A transfer is offered to all readers as it comes, in the same cycle, and taken from the input
    when the last of them takes it; one who has taken it is not offered it again. No valid depends
    on any ready, ``i.ready`` on every reader's within the cycle. Payloads are wires; a flag a
    reader is all that is kept.

    Parameters
    ----------
    config : :class:`Fork.Config`

    Members
    -------
    i : ``In(stream.Signature(data.ArrayLayout(config.width, config.lanes)))``
        Lanes.
    o_0, o_1, … : ``Out(stream.Signature(data.ArrayLayout(config.width, config.lanes)))``
        The same lanes, for each reader.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Payload and readers; :py:`width` is the bits or the Amaranth shape of a lane."""

        width: int | Shape
        lanes: int
        readers: int

        latency = 0
        interval = 1

        def __post_init__(self) -> None:
            width("Fork", width=self.width)
            positive("Fork", lanes=self.lanes)
            if not isinstance(self.readers, int) or self.readers < 2:
                raise TypeError("Fork readers must be an integer of at least 2, "
                                f"not {self.readers!r}")

        @property
        def payload(self) -> data.ArrayLayout:
            """Layout of the payload."""
            return data.ArrayLayout(Shape.cast(self.width), self.lanes)

        def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Cycle of each input and output transfer, all readers always ready.

            ``arrivals`` holds the cycle from which on each input transfer is offered; each of the
            outputs departs at the cycles of the second.
            """
            accepted = one_a_cycle(arrivals)
            return accepted, accepted

    i: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        ports = {f"o_{k}": Out(stream.Signature(config.payload)) for k in range(config.readers)}
        super().__init__({"i": In(stream.Signature(config.payload)), **ports})

    def elaborate(self, platform) -> Module:
        m = Module()
        outputs = [getattr(self, f"o_{k}") for k in range(self.config.readers)]
        taken = Signal(len(outputs))  # by whom, while some have yet to take it
        served = taken | Cat(o.ready for o in outputs)
        m.d.comb += self.i.ready.eq(served.all())
        for k, o in enumerate(outputs):
            m.d.comb += [
                o.payload.as_value().eq(self.i.payload.as_value()),
                o.valid.eq(self.i.valid & ~taken[k]),
            ]
        with m.If(self.i.valid):
            m.d.sync += taken.eq(served & ~self.i.ready.replicate(len(outputs)))
        return m
