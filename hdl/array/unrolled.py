"""A binary layer with constant weights, all at once: a frame a cycle."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.dot.constant import ConstantCounts
from hdl.number import BIPOLAR, Number
from hdl.quant.threshold import Threshold
from hdl.stream.delay import delay
from hdl.stream.schedule import one_a_cycle
from hdl.stream.skid import skid

__all__ = ["Unrolled"]


class Unrolled(wiring.Component):
    r"""Dense layer of bipolar numbers: :math:`y_r = act(\sum_c w_{r,c} x_c + b_r)`, unrolled.

    Weights, thresholds and biases are part of the circuit; inputs that agree with the same rows are
    counted once for these, see :class:`hdl.dot.constant.ConstantCounts`. A transfer is a frame, all
    inputs in and all outputs out; one a cycle, ``config.latency`` cycles later. A stalled output
    stops the whole pipeline, a cycle later: ``i.ready`` is a register.

    Parameters
    ----------
    config : :class:`Unrolled.Config`

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(1, cols)))``
    o : ``Out(stream.Signature(ArrayLayout(config.o.shape, rows)))``
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """The layer: its counts, and what becomes of them.

        counts : agreeing lanes of each row, or whether they reach the row's one threshold.
        o : outputs.
        base : value of the output below all thresholds.
        thresholds : of each row's popcount, where there are several; () otherwise.
        bias : of each row, added to its sum where there are no thresholds; () otherwise.

        Raises
        ------
        ValueError
            If thresholds or biases are not one a row, or stand beside thresholds of the counts.
        """

        counts: ConstantCounts.Config
        o: Number
        base: int = 0
        thresholds: tuple[tuple[int, ...], ...] = ()
        bias: tuple[int, ...] = ()

        interval = 1

        def __post_init__(self) -> None:
            for name, values in (("thresholds", self.thresholds), ("bias", self.bias)):
                if values and len(values) != self.counts.rows:
                    what = f"one for each of {self.counts.rows} rows, not {len(values)}"
                    raise ValueError(f"Unrolled {name} must be {what}")
            given = sum(map(bool, (self.thresholds, self.bias, self.counts.thresholds)))
            if given != 1:
                what = "either thresholds of counts, or several of each row, or a bias"
                raise ValueError(f"Unrolled layer must have {what}, not {given} of these")

        @classmethod
        def of(cls, weights: np.ndarray, thresholds: np.ndarray | None, bias: np.ndarray | None,
               o: Number, base: int = 0) -> "Unrolled.Config":  # fmt: skip
            """Of weights (rows, cols), thresholds (rows, levels) or None, and biases (rows,)."""
            rows = len(weights)
            if thresholds is not None and thresholds.shape[1] == 1:
                return cls(counts=ConstantCounts.Config.of(weights, thresholds[:, 0]), o=o,
                           base=base)  # fmt: skip
            counts = ConstantCounts.Config.of(weights)
            if thresholds is not None:
                levels = tuple(tuple(map(int, row)) for row in thresholds)
                return cls(counts=counts, o=o, base=base, thresholds=levels)
            bias = np.zeros(rows, np.int64) if bias is None else bias
            return cls(counts=counts, o=o, bias=tuple(map(int, bias)))

        @property
        def levels(self) -> int:
            """Thresholds of a row."""
            return len(self.thresholds[0]) if self.thresholds else int(not self.bias)

        @property
        def threshold(self) -> Threshold.Config:
            """The activation of one row of several thresholds."""
            return Threshold.Config(channels=1, levels=self.levels, x=self.counts.o, o=self.o,
                                    base=self.base)  # fmt: skip

        @property
        def latency(self) -> int:
            """Cycles from a transfer in to its transfer out: a register in front, and behind."""
            behind = self.threshold.latency if self.thresholds else int(bool(self.bias))
            return 1 + self.counts.latency + behind

        def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Cycle of each input and output transfer; the consumer is always ready."""
            accepted = one_a_cycle(np.asarray(arrivals))
            return accepted, accepted + self.latency

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        counts = config.counts
        super().__init__({
            "i": In(stream.Signature(data.ArrayLayout(BIPOLAR.shape, counts.cols))),
            "o": Out(stream.Signature(data.ArrayLayout(config.o.shape, counts.rows))),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config, en = self.config, Signal()
        m.d.comb += self.i.ready.eq(en)
        m.submodules.counts = counts = ConstantCounts(config.counts)
        x = delay(m, en, self.i.payload.as_value(), 1, "x")
        done = delay(m, en, self.i.valid, config.latency, "done", reset=True)
        m.d.comb += [counts.en.eq(en), counts.x.eq(x)]
        payload = Signal(self.o.payload.shape())
        for row in range(config.counts.rows):
            count = counts.o.word_select(row, config.counts.o.width)
            m.d.comb += payload[row].eq(self._activate(m, en, row, count))
        m.d.comb += en.eq(skid(m, self.o, done, payload.as_value()))
        return m

    def _activate(self, m: Module, en: Signal, row: int, count):
        config = self.config
        if config.thresholds:
            unit = Threshold(config.threshold, np.array([config.thresholds[row]]))
            m.submodules[f"threshold{row}"] = unit
            m.d.comb += [unit.en.eq(en), unit.x.eq(count), unit.index.eq(0)]
            return unit.o
        if not config.bias:
            return count if config.o.bipolar else config.base + count
        # sum = 2 count - cols + bias; its lowest bit is a constant
        start, odd = divmod(config.bias[row] - config.counts.cols, 2)
        half = Signal(config.o.shape, name=f"half{row}", reset_less=True)
        with m.If(en):
            m.d.sync += half.eq(count + start)
        return Cat(odd, half)[: config.o.width].as_signed() if config.o.signed else Cat(odd, half)
