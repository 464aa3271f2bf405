"""The best of several words: the one of the least error."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Module, Mux
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.stream.delay import delay

__all__ = ["Choice"]


class Choice(wiring.Component):
    r"""The word of the least error: :math:`o = x_{argmin_w e_w}`, of equals the first.

    Words are compared in pairs, a level a cycle. Pipelined: one choice a cycle,
    ``config.latency`` enabled cycles later.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x : ``In(ways * width)``
        Words, the first lowest.
    errors : ``In(ways * error)``
        Theirs, the first word's lowest.
    o : ``Out(width)``
        The word.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """How many words, bits of an error, bits of a word."""

        ways: int
        error: int
        width: int

        def __post_init__(self) -> None:
            positive("Choice", ways=self.ways, error=self.error, width=self.width)

        @property
        def latency(self) -> int:
            """Enabled cycles from the words and errors to the best."""
            return (self.ways - 1).bit_length()

        def build(self) -> "Choice":
            """The circuit."""
            return Choice(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1),
            "x": In(config.ways * config.width),
            "errors": In(config.ways * config.error),
            "o": Out(config.width),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        words = [self.x.word_select(way, config.width) for way in range(config.ways)]
        errors = [self.errors.word_select(way, config.error) for way in range(config.ways)]
        found = [Cat(pair) for pair in zip(words, errors)]
        level = 0
        while len(found) > 1:
            pairs = [Mux(b[config.width :] < a[config.width :], b, a)
                     for a, b in zip(found[::2], found[1::2])]  # fmt: skip
            best = pairs + found[len(found) & ~1 :]
            found = [delay(m, self.en, one, 1, f"best{level}_{k}") for k, one in enumerate(best)]
            level += 1
        m.d.comb += self.o.eq(found[0][: config.width])
        return m
