"""Which folds: the cheapest within so many cycles, or the fastest within a board."""

from collections.abc import Callable
from dataclasses import dataclass

from boards.devices import Board
from generators.finn.cost import Cost
from generators.finn.fold import Candidate
from generators.finn.lower import Choice

Options = dict[str, list[Candidate]]
Extra = Callable[[dict[str, Choice]], Cost]

ROUNDS = 8
RESOURCES = ("lut", "ff", "bram18", "dsp")


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a network may use of a board."""

    board: Board
    lut: int
    ff: int
    bram18: int
    dsp: int

    def worst(self, total: Cost) -> tuple[float, str]:
        """The largest part of a resource that is used, and which resource."""
        return max((getattr(total, name) / max(1, getattr(self, name)), name) for name in RESOURCES)


@dataclass(frozen=True)
class Found:
    """One candidate a layer, what all circuits together cost, and whether that fits."""

    picked: dict[str, Candidate]
    total: Cost
    fits: bool

    @property
    def choices(self) -> dict[str, Choice]:
        """The choices alone."""
        return {name: candidate.choice for name, candidate in self.picked.items()}


def cheapest(options: Options, cycles: int, budget: Budget, extra: Extra) -> Found | None:
    """The candidates of least price that take at most so many cycles each; None where none does.

    The price adds the parts of the budget that a candidate uses. While a resource is short it gets
    dearer, for some rounds; of designs that do not fit, the nearest is returned. ``extra`` is the
    cost of what stands between the layers.
    """
    fast = {name: [c for c in layer if c.cycles <= cycles] for name, layer in options.items()}
    if not all(fast.values()):
        return None
    prices = {"lut": 1.0, "ff": 0.2, "bram18": 1.0, "dsp": 1.0}
    nearest = None
    for _ in range(ROUNDS):
        picked = {name: min(c, key=lambda c: _price(c, prices, budget)) for name, c in fast.items()}
        total = sum((c.cost for c in picked.values()), Cost())
        total += extra({name: candidate.choice for name, candidate in picked.items()})
        used, short = budget.worst(total)
        if used <= 1:
            return Found(picked, total, True)
        if nearest is None or used < budget.worst(nearest.total)[0]:
            nearest = Found(picked, total, False)
        prices[short] *= 2
    return nearest


def _price(candidate: Candidate, prices: dict[str, float], budget: Budget):
    parts = (
        weight * getattr(candidate.cost, name) / max(1, getattr(budget, name))
        for name, weight in prices.items()
    )
    return sum(parts), candidate.cycles, candidate.choice.pe


def fastest(options: Options, least: int, budget: Budget, extra: Extra) -> Found | None:
    """The cheapest candidates of the fewest cycles, at least ``least``, that fit, or None.

    By bisection over the cycles that candidates have: fewer cycles never cost less.
    """
    steps = sorted({max(least, c.cycles) for layer in options.values() for c in layer})
    found, low, high = None, 0, len(steps) - 1
    while low <= high:
        middle = (low + high) // 2
        design = cheapest(options, steps[middle], budget, extra)
        if design is not None and design.fits:
            found, high = design, middle - 1
        else:
            low = middle + 1
    return found
