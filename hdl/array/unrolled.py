"""A layer with constant weights, all at once: a frame a cycle."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.dot.constant import ConstantCounts
from hdl.dot.matrix import ConstantMatrix
from hdl.number import BIPOLAR, Number
from hdl.quant.threshold import Threshold
from hdl.stream.delay import delay
from hdl.stream.schedule import one_a_cycle
from hdl.stream.skid import skid

__all__ = ["Unrolled"]


class Unrolled(wiring.Component):
    r"""Dense layer: :math:`y_r = act(\sum_c w_{r,c} x_c + b_r)`, unrolled.

    Weights, thresholds and biases are part of the circuit. Where all numbers are bipolar, inputs
    that agree with the same rows are counted once for these, see :class:`ConstantCounts`; of others
    rows share sums of two inputs, see :class:`ConstantMatrix`. A transfer is a frame, all inputs in
    and all outputs out; one a cycle, ``config.latency`` cycles later. A stalled output stops the
    whole pipeline, a cycle later: ``i.ready`` is a register.

    Parameters
    ----------
    config : :class:`Unrolled.Config`

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(config.dot.x.shape, cols)))``
    o : ``Out(stream.Signature(ArrayLayout(config.o.shape, rows)))``
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """The layer: its dot products, and what becomes of them.

        dot : of each row, agreeing lanes or the dot product with its bias; or whether that reaches
            the row's one threshold.
        o : outputs.
        base : value of the output below all thresholds.
        thresholds : of each row's popcount or sum, where there are several; () otherwise.
        bias : of each row of counts, added to its sum where there are no thresholds; else ().

        Raises
        ------
        ValueError
            If thresholds or biases are not one a row, or stand beside thresholds of the counts.
        """

        dot: ConstantCounts.Config | ConstantMatrix.Config
        o: Number
        base: int = 0
        thresholds: tuple[tuple[int, ...], ...] = ()
        bias: tuple[int, ...] = ()

        interval = 1

        def __post_init__(self) -> None:
            for name, values in (("thresholds", self.thresholds), ("bias", self.bias)):
                if values and len(values) != self.dot.rows:
                    what = f"one for each of {self.dot.rows} rows, not {len(values)}"
                    raise ValueError(f"Unrolled {name} must be {what}")
            given = sum(map(bool, (self.thresholds, self.bias, self.dot.thresholds)))
            if isinstance(self.dot, ConstantMatrix.Config):
                if self.bias:
                    raise ValueError("Unrolled bias must be part of the dot products of numbers")
                given = given or 1
            if given != 1:
                what = "either thresholds of counts, or several of each row, or a bias"
                raise ValueError(f"Unrolled layer must have {what}, not {given} of these")

        @classmethod
        def of(cls, weights: np.ndarray, thresholds: np.ndarray | None, bias: np.ndarray | None,
               o: Number, base: int = 0, x: Number = BIPOLAR,
               w: Number = BIPOLAR) -> "Unrolled.Config":  # fmt: skip
            """Of weights (rows, cols), thresholds (rows, levels) or None, and biases (rows,).

            Thresholds are of popcounts where x and w are both bipolar, else of sums.
            """
            one, several = None, ()
            if thresholds is not None and thresholds.shape[1] == 1:
                one = thresholds[:, 0]
            elif thresholds is not None:
                several = tuple(tuple(map(int, row)) for row in thresholds)
            if not (x.bipolar and w.bipolar):
                added = None if one is not None or several else bias
                dot = ConstantMatrix.Config.of(weights, x, bias=added, thresholds=one)
                return cls(dot=dot, o=o, base=base, thresholds=several)
            return cls(dot=ConstantCounts.Config.of(weights, one), o=o, base=base,
                       thresholds=several,
                       bias=_biases(bias, len(weights)) if thresholds is None else ())  # fmt: skip

        @property
        def levels(self) -> int:
            """Thresholds of a row."""
            one = self.dot.thresholds is not None
            return len(self.thresholds[0]) if self.thresholds else int(one)

        @property
        def threshold(self) -> Threshold.Config:
            """The activation of one row of several thresholds."""
            return Threshold.Config(channels=1, levels=self.levels, x=self.dot.o, o=self.o,
                                    base=self.base)  # fmt: skip

        @property
        def latency(self) -> int:
            """Cycles from a transfer in to its transfer out: a register in front, and behind."""
            behind = self.threshold.latency if self.thresholds else int(bool(self.bias))
            return 1 + self.dot.latency + behind

        def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Cycle of each input and output transfer; the consumer is always ready."""
            accepted = one_a_cycle(np.asarray(arrivals))
            return accepted, accepted + self.latency

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        dot = config.dot
        super().__init__({
            "i": In(stream.Signature(data.ArrayLayout(dot.x.shape, dot.cols))),
            "o": Out(stream.Signature(data.ArrayLayout(config.o.shape, dot.rows))),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config, en = self.config, Signal()
        m.d.comb += self.i.ready.eq(en)
        m.submodules.counts = dot = config.dot.build()
        x = delay(m, en, self.i.payload.as_value(), 1, "x")
        done = delay(m, en, self.i.valid, config.latency, "done", reset=True)
        m.d.comb += [dot.en.eq(en), dot.x.eq(x)]
        payload = Signal(self.o.payload.shape())
        for row, number in enumerate(config.dot.numbers):
            value = dot.o.word_select(row, config.dot.o.width)[: number.width]
            value = value.as_signed() if number.signed else value
            m.d.comb += payload[row].eq(self._activate(m, en, row, value))
        m.d.comb += en.eq(skid(m, self.o, done, payload.as_value()))
        return m

    def _activate(self, m: Module, en: Signal, row: int, value: Value):
        config = self.config
        if config.thresholds:
            part = replace(config.threshold, x=config.dot.numbers[row])
            unit = Threshold(part, np.array([config.thresholds[row]]))
            m.submodules[f"threshold{row}"] = unit
            m.d.comb += [unit.en.eq(en), unit.x.eq(value), unit.index.eq(0)]
            return unit.o
        if config.dot.thresholds is not None:
            return value if config.o.bipolar else config.base + value
        if not config.bias:
            return value
        # sum = 2 count - cols + bias; its lowest bit is a constant
        start, odd = divmod(config.bias[row] - config.dot.cols, 2)
        half = Signal(config.o.shape, name=f"half{row}", reset_less=True)
        with m.If(en):
            m.d.sync += half.eq(value + start)
        return Cat(odd, half)[: config.o.width].as_signed() if config.o.signed else Cat(odd, half)


def _biases(bias: Sequence[int] | None, rows: int) -> tuple[int, ...]:
    return (0,) * rows if bias is None else tuple(map(int, bias))
