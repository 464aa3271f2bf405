"""Which two-term sums the rows of a constant matrix share: common sub-expressions of its digits."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

__all__ = ["Shared", "Term", "share"]

BIT = 0.5
"""LUTs that a bit costs in the heap of a row: counters of seven take two for four bits fewer."""

LEAST = 0.01
"""LUTs that a shared sum must save."""


class Term(NamedTuple):
    """A signal times 2^shift, or its negative."""

    signal: int
    shift: int
    negative: bool


@dataclass(frozen=True)
class Shared:
    """Dot products as sums of terms; signals are the columns, then the shared sums.

    sums : the terms of each shared sum, of signals before it.
    rows : the terms of each row.
    """

    sums: tuple[tuple[Term, ...], ...]
    rows: tuple[tuple[Term, ...], ...]


def share(digits: np.ndarray, span: int) -> Shared:
    """Take the two-term sum that saves the most LUTs out of all rows, again and again.

    A sum a ± 2^s b that n rows have, each anywhere in its digits, is added once: LUTs of a carry
    chain; each of the rows then adds its bits instead of those of a and b. What is used once in the
    end is no sum of its own. Greedy, hence the same each time.

    Parameters
    ----------
    digits : array (rows, columns, places) of -1, 0 and 1, see :func:`hdl.dot.csd.signed_digits`
    span : highest less lowest value of a column
    """
    table = _Table(digits, span)
    table.take()
    return table.shared()


class _Choice(NamedTuple):
    """A two-term sum, first ± second * 2^shift, and the LUTs that it saves."""

    saved: float
    first: int
    second: int
    shift: int
    negative: bool


class _Table:
    """Digits that are left of each signal, and the two-term sums taken out of them.

    Digits are (signal, place, row), so that pairs of signals are counted by products of matrices:
    where both digits are set by |a| |b|, of equal less of opposite sign by a b.
    """

    def __init__(self, digits: np.ndarray, span: int) -> None:
        self._places = digits.shape[2]
        self._count = digits.shape[1]
        self._inputs = self._count
        self._digits = np.ascontiguousarray(digits.transpose(1, 2, 0), np.float32)
        self._spans = np.full(self._count, span, np.int64)
        self._sums: list[_Choice] = []

    def take(self) -> None:
        """All sums that save LUTs."""
        found = [self._best(signal) for signal in range(self._count)]
        while found:
            best = max(found, key=lambda one: one.saved)
            if best.saved < LEAST:
                return
            self._add(best)
            found.append(best)
            touched = {best.first, best.second, self._count - 1}
            for signal, one in enumerate(found):
                if signal in touched or touched & {one.first, one.second}:
                    found[signal] = self._best(signal)

    def _best(self, signal: int) -> _Choice:
        """The sum of a signal and another, or itself, that saves the most."""
        best = None
        for shift in range(self._places):
            for first in (True, False) if shift else (True,):
                choice = self._best_at(signal, shift, first)
                if best is None or choice.saved > best.saved:
                    best = choice
        return best

    def _best_at(self, signal: int, shift: int, first: bool) -> _Choice:
        """The same with one shift, of the other signal if this is the first."""
        low, high = slice(None, self._places - shift), slice(shift, None)
        here, there = (low, high) if first else (high, low)
        one = self._digits[signal, here].ravel()
        others = self._digits[: self._count, there].reshape(self._count, -1)
        both, agree = np.abs(others) @ np.abs(one), others @ one
        uses = np.stack([both + agree, both - agree]) / 2
        uses[:, signal] = [self._doubled(signal, shift, negative) for negative in (False, True)]
        saved = self._saved(signal, shift, first, uses)
        negative, other = np.unravel_index(int(saved.argmax()), saved.shape)
        pair = (signal, int(other)) if first else (int(other), signal)
        return _Choice(float(saved[negative, other]), *pair, shift, bool(negative))

    def _saved(self, signal: int, shift: int, first: bool, uses: np.ndarray) -> np.ndarray:
        """LUTs saved (negative, other signal): those of bits less those of the adder."""
        spans = self._spans[: self._count]
        mine, others = (0, shift) if first else (shift, 0)
        bits, own = _bits(spans), int(self._spans[signal]).bit_length()
        both = _bits((spans << others) + (spans[signal] << mine))
        adder = np.maximum(bits + others, own + mine) - shift
        return BIT * uses * (bits + own - both) - adder

    def _doubled(self, signal: int, shift: int, negative: bool) -> int:
        """How often a signal is added to itself."""
        return np.count_nonzero(self._taken(signal, signal, shift, negative)) if shift else 0

    def _taken(self, first: int, second: int, shift: int, negative: bool) -> np.ndarray:
        """The digits (place, row) of a sum: where the first has it, from the lowest place up."""
        a, b = self._digits[first], self._digits[second]
        a, b = a.copy(), a if first == second else b
        sign = -1 if negative else 1
        digits = np.zeros_like(a)
        for place in range(self._places - shift):
            here = (a[place] != 0) & (b[place + shift] == sign * a[place])
            digits[place, here] = a[place, here]
            if first == second:  # its digits are taken once
                a[place + shift, here] = 0
        return digits

    def _add(self, best: _Choice) -> None:
        _, first, second, shift, negative = best
        digits = self._taken(first, second, shift, negative)
        self._digits[first] -= digits
        moved = np.roll(digits, shift, axis=0)
        self._digits[second] -= -moved if negative else moved
        if self._count == len(self._digits):
            self._digits = np.concatenate([self._digits, np.zeros_like(self._digits)])
            self._spans = np.concatenate([self._spans, np.zeros_like(self._spans)])
        self._digits[self._count] = digits
        self._spans[self._count] = self._spans[first] + (self._spans[second] << shift)
        self._count += 1
        self._sums.append(best)

    def shared(self) -> Shared:
        """What is added; a sum that is used once becomes a part of what uses it."""
        sums = [(Term(one.first, 0, False), Term(one.second, one.shift, one.negative))
                for one in self._sums]  # fmt: skip
        rows = []
        for row in range(self._digits.shape[2]):
            found = np.argwhere(self._digits[: self._count, :, row])
            rows.append(tuple(Term(int(signal), int(place), self._digits[signal, place, row] < 0)
                              for signal, place in found))  # fmt: skip
        return _inlined(self._inputs, sums, rows)


def _bits(spans: np.ndarray) -> np.ndarray:
    """Bits that hold 0 to span."""
    return np.frexp(spans.astype(float))[1]


def _inlined(inputs: int, sums, rows) -> Shared:
    """Without sums that one term uses."""
    uses = [0] * (inputs + len(sums))
    for terms in (*sums, *rows):
        for term in terms:
            uses[term.signal] += 1
    places, kept, expanded = {k: k for k in range(inputs)}, [], {}

    def flat(terms):
        found = []
        for term in terms:
            if term.signal in places:
                found.append(term._replace(signal=places[term.signal]))
                continue
            for more in expanded[term.signal]:
                found.append(Term(more.signal, more.shift + term.shift,
                                  more.negative != term.negative))  # fmt: skip
        return tuple(found)

    for number, terms in enumerate(sums, inputs):
        if uses[number] == 1:
            expanded[number] = flat(terms)
        elif uses[number]:
            places[number] = inputs + len(kept)
            kept.append(flat(terms))
    return Shared(tuple(kept), tuple(flat(terms) for terms in rows))
