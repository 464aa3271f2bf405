# amaranth: UnusedElaboratable=no

"""Estimates of a pipeline's AXI4-Stream edges."""

from generators.cost import edge
from generators.synth.resources import Cost
from hdl.bus.axis import Edge
from hdl.number import BIPOLAR, Number

BYTES = Edge(number=Number(width=8), items=784, width=64)
BITS = Edge(number=BIPOLAR, items=8, width=8)


def test_slices_and_no_count_of_a_single_beat():
    """A slice of 64 bits and one of 8: 67 and 11 LUTs, 130 and 18 flip-flops, as synthesised."""
    assert edge.edges(BYTES, BITS) == Cost(lut=67 + 11, ff=130 + 18)


def test_beats_are_counted_for_tlast():
    one = edge.edges(BITS, BITS)
    many = edge.edges(BITS, BYTES)
    slices = Cost(lut=67 + 11, ff=130 + 18)
    assert many.ff - slices.ff == 8
    assert 10 < many.lut - slices.lut < 13
    assert one == Cost(lut=22, ff=36)


def test_the_slowest_path_is_a_slice():
    assert edge.edges_delay(BYTES, BITS) == 1984
