"""Affine requantization: sums times a real number, rounded to codes, as gemmlowp does it."""

from dataclasses import dataclass
from typing import Literal

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.compress.fabric import Kind
from hdl.number import Number
from hdl.quant.constant_mul import ConstantHighMul
from hdl.quant.high_mul import FRACTION, HighMul
from hdl.stream.late import Late

__all__ = ["Requantize"]

MAX_SHIFT = 31
INT = 32
"""Bits of the sums that gemmlowp knows."""


class Requantize(wiring.Component):
    r"""Codes of sums: :math:`o = clip(Z + \langle \langle x m / 2^{31} \rangle / 2^n \rangle)`.

    That is TensorFlow Lite's MultiplyByQuantizedMultiplier bit by bit, both roundings included:
    the first to the nearest integer, ties up, the second ties away from zero. m is the multiplier
    M0, 31 bits, shifted left where the sum is to be (M >= 1); n is the right shift. low and high
    are the range that the codes are clipped to. Whatever differs from transfer to transfer is a
    port; what the configuration gives is a constant.

    Stateless and pipelined: one result a cycle, ``config.latency`` enabled cycles after x and all
    other inputs. The product takes two DSP48E1s for x of up to 25 bits, four beyond (see
    :class:`hdl.quant.high_mul.HighMul`). A constant multiplier may be one of adders instead (see
    :class:`hdl.quant.constant_mul.ConstantHighMul`), and should if it is a power of two.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x : ``In(config.x.shape)``
        Sum, bias included.
    multiplier : ``In(31 + config.left)``
        M0 << left shift, left shifts being up to config.left.
    shift : ``In(range(config.span + 1))``
        Right shift less config.right[0]; absent where there is one only.
    zero_point, low, high : ``In(config.o.shape)``
        Codes of real 0, and lowest and highest.
    o : ``Out(config.o.shape)``
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Formats, what is constant (None: a port), and ranges of the shifts that are not.

        left : largest shift to the left, which ``multiplier`` includes.
        right : lowest and highest right shift. They decide the latency also where ``shift`` is
            constant, as lanes that differ in it only are to be equally long.
        product : "dsp", or "constant" for a multiplier of adders.
        levels : of these adders, if more than the multiplier asks for; likewise for lanes.
        """

        x: Number
        o: Number
        multiplier: int | None = None
        left: int = 0
        shift: int | None = None
        right: tuple[int, int] = (0, MAX_SHIFT)
        zero_point: int | None = None
        low: int | None = None
        high: int | None = None
        product: Literal["dsp", "constant"] = "dsp"
        levels: int = 0
        fabric: Kind = "xilinx"

        def __post_init__(self) -> None:
            lowest, highest = self.right
            if not 0 <= lowest <= highest <= MAX_SHIFT:
                what = f"0 to {MAX_SHIFT} and ascend, not {self.right}"
                raise ValueError(f"Requantize right shifts must be {what}")
            if self.shift is not None and not lowest <= self.shift <= highest:
                what = f"from {lowest} to {highest}, not {self.shift}"
                raise ValueError(f"Requantize shift must be {what}")
            if self.left < 0 or self.width + self.left > INT:
                what = f"0 to {max(0, INT - self.width)} for sums of {self.width} bits"
                raise ValueError(f"Requantize left must be {what}, not {self.left}")
            if self.o.bipolar or self.x.bipolar:
                raise ValueError("Requantize numbers must not be bipolar")
            for name in ("zero_point", "low", "high"):
                value = getattr(self, name)
                if value is not None and not self.o.low <= value <= self.o.high:
                    what = f"from {self.o.low} to {self.o.high}, not {value}"
                    raise ValueError(f"Requantize {name} must be {what}")
            if self.product not in ("dsp", "constant"):
                what = f"dsp or constant, not {self.product!r}"
                raise ValueError(f"Requantize product must be {what}")
            if self.product == "constant" and self.multiplier is None:
                raise ValueError("Requantize multiplier must be given for a product of constants")
            _ = self.high_mul

        @property
        def width(self) -> int:
            """Bits of x with a sign."""
            return self.x.width + (not self.x.signed)

        @property
        def span(self) -> int:
            """Number of right shifts beyond the lowest."""
            return self.right[1] - self.right[0]

        @property
        def high_mul(self) -> HighMul.Config | ConstantHighMul.Config:
            """The product."""
            sizes = {"x": self.x, "bits": FRACTION + self.left, "multiplier": self.multiplier}
            if self.product == "constant":
                return ConstantHighMul.Config(levels=self.levels, **sizes)
            return HighMul.Config(fabric=self.fabric, **sizes)

        @property
        def latency(self) -> int:
            """Enabled cycles: the product, rounding and shift where there are, comparison, code."""
            return self.high_mul.latency + (self.right[1] > 0) + (self.span > 0) + 2

        def build(self) -> "Requantize":
            """The circuit."""
            return Requantize(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        ports = {"en": In(1), "x": In(config.x.shape), "o": Out(config.o.shape)}
        if config.multiplier is None:
            ports["multiplier"] = In(FRACTION + config.left)
        if config.shift is None and config.span:
            ports["shift"] = In(range(config.span + 1))
        ports |= {name: In(config.o.shape) for name in ("zero_point", "low", "high")
                  if getattr(config, name) is None}  # fmt: skip
        super().__init__(ports)

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        self._late = self._inputs(m)
        cycle = config.high_mul.latency
        value = self._product(m)
        if config.right[1]:
            value = self._round(m, value, cycle)
            cycle += 1
            if config.span:
                value = self._register(m, value >> self._late["shift"].at(cycle), "scaled")
                cycle += 1
        codes = self._code(m, value, cycle)
        m.d.comb += self.o.eq(codes)
        return m

    def _inputs(self, m: Module) -> dict[str, Late]:
        """Shift, zero point and limits: ports, or constants."""
        config = self.config
        found = {name: getattr(self, name) if getattr(config, name) is None
                 else Const(getattr(config, name), config.o.shape)
                 for name in ("zero_point", "low", "high")}  # fmt: skip
        if config.span:
            found["shift"] = (self.shift if config.shift is None
                              else Const(config.shift - config.right[0]))  # fmt: skip
        return {name: Late(m, self.en, value, name) for name, value in found.items()}

    def _product(self, m: Module) -> Value:
        m.submodules.product = product = self.config.high_mul.build()
        m.d.comb += [product.en.eq(self.en), product.x.eq(self.x)]
        if self.config.multiplier is None:
            m.d.comb += product.m.eq(self.multiplier)
        return product.o

    def _round(self, m: Module, value: Value, cycle: int) -> Value:
        """value + 2^(n-1), less one where it is negative, without the lowest n bits of all n.

        The remainder is above (2^(n-1) - 1) + [value < 0] in just those cases in which that sum
        reaches the next multiple of 2^n.
        """
        lowest, highest = self.config.right
        mask, rounds = self._half(m, cycle)
        carry = Signal(name="carry")
        m.d.comb += carry.eq(rounds & (value >= 0))
        total = Signal(signed(max(len(value), highest) + 2), name="rounded")
        # The lowest bits carry into the sum, so that there is one adder.
        m.d.comb += total.eq(Cat(carry, value).as_signed() + Cat(carry, mask))
        return self._register(m, total[1:], "total")[lowest:].as_signed()

    def _half(self, m: Module, cycle: int) -> tuple[Value, Value]:
        """2^(n-1) - 1 and whether there is a half at all, n > 0."""
        lowest, highest = self.config.right
        if self.config.span == 0 or self.config.shift is not None:
            n = lowest if self.config.shift is None else self.config.shift
            return Const((1 << n >> 1) - (n > 0)), Const(n > 0, 1)
        span = self._late["shift"].at(cycle - 1)
        ones = max(lowest, 1) - 1
        # Bit k of the mask is set where n - 1 > k.
        more = Cat(*(span > k + 1 - lowest for k in range(ones, highest - 1)))
        more = self._register(m, more, "mask") if len(more) else more
        rounds = Const(1, 1) if lowest else self._register(m, span != 0, "rounds")
        return Cat(Const((1 << ones) - 1, ones), more), rounds

    def _code(self, m: Module, value: Value, cycle: int) -> Value:
        """Z + value in two cycles, or the limit that this is beyond."""
        narrow = Signal(self.config.o.width, name="narrow")
        m.d.comb += narrow.eq(value)
        under = self._register(m, value < self._limit(m, "low", cycle), "under")
        over = self._register(m, value > self._limit(m, "high", cycle), "over")
        inside = self._register(m, narrow, "inside")
        zero, low, high = (self._late[name].at(cycle + 1) for name in ("zero_point", "low", "high"))
        code = Signal(self.config.o.shape, name="code")
        m.d.comb += code.eq(inside + zero)
        return self._register(m, Mux(over, high, Mux(under, low, code)), "clipped")

    def _limit(self, m: Module, name: str, cycle: int) -> Value:
        """A limit less the zero point, as sums are compared before that is added."""
        values = [getattr(self.config, which) for which in (name, "zero_point")]
        if None not in values:
            return Const(values[0] - values[1], signed(self.config.o.width + 2))
        limit, zero = (self._late[which].at(cycle - 1) for which in (name, "zero_point"))
        return self._register(m, limit - zero, f"{name}_limit")

    def _register(self, m: Module, value: Value, name: str) -> Signal:
        register = Signal(value.shape(), name=name, reset_less=True)
        with m.If(self.en):
            m.d.sync += register.eq(value)
        return register
