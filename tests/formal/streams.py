"""Stream components that are proved, small, and the rule of each."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.number import Number
from hdl.stream.add import Add
from hdl.stream.concat import Concat
from hdl.stream.converter import Converter
from hdl.stream.delay import delay
from hdl.stream.fifo import FIFO
from hdl.stream.fork import Fork
from hdl.stream.gather import Gather
from hdl.stream.register_slice import RegisterSlice
from hdl.stream.repeat import Repeat
from hdl.stream.scatter import Scatter
from hdl.stream.skid import skid
from tests.formal.bench import Case
from tests.formal.naive import Rule, describe

__all__ = ["STREAMS"]


class Skidded(wiring.Component):
    """A pipeline of two registers that stops by :func:`hdl.stream.skid.skid`."""

    def __init__(self) -> None:
        lanes = stream.Signature(data.ArrayLayout(2, 1))
        super().__init__({"i": In(lanes), "o": Out(lanes)})

    def elaborate(self, platform) -> Module:
        m = Module()
        en = Signal()
        valid = delay(m, en, self.i.valid, 2, "valid", reset=True)
        payload = delay(m, en, self.i.payload.as_value(), 2, "payload")
        m.d.comb += [self.i.ready.eq(en), en.eq(skid(m, self.o, valid, payload))]
        return m



def _converter(items: int, i_lanes: int, o_lanes: int) -> Case:
    config = Converter.Config(width=1, items=items, i_lanes=i_lanes, o_lanes=o_lanes)

    def sources(k: int, lane: int):
        item = k * o_lanes + lane
        return ((0, item // i_lanes, item % i_lanes),) if item < items else ()

    rule = Rule(i_beats=config.i_beats, o_beats=config.o_beats, sources=sources,
                frames=int(config.kind != "pass"))  # fmt: skip
    name = f"Converter {config.kind}, {items} items, {i_lanes} to {o_lanes} lanes"
    return Case(name=name, make=lambda: Converter(config), describe=describe(rule))


def _queue(depth: int, style: str = "auto") -> Case:
    config = FIFO.Config(depth=depth, width=2, lanes=1, style=style)
    rule = Rule(frames=depth, valid=config.latency, room=True)
    return Case(name=f"FIFO {depth}, {config.storage}", make=lambda: FIFO(config),
                describe=describe(rule))  # fmt: skip


def _fork(readers: int) -> Case:
    config = Fork.Config(width=2, lanes=1, readers=readers)
    rule = Rule(frames=1, early=True)
    outputs = tuple(f"o_{k}" for k in range(readers))
    return Case(name=f"Fork to {readers}", make=lambda: Fork(config),
                describe=describe(rule, outputs=outputs))  # fmt: skip


def _repeat(times: int, step: int) -> Case:
    config = Repeat.Config(width=2, lanes=1, times=times, step=step)
    rule = Rule(o_beats=times, sources=lambda k, lane: ((0, 0, lane),),
                value=lambda k, lane, numbers: numbers[0] << step * k)  # fmt: skip
    return Case(name=f"Repeat {times} times, shift {step}", make=lambda: Repeat(config),
                describe=describe(rule))  # fmt: skip


def _gather(vectors: int, beats: int, repeats: int) -> Case:
    config = Gather.Config(width=1, lanes=1, vectors=vectors, beats=beats, repeats=repeats)
    rule = Rule(i_beats=config.i_beats, o_beats=config.o_beats, whole=True, frames=3, valid=3,
                sources=lambda k, lane: ((0, lane * beats + k % beats, 0),))  # fmt: skip
    return Case(name=f"Gather {vectors} vectors of {beats}, {repeats} times",
                make=lambda: Gather(config), describe=describe(rule))  # fmt: skip


def _scatter(vectors: int, beats: int) -> Case:
    config = Scatter.Config(width=1, lanes=1, vectors=vectors, beats=beats)
    rule = Rule(i_beats=beats, o_beats=config.o_beats, whole=True, frames=3, valid=3,
                sources=lambda k, lane: ((0, k % beats, k // beats),))  # fmt: skip
    return Case(name=f"Scatter {vectors} vectors of {beats}", make=lambda: Scatter(config),
                describe=describe(rule))  # fmt: skip


def _add(items: int, lanes: int, gains: tuple) -> Case:
    x = Number(width=2, signed=True), Number(width=1, bipolar=True)
    config = Add.Config(items=items, lanes=lanes, x=x, gains=gains, o=Number(width=6, signed=True))

    def sources(k: int, lane: int):
        return ((0, k, lane), (1, k, lane)) if k * lanes + lane < items else None

    def total(k: int, lane: int, numbers: list):
        first, second = (config.gain(j, k * lanes + lane) for j in (0, 1))
        return first * numbers[0] + Mux(numbers[1], second, -second)

    rule = Rule(i_beats=config.beats, o_beats=config.beats, sources=sources, value=total,
                frames=config.latency, valid=config.latency)  # fmt: skip
    kind = "a gain" if max(map(len, gains)) == 1 else "a gain a channel"
    return Case(name=f"Add, {kind}, latency {config.latency}", make=lambda: Add(config),
                describe=describe(rule, inputs=("i_0", "i_1")))  # fmt: skip


def _concat() -> Case:
    x = Number(width=2, signed=True), Number(width=1, bipolar=True)
    config = Concat.Config(x=x, sizes=(2, 1), o=Number(width=3, signed=True))

    def value(k: int, lane: int, numbers: list):
        return Mux(numbers[0], 1, -1) if lane == 2 else numbers[0]

    rule = Rule(sources=lambda k, lane: ((lane // 2, 0, lane % 2),), value=value, frames=0)
    return Case(name="Concat 2 and 1 lanes", make=lambda: Concat(config),
                describe=describe(rule, inputs=("i_0", "i_1")))  # fmt: skip


STREAMS = {case.name: case for case in (
    Case(name="RegisterSlice", describe=describe(Rule(frames=2)),
         make=lambda: RegisterSlice(RegisterSlice.Config(shape=2, lanes=1))),
    Case(name="skid of a pipeline", make=Skidded, describe=describe(Rule(frames=3, valid=3))),
    *(_queue(*sizes) for sizes in ((2,), (3,), (4,), (3, "bram"), (4, "bram"))),
    *(_converter(*sizes) for sizes in ((5, 4, 4), (4, 1, 4), (5, 2, 4), (4, 4, 1), (5, 4, 2),
                                       (6, 2, 3), (6, 3, 2), (7, 2, 3), (7, 3, 2), (4, 3, 4),
                                       (5, 2, 3), (4, 2, 3), (8, 3, 5))),
    _fork(2), _fork(3), _concat(),
    _add(1, 1, ((1,), (1,))), _add(3, 2, ((1, 2, -3), (2,))),
    _repeat(3, 0), _repeat(3, 1),
    _gather(2, 2, 1), _gather(2, 1, 2), _scatter(2, 2), _scatter(2, 1),
)}  # fmt: skip
