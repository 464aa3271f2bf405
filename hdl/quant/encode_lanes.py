"""Encoders of a whole stream: every lane of every transfer."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.number import Number
from hdl.quant.rounding import Noise
from hdl.stream.delay import delay
from hdl.stream.schedule import one_a_cycle
from hdl.stream.skid import skid

__all__ = ["EncodeLanes", "Encoder"]


class Encoder(Protocol):
    """What a configuration of an encoder of one lane answers: what comes, what goes, and when."""

    @property
    def x(self) -> Number:
        """What it encodes."""

    @property
    def o(self) -> Number:
        """The raw word."""

    @property
    def latency(self) -> int:
        """Enabled cycles from x to o."""

    def build(self) -> wiring.Component:
        """A circuit with ports ``en``, ``x`` and ``o``; one word a cycle."""


class EncodeLanes(wiring.Component):
    r"""Encode a stream: :math:`y_n = encode(x_n)`, by as many encoders as a transfer has lanes.

    A frame is ``config.items`` items, item 0 in lane 0 of the first transfer, channels innermost.
    One transfer a cycle, ``config.latency`` cycles later; a stalled output stops the pipeline, a
    cycle later: ``i.ready`` is a register.
    Lanes beyond items in a frame's last transfer are unspecified.

    An encoder that rounds stochastically gets the numbers of its items, see
    :class:`hdl.quant.rounding.Noise`: they depend on the seed and the item, not on the lanes.

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(unit.x.shape, lanes)))``
    o : ``Out(stream.Signature(ArrayLayout(unit.o.shape, lanes)))``
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Size of the stream, and the encoder of one lane.

        seed : of the generator, where the unit has a property ``noise`` of some bits: of its port.
        """

        items: int
        lanes: int
        unit: Encoder
        seed: int = 0

        def __post_init__(self) -> None:
            positive("EncodeLanes", items=self.items, lanes=self.lanes)
            _ = self.noise

        @property
        def noise(self) -> Noise.Config | None:
            """The numbers that decide on rounding up, where they do."""
            if not (bits := getattr(self.unit, "noise", 0)):
                return None
            sizes = {"lanes": self.lanes, "beats": self.beats}
            return Noise.Config(bits=bits, seed=self.seed, **sizes)

        @property
        def beats(self) -> int:
            """Transfers of a frame."""
            return -(-self.items // self.lanes)

        @property
        def interval(self) -> int:
            """Cycles a frame."""
            return self.beats

        @property
        def latency(self) -> int:
            """Cycles from an input transfer to its output transfer."""
            return self.unit.latency

        def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Cycle of each input and output transfer, the consumer always ready."""
            accepted = one_a_cycle(arrivals)
            return accepted, accepted + self.latency

        def build(self) -> "EncodeLanes":
            """The circuit."""
            return EncodeLanes(self)

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "i": In(stream.Signature(data.ArrayLayout(config.unit.x.shape, config.lanes))),
            "o": Out(stream.Signature(data.ArrayLayout(config.unit.o.shape, config.lanes))),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        en, payload = Signal(), Signal(self.o.payload.shape())
        m.d.comb += self.i.ready.eq(en)
        if config.noise:
            m.submodules.noise = noise = config.noise.build()
            m.d.comb += noise.step.eq(en & self.i.valid)
        for lane in range(config.lanes):
            m.submodules[f"lane{lane}"] = dut = config.unit.build()
            m.d.comb += [
                dut.en.eq(en),
                dut.x.eq(self.i.payload[lane]),
                payload[lane].eq(dut.o),
            ]
            if config.noise:
                m.d.comb += dut.noise.eq(noise.o.word_select(lane, config.noise.bits))
        valid = delay(m, en, self.i.valid, config.latency, "valid", reset=True)
        m.d.comb += en.eq(skid(m, self.o, valid, payload.as_value()))
        return m
