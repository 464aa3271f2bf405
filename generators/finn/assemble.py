"""All circuits of a network in one component, between two AXI4-Streams."""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from generators.finn import loading, streams
from generators.finn.part import Part
from hdl.bus.axis import Edge, FromAXIStream, ToAXIStream
from hdl.bus.load import WORD, Chain
from hdl.stream.register_slice import RegisterSlice

__all__ = ["Top"]


class Top(wiring.Component):
    """The pipeline, with a register slice at either edge.

    The streams between the circuits have names, which :mod:`generators.finn.streams` tells.

    Members
    -------
    s_axis_tdata, s_axis_tvalid, s_axis_tlast : ``In``, s_axis_tready : ``Out``
        Frames in, packed as the :class:`Edge` says.
    m_axis_tdata, m_axis_tvalid, m_axis_tlast : ``Out``, m_axis_tready : ``In``
        Results out.
    load_address, load_data, load_valid : ``In``, where a layer's storage is "ram"
        A word for a memory of parameters, taken in each cycle in which it is valid, and there a few
        cycles later; while no frame is inside.
    """

    def __init__(self, i_edge: Edge, parts: list[Part], o_edge: Edge) -> None:
        self._i_edge, self._parts, self._o_edge = i_edge, parts, o_edge
        self._chain = loading.chain(parts)
        loads = {"load_address": In(WORD), "load_data": In(WORD), "load_valid": In(1)}
        super().__init__({
            "s_axis_tdata": In(i_edge.width),
            "s_axis_tvalid": In(1),
            "s_axis_tlast": In(1),
            "s_axis_tready": Out(1),
            "m_axis_tdata": Out(o_edge.width),
            "m_axis_tvalid": Out(1),
            "m_axis_tlast": Out(1),
            "m_axis_tready": In(1),
            **(loads if self._chain else {}),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.s_axis = entry = FromAXIStream(self._i_edge)
        m.submodules.m_axis = leave = ToAXIStream(self._o_edge)
        for name in ("tdata", "tvalid", "tlast"):
            m.d.comb += getattr(entry.i, name).eq(getattr(self, f"s_axis_{name}"))
            m.d.comb += getattr(self, f"m_axis_{name}").eq(getattr(leave.o, name))
        m.d.comb += self.s_axis_tready.eq(entry.i.tready)
        m.d.comb += leave.o.tready.eq(self.m_axis_tready)

        m.submodules.s_slice = first = edge_slice(self._i_edge)
        m.submodules.m_slice = last = edge_slice(self._o_edge)
        wiring.connect(m, entry.o, first.i)
        _name(m, streams.SLICE, "o", first.o)
        source = self._connect(m, first)
        wiring.connect(m, source, last.i)
        wiring.connect(m, last.o, leave.i)
        return m

    def _connect(self, m: Module, first: RegisterSlice):
        """Connect the parts, each to those that it reads; returns the last one's output.

        The readers of a fork take its outputs in turn.
        """
        outputs, circuits = {"input": [first.o]}, {}
        for part in self._parts:
            circuit = circuits[part.name] = part.build()
            m.submodules[part.name] = circuit
            for index, name in enumerate(part.inputs):
                port = "i" if len(part.inputs) == 1 else f"i_{index}"
                _join(m, outputs[name].pop(0), getattr(circuit, port))
            outputs[part.name] = [getattr(circuit, port) for port in streams.outputs(part)]
            for port, output in zip(streams.outputs(part), outputs[part.name]):
                _name(m, part.name, port, output)
        if self._chain:
            self._load(m, [circuits[part.name] for part in loading.loadable(self._parts)])
        (left,) = [output for ports in outputs.values() for output in ports]
        return left

    def _load(self, m: Module, circuits: list) -> None:
        """Take words of parameters to the circuits that have a load bus."""
        m.submodules.load = chain = Chain(self._chain)
        for name in ("address", "data", "valid"):
            m.d.comb += getattr(chain.i, name).eq(getattr(self, f"load_{name}"))
            for link, circuit in enumerate(circuits):
                port = getattr(chain, f"o_{link}")
                m.d.comb += getattr(circuit.load, name).eq(getattr(port, name))


def _join(m: Module, source, target) -> None:
    """Connect two streams of as many bits; a block of numbers may be one of the target's."""
    payload, wider = Value.cast(source.payload), Value.cast(target.payload)
    if len(payload) != len(wider):
        raise ValueError(f"Streams must be of one width, not {len(payload)} and {len(wider)} bits")
    m.d.comb += [wider.eq(payload), target.valid.eq(source.valid), source.ready.eq(target.ready)]


def _name(m: Module, part: str, port: str, output) -> None:
    """Signals of one name for a stream: what Amaranth calls a circuit's ports follows from it."""
    for name in ("payload", "valid", "ready"):
        value = Value.cast(getattr(output, name))
        named = Signal(len(value), name=f"{streams.signals(part, port)}_{name}")
        m.d.comb += named.eq(value)


def edge_slice(edge: Edge) -> RegisterSlice:
    """What separates an edge's wires from the circuits inside."""
    return RegisterSlice(RegisterSlice.Config(shape=edge.number.shape, lanes=edge.lanes))

