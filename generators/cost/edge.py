"""Estimates of where a pipeline meets AXI4-Streams: register slices, and a count for TLAST."""

from generators.cost import moves, waits
from generators.cost.count import walk
from generators.cost.delay import ENABLE, FF, levels
from generators.synth.resources import Cost
from hdl.bus.axis import Edge
from hdl.stream.register_slice import RegisterSlice

__all__ = ["edges", "edges_delay"]


def edges(i_edge: Edge, o_edge: Edge) -> Cost:
    """The register slices at both edges, and what counts the beats of a frame at the second."""
    count = walk(o_edge.beats)
    return sum((moves.register_slice(_slice(edge)) for edge in (i_edge, o_edge)),
               count + Cost(lut=count.ff > 0))  # fmt: skip


def edges_delay(i_edge: Edge, o_edge: Edge) -> int:
    """The slower of a slice's path and of that through the count, in picoseconds."""
    return max(*(waits.register_slice(_slice(edge)) for edge in (i_edge, o_edge)),
               FF + levels() + ENABLE)  # fmt: skip


def _slice(edge: Edge) -> RegisterSlice.Config:
    return RegisterSlice.Config(shape=edge.number.shape, lanes=edge.lanes)
