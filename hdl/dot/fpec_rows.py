"""Corrections of products for the errors of their factors: which rows there are of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain as chained
from typing import Literal, NamedTuple, get_args

from amaranth.hdl import Value

from hdl.dot.stages import cycles
from hdl.number import Number

__all__ = ["ERRORS", "Corrections", "Errors", "Pair", "Step", "Term", "Word", "word_width"]

Errors = Literal["both", "x", "w"]
ERRORS = get_args(Errors)


class Word(NamedTuple):
    """An operand's q, and of its error: whether there is one, its sign, and |d| - 1 in bits."""

    q: Value
    error: Value
    sign: Value
    size: Value

    @classmethod
    def of(cls, bits: Value, number: Number) -> "Word":
        """The parts of a word whose q is such a number; an integer has no others."""
        n = number.width
        return cls(bits[:n], bits[n : n + 1], bits[n + 1 : n + 2], bits[n + 2 :])


def word_width(number: Number, magnitude: int, has_error: bool) -> int:
    """Bits of an operand; of one without an error those of the integer."""
    return number.width + (2 + magnitude if has_error else 0)


class Term(NamedTuple):
    """A correction: of a lane, for the error of one of its factors, which multiplies the other."""

    lane: int
    side: str


class Pair(NamedTuple):
    """Two corrections that a row adds, or one; a signed number's is the first.

    ``size`` : positions. ``wide`` : whether they hold the sum with its sign, of two signed numbers.
    """

    stage: int
    terms: tuple[Term, ...]
    size: int
    wide: bool


class Step(NamedTuple):
    """Rows that add each lane's correction, or a part of it, to that of lanes before.

    First parts are the other factor, or twice that where the lowest bit of |d| - 1 is set; second
    parts, from column 1, twice that where the highest of two is set: 3 = 1 + 2, 4 = 2 + 2.
    """

    side: str
    column: int
    size: int


@dataclass(frozen=True, kw_only=True)
class Corrections:
    r"""Of each lane :math:`d_x q_w + q_x d_w`, in units of an error, as bits of a heap.

    Without magnitude bits a row adds two corrections, each a factor, its complement or 0, in a LUT
    a bit (ARITHMETIC.md, section 7): of a lane where both factors have errors, else of two lanes.
    With magnitude bits a row adds one to the sum of the lanes before, as Booth rows do.

    stages : lanes of each cycle.
    chains : of each step's rows.
    width : columns of the heap.
    front : cycles that the operands come later than those of the products.
    """

    stages: tuple[int, ...]
    chains: int
    qx: Number
    qw: Number
    magnitude: int
    errors: Errors
    width: int
    front: int = 0

    @property
    def below(self) -> int:
        """Columns of a unit of an error below those of products."""
        return self.magnitude + 1

    @property
    def sides(self) -> tuple[str, ...]:
        """Those with errors; first what multiplies a signed number."""
        some = ("x", "w") if self.errors == "both" else (self.errors,)
        return tuple(sorted(some, key=lambda side: not self.factor(side).signed))

    def factor(self, side: str) -> Number:
        """What an error of this side multiplies."""
        return self.qw if side == "x" else self.qx

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The rows of two corrections; none where there are magnitude bits."""
        if self.magnitude:
            return ()
        found = []
        lanes = cycles(self.stages)
        terms = [Term(lane, side) for lane in range(len(lanes)) for side in self.sides]
        for some in zip(terms[::2], terms[1::2]):
            found.append(self._pair(lanes[some[-1].lane], some))
        if len(terms) % 2:
            found.append(self._pair(lanes[-1], (terms[-1],)))
        return tuple(found)

    def _pair(self, stage: int, terms: tuple[Term, ...]) -> Pair:
        numbers = [self.factor(term.side) for term in terms]
        wide = len(terms) == 2 and all(number.signed for number in numbers)
        return Pair(stage, terms, max(number.width for number in numbers) + wide, wide)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The rows of each lane that are chained; none where there are no magnitude bits."""
        firsts = [Step(side, 0, self.factor(side).width + 1) for side in self.sides]
        seconds = [Step(side, 1, self.factor(side).width) for side in self.sides]
        return (*firsts * (self.magnitude > 0), *seconds * (self.magnitude > 1))

    @cached_property
    def constant(self) -> int:
        """What makes up for the inverted signs of rows, modulo 2^width."""
        tops = [step.column + step.size - self.factor(step.side).signed for step in self.steps]
        tops = tops * sum(self.stages)
        for pair in self.pairs:
            numbers = [self.factor(term.side) for term in pair.terms]
            tops += [pair.size - 1] if pair.wide else [n.width - n.signed for n in numbers]
        return -sum(1 << top for top in tops) % (1 << self.width)

    @cached_property
    def bits(self) -> list[list[int]]:
        """How many there are in the heap, of each stage, of each column."""
        bits = [[0] * self.width for _ in range(self.front + len(self.stages) + 1)]
        for stage, column in chained(self._pair_bits(), self._step_bits()):
            if column < self.width:
                bits[self.front + stage][column] += 1
        return bits

    def _pair_bits(self) -> Iterator[tuple[int, int]]:
        for pair in self.pairs:
            yield from ((pair.stage + 1, column) for column in range(pair.size + (not pair.wide)))
            yield from ((pair.stage, 0) for _ in pair.terms[1:])
            for number in (self.factor(term.side) for term in pair.terms):
                if not number.signed:
                    yield pair.stage, number.width

    def _step_bits(self) -> Iterator[tuple[int, int]]:
        for step in self.steps:
            top = step.column + step.size
            for stage, lanes in enumerate(self.stages):
                yield from ((stage + 1, top) for _ in range(lanes))
                if not self.factor(step.side).signed:
                    yield from ((stage, top) for _ in range(lanes))
            for _ in range(min(self.chains, sum(self.stages))):
                yield from ((len(self.stages), column) for column in range(step.column, top))

    @property
    def luts(self) -> int:
        """Of the rows."""
        steps = sum(self.stages) * sum(step.size for step in self.steps)
        return steps + sum(pair.size for pair in self.pairs)
