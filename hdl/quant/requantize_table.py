"""Affine requantization of several channels, whose multipliers and shifts are a table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from amaranth.hdl import Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.lookup import lookup
from hdl.number import Number
from hdl.quant.constant_mul import digits
from hdl.quant.requantize import Requantize

__all__ = ["RequantizeTable"]

LUT_BITS = 6
LUT_WORDS = 1 << LUT_BITS


class RequantizeTable(wiring.Component):
    r"""Codes of the sums of a channel: see :class:`hdl.quant.requantize.Requantize`.

    The multiplier and the shift are those of the channel ``index``, read in a cycle of their own
    where there are several. One result a cycle, ``config.latency(rows)`` enabled cycles after x.

    Parameters
    ----------
    config : :class:`RequantizeTable.Config`
    rows : which of the configuration's channels there are, index 0 first; all if absent

    Raises
    ------
    ValueError
        If the product is to be of constants, but rows have several multipliers.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x : ``In(config.x.shape)``
        Sum, bias included.
    index : ``In(range(len(rows)))``
        Which channel's it is.
    o : ``Out(config.o.shape)``
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Formats, and of each channel M0 and right shift (negative: to the left).

        product : "dsp"; "constant" where each circuit is to see one channel only, or one
            multiplier, as it is in any case for a common power of two.
        """

        x: Number
        o: Number
        multiplier: tuple[int, ...]
        right_shift: tuple[int, ...]
        zero_point: int = 0
        low: int | None = None
        high: int | None = None
        product: Literal["dsp", "constant"] = "dsp"

        def __post_init__(self) -> None:
            count, shifts = len(self.multiplier), len(self.right_shift)
            if not count or count != shifts:
                what = f"as many as right shifts, and one at least, not {count} and {shifts}"
                raise ValueError(f"RequantizeTable multipliers must be {what}")
            for value in self.multiplier:
                if not 0 <= value < 1 << 31:
                    what = f"from 0 to {(1 << 31) - 1}, not {value}"
                    raise ValueError(f"RequantizeTable multipliers must be {what}")
            _ = self.unit

        @classmethod
        def of(cls, multiplier: np.ndarray, right_shift: np.ndarray, **fields):
            """Of arrays (channels,)."""
            pair = (tuple(int(v) for v in values) for values in (multiplier, right_shift))
            return cls(**dict(zip(("multiplier", "right_shift"), pair)), **fields)

        @property
        def channels(self) -> int:
            """Number of channels."""
            return len(self.multiplier)

        @property
        def factors(self) -> tuple[int, ...]:
            """M0, shifted left where the sum is to be."""
            pairs = zip(self.multiplier, self.right_shift)
            return tuple(factor << max(0, -shift) for factor, shift in pairs)

        @property
        def unit(self) -> Requantize.Config:
            """What all channels have in common."""
            rights = [max(0, shift) for shift in self.right_shift]
            one, *others = dict.fromkeys(self.factors)
            power = not others and one.bit_count() == 1
            product = "constant" if power else self.product
            return Requantize.Config(
                x=self.x,
                o=self.o,
                multiplier=None if others and product == "dsp" else one,
                left=max(0, *(-shift for shift in self.right_shift), 0),
                right=(min(rights), max(rights)),
                zero_point=self.zero_point,
                low=self.o.low if self.low is None else self.low,
                high=self.o.high if self.high is None else self.high,
                product=product,
                levels=self._levels if product == "constant" else 0,
            )

        @property
        def _levels(self) -> int:
            """Levels of adders for the multiplier with the most digits."""
            most = max(len(digits(factor)) for factor in self.factors)
            return max(0, most - 1).bit_length()

        def check(self, rows: Sequence[int]) -> None:
            """Refuse several multipliers where the product is to be of constants."""
            count = len({self.factors[row] for row in rows})
            if self.product == "constant" and count > 1:
                what = f"dsp for {count} multipliers in a circuit, not constant"
                raise ValueError(f"RequantizeTable product must be {what}")

        def late(self, rows: int) -> bool:
            """Whether a cycle goes into reading the table, with so many rows."""
            return rows > 1 and (self.unit.multiplier is None or self.unit.span > 0)

        def latency(self, rows: int | None = None) -> int:
            """Enabled cycles from x to o, with so many rows."""
            return self.unit.latency + self.late(self.channels if rows is None else rows)

    def __init__(self, config: Config, rows: Sequence[int] | None = None) -> None:
        self.config = config
        self._rows = range(config.channels) if rows is None else [int(row) for row in rows]
        config.check(self._rows)
        super().__init__({
            "en": In(1),
            "x": In(config.x.shape),
            "index": In(range(len(self._rows))),
            "o": Out(config.o.shape),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config, unit, count = self.config, self.config.unit, len(self._rows)
        factors = [config.factors[row] for row in self._rows]
        spans = [max(0, config.right_shift[row]) - unit.right[0] for row in self._rows]
        if count == 1 or unit.product == "constant":
            unit = replace(unit, multiplier=factors[0])
        if count == 1:
            unit = replace(unit, shift=spans[0] + unit.right[0])
        m.submodules.unit = dut = unit.build()
        late = config.late(count)
        x = self._register(m, self.x, "x_late") if late else self.x
        m.d.comb += [dut.en.eq(self.en), dut.x.eq(x), self.o.eq(dut.o)]
        if unit.multiplier is None:
            m.d.comb += dut.multiplier.eq(self._table(m, factors, "factor"))
        if unit.shift is None and unit.span:
            m.d.comb += dut.shift.eq(self._table(m, spans, "span"))
        return m

    def _table(self, m: Module, words: list[int], name: str) -> Value:
        """words[index], an enabled cycle later: one of tables that are a LUT a bit each."""
        if len(set(words)) == 1:
            return Const(words[0], max(1, words[0].bit_length()))
        found = [
            self._read(m, words[low : low + LUT_WORDS], f"{name}{low}")
            for low in range(0, len(words), LUT_WORDS)
        ]
        if len(found) > 1:
            for bit in self._register(m, self.index[LUT_BITS:], f"{name}_place"):
                pairs = zip(found[::2], found[1::2])
                found = [Mux(bit, b, a) for a, b in pairs] + found[len(found) & ~1 :]
        return found[0]

    def _read(self, m: Module, words: list[int], name: str) -> Value:
        word = lookup(m, words, self.index[:LUT_BITS], name)
        return word if isinstance(word, Const) else self._register(m, word, f"{name}_word")

    def _register(self, m: Module, value: Value, name: str) -> Signal:
        register = Signal(value.shape(), name=name, reset_less=True)
        with m.If(self.en):
            m.d.sync += register.eq(value)
        return register
