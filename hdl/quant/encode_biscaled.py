"""BiScaled numbers of sums: fine where they can be, else wide."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import integer, positive
from hdl.number import Number
from hdl.quant.encode import Scaled, clipped, scaled
from hdl.stream.delay import delay

__all__ = ["EncodeBiScaled"]


class EncodeBiScaled(wiring.Component):
    r"""Word of a sum x, of the number :math:`v = x / 2^r`, r = ``config.right_shift``.

    Fine, :math:`q = \lfloor v + 1/2 \rfloor` and selector 0, where that is of ``config.bits`` and
    :math:`|v|` below the threshold, if there is one; else wide,
    :math:`q = clip(\lfloor v / 2^d + 1/2 \rfloor)` and selector 1, d = ``config.shift``. An
    unsigned format is a rectifier: v < 0 counts as 0. q is in the lowest bits of the word, above
    it the selector.

    What rounds to the lowest fine number from below it has the word of the same number on the wide
    scale.

    Pipelined: one word a cycle, ``config.latency`` enabled cycles later. First it is seen which
    scale it is; both are rounded by the same adder, as in :class:`hdl.quant.encode.Encode`.

    S. Jain et al., "BiScaled-DNN: Quantizing Long-tailed Datastructures with Two Scale Factors for
    Deep Neural Networks", DAC 2019.

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
        """The sums, the format, and what a sum stands for; a right shift below 0 is a left one."""

        x: Number
        bits: int
        shift: int
        signed: bool = True
        right_shift: int = 0
        threshold: int | None = None

        def __post_init__(self) -> None:
            positive("EncodeBiScaled", bits=self.bits, shift=self.shift)
            if self.threshold is not None:
                positive("EncodeBiScaled", threshold=self.threshold)
            integer("EncodeBiScaled", right_shift=self.right_shift)
            if self.shift > self.bits - self.signed:
                kind = "signed" if self.signed else "unsigned"
                what = f"at most {self.bits - self.signed} of {self.bits} {kind} bits"
                raise ValueError(f"EncodeBiScaled shift must be {what}, not {self.shift}")
            if self.x.bipolar:
                raise ValueError("EncodeBiScaled sums must not be bipolar")

        @property
        def q(self) -> Number:
            """What a word has of either scale."""
            return Number(width=self.bits, signed=self.signed)

        @property
        def o(self) -> Number:
            """The word."""
            return Number(width=self.bits + 1)

        @property
        def latency(self) -> int:
            """Enabled cycles from x to o: what is dropped, of the scale chosen, and the word."""
            return 2

        def build(self) -> "EncodeBiScaled":
            """The circuit."""
            return EncodeBiScaled(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({"en": In(1), "x": In(config.x.shape), "o": Out(config.o.shape)})

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        x, dropped = self.x.shift_left(max(0, -config.right_shift)), max(0, config.right_shift)
        negative, bits = x < 0, config.bits - config.signed
        fine, wide = scaled(x, dropped, bits), scaled(x, dropped + config.shift, bits)
        high = fine.kept.all() & fine.rest  # rounded to the one above the highest
        selector = Signal()
        if config.signed:
            m.d.comb += selector.eq(fine.above | ~negative & high | self._beyond(x, dropped))
        else:
            m.d.comb += selector.eq(~negative & (fine.above | high | self._beyond(x, dropped)))
        chosen = Scaled(*(Mux(selector, b, a) for a, b in zip(fine, wide)))
        q = clipped(m, self.en, chosen, negative, config.q, "q")
        m.d.comb += self.o.eq(Cat(q, delay(m, self.en, selector, 2, "selector")))
        return m

    def _beyond(self, x: Value, dropped: int) -> Value:
        """Whether the absolute value is that of the threshold or more."""
        if self.config.threshold is None:
            return Const(0, 1)
        most = self.config.threshold << dropped
        return (x >= most) | (x <= -most)
