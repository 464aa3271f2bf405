"""Affine requantization of a whole stream: every lane of every transfer."""

from dataclasses import dataclass
from math import gcd

import numpy as np
from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.quant.period import period_index
from hdl.quant.requantize_table import RequantizeTable
from hdl.stream.delay import delay
from hdl.stream.schedule import one_a_cycle
from hdl.stream.skid import skid

__all__ = ["RequantizeLanes"]


class RequantizeLanes(wiring.Component):
    r"""Codes of a stream of sums, with the multiplier and shift of channel n mod channels.

    See :class:`hdl.quant.requantize.Requantize` for the equation. A frame is ``config.items``
    items, item 0 in lane 0 of the first transfer, channels innermost. One transfer a cycle,
    ``config.latency`` cycles later; a stalled output stops the pipeline, a cycle later:
    ``i.ready`` is a register. Lanes beyond items in a frame's last transfer are unspecified.

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(table.x.shape, lanes)))``
    o : ``Out(stream.Signature(ArrayLayout(table.o.shape, lanes)))``
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Size of the stream; ``table.channels`` is the number of channels."""

        items: int
        lanes: int
        table: RequantizeTable.Config

        def __post_init__(self) -> None:
            positive("RequantizeLanes", items=self.items, lanes=self.lanes)
            for lane in range(self.lanes):
                self.table.check(self.rows(lane))

        @property
        def beats(self) -> int:
            """Transfers of a frame."""
            return -(-self.items // self.lanes)

        @property
        def period(self) -> int:
            """Transfers after which a lane sees the same channel again."""
            return self.table.channels // gcd(self.table.channels, self.lanes)

        def rows(self, lane: int) -> np.ndarray:
            """The channels that a lane sees, in order."""
            return (np.arange(self.period) * self.lanes + lane) % self.table.channels

        @property
        def interval(self) -> int:
            """Cycles a frame."""
            return self.beats

        @property
        def latency(self) -> int:
            """Cycles from an input transfer to its output transfer."""
            return self.table.latency(self.period)

        def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Cycle of each input and output transfer, the consumer always ready."""
            accepted = one_a_cycle(arrivals)
            return accepted, accepted + self.latency

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "i": In(stream.Signature(data.ArrayLayout(config.table.x.shape, config.lanes))),
            "o": Out(stream.Signature(data.ArrayLayout(config.table.o.shape, config.lanes))),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config, table = self.config, self.config.table
        en, payload = Signal(), Signal(self.o.payload.shape())
        m.d.comb += self.i.ready.eq(en)
        index = period_index(m, en & self.i.valid, config.beats, config.period)

        for lane in range(config.lanes):
            m.submodules[f"lane{lane}"] = dut = RequantizeTable(table, config.rows(lane))
            m.d.comb += [
                dut.en.eq(en),
                dut.x.eq(self.i.payload[lane]),
                dut.index.eq(index),
                payload[lane].eq(dut.o),
            ]
        valid = delay(m, en, self.i.valid, config.latency, "valid", reset=True)
        m.d.comb += en.eq(skid(m, self.o, valid, payload.as_value()))
        return m
