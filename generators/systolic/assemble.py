"""The engine between two AXI4-Streams, with what stands at its ends."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Cat, Module
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from generators.network import check
from generators.systolic.fill import Filled, fill
from generators.systolic.lower import Lowered
from generators.systolic.pace import BEAT, RING
from generators.systolic.plan import Plan
from generators.systolic.stage import Chain
from hdl.bus.axi_read import BURST
from hdl.bus.axis import Edge, FromAXIStream, ToAXIStream
from hdl.engine.engine import Engine
from hdl.engine.load import Map
from hdl.number import Number
from hdl.quant.argmax import ArgMax
from hdl.quant.lanes import ThresholdLanes
from hdl.quant.requantize import Requantize
from hdl.quant.threshold import Threshold
from hdl.stream.converter import Converter
from hdl.stream.register_slice import RegisterSlice
from sim.golden.formats import integer

__all__ = ["Design", "Top", "design"]

MIN_EDGE, MAX_EDGE = 32, 1024
"""Bits of an AXI4-Stream edge: what a Zynq's ports take at least, and what AXI allows at most."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """Everything that the top is made from."""

    edges: tuple[Edge, Edge]
    threshold: ThresholdLanes.Config | None
    engine: Engine.Config
    argmax: ArgMax.Config | None
    chain: Chain
    filled: Filled

    @property
    def before(self) -> int:
        """Cycles from an input beat to the engine."""
        return RegisterSlice.Config.latency + (self.threshold.latency if self.threshold else 0)

    @property
    def behind(self) -> int:
        """Cycles from the engine's last output of a frame to the output's last beat."""
        return RegisterSlice.Config.latency + (self.argmax.latency if self.argmax else 0)


def number(form: integer.Integer) -> Number:
    """A type as the hardware's number."""
    return Number(width=form.width, signed=form.signed, bipolar=form.bipolar)


def edge(form: integer.Integer, items: int, cycles: float) -> Edge:
    """The narrowest edge that moves a frame of items within so many cycles, if AXI allows one."""
    width = MIN_EDGE
    while True:
        found = Edge(number=number(form), items=items, width=width)
        if found.beats <= cycles or width == MAX_EDGE:
            return found
        width *= 2


def design(plan: Plan) -> Design:
    """The circuits of a plan."""
    lowered, chain = plan.lowered, plan.lowered.chain
    tensors, first, final = check.infer(chain.network), chain.stages[0], chain.stages[-1]
    source, result = tensors["input"], tensors[check.output_layer(chain.network).name]
    cycles = lowered.program.compute / lowered.shape.batch
    i_edge = edge(source.type, source.items, cycles)
    o_edge = edge(result.type, result.items, cycles)
    height, width, channels = final.result
    o_lanes = lowered.shape.cols if chain.argmax else o_edge.lanes
    engine = Engine.Config(
        array=plan.array, program=lowered.program, acc=lowered.numbers.acc, i=number(first.x),
        o=number(final.o), frames=lowered.shape.batch,
        i_map=Map(pixels=first.source[0] * first.source[1], channels=first.source[2],
                  lanes=i_edge.lanes),
        o_map=Map(pixels=height * width, channels=channels, lanes=o_lanes),
        a_depth=max(2, lowered.sizes.a_words), levels=lowered.numbers.levels,
        requantize=_requantize(lowered), ring=_ring(plan) if plan.external else 0)  # fmt: skip
    threshold = argmax = None
    if chain.threshold is not None:
        threshold = _threshold(chain.threshold, i_edge, number(tensors[chain.threshold.name].type))
    if chain.argmax is not None:
        argmax = ArgMax.Config(items=engine.o_map.items, lanes=o_lanes, x=engine.o)
    return Design(edges=(i_edge, o_edge), threshold=threshold, engine=engine, argmax=argmax,
                  chain=chain, filled=fill(lowered))  # fmt: skip


def _ring(plan: Plan) -> int:
    beats = -(-plan.array.word * plan.array.w.width // BEAT) * plan.array.cols
    return max(RING, 1 + -(-BURST // beats))


def _requantize(lowered: Lowered) -> Requantize.Config | None:
    """A unit for the sums of all stages; limits are constants where they are the same."""
    stages = [stage for stage in lowered.chain.stages if stage.requantize is not None]
    if not stages:
        return None
    left, right = (np.concatenate(shifts) for shifts in zip(*(stage.shifts for stage in stages)))
    limits = {name: {getattr(stage.requantize, name) for stage in stages}
              for name in ("zero_point", "low", "high")}  # fmt: skip
    same = {name: some.pop() if len(some) == 1 else None for name, some in limits.items()}
    return Requantize.Config(x=lowered.numbers.acc, o=lowered.numbers.x, left=int(left.max()),
                             right=(int(right.min()), int(right.max())), **same)  # fmt: skip


def _threshold(layer, i_edge: Edge, o: Number) -> ThresholdLanes.Config:
    channels, levels = layer.thresholds.shape
    unit = Threshold.Config(channels=channels, levels=levels, x=i_edge.number, o=o,
                            base=layer.base if layer.base is not None else o.low)  # fmt: skip
    return ThresholdLanes.Config(items=i_edge.items, lanes=i_edge.lanes, threshold=unit)


class Top(wiring.Component):
    """The engine, with a register slice at either edge.

    Members
    -------
    s_axis_tdata, s_axis_tvalid, s_axis_tlast : ``In``, s_axis_tready : ``Out``
        Frames in, packed as the :class:`Edge` says.
    m_axis_tdata, m_axis_tvalid, m_axis_tlast : ``Out``, m_axis_tready : ``In``
        Results out.
    m_axi_* : ``hdl.bus.axi_read.signature()``
        If weights are external: AXI4 read master of the memory that holds ``image``.
    m_maps_* : ``hdl.bus.axi_copy.signature()``
        If maps between layers are: AXI4 master of a memory for these.
    """

    def __init__(self, design: Design) -> None:
        self._design = design
        i_edge, o_edge = design.edges
        self._engine = engine(design)
        self._master = [name for name in self._engine.signature.members if name.startswith("m_")]
        super().__init__({
            **{name: self._engine.signature.members[name] for name in self._master},
            "s_axis_tdata": In(i_edge.width),
            "s_axis_tvalid": In(1),
            "s_axis_tlast": In(1),
            "s_axis_tready": Out(1),
            "m_axis_tdata": Out(o_edge.width),
            "m_axis_tvalid": Out(1),
            "m_axis_tlast": Out(1),
            "m_axis_tready": In(1),
        })

    @property
    def image(self) -> bytes | None:
        """What the external memory holds from address 0 on, if there is one."""
        return self._engine.image if self._design.engine.tiles else None

    @property
    def words(self) -> tuple[int, int]:
        """Words of activations in the external memory of these, and bytes of each."""
        copy, moves = self._design.engine.copy, self._design.engine.program.transfers
        words = max((move.outside + move.words for move in moves), default=0)
        return words, BEAT // 8 * copy.beats if copy else 0

    def elaborate(self, platform) -> Module:
        m = Module()
        design, (i_edge, o_edge) = self._design, self._design.edges
        m.submodules.s_axis = entry = FromAXIStream(i_edge)
        m.submodules.m_axis = leave = ToAXIStream(o_edge)
        for name in ("tdata", "tvalid", "tlast"):
            m.d.comb += getattr(entry.i, name).eq(getattr(self, f"s_axis_{name}"))
            m.d.comb += getattr(self, f"m_axis_{name}").eq(getattr(leave.o, name))
        m.d.comb += self.s_axis_tready.eq(entry.i.tready)
        m.d.comb += leave.o.tready.eq(self.m_axis_tready)
        for name in self._master:
            ours, its = getattr(self, name), getattr(self._engine, name)
            out = self.signature.members[name].flow == Out
            m.d.comb += ours.eq(its) if out else its.eq(ours)
        behind = entry.o
        for name, unit in self._units(design):
            m.submodules[name] = unit
            wiring.connect(m, behind, unit.i)
            behind = unit.o
        wiring.connect(m, behind, leave.i)
        return m

    def _units(self, design: Design):
        """What frames pass through."""
        i_edge, o_edge = design.edges
        yield "s_slice", edge_slice(i_edge)
        if design.threshold is not None:
            yield "threshold", ThresholdLanes(design.threshold,
                                              np.asarray(design.chain.threshold.thresholds))
        if design.chain.centre:
            yield "centre", Centre(design.engine.i, i_edge.lanes)
        yield "engine", self._engine
        if design.argmax is not None:
            yield "argmax", ArgMax(design.argmax)
            yield "index", Converter(Converter.Config(  # wires
                width=o_edge.number.shape, items=1, i_lanes=1, o_lanes=o_edge.lanes))
        yield "m_slice", edge_slice(o_edge)


class Centre(wiring.Component):
    """Take half of its range off an unsigned number: its highest bit, inverted, is the sign.

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(unsigned(number.width), lanes)))``
    o : ``Out(stream.Signature(ArrayLayout(number.shape, lanes)))``
    """

    def __init__(self, number: Number, lanes: int) -> None:
        self._number, self._lanes = number, lanes
        super().__init__({
            "i": In(stream.Signature(data.ArrayLayout(number.width, lanes))),
            "o": Out(stream.Signature(data.ArrayLayout(number.shape, lanes))),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        m.d.comb += [self.o.valid.eq(self.i.valid), self.i.ready.eq(self.o.ready)]
        for lane in range(self._lanes):
            bits = self.i.payload[lane]
            m.d.comb += self.o.payload[lane].eq(Cat(bits[:-1], ~bits[-1]).as_signed())
        return m


def engine(design: Design) -> Engine:
    """The engine with its memories' contents."""
    filled, scale = design.filled, design.engine.requantize is not None
    return Engine(design.engine, filled.weights, filled.bias, filled.thresholds,
                  multiplier=filled.multiplier if scale else None,
                  shift=filled.shift if scale else None)  # fmt: skip


def edge_slice(edge: Edge) -> RegisterSlice:
    """What separates an edge's wires from the circuits inside."""
    return RegisterSlice(RegisterSlice.Config(shape=edge.number.shape, lanes=edge.lanes))
