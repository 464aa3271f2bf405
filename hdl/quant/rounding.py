"""Pseudorandom numbers for stochastic rounding: a linear feedback register that leaps."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.counter import walk

__all__ = ["Noise"]

TAPS = {17: (17, 14), 31: (31, 28)}
"""By bits of the state, how long ago the bits were whose sum is the next: primitive polynomials."""

SPREAD = 0x9E3779B1
"""Makes states that are far apart of seeds that are near."""


class Noise(wiring.Component):
    r"""A number of ``bits`` bits for each lane: those of items n lanes to n lanes + lanes - 1.

    The bits are one sequence :math:`a_k = \sum_t a_{k - t} \bmod 2`, t the taps of its ``width``,
    which is the least of 17 and 31 that is no less than bits. It begins with the bits, highest
    first, of :math:`1 + (seed + 1) \cdot 9E3779B1_{16} \bmod (2^{width} - 1)`. The number of item n
    is :math:`a_{width + (n - 1) bits}` and those after it, the first highest. Each frame of
    ``config.beats`` transfers starts anew.

    A window of the sequence, as long as a transfer's numbers, is moved on by that length at once:
    each bit of the next is a sum of few bits of this one. All outputs are registers.

    S. Gupta et al., "Deep Learning with Limited Numerical Precision", ICML 2015, section 4.1, has
    such numbers round the sums of a systolic array.

    Members
    -------
    step : ``In(1)``
        Whether to go on to the next transfer.
    o : ``Out(lanes * bits)``
        The numbers of this transfer, lane 0 lowest.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Size of the numbers, of a transfer and of a frame, and the seed."""

        bits: int
        lanes: int
        beats: int
        seed: int

        def __post_init__(self) -> None:
            positive("Noise", bits=self.bits, lanes=self.lanes, beats=self.beats)
            if self.bits > max(TAPS):
                raise ValueError(f"Noise bits must be at most {max(TAPS)}, not {self.bits}")
            if not isinstance(self.seed, int) or self.seed < 0:
                raise ValueError(f"Noise seed must be an integer from 0 up, not {self.seed!r}")

        @property
        def width(self) -> int:
            """Bits that the sequence depends on."""
            return min(width for width in TAPS if width >= self.bits)

        @property
        def leap(self) -> int:
            """Bits of all lanes' numbers."""
            return self.lanes * self.bits

        @property
        def window(self) -> int:
            """Bits of the sequence that are kept."""
            return max(self.width, self.leap)

        @property
        def first(self) -> int:
            """The window of a frame's first transfer, the oldest bit highest."""
            state = 1 + (self.seed + 1) * SPREAD % ((1 << self.width) - 1)
            for _ in range(self.leap - self.bits):
                state = state << 1 | sum(state >> t - 1 & 1 for t in TAPS[self.width]) % 2
            return state & (1 << self.window) - 1

        @cached_property
        def sums(self) -> tuple[int, ...]:
            """Which bits of a window make each of the next one's; a mask for each, bit 0 first.

            A squared polynomial has its taps twice as far: of all sums of bits that are known, the
            shortest is taken.
            """
            known = {-place: 1 << place for place in range(self.window)}
            for bit in range(1, self.leap + 1):
                pairs = ([bit - (tap << k) for tap in TAPS[self.width]]
                         for k in range(self.window.bit_length()))  # fmt: skip
                found = [known[a] ^ known[b] for a, b in pairs if {a, b} <= known.keys()]
                known[bit] = min(found, key=lambda mask: (mask.bit_count(), mask))
            return tuple(known[self.leap - place] for place in range(self.window))

        def build(self) -> "Noise":
            """The circuit."""
            return Noise(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({"step": In(1), "o": Out(config.leap)})

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        first = Const(config.first, config.window)
        if config.beats == 1:
            m.d.comb += self.o.eq(self._numbers(first))
            return m
        _, _, last = walk(m, self.step, config.beats, "beat")
        window = Signal(config.window, init=config.first)
        following = Signal(config.window)
        for place, mask in enumerate(config.sums):
            m.d.comb += following[place].eq((window & mask).xor())
        with m.If(self.step):
            m.d.sync += window.eq(Mux(last, first, following))
        m.d.comb += self.o.eq(self._numbers(window))
        return m

    def _numbers(self, window: Value) -> Value:
        """Lane 0's number is the oldest, and highest in a window."""
        config = self.config
        numbers = [window[low : low + config.bits] for low in range(0, config.leap, config.bits)]
        return Cat(*numbers[::-1])
