"""Which folds: the cheapest within so many cycles, or the fastest within a board."""

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace

import numpy as np

from boards.devices import Board
from generators.finn.cost import Cost
from generators.finn.fold import Candidate
from generators.finn.part import Choice

Options = dict[str, list[Candidate]]
Extra = Callable[[dict[str, Choice]], Cost]

ROUNDS = 8
RESOURCES = ("lut", "ff", "bram18", "dsp")
PRICES = (1.0, 0.2, 1.0, 1.0)
"""Of the whole budget of each resource, at first."""
SPARE = 0.05
"""Of a budget: estimates are off by a few percent, so what is less used takes over before."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a network may use of a board."""

    board: Board
    lut: int
    ff: int
    bram18: int
    dsp: int

    @property
    def amounts(self) -> np.ndarray:
        """By resource, to divide by: nothing fits into none."""
        return np.array([max(1e-9, getattr(self, name)) for name in RESOURCES])

    def worst(self, total: Cost) -> tuple[float, str]:
        """The largest part of a resource that is used, and which resource."""
        used = np.array(astuple(total)) / self.amounts
        most = int(used.argmax())
        return float(used[most]), RESOURCES[most]

    def need(self, total: Cost) -> str:
        """The resource most used, how much of it, and how much there is."""
        _, name = self.worst(total)
        return f"{name.upper()} {getattr(total, name):,.0f} of {getattr(self, name):,}"


@dataclass(frozen=True)
class Found:
    """One candidate a layer, what all circuits together cost, and whether that fits.

    ``bound`` says why nothing is faster, where that was asked.
    """

    picked: dict[str, Candidate]
    total: Cost
    fits: bool
    bound: str = ""

    @property
    def choices(self) -> dict[str, Choice]:
        """The choices alone."""
        return {name: candidate.choice for name, candidate in self.picked.items()}


class _Layer:
    """The candidates of a layer, those of few cycles and few rows at once first."""

    def __init__(self, candidates: list[Candidate], budget: Budget) -> None:
        self.all = sorted(candidates, key=lambda c: (c.cycles, c.choice.pe))
        self.cycles = np.array([c.cycles for c in self.all])
        costs = [[getattr(c.cost, name) for name in RESOURCES] for c in self.all]
        self.used = np.array(costs) / budget.amounts

    def count(self, cycles: int) -> int:
        """How many take at most so many cycles."""
        return int(np.searchsorted(self.cycles, cycles, "right"))


def cheapest(options: Options, cycles: int, budget: Budget, extra: Extra) -> Found | None:
    """The candidates of least price that take at most so many cycles each; None where none does.

    The price adds the parts of the budget that a candidate uses. While a resource is short it gets
    dearer, for some rounds, by less and less. Prices treat equal layers alike, so in the nearest
    design of those rounds layers are then exchanged one by one, while that brings it nearer, as
    they are where little is to spare; of designs that do not fit, it is returned. ``extra`` is the
    cost of what stands between layers.
    """
    layers = {name: _Layer(candidates, budget) for name, candidates in options.items()}
    return _cheapest(layers, cycles, budget, extra)


def _cheapest(layers: dict[str, _Layer], cycles: int, budget: Budget, extra: Extra):
    fast = {name: layer.used[: layer.count(cycles)] for name, layer in layers.items()}
    if not all(map(len, fast.values())):
        return None
    prices = np.array(PRICES)
    nearest = None
    for number in range(ROUNDS):
        picked = {name: layers[name].all[int((used @ prices).argmin())]
                  for name, used in fast.items()}  # fmt: skip
        found = _found(picked, budget, extra)
        if found.fits:
            return _exchanged(layers, fast, found, budget, extra)
        used, short = budget.worst(found.total)
        if nearest is None or used < budget.worst(nearest.total)[0]:
            nearest = found
        prices[RESOURCES.index(short)] *= 1 + 1 / (1 + number / 2)
    return _exchanged(layers, fast, nearest, budget, extra)


def _found(picked: dict[str, Candidate], budget: Budget, extra: Extra) -> Found:
    total = sum((c.cost for c in picked.values()), Cost())
    total += extra({name: candidate.choice for name, candidate in picked.items()})
    return Found(picked, total, budget.worst(total)[0] <= 1)


def _exchanged(layers, fast, found: Found, budget: Budget, extra: Extra) -> Found:
    """The design with one layer after the other folded otherwise, while that brings it nearer.

    Until some of every resource is spare.
    """
    while fast and budget.worst(found.total)[0] > 1 - SPARE:
        between = extra(found.choices)
        nearest = []
        for name, used in fast.items():
            others = (c.cost for layer, c in found.picked.items() if layer != name)
            rest = np.array(astuple(sum(others, between))) / budget.amounts
            worst = (used + rest).max(axis=1)
            nearest.append((worst.min(), name, int(worst.argmin())))
        _, name, index = min(nearest)
        new = _found(found.picked | {name: layers[name].all[index]}, budget, extra)
        if budget.worst(new.total)[0] >= budget.worst(found.total)[0]:
            break
        found = new
    return found


def fastest(options: Options, least: int, budget: Budget, extra: Extra) -> Found | None:
    """The cheapest candidates of the fewest cycles, at least ``least``, that fit, or None.

    By bisection over the cycles that candidates have: fewer cycles never cost less.
    """
    layers = {name: _Layer(candidates, budget) for name, candidates in options.items()}
    steps = sorted({max(least, c.cycles) for layer in options.values() for c in layer} or {least})
    found, low, high, missed = None, 0, len(steps) - 1, {}
    while low <= high:
        middle = (low + high) // 2
        design = _cheapest(layers, steps[middle], budget, extra)
        if design is not None and design.fits:
            found, high = design, middle - 1
        else:
            missed[middle], low = design, middle + 1
    if found is None:
        return None
    if low == 0:
        return replace(found, bound=f"nothing takes less than {steps[0]:,} cycles a frame")
    return replace(found, bound=_bound(options, steps[low - 1], missed[low - 1], budget))


def _bound(options: Options, cycles: int, missed: Found | None, budget: Budget) -> str:
    """What so many cycles would take."""
    if missed is None:
        least = {name: min(c.cycles for c in candidates) for name, candidates in options.items()}
        slow = max(least, key=least.get)
        return f"{slow} takes {least[slow]:,} cycles a frame at best"
    return f"{cycles:,} cycles a frame would take {budget.need(missed.total)} (estimate)"
