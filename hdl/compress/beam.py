"""Schedules of compressor trees by a beam search: always some, soon, and the same each time.

A level is chosen column by column, from the lowest. Of the states met there the cheapest few are
kept: by LUTs so far, half a LUT for each bit that is left and three quarters for each pair
(ARITHMETIC.md, section 3.1), and what columns too high for the stages that are left will cost.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from hdl.compress.adders import adders
from hdl.compress.blocks import BLOCKS
from hdl.compress.heap import Heap
from hdl.compress.solve import LEVELS_PER_STAGE

__all__ = ["beam", "search"]

BIT, PAIR = 0.5, 0.75
"""What is still to be paid, in LUTs, for a bit and a pair."""

HIGH = ((2, 7, 20, 56, 160, 420), (2, 4, 10, 25, 60, 150, 380), (2, 4, 9, 19, 42, 94, 210))
"""How high a column may be 0, 1, … stages before the last adder: alone, or beside others, or
beside others as high, where adders of LUTs do it (Dadda); the last only if none else is found."""

TERNARY = ((3, 7, 20, 56, 160, 420), (3, 5, 12, 28, 66, 150, 380), (2, 4, 9, 19, 42, 94, 210))
"""The same where the last adder takes three rows."""

TOO_HIGH = ((1.5, 0.5), (1.5, 0.5), (20.0, 20.0))
"""What a bit above costs in the last stage, where chains may take some, and before."""

_ROOM = {"none": 1, "P2": 2, "6lo": 6, "4lo": 4}


class _State(NamedTuple):
    """Where a search stands within a level.

    luts : so far. given : bits that the next level has. pairs : that are left. ahead : bits of the
    next column already taken. blocks : of this level. levels : before it.
    """

    luts: float
    given: tuple[int, ...]
    pairs: tuple[int, ...]
    ahead: int
    blocks: tuple
    levels: tuple


def beam(heap: Heap, *, width: int = 64):
    """A schedule as :func:`hdl.compress.solve.solve` gives it, of few LUTs.

    Parameters
    ----------
    heap : of any size and stages
    width : how many states are kept

    Raises
    ------
    ValueError
        If none was found of a heap of pairs, which is not known to happen.
    """
    high = max(sum(column[c] for column in (heap.pairs, *heap.bits) if c < len(column))
               for c in range(heap.columns))  # fmt: skip
    late = len(heap.bits) if len(heap.bits) > 1 else 0
    least = next((n for n, most in enumerate(HIGH[0]) if high <= most), len(HIGH[0]))
    best, found = None, 0
    for stages in range(max(late, min(least, 1) if any(heap.pairs) else 0), late + least + 6):
        for spread in sorted({1, stages, 2 * stages - 2, 2 * stages - 1}):
            if (not any(heap.pairs) and spread > 1) or spread < 1:
                continue
            for limits in range(len(HIGH)):
                if limits == len(HIGH) - 1 and best is not None:
                    break
                ended = search(heap, stages, spread, width, limits)
                if ended is not None and (best is None or ended[0] < 0.985 * best[0]):
                    best = ended
        found += best is not None
        if found == 2:
            break
    if best is None and not any(heap.pairs):
        return adders(heap)
    if best is None:
        raise ValueError(f"{heap} cannot be compressed in {stages} stages")
    return best[1:]


def search(heap: Heap, stages: int, spread: int, width: int, limits: int, before=None):
    """The cheapest end with so many stages, pairs being read in the first ``spread`` levels.

    Parameters
    ----------
    heap, width : see :func:`beam`
    limits : which of HIGH guides it
    before : LUTs, the bits left of each column, and the levels that left them; without, none

    Returns
    -------
    LUTs, levels and the kinds of the last adder; or None where there is no end.
    """
    columns = heap.columns
    pairs = (*heap.pairs, *[0] * columns)[:columns]
    luts, given, levels = before or (0, (0,) * columns, ())
    states = [_State(luts, given, pairs, 0, (), levels)]
    over, limits = TOO_HIGH[limits], (TERNARY if heap.ternary else HIGH)[limits]
    for level in range(len(levels), LEVELS_PER_STAGE * stages):
        stage, within = divmod(level, LEVELS_PER_STAGE)
        arrived = _arrived(heap, stage) if not within else (0,) * columns
        waits = stage + 1 < len(heap.bits)
        limit = limits[min(stages - stage - 1, len(limits) - 1)]
        limit = limit if within else 3 * limit // 2
        cost = over[stage + 1 < stages]
        states = _level(heap, states, arrived, max(0, spread - level), (limit, cost),
                        4 if waits and not any(pairs) else width,
                        carry=within == LEVELS_PER_STAGE - 1 and heap.fabric == "xilinx",
                        waits=waits)  # fmt: skip
    best = None
    for state in states:
        if any(state.pairs):
            continue
        bits = state.given if stages else _arrived(heap, 0)
        end = _two_rows(bits) if heap.rows == 2 else _last_adder(bits, heap)
        if end is not None and (best is None or state.luts + end[0] < best[0]):
            best = (state.luts + end[0], state.levels, end[1])
    return best


def _arrived(heap: Heap, stage: int) -> tuple[int, ...]:
    some = heap.bits[stage] if stage < len(heap.bits) else ()
    return (*some, *[0] * heap.columns)[: heap.columns]


def _level(heap, states, arrived, spread, limit, width, *, carry, waits) -> list[_State]:
    """The best states after a level."""
    columns = heap.columns
    starts = {}
    for state in states:
        bits = tuple(a + b for a, b in zip(state.given, arrived))
        new = _State(state.luts, (0,) * (columns + 5), state.pairs, 0, (), state.levels)
        starts[new] = bits
    here = [(state, bits) for state, bits in starts.items()]
    for column in range(columns):
        met = {}
        for state, bits in here:
            for new in _moves(state, bits, column, spread, carry, waits):
                key = new.given, new.pairs, new.ahead, bits[column + 1 :]
                if key not in met or new.luts < met[key][0].luts:
                    met[key] = (new, bits)
        ranked = sorted(met.values(), key=lambda one: _rank(*one, column, limit))
        here = ranked[:width]
    return [
        state._replace(given=state.given[:columns], levels=(*state.levels, state.blocks))
        for state, _ in here
    ]


def _rank(state: _State, bits, column: int, limit: tuple[int, float]) -> float:
    given = state.given
    most, cost = limit
    left = sum(given) + sum(bits[column + 1 :]) - state.ahead
    over = sum(n - most for n in given[: column + 1] if n > most)
    return state.luts + BIT * left + PAIR * sum(state.pairs) + cost * over


def _moves(state: _State, bits, column: int, spread: int, carry: bool, waits: bool):
    """What blocks may stand in a column."""
    here = bits[column] - state.ahead
    above = bits[column + 1] if column + 1 < len(bits) else 0
    pairs = state.pairs[column]
    for products in _products(pairs, here, spread):
        rest = here - sum(BLOCKS[name].bits[0] * n for name, n in products if BLOCKS[name].bits)
        for counters in _counters(rest, above, carry, waits):
            yield _stand(state, column, products + counters, here)


def _products(pairs: int, bits: int, spread: int) -> Iterator[tuple]:
    """Blocks that take pairs, so that all are taken in so many levels."""
    if not pairs:
        yield ()
        return
    if not spread:
        return
    units = -(-pairs // (2 * spread)) if spread > 1 else pairs // 2
    units = min(units, pairs // 2)
    for full in sorted({min(bits, units), min(bits, pairs // 2)}):
        odd = pairs % 2 and (spread == 1 or pairs == 1)
        free = bits - full
        one = (("XFA1" if free >= 2 else "XHA1" if free else "X", 1),) if odd else ()
        more = units - full
        first = (("XFA", full),) if full else ()
        if more <= 0:
            yield (*first, *one)
            continue
        yield (*first, ("XX", more), *one)
        yield (*first, ("XHA", more), *one)


@cache
def _counters(bits: int, above: int, carry: bool, waits: bool) -> tuple:
    """Blocks that take so many bits or fewer, and some of the column above."""
    if not carry:
        counts = {0} if waits else {*range(5), bits // 6, bits // 4, bits // 3}
        found = [(("FA", n),) if n else () for n in sorted(counts) if 3 * n <= bits]
        halves = [(*some, ("HA", 1)) for some in found
                  if not waits and bits - 3 * sum(n for _, n in some) >= 2]  # fmt: skip
        return tuple(found + halves)
    found = []
    for sixes in {bits // 7, bits // 7 if waits else max(0, bits // 7 - 1)}:
        some = (("A06", sixes),) if sixes else ()
        found += [some + more for more in _few(bits - 7 * sixes, above)] if not waits else [some]
    return tuple(dict.fromkeys(found))


def _few(bits: int, above: int) -> Iterator[tuple]:
    """Any one or two blocks of so many bits."""
    blocks = {"A06n": (6, 0), "A14": (5, 1), "A14n": (4, 1), "FA": (3, 0), "HA": (2, 0)}
    fit = [name for name, (n, more) in blocks.items() if n <= bits and more <= above]
    yield ()
    for k, name in enumerate(fit):
        yield ((name, 1),)
        for other in fit[k:]:
            (n, more), (m, again) = blocks[name], blocks[other]
            if n + m <= bits and more + again <= above:
                yield ((name, 2),) if name == other else ((name, 1), (other, 1))


def _stand(state: _State, column: int, blocks: tuple, here: int) -> _State:
    """The state when blocks take of a column; what they leave waits for the next level."""
    given, pairs, luts, ahead = list(state.given), state.pairs[column], state.luts, 0
    left = here
    for name, count in blocks:
        block = BLOCKS[name]
        luts += count * block.luts
        pairs -= count * sum(block.pairs)
        left -= count * (block.bits[0] if block.bits else 0)
        ahead += count * (block.bits[1] if len(block.bits) > 1 else 0)
        for k, n in enumerate(block.out):
            given[column + k] += count * n
    given[column] += left
    after = (*state.pairs[:column], pairs, *state.pairs[column + 1 :])
    placed = tuple((name, column, count) for name, count in blocks)
    return _State(luts, tuple(given), after, ahead, state.blocks + placed, state.levels)


def _two_rows(bits):
    return (0, ()) if max(bits) <= 2 else None


def _last_adder(bits: tuple[int, ...], heap: Heap):
    """The shortest chain that takes the bits, with its kinds; None if there is none."""
    none = next((c for c, n in enumerate(bits) if n > 1), len(bits))
    if none == len(bits):
        return 0, ("none",) * none
    atoms = heap.fabric == "xilinx"
    best = None
    for first in range(none, -1, -1):
        rest = _chain((bits[first] - atoms if bits[first] > 0 else 0, *bits[first + 1 :]), atoms,
                      heap.ternary, "first")  # fmt: skip
        if rest is None or rest[1][0] == "top":
            continue
        if best is None or rest[0] < best[0]:
            best = rest[0], ("none",) * first + rest[1]
        break
    return best


@cache
def _chain(bits: tuple[int, ...], atoms: bool, ternary: bool, below: str = ""):
    """Positions that take the bits from a column upwards; below is "first", "T3" or other."""
    if not bits:
        return 0, ()
    if len(bits) == 1 and bits[0] <= 0 and not below:
        return 0, ("top",)
    found = []
    if below != "T3":
        if bits[0] <= 2:
            found.append((1, ("P2",), _chain(bits[1:], atoms, ternary)))
        if atoms and len(bits) > 1:
            if bits[0] <= 6 and bits[1] == 0:
                found.append((2, ("6lo", "6hi"), _chain(bits[2:], atoms, ternary)))
            if bits[0] <= 4 and bits[1] <= 1:
                found.append((2, ("4lo", "4hi"), _chain(bits[2:], atoms, ternary)))
    if ternary and bits[0] <= (3 if below == "T3" else 4):
        found.append((1, ("T3",), _chain(bits[1:], atoms, ternary, "T3")))
    ends = [(luts + rest[0], kinds + rest[1]) for luts, kinds, rest in found if rest is not None]
    return min(ends, key=lambda end: end[0], default=None)
