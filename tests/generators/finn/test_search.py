"""The best design, against all designs that there are, each planned as a whole."""

import itertools
from dataclasses import asdict
from functools import cache

import numpy as np
import pytest

from boards import devices
from generators.finn import cost, depth, lower, optimum, plan, search
from generators.finn.between import array, contexts
from generators.finn.budget import Budget
from generators.finn.cost import Cost
from generators.finn.design import design
from generators.finn.select import WEIGHTS
from generators.finn.space import Space
from generators.network import graph
from tests.generators.finn import nets
from tests.generators.finn.map_nets import conv, layer, model

BOARD = devices.find("zynq7020")
PLENTY = np.full(4, 1e6)


def dense(name: str, reads: str, size, **fields):
    weights = fields.pop("weights", "bipolar")
    return nets.dense(name, reads, size=size, weights=weights, activation=nets.SIGN, **fields)


NETS = {
    "dense": nets.model(dense("a", "input", (4, 6), fold={"simd": 3}),
                        dense("b", "a", (4, 4), fold={"pe": 2}),
                        nets.dense("c", "b", size=(3, 4), fold={"simd": 2}), shape=(6,)),
    "pool": model(conv("a", "input", (4, 3, 3, 2), "bipolar", "bipolar", fold={"simd": 2}),
                  layer("p", "maxpool", "a", kernel=[2, 2]),
                  conv("b", "p", (3, 2, 2, 4), "bipolar", None, fold={"pe": 3}), shape=(6, 6, 2),
                  kind="bipolar"),
    "branch": model(conv("a", "input", (4, 1, 1, 4), "bipolar", "bipolar", fold={"simd": 2}),
                    conv("b", "a", (4, 1, 1, 4), "bipolar", "bipolar", fold={"pe": 2}),
                    layer("s", "add", "a", "b"), shape=(2, 2, 4), kind="bipolar"),
    "mixed": nets.model(
        nets.dense("a", size=(4, 8), weights="int8", fold={"frames": 1, "simd": 2},
                   activation={"type": "uint4", "thresholds": [[-9, 0, 30]]}),
        nets.dense("b", "a", size=(3, 4), weights="int4", fold={"simd": 2}), shape=(8,),
        kind="uint8"),
}  # fmt: skip


class All:
    """Every design of a network; what costs time is kept."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.whole = cache(lambda picks, cycles: design(space, picks, cycles))
        self.taken = cache(self._taken)
        self.designs = cache(self._designs)

    def _taken(self, picks, cycles) -> np.ndarray:
        """What the planner's circuits take, without anything of the search."""
        tables = zip(self.space.tables, picks)
        chosen = {table.name: table.candidates[pick].choice for table, pick in tables}
        i_edge, parts, o_edge = lower.parts(self.space.network, chosen, cycles=int(cycles))
        found = depth.schedule(i_edge, parts, o_edge, lower.batch(self.space.network, chosen))
        parts = (cost.part(part) for part in found.parts)
        return array(sum(parts, cost.edges(i_edge, o_edge)))

    def own(self, picks) -> int | float:
        """What is not folded takes as long as the slowest layer, or as long as it must."""
        slowest = max(table.cycles[pick] for table, pick in zip(self.space.tables, picks))
        return max(slowest, self.space.least)

    def _designs(self, cycles) -> list[tuple]:
        """Of at most so many cycles: picks, and what they take."""
        some = [np.flatnonzero(table.cycles <= cycles).tolist() for table in self.space.tables]
        return [(picks, self.taken(picks, self.own(picks))) for picks in itertools.product(*some)]

    def best(self, cycles, amounts) -> float | None:
        """The least weight that fits."""
        weights = [used @ WEIGHTS for _, used in self.designs(cycles) if (used <= amounts).all()]
        return min(weights, default=None)


@cache
def everything(name: str) -> All:
    network = nets.network(NETS[name])
    wish = plan.Wish(board=BOARD, clock_mhz=100.0)
    space = Space(network, plan._options(network, wish))
    return All(space)


def tight(found: All, cycles) -> list[np.ndarray]:
    """Budgets that only some designs are within: nearly the least of each resource, and less."""
    used = np.array([used for _, used in found.designs(cycles)])
    low, middle = used.min(axis=0), np.quantile(used, 0.3, axis=0)
    return [np.where([1, 0, 0, 0], low * 1.02, PLENTY), middle, 0.9 * low + 0.1 * middle]


def names(slow) -> list:
    """Networks, those of too many designs for the regression marked."""
    return [pytest.param(name, marks=[pytest.mark.slow] * (name in slow)) for name in NETS]


@pytest.mark.parametrize("name", names(["pool", "mixed"]))
def test_smallest_of_all(name):
    """The fewest LUTs, and of these the fewest flip-flops and so on: of all designs."""
    found = everything(name)
    for cycles in search.steps(found.space)[:2]:
        for amounts in [PLENTY, *tight(found, cycles)]:
            best = optimum.smallest(found.space, cycles, amounts, found.whole)
            least = found.best(cycles, amounts)
            assert best.proven and best.gap == 0
            assert (best.design is None) == (least is None)
            if least is not None:
                assert optimum.weight(best.design) == pytest.approx(least, abs=1e-5)


@pytest.mark.parametrize("name", names(["pool", "mixed"]))
def test_fastest_of_all(name):
    """The fewest cycles of which a design fits, and the smallest of these."""
    found = everything(name)
    steps = search.steps(found.space)[:2]
    for amounts in tight(found, steps[-1]):
        possible = [step for step in steps if found.best(step, amounts) is not None]
        best = optimum.fastest(found.space, amounts, found.whole)
        if possible:
            assert best.proven and best.design.cycles == possible[0]
            weight = found.best(possible[0], amounts)
            assert optimum.weight(best.design) == pytest.approx(weight, abs=1e-5)
        else:
            assert best.design is None or best.design.cycles > steps[-1]


def test_lowest_latency_of_all():
    found = everything("dense")
    cycles = search.steps(found.space)[1]
    for amounts in [PLENTY, *tight(found, cycles)]:
        best = optimum.quickest(found.space, cycles, amounts, found.whole)
        designs = [found.whole(picks, found.own(picks)) for picks, _ in found.designs(cycles)]
        latencies = [one.latency for one in designs if optimum.fits(one, amounts)]
        assert best.proven
        assert (best.design.latency if best.design else None) == min(latencies, default=None)


@pytest.mark.parametrize("name", NETS)
def test_tables_and_the_program_agree(name):
    """What a solution takes by the tables is never more than its circuits and queues do."""
    found = everything(name)
    space, step = found.space, search.steps(found.space)[-1]
    best = search.smallest(space, step, PLENTY)
    (used,) = space.evaluate(np.array([best.picks]), step)
    assert best.proven and used @ WEIGHTS == pytest.approx(best.bound, abs=1e-6)
    assert (found.taken(best.picks, step) >= used - 1e-6).all()


def test_nearest_of_all():
    found = everything("dense")
    step = search.steps(found.space)[1]
    some = found.designs(step)
    picks = np.array([picks for picks, _ in some])
    amounts = np.array([20.0, 1000, 1, 1])
    worst = (found.space.evaluate(picks, step) / amounts).max(axis=1)
    best = search.nearest(found.space, step, amounts)
    assert best.proven and best.bound == pytest.approx(worst.min())
    assert worst[[one for one, _ in some].index(best.picks)] == pytest.approx(worst.min())


def test_contexts():
    """Runs of cycles between which no lanes change but those of folds."""
    assert contexts([1, 4, 9], [1, 2, 2.5, 4, 8, 9, 30]) == [[1, 2, 2.5], [4, 8], [9, 30]]
    assert contexts([1], [5]) == [[5]]
    assert contexts([1], []) == []


@pytest.mark.parametrize("wish", [{}, {"cycles": 19}, {"cycles": 10**9}])
def test_what_is_not_folded_follows_the_folds(wish):
    """The edges keep up with the slowest layer, whatever was wished: folds say all of a design."""
    document = nets.model(nets.dense(size=(4, 600), fold={"pe": 4, "simd": 300}), shape=(600,))
    assert [edge.beats for edge in nets.planned(document, **wish).edges] == [2, 2]


@pytest.mark.parametrize(("name", "wish"), [
    ("dense", {"cycles": 5}), ("dense", {"cycles": 3, "goal": "latency"}),
    ("pool", {}), ("pool", {"cycles": 200}), ("pool", {"cycles": 10**9}),
])  # fmt: skip
def test_the_folds_of_a_plan_give_it_again(name, wish):
    found = nets.planned(NETS[name], **wish)
    folds = {name: graph.Fold(**asdict(choice)) for name, choice in found.choices.items()}
    again = nets.planned(NETS[name], folds=folds)
    for field in ("choices", "edges", "interval", "latency", "batch", "total"):
        assert getattr(again, field) == getattr(found, field)


@pytest.mark.parametrize("wish", [{}, {"cycles": 2}, {"cycles": 2, "goal": "latency"}],
                         ids=lambda wish: wish.get("goal"))  # fmt: skip
def test_plans_say_whether_they_are_proven(wish):
    found = nets.planned(NETS["dense"], **wish)
    assert found.proven and found.gap == 0
    parts = (cost.part(part) for part in found.parts)
    assert found.total == sum(parts, cost.edges(*found.edges))


@pytest.mark.parametrize(("used", "worst"), [
    (Cost(lut=50), (0.5, "lut")), (Cost(lut=50, ff=200), (1.0, "ff")),
    (Cost(lut=50, bram18=9), (3.0, "bram18")), (Cost(dsp=2), (2.0, "dsp")),
])  # fmt: skip
def test_worst(used, worst):
    budget = Budget(board=BOARD, lut=100, ff=200, bram18=3, dsp=1)
    assert budget.worst(used) == worst


def test_nothing_fits_into_nothing():
    budget = Budget(board=BOARD, lut=100, ff=200, bram18=3, dsp=0)
    assert budget.worst(Cost(dsp=1))[0] > 1
    assert budget.worst(Cost(lut=1))[0] <= 1


def test_why_nothing_is_faster():
    asked = {"a": graph.Fold(pe=1)}
    assert nets.planned(NETS["dense"]).bound == "a takes 2 cycles a frame at best"
    assert nets.planned(NETS["dense"], folds=asked, folds_file="f").bound == ""
    wide = nets.planned(nets.model(nets.dense(size=(2, 1100), fold={"simd": 550}), shape=(1100,)))
    assert wide.bound == "nothing takes less than 2 cycles a frame"
