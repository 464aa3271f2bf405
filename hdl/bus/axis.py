"""AXI4-Stream edges: between beats of a bus and transfers of lanes."""

from dataclasses import dataclass

from amaranth.hdl import Module, Shape, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.counter import walk
from hdl.number import Number

__all__ = ["Edge", "FromAXIStream", "ToAXIStream", "signature"]


def signature(width: int) -> wiring.Signature:
    """The signals of an AXI4-Stream of width bits, as its producer sees them."""
    return wiring.Signature({
        "tdata": Out(width),
        "tvalid": Out(1),
        "tlast": Out(1),
        "tready": In(1),
    })


@dataclass(frozen=True, kw_only=True)
class Edge:
    """How a frame of items is packed into beats.

    Item n of a frame stands in beat n // lanes, in the ``element_bits`` from
    (n % lanes) * element_bits upwards: its code, extended by its sign, by zeros where it has none.
    Width and ``element_bits`` are powers of two. Items beyond the frame's last are zero. TLAST
    marks the last beat of a frame.
    """

    number: Number
    items: int
    width: int

    def __post_init__(self) -> None:
        positive("Edge", items=self.items)
        if self.width < self.element_bits or self.width & self.width - 1:
            what = f"a power of two of at least {self.element_bits}, not {self.width}"
            raise ValueError(f"Edge width must be {what}")

    @property
    def element_bits(self) -> int:
        """Bits that an item takes: a power of two."""
        return 1 << (self.number.width - 1).bit_length()

    @property
    def lanes(self) -> int:
        """Items in a beat."""
        return self.width // self.element_bits

    @property
    def beats(self) -> int:
        """Beats of a frame."""
        return -(-self.items // self.lanes)

    @property
    def frame_bytes(self) -> int:
        """Bytes of a frame in a memory, where frames follow each other without a gap."""
        return -(-self.items * self.element_bits // 8)

    @property
    def stream(self) -> stream.Signature:
        """The lanes as a stream."""
        return stream.Signature(data.ArrayLayout(self.number.shape, self.lanes))


class FromAXIStream(wiring.Component):
    """Beats to transfers, by wires alone; TLAST is not looked at: the items are counted inside.

    Members
    -------
    i : ``In(signature(width))``
    o : ``Out(edge.stream)``
    """

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        super().__init__({"i": In(signature(edge.width)), "o": Out(edge.stream)})

    def elaborate(self, platform) -> Module:
        m = Module()
        m.d.comb += [self.o.valid.eq(self.i.tvalid), self.i.tready.eq(self.o.ready)]
        for lane in range(self._edge.lanes):
            item = self.i.tdata.word_select(lane, self._edge.element_bits)
            m.d.comb += self.o.payload[lane].eq(item[: self._edge.number.width])
        return m


class ToAXIStream(wiring.Component):
    """Transfers to beats, by wires and a counter for TLAST.

    Members
    -------
    i : ``In(edge.stream)``
    o : ``Out(signature(width))``
    """

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        super().__init__({"i": In(edge.stream), "o": Out(signature(edge.width))})

    def elaborate(self, platform) -> Module:
        m = Module()
        edge = self._edge
        _, _, last = walk(m, self.o.tvalid & self.o.tready, edge.beats, "beat")
        m.d.comb += [
            self.o.tvalid.eq(self.i.valid),
            self.i.ready.eq(self.o.tready),
            self.o.tlast.eq(last),
        ]
        for lane in range(edge.lanes):
            code = Signal(Shape(edge.element_bits, edge.number.signed), name=f"code{lane}")
            m.d.comb += code.eq(self.i.payload[lane])  # extends the sign
            m.d.comb += self.o.tdata.word_select(lane, edge.element_bits).eq(code)
        return m
