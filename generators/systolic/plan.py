"""Which array: rows, columns, lanes and batch that take the fewest cycles and fit the board."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import product

from boards.devices import Board
from generators.network.error import ModelError
from generators.synth.resources import Cost
from generators.systolic import cost
from generators.systolic.blocks import least
from generators.systolic.lower import Lowered, Sizes, lower, sizes
from generators.systolic.numbers import Numbers, numbers
from generators.systolic.pace import Pace, estimate, weight
from generators.systolic.shape import Shape
from generators.systolic.stage import Chain
from hdl.array.systolic_config import Config, sums_of
from hdl.dot.operands import MAX_WIDTH
from hdl.dot.select import select

__all__ = ["Plan", "Wish", "plan"]

COLS = (1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64)
GROUPS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16)
"""Groups of columns in a word."""

BATCHES = (1, 2, 4, 8, 12, 16, 20, 24, 32, 48, 64)
LANES = {"popcount": 64, "lut": 16, "dsp": 8}
"""Of a dot product at most: wider ones take longer to synthesise, and no fewer LUTs a lane."""

DEPTH = 1024
"""Vectors of sums in the accumulator at most."""

INT = 32
"""Bits of the sums that are requantized."""

REACH = 4
TRIED, MOST = 6, 40
"""Arrays that are scheduled, of those that look best with weights on chip, and of all."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is asked: a board, a clock, and sizes where they are given."""

    board: Board
    clock_mhz: float
    rows: int | None = None
    cols: int | None = None
    lanes: int | None = None
    batch: int | None = None
    cells: str = "auto"
    weights: str = "auto"
    maps: str = "auto"
    part_of: dict[str, float]

    def available(self, name: str) -> float:
        """How much of a resource may be used."""
        return self.board.room(name) * self.part_of.get(name, 1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """A network on an array."""

    lowered: Lowered
    array: Config
    multiplier: bool
    external: bool
    cost: Cost

    @property
    def external_maps(self) -> bool:
        """Whether maps between layers lie outside."""
        return bool(self.lowered.program.transfers)


def plan(chain: Chain, wish: Wish) -> Plan:
    """The array of the fewest cycles a frame that fits the board.

    Maps between layers are outside only where none fits with these on chip, or it is wished.

    Raises
    ------
    ModelError
        If none fits, or the sizes that are given do not fit each other.
    """
    _refuse(wish)
    _refuse_numbers(chain)
    found = [(estimate(chain, one.shape, one.array), one) for one in _candidates(chain, wish)]
    found.sort(key=lambda pair: (pair[0], pair[1].shape.products, pair[1].shape.batch))
    ordered = [one for _, one in found]
    for outside in _WHERE[wish.maps]:
        plans = _planned(chain, ordered, wish, outside)
        if plans:
            return min(plans, key=lambda made: (rate(made), made.cost.lut))
    what = f"No array of these sizes fits {wish.board.name}"
    raise ModelError(chain.network.name, f"{what}; give it fewer rows, cols or frames a batch")


_WHERE = {"on-chip": (False,), "external": (True,), "auto": (False, True)}
"""Whether outside, in the order in which it is tried."""


def _planned(chain: Chain, candidates: list["_Candidate"], wish: Wish,
             outside: bool) -> list[Plan]:  # fmt: skip
    """The first candidates that fit, with maps between layers outside or not."""
    plans: list[Plan] = []
    for one in candidates:
        made = planned(chain, one, wish, outside)
        if made is not None:
            plans.append(made)
        if len(plans) == MOST or sum(not made.external for made in plans) == TRIED:
            break
    return plans


def rate(made: Plan) -> float:
    """Cycles a frame, with what a larger batch costs."""
    batch = made.lowered.shape.batch
    pace = Pace.of(made.array, external=made.external)
    return made.lowered.program.timeline(pace).period / batch * weight(batch)


@dataclass(frozen=True)
class _Candidate:
    shape: Shape
    numbers: Numbers
    array: Config
    multiplier: bool


def _candidates(chain: Chain, wish: Wish) -> Iterator[_Candidate]:
    """Arrays whose cells fit, of the sizes that are given."""
    given = wish.rows and wish.lanes
    words = {wish.rows * wish.lanes} if given else {c * g for c in COLS for g in GROUPS}
    for word, cols in product(sorted(words), COLS if wish.cols is None else (wish.cols,)):
        if word % cols or (not given and word // cols > max(GROUPS)):
            continue
        for batch in BATCHES if wish.batch is None else (wish.batch,):
            shape = Shape(rows=word, cols=cols, lanes=1, batch=batch, depth=_depth(chain, batch))
            number = numbers(chain, shape)
            for multiplier in {"auto": (False, True), "lut": (False,), "dsp": (True,)}[wish.cells]:
                lanes = _lanes(word, number, multiplier, wish)
                if lanes is None or (multiplier and number.popcount):
                    continue
                array = _array(number, word // lanes, cols, lanes, multiplier)
                if array is not None and _within(cost.array(array), wish):
                    made = replace(shape, rows=word // lanes, lanes=lanes)
                    yield _Candidate(made, number, array, multiplier)


def _lanes(word: int, number: Numbers, multiplier: bool, wish: Wish) -> int | None:
    """Lanes of a cell: a divisor of the word's."""
    if wish.lanes or wish.rows:
        lanes = wish.lanes or (word // wish.rows if word % wish.rows == 0 else 0)
        return lanes if lanes and word % lanes == 0 else None
    most = LANES["popcount" if number.popcount else "dsp" if multiplier else "lut"]
    return max(n for n in range(1, min(word, most) + 1) if word % n == 0)


@cache
def _array(number: Numbers, rows: int, cols: int, lanes: int, multiplier: bool) -> Config | None:
    dot = select(number.x, number.w, lanes, multiplier=multiplier, rows=cols)
    sums = sums_of(dot)
    if cols % sums:
        dot = select(number.x, number.w, lanes, multiplier=multiplier, rows=1)
        sums = sums_of(dot)
    reach = max(n for n in range(1, REACH + 1) if cols // sums % n == 0)
    return Config.uniform(rows=rows, cols=cols, dot=dot, acc=number.acc, reach=reach, stalls=False)


def _depth(chain: Chain, batch: int) -> int:
    """Vectors of the largest block of sums."""
    return min(DEPTH, max(batch * stage.vectors for stage in chain.stages))


def planned(chain: Chain, one: _Candidate, wish: Wish, outside: bool = False) -> Plan | None:
    """A candidate with its passes, if it fits; with maps between layers outside or not."""
    for external in _WHERE[wish.weights]:
        shape = _bounded(chain, one, wish, external) if outside else one.shape
        used = _cost(chain, one, shape, sizes(chain, shape), external) if shape else None
        if used and _within(used, wish):
            lowered = lower(chain, one.numbers, shape)
            return Plan(lowered=lowered, array=one.array, multiplier=one.multiplier,
                        external=external, cost=used)  # fmt: skip
    return None


def _cost(chain: Chain, one: _Candidate, shape: Shape, held: Sizes, external: bool) -> Cost:
    about = chain, shape, one.numbers
    return (cost.array(one.array) + cost.post(*about, held)
            + cost.memories(*about, held, external=external))  # fmt: skip


def _bounded(chain: Chain, one: _Candidate, wish: Wish, external: bool) -> Shape | None:
    """With as many words of maps on chip as fit, no more than all; None if too few do."""
    low, held = max(least(stage, one.shape) for stage in chain.stages), sizes(chain, one.shape)
    high = max(low, held.a_words)

    def fits(words: int) -> bool:
        some = replace(held, a_words=words)  # sums of smaller blocks take no more
        return _within(_cost(chain, one, replace(one.shape, held=words), some, external), wish)

    if not fits(low):
        return None
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return replace(one.shape, held=low)


def _refuse_numbers(chain: Chain) -> None:
    """Refuse numbers that no dot product multiplies, and sums that no unit requantizes."""
    number = numbers(chain, Shape(rows=1, cols=1, lanes=1, batch=1, depth=1))
    widest = max(number.x.width, number.w.width)
    if widest > MAX_WIDTH:
        what = f"Activations and weights of an array must be at most {MAX_WIDTH} bits wide"
        raise ModelError(chain.network.name, f"{what}, not {widest}")
    left = max((int(stage.shifts[0].max()) for stage in chain.stages if stage.requantize),
               default=0)  # fmt: skip
    if any(stage.requantize for stage in chain.stages) and number.acc.width + left > INT:
        what = f"Sums of an array, shifted left by {left} to be requantized, must fit {INT} bits"
        raise ModelError(chain.network.name, f"{what}, not be of {number.acc.width} bits")


def _within(used: Cost, wish: Wish) -> bool:
    return all(getattr(used, name) <= wish.available(name)
               for name in ("lut", "ff", "bram18", "dsp"))  # fmt: skip


def _refuse(wish: Wish) -> None:
    if wish.rows and wish.cols and wish.lanes and wish.rows * wish.lanes % wish.cols:
        word = wish.rows * wish.lanes
        what = f"--cols must divide the {word} lanes of a word, rows * lanes, not be {wish.cols}"
        raise ModelError("command line", what)
