"""The load bus: 32-bit words for the memories of layers whose parameters change at run time."""

from dataclasses import dataclass, replace

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive

__all__ = ["ADDRESS", "WORD", "Chain", "Window", "signature"]

WORD = 32
"""Bits of a word of the bus."""

ADDRESS = 24
"""Bits of an address that layers compare: more words than any part of the family holds."""


def signature(address: int = ADDRESS) -> wiring.Signature:
    """A word for an address, taken in each cycle in which it is valid; the source's side."""
    return wiring.Signature({"address": Out(address), "data": Out(WORD), "valid": Out(1)})


@dataclass(frozen=True, kw_only=True)
class Window:
    """The addresses of one memory: part p of its word w has ``base + p * stride + w``.

    A part is at most 32 bits of a word, the lowest first. The stride is the power of two that the
    words fill, so that an address is cut into fields, which takes no adder; the base is a multiple
    of the window's size, a power of two.
    """

    words: int
    parts: int
    base: int = 0

    def __post_init__(self) -> None:
        positive("Window", words=self.words, parts=self.parts)
        if not 0 <= self.base <= (1 << ADDRESS) - self.size or self.base % self.size:
            what = f"a multiple of its size {self.size} below 2^{ADDRESS}"
            raise ValueError(f"Window base must be {what}, not {self.base}")

    @property
    def word_bits(self) -> int:
        """Address bits that tell the word."""
        return (self.words - 1).bit_length()

    @property
    def part_bits(self) -> int:
        """Address bits that tell the part."""
        return (self.parts - 1).bit_length()

    @property
    def stride(self) -> int:
        """Addresses from a part to the next."""
        return 1 << self.word_bits

    @property
    def size(self) -> int:
        """Addresses of the whole."""
        return 1 << self.word_bits + self.part_bits

    @property
    def end(self) -> int:
        """The address behind it."""
        return self.base + self.size

    def after(self, end: int) -> "Window":
        """The same window, at the first base from ``end`` on."""
        return replace(self, base=-(-end // self.size) * self.size)

    def hit(self, bus) -> Value:
        """Whether a word of the bus is for this memory."""
        bits = self.word_bits + self.part_bits
        return bus.valid & (bus.address[bits:] == self.base >> bits)

    def word(self, bus) -> Value:
        """Which word of the memory."""
        return bus.address[: self.word_bits]

    def part(self, bus) -> Value:
        """Which part of the word."""
        return bus.address[self.word_bits : self.word_bits + self.part_bits]


class Chain(wiring.Component):
    """Takes words to layers that may lie anywhere: a register before each layer, in a row.

    Link k, from 0, has a word k + 2 cycles after ``i``. A reset loses the words on their way. Bits
    that no memory needs are not registered: an address beyond ``address_bits`` is for nobody.

    Members
    -------
    i : ``In(signature(32))``
    o_0, o_1, … : ``Out(signature())``
        Of each link.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """How many layers, and how many bits of an address tell their memories."""

        links: int
        address_bits: int = ADDRESS

        def __post_init__(self) -> None:
            positive("Chain", links=self.links, address_bits=self.address_bits)
            if self.address_bits > ADDRESS:
                what = f"at most {ADDRESS}, not {self.address_bits}"
                raise ValueError(f"Chain address_bits must be {what}")

        @property
        def ff(self) -> int:
            """Flip-flops: a register at the entry, and one a link."""
            return (self.links + 1) * (self.address_bits + WORD + 1)

    def __init__(self, config: Config) -> None:
        self.config = config
        links = {f"o_{link}": Out(signature()) for link in range(config.links)}
        super().__init__({"i": In(signature(WORD)), **links})

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        bits = {"address": config.address_bits, "data": WORD, "valid": 1}
        before = {name: getattr(self.i, name)[:size] for name, size in bits.items()}
        before["valid"] = self.i.valid & ~self.i.address[config.address_bits :].any()
        for link in range(-1, config.links):
            now = {name: Signal(size, name=f"{name}_{link + 1}", reset_less=name != "valid")
                   for name, size in bits.items()}  # fmt: skip
            m.d.sync += [now[name].eq(before[name]) for name in bits]
            before = now
            if link >= 0:
                port = getattr(self, f"o_{link}")
                m.d.comb += [getattr(port, name).eq(value) for name, value in now.items()]
        return m
