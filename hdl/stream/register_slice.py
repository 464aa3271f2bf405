"""Register slice: cuts every combinational path of a stream, in both directions."""

from dataclasses import dataclass

from amaranth.hdl import Module, Mux, Shape, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive, width

__all__ = ["RegisterSlice"]


class RegisterSlice(wiring.Component):
    """Pass a stream on through registers: :math:`o_n = i_n`.

    Payload and valid of the output and ready of the input come straight from registers. Each
    input transfer yields one output transfer, :py:`config.latency` cycles later when not stalled,
    and one can pass every cycle. While the consumer stalls it takes two transfers in.

    Parameters
    ----------
    config : :class:`RegisterSlice.Config`

    Members
    -------
    i : ``In(stream.Signature(data.ArrayLayout(config.shape, config.lanes)))``
        Lanes.
    o : ``Out(stream.Signature(data.ArrayLayout(config.shape, config.lanes)))``
        The same lanes.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Payload of the stream; :py:`shape` is the Amaranth shape of a lane, or its bits."""

        shape: int | Shape
        lanes: int

        latency = 1
        interval = 1

        def __post_init__(self) -> None:
            width("RegisterSlice", shape=self.shape)
            positive("RegisterSlice", lanes=self.lanes)

        @property
        def payload(self) -> data.ArrayLayout:
            """Layout of the payload."""
            return data.ArrayLayout(Shape.cast(self.shape), self.lanes)

        @property
        def storage_bits(self) -> int:
            """Bits of payload kept in registers."""
            return 2 * self.payload.size

        def cycles(self, items: int) -> int:
            """Cycles from the first input transfer to the last output transfer."""
            return items - 1 + self.latency

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
        ready = Signal(init=1)
        skid = Signal(self.config.payload.size)
        i_bits = self.i.payload.as_value()

        m.d.comb += self.i.ready.eq(ready)
        with m.If(ready):
            m.d.sync += skid.eq(i_bits)
        with m.If(self.o.ready | ~self.o.valid):
            m.d.sync += [
                self.o.payload.as_value().eq(Mux(ready, i_bits, skid)),
                self.o.valid.eq(self.i.valid | ~ready),
                ready.eq(1),
            ]
        with m.Elif(self.i.valid):
            m.d.sync += ready.eq(0)
        return m
