"""The cheapest and the fastest design, against all designs that there are."""

import itertools

import numpy as np
import pytest

from boards import devices
from generators.finn import search
from generators.finn.cost import Cost
from generators.finn.fold import Candidate
from generators.finn.part import Choice

BOARD = devices.find("zynq7020")


def budget(lut=10**6, ff=10**6, bram18=10**6, dsp=10**6):
    return search.Budget(board=BOARD, lut=lut, ff=ff, bram18=bram18, dsp=dsp)


def nothing(choices) -> Cost:
    return Cost()


def options(rng, kinds: int) -> search.Options:
    """Three layers of a few folds each that trade cycles for some kinds of resources."""
    made = {}
    for layer in "abc":
        made[layer] = []
        for steps in sorted({int(n) for n in rng.integers(1, 30, 5)}):
            amounts = [int(rng.integers(1, 10) * 40 / steps) + 1 for _ in range(kinds)]
            amounts += [0] * (4 - kinds)
            cost = Cost(lut=amounts[0], bram18=amounts[1], dsp=amounts[2], ff=amounts[3])
            made[layer].append(Candidate(Choice(steps, 1, "lut", "mvtu"), steps, cost))
    return made


def designs(made):
    """Every pick, with its cycles and cost."""
    for picked in itertools.product(*made.values()):
        total = sum((c.cost for c in picked), Cost())
        yield max(c.cycles for c in picked), total


@pytest.mark.parametrize("seed", range(20))
def test_cheapest_of_one_resource(seed):
    rng = np.random.default_rng(seed)
    made, cycles = options(rng, 1), int(rng.integers(1, 30))
    found = search.cheapest(made, cycles, budget(), nothing)
    luts = [total.lut for steps, total in designs(made) if steps <= cycles]
    assert (found is None) == (not luts)
    if luts:
        assert found.fits and found.total.lut == min(luts)
        assert max(c.cycles for c in found.picked.values()) <= cycles
        assert found.total == sum((c.cost for c in found.picked.values()), Cost())


@pytest.mark.parametrize("seed", range(20))
def test_fastest_of_one_resource(seed):
    rng = np.random.default_rng(seed)
    made, least = options(rng, 1), int(rng.integers(1, 8))
    limit = budget(lut=int(rng.integers(10, 300)))
    found = search.fastest(made, least, limit, nothing)
    fitting = [steps for steps, total in designs(made) if total.lut <= limit.lut]
    assert (found is None) == (not fitting)
    if fitting:
        cycles = max(c.cycles for c in found.picked.values())
        assert max(least, cycles) == max(least, min(fitting))
        same = [total.lut for steps, total in designs(made)
                if steps <= max(least, min(fitting)) and total.lut <= limit.lut]  # fmt: skip
        assert found.fits and found.total.lut == min(same)


def test_why_nothing_is_faster():
    def layer(*pairs):
        return [Candidate(Choice(n, 1, "lut", "mvtu"), n, Cost(lut=lut)) for n, lut in pairs]

    made = {"a": layer((8, 10), (4, 20), (2, 40)), "b": layer((8, 10), (4, 20))}
    assert search.fastest(made, 1, budget(lut=30), nothing).bound == (
        "4 cycles a frame would take LUT 40 of 30 (estimate)"
    )
    assert search.fastest(made, 1, budget(lut=90), nothing).bound == (
        "b takes 4 cycles a frame at best"
    )
    assert search.fastest(made, 9, budget(lut=90), nothing).bound == (
        "nothing takes less than 9 cycles a frame"
    )


def storages(rng) -> search.Options:
    """Three equal layers, each with its weights in LUTs or in block RAM."""
    made = []
    for steps in sorted({int(n) for n in rng.integers(1, 30, 5)}):
        lut = int(rng.integers(3, 10) * 60 / steps) + 1
        costs = Cost(lut=lut), Cost(lut=lut // 3, bram18=lut // 2)
        made += [Candidate(Choice(steps, 1, "lut", "mvtu"), steps, cost) for cost in costs]
    return dict.fromkeys("abc", made)


@pytest.mark.parametrize("make", [lambda rng: options(rng, 3), storages], ids=["any", "equal"])
def test_fastest_of_several_resources(make):
    """Prices are a heuristic: what is found always fits, and is nearly always the fastest."""
    exact = possible = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        made = make(rng)
        limit = budget(*(int(n) for n in rng.integers(60, 400, 4)))
        found = search.fastest(made, 1, limit, nothing)
        fitting = [steps for steps, total in designs(made) if limit.worst(total)[0] <= 1]
        if found is not None:
            assert found.fits and limit.worst(found.total)[0] <= 1
            assert max(c.cycles for c in found.picked.values()) >= min(fitting)
        if fitting:
            possible += 1
            exact += found is not None and min(fitting) == max(
                c.cycles for c in found.picked.values()
            )
    assert possible > 30
    assert exact >= 0.97 * possible


def test_a_short_resource_gets_dear():
    """Block RAM runs out: the layer that saves the most LUTs with it keeps it."""
    def both(lut):
        return [Candidate(Choice(1, 1, "lut", "mvtu"), 4, Cost(lut=lut)),
                Candidate(Choice(1, 1, "bram", "mvtu"), 4, Cost(lut=10, bram18=6))]  # fmt: skip

    made = {"a": both(900), "b": both(700)}
    plenty = search.cheapest(made, 4, budget(lut=1000, bram18=1000), nothing)
    assert [c.choice.storage for c in plenty.picked.values()] == ["bram", "bram"]
    short = search.cheapest(made, 4, budget(lut=1000, bram18=10), nothing)
    assert short.fits
    assert [c.choice.storage for c in short.picked.values()] == ["bram", "lut"]


def test_what_stands_between_counts():
    made = {"a": [Candidate(Choice(1, 1, "lut", "mvtu"), 4, Cost(lut=5))]}
    limit = budget(lut=10)
    assert search.cheapest(made, 4, limit, lambda choices: Cost(lut=5)).fits
    found = search.cheapest(made, 4, limit, lambda choices: Cost(lut=6))
    assert not found.fits and found.total == Cost(lut=11)
    assert search.fastest(made, 1, limit, lambda choices: Cost(lut=6)) is None


def test_nearest_is_returned_where_none_fits():
    far = Candidate(Choice(1, 1, "lut", "mvtu"), 4, Cost(lut=500))
    near = Candidate(Choice(2, 1, "bram", "mvtu"), 4, Cost(lut=20, bram18=300))
    made = {"a": [far, near]}
    found = search.cheapest(made, 4, budget(lut=10, bram18=100), nothing)
    assert not found.fits and found.total == Cost(lut=20, bram18=300)


@pytest.mark.parametrize(("used", "worst"), [
    (Cost(lut=50), (0.5, "lut")), (Cost(lut=50, ff=200), (1.0, "ff")),
    (Cost(lut=50, bram18=9), (3.0, "bram18")), (Cost(dsp=2), (2.0, "dsp")),
])  # fmt: skip
def test_worst(used, worst):
    assert budget(lut=100, ff=200, bram18=3, dsp=1).worst(used) == worst


def test_nothing_fits_into_nothing():
    assert budget(dsp=0).worst(Cost(dsp=1))[0] > 1
    assert budget(dsp=0).worst(Cost(lut=1))[0] <= 1


def test_networks_without_folds():
    assert search.fastest({}, 7, budget(), nothing).fits
    assert search.cheapest({}, 7, budget(), nothing).picked == {}
