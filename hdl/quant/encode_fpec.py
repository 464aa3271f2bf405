"""Numbers with estimated errors (FPEC) of sums: rounded, and what that has left."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import integer
from hdl.number import Number
from hdl.quant.encode import differ
from hdl.stream.delay import delay

__all__ = ["EncodeFPEC"]

MAX_BITS, MAX_MAGNITUDE = 16, 2


class EncodeFPEC(wiring.Component):
    r"""Word of a sum, :math:`v = x / 2^r`: q and an error d of :math:`2^{-(m + 1)}`.

    :math:`q = clip(\lfloor v + 1/2 \rfloor)`, :math:`e = clip(v - q, -1/2, 1/2)`, and d is e
    rounded to its unit, ties away from zero: the bits that are dropped, m being
    ``config.magnitude``. q is in the word's lowest bits, above it whether there is an error (the
    complement of the paper's EZB), whether that is negative (EDB) and |d| - 1 in m bits (EMB).
    An unsigned q is a rectifier: v < 0 is 0 without an error.

    Pipelined: one word a cycle, ``config.latency`` enabled cycles later. A right shift below zero
    is a left one; only what is clipped has an error then.

    S. Jain et al., "Compensated-DNN", DAC 2018.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x : ``In(config.x.shape)``
        Sum.
    o : ``Out(config.o.shape)``
        Word.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Format of the sums and of the words, and the right shift."""

        x: Number
        bits: int
        signed: bool = True
        magnitude: int = 0
        right_shift: int = 0

        def __post_init__(self) -> None:
            if self.x.bipolar:
                raise ValueError("EncodeFPEC sums must not be bipolar")
            for name, low, high in (("bits", 1, MAX_BITS), ("magnitude", 0, MAX_MAGNITUDE)):
                value = getattr(self, name)
                if not isinstance(value, int) or not low <= value <= high:
                    what = f"an integer from {low} to {high}, not {value!r}"
                    raise ValueError(f"EncodeFPEC {name} must be {what}")
            integer("EncodeFPEC", right_shift=self.right_shift)

        @property
        def o(self) -> Number:
            """The word."""
            return Number(width=self.bits + 2 + self.magnitude)

        @property
        def latency(self) -> int:
            """Enabled cycles from x to o: the sum is rounded, and the word."""
            return 2

        def build(self) -> "EncodeFPEC":
            """The circuit."""
            return EncodeFPEC(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({"en": In(1), "x": In(config.x.shape), "o": Out(config.o.shape)})

    def elaborate(self, platform) -> Module:
        m = Module()
        whole, error = self._rounded(m)
        self._word(m, whole, error)
        return m

    def _rounded(self, m: Module) -> tuple[Value, Value]:
        r""":math:`\lfloor v + 1/2 \rfloor` a cycle later, and the error, in its units, rounded."""
        config, shift = self.config, self.config.right_shift
        x = self.x.shift_left(max(0, -shift))
        x = x if config.x.signed else Cat(x, Const(0, 1)).as_signed()
        if shift <= 0:
            return delay(m, self.en, x, 1, "whole"), Const(0, 1).as_signed()
        long = Signal(range(-1 << max(len(x), shift + 1) - 1, 1), name="long")
        m.d.comb += long.eq(x)
        # Dropped bits of at least a half are what the sum is below the next integer.
        whole = delay(m, self.en, (long[shift - 1 :].as_signed() + 1) >> 1, 1, "whole")
        low = long[:shift].as_signed()
        beyond = shift - (config.magnitude + 1)
        if beyond <= 0:
            return whole, Cat(Const(0, -beyond), delay(m, self.en, low, 1, "error")).as_signed()
        # To the nearest, ties away from zero: of positive ones up, of negative ones down.
        up = low[beyond - 1] & (low[: beyond - 1].any() | (low >= 0))
        kept = delay(m, self.en, low[beyond:].as_signed(), 1, "error")
        return whole, kept + delay(m, self.en, up, 1, "up")

    def _word(self, m: Module, whole: Value, error: Value) -> None:
        """What is whole clipped, and the error, which is a half of what is clipped."""
        config = self.config
        bits, magnitude = config.bits, config.magnitude
        negative = whole < 0
        clipped, none = Signal(), Const(0, 1)
        if config.signed:
            m.d.comb += clipped.eq(differ(whole[bits - 1 :], negative))
        else:
            # Also of a sum below 0 that is rounded to 0.
            none = delay(m, self.en, config.x.value(self.x) < 0, 1, "none")
            m.d.comb += clipped.eq(whole[bits:].any())
        end = Cat((~negative).replicate(bits - 1), negative) if config.signed else Const(-1, bits)
        q = Signal(bits)
        m.d.comb += q.eq(Mux(clipped, end, whole))
        size = Signal(magnitude + 1)  # |d|, of the largest 0
        m.d.comb += size.eq(Mux(error < 0, -error, error))
        there = clipped | (error != 0)
        sign = Mux(clipped, negative, error < 0)
        over = Mux(clipped, Const(-1, magnitude + 1), size - there)
        word = Cat(q, there, sign, over[:magnitude])
        m.d.comb += self.o.eq(delay(m, self.en, Mux(none, 0, word), 1, "word"))
