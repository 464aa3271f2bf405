# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import stream as streams
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.bus.axis import Edge, FromAXIStream, ToAXIStream
from hdl.number import BIPOLAR, Number
from sim import stream
from tests.hdl import clocked

FRAMES = 5
EDGES = [
    Edge(number=BIPOLAR, items=70, width=32), Edge(number=Number(width=8), items=10, width=32),
    Edge(number=Number(width=3, signed=True), items=17, width=64),
    Edge(number=Number(width=5, signed=True), items=8, width=32),
    Edge(number=Number(width=1, signed=True), items=33, width=32),
    Edge(number=Number(width=11, signed=True), items=2, width=32),
    Edge(number=Number(width=20), items=3, width=32),
    Edge(number=Number(width=32, signed=True), items=3, width=32),
]  # fmt: skip


class Bus(wiring.Component):
    """The two edges as streams of beats; TLAST is the highest bit of an output beat."""

    def __init__(self, edge, *, inwards):
        self.edge, self.inwards = edge, inwards
        beat, last = streams.Signature(edge.width), streams.Signature(edge.width + 1)
        super().__init__({"i": In(beat), "o": Out(edge.stream)} if inwards else
                         {"i": In(edge.stream), "o": Out(last)})  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        kind = FromAXIStream if self.inwards else ToAXIStream
        m.submodules.edge = edge = kind(self.edge)
        if self.inwards:
            m.d.comb += [
                edge.i.tdata.eq(self.i.payload),
                edge.i.tvalid.eq(self.i.valid),
                self.i.ready.eq(edge.i.tready),
            ]
            wiring.connect(m, edge.o, wiring.flipped(self.o))
            return m
        m.d.comb += [
            self.o.payload[:-1].eq(edge.o.tdata),
            self.o.payload[-1].eq(edge.o.tlast),
            self.o.valid.eq(edge.o.tvalid),
            edge.o.tready.eq(self.o.ready),
        ]
        wiring.connect(m, wiring.flipped(self.i), edge.i)
        return m


def frames(edge, rng):
    """Frames as transfers of lanes; items past the end are zero."""
    x = np.zeros((FRAMES, edge.beats * edge.lanes), np.int64)
    x[:, : edge.items] = clocked.draw(rng, edge.number, (FRAMES, edge.items))
    x[0, : edge.items], x[1, : edge.items] = edge.number.low, edge.number.high
    if edge.number.bipolar:
        x[:, : edge.items] = x[:, : edge.items] > 0
    return x


def beats(edge, x):
    """Frames to beats by numpy: little-endian words of sign-extended elements."""
    if edge.element_bits >= 8:
        table = x.astype(f"<i{edge.element_bits // 8}")
    else:
        per_byte = 8 // edge.element_bits
        codes = (x & (1 << edge.element_bits) - 1).reshape(-1, per_byte)
        shifts = edge.element_bits * np.arange(per_byte)
        table = (codes << shifts).sum(axis=1).astype(np.uint8)
    return np.frombuffer(table.tobytes(), f"<u{edge.width // 8}")


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("edge", EDGES, ids=str)
def test_packs(edge, stall):
    rng = np.random.default_rng(edge.items)
    x = frames(edge, rng)
    result = stream.run(Bus(edge, inwards=False), x.reshape(-1, edge.lanes),
                        FRAMES * edge.beats, rng=rng, stall=stall)  # fmt: skip
    words = np.array([int(word) for word in result.outputs], object)
    assert [word & (1 << edge.width) - 1 for word in words] == beats(edge, x).tolist()
    last = np.arange(FRAMES * edge.beats) % edge.beats == edge.beats - 1
    assert [word >> edge.width for word in words] == last.tolist()
    np.testing.assert_array_equal(result.i_times, result.o_times)


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("edge", EDGES, ids=str)
def test_unpacks(edge, stall):
    rng = np.random.default_rng(edge.items)
    x = frames(edge, rng)
    result = stream.run(Bus(edge, inwards=True), beats(edge, x), FRAMES * edge.beats, rng=rng,
                        stall=stall)  # fmt: skip
    np.testing.assert_array_equal(result.outputs, x.reshape(-1, edge.lanes))
    np.testing.assert_array_equal(result.i_times, result.o_times)


def test_unpacking_ignores_what_stands_above_a_code():
    edge = Edge(number=Number(width=3, signed=True), items=8, width=32)
    word = np.array([0xF0_8F_7B_3C], object)
    result = stream.run(Bus(edge, inwards=True), word, 1, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(result.outputs, [[-4, 3, 3, -1, -1, 0, 0, -1]])


@pytest.mark.parametrize(("number", "items", "width", "sizes"), [
    (BIPOLAR, 784, 64, (1, 64, 13)),
    (Number(width=3), 10, 32, (4, 8, 2)),
    (Number(width=8), 8, 32, (8, 4, 2)),
    (Number(width=9, signed=True), 10, 32, (16, 2, 5)),
    (Number(width=17), 10, 32, (32, 1, 10)),
])  # fmt: skip
def test_sizes(number, items, width, sizes):
    edge = Edge(number=number, items=items, width=width)
    assert (edge.element_bits, edge.lanes, edge.beats) == sizes


@pytest.mark.parametrize("items", [0, -1, 2.0, None])
def test_wrong_items(items):
    message = re.escape(f"Edge items must be a positive integer, not {items!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Edge(number=BIPOLAR, items=items, width=32)


@pytest.mark.parametrize("width", [0, 24, 16, -32])
def test_wrong_width(width):
    message = f"Edge width must be a power of two of at least 32, not {width}"
    with pytest.raises(ValueError, match=f"^{message}$"):
        Edge(number=Number(width=20), items=1, width=width)
