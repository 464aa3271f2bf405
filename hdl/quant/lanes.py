"""Multi-threshold activation of a whole stream: every lane of every transfer."""

from dataclasses import dataclass, replace
from math import gcd

import numpy as np
from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.quant.period import period_index
from hdl.quant.threshold import Threshold
from hdl.stream.delay import delay
from hdl.stream.schedule import one_a_cycle
from hdl.stream.skid import skid

__all__ = ["ThresholdLanes"]


class ThresholdLanes(wiring.Component):
    r"""Quantize a stream: :math:`y_n = base + step \cdot \#\{k : x_n \ge t_{n \bmod channels,k}\}`.

    A frame is ``config.items`` items, item 0 in lane 0 of the first transfer, channels innermost.
    One transfer a cycle, ``config.latency`` cycles later; a stalled output stops the pipeline, a
    cycle later: ``i.ready`` is a register.
    Lanes beyond items in a frame's last transfer are unspecified.

    Parameters
    ----------
    config : :class:`ThresholdLanes.Config`
    thresholds : int array (channels, levels), ascending along levels

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(threshold.x.shape, lanes)))``
    o : ``Out(stream.Signature(ArrayLayout(threshold.o.shape, lanes)))``

    Raises
    ------
    ValueError
        If the thresholds have another shape or descend within a channel.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Size of the stream; ``threshold.channels`` is the number of channels."""

        items: int
        lanes: int
        threshold: Threshold.Config

        def __post_init__(self) -> None:
            positive("ThresholdLanes", items=self.items, lanes=self.lanes)

        @property
        def beats(self) -> int:
            """Transfers of a frame."""
            return -(-self.items // self.lanes)

        @property
        def period(self) -> int:
            """Transfers after which a lane sees the same channel again."""
            return self.threshold.channels // gcd(self.threshold.channels, self.lanes)

        @property
        def lane(self) -> Threshold.Config:
            """The thresholds that a lane sees."""
            return replace(self.threshold, channels=self.period)

        @property
        def interval(self) -> int:
            """Cycles a frame."""
            return self.beats

        @property
        def latency(self) -> int:
            """Cycles from an input transfer to its output transfer."""
            return self.lane.latency

        def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Cycle of each input and output transfer, the consumer always ready."""
            accepted = one_a_cycle(arrivals)
            return accepted, accepted + self.latency

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config, thresholds: np.ndarray) -> None:
        config.threshold.check(thresholds)
        self.config = config
        self._thresholds = thresholds
        super().__init__({
            "i": In(stream.Signature(data.ArrayLayout(config.threshold.x.shape, config.lanes))),
            "o": Out(stream.Signature(data.ArrayLayout(config.threshold.o.shape, config.lanes))),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config, unit = self.config, self.config.threshold
        en, payload = Signal(), Signal(self.o.payload.shape())
        m.d.comb += self.i.ready.eq(en)
        index = period_index(m, en & self.i.valid, config.beats, config.period)

        beats = np.arange(config.period)
        for lane in range(config.lanes):
            rows = (beats * config.lanes + lane) % unit.channels
            m.submodules[f"lane{lane}"] = dut = Threshold(config.lane, self._thresholds[rows])
            m.d.comb += [
                dut.en.eq(en),
                dut.x.eq(self.i.payload[lane]),
                dut.index.eq(index),
                payload[lane].eq(dut.o),
            ]
        valid = delay(m, en, self.i.valid, config.latency, "valid", reset=True)
        m.d.comb += en.eq(skid(m, self.o, valid, payload.as_value()))
        return m
