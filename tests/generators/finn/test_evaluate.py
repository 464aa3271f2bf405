"""Many designs at once, against the sums of each one's circuits."""

import re

import numpy as np
import pytest

from boards import devices
from generators.finn import between, cost, lower, plan
from generators.finn.evaluate import evaluate, random_picks
from generators.finn.part import Flow
from generators.finn.space import Space
from tests.generators.finn import map_nets, nets

SAME = [1, 1, 1, 1]
CHAIN = nets.model(nets.dense(size=(8, 12), activation=nets.SIGN),
                   nets.dense("fc1", "fc0", size=(6, 8), weights="int3"),
                   map_nets.layer("top", "argmax", "fc1"), shape=(12,))  # fmt: skip
BRANCHES = map_nets.model(
    map_nets.conv("a", "input", (4, 3, 3, 4), padding=SAME),
    map_nets.conv("b", "a", (4, 1, 1, 4), kind=None),
    map_nets.conv("c", "a", (4, 1, 1, 4), kind=None),
    map_nets.layer("sum", "add", "b", "c"),
    map_nets.layer("pool", "maxpool", "sum", kernel=[2, 2]),
)


def space(document: dict) -> Space:
    network = nets.network(document)
    wish = plan.Wish(board=devices.find("zynq7020"), clock_mhz=100.0)
    return Space(network, plan._options(network, wish))


def alone(found: Space, picks) -> tuple[float, np.ndarray]:
    """Cycles and resources of one design, circuit by circuit."""
    candidates = [table.candidates[n] for table, n in zip(found.tables, picks)]
    choices = {table.name: one.choice for table, one in zip(found.tables, candidates)}
    i_edge, parts, o_edge = lower.parts(found.network, choices)
    flow = Flow("input", i_edge.number, i_edge.lanes, i_edge.items)
    used = between.measured(parts, [between.State(flow)])
    used += between.array(cost.edges(i_edge, o_edge))
    return max(1, *(one.cycles for one in candidates)), used


@pytest.mark.parametrize(("document", "count"), [(CHAIN, 200), (BRANCHES, 100)])
def test_sums_of_circuits(document, count):
    found = space(document)
    picks = random_picks(found, count, np.random.default_rng(count))
    for row in picks:
        found.settle(row)
    evaluated = evaluate(found, picks)
    expected = [alone(found, row) for row in picks]
    assert evaluated.cycles.tolist() == [cycles for cycles, _ in expected]
    used = np.stack([evaluated.lut, evaluated.ff, evaluated.bram18, evaluated.dsp], axis=1)
    np.testing.assert_allclose(used, [one for _, one in expected], rtol=1e-9)


def test_front_and_budgets():
    found = space(CHAIN)
    every = np.stack(np.meshgrid(*(np.arange(len(t.cycles)) for t in found.tables)), -1)
    evaluated = evaluate(found, every.reshape(-1, 2)[:5000])
    assert len(evaluated) == len(evaluated.dsp) <= 5000
    designs = set(zip(evaluated.cycles.tolist(), evaluated.lut.tolist()))
    better = lambda p, q: q != p and q[0] <= p[0] and q[1] <= p[1]  # noqa: E731
    whole = sorted(p for p in designs if not any(better(p, q) for q in designs))
    front = evaluated[evaluated.front()]
    assert list(zip(front.cycles.tolist(), front.lut.tolist())) == whole
    most = np.median(evaluated.lut)
    few = evaluated.within(lut=most, cycles=99, dsp=8)
    expected = (evaluated.lut <= most) & (evaluated.cycles <= 99) & (evaluated.dsp <= 8)
    assert (few == expected).all() and 0 < few.sum() < len(evaluated)


def test_no_designs():
    assert len(evaluate(space(CHAIN), np.zeros((0, 2), int))) == 0


@pytest.mark.parametrize(("picks", "message"), [
    (np.zeros((3, 1), int), "Picks must have shape (n, 2), not (3, 1)"),
    (np.zeros(2, int), "Picks must have shape (n, 2), not (2,)"),
    ([[0, -1]], "Picks must be numbers of candidates, below {}"),
    ([[10**6, 0]], "Picks must be numbers of candidates, below {}"),
])  # fmt: skip
def test_refused(picks, message):
    found = space(CHAIN)
    sizes = [len(table.cycles) for table in found.tables]
    with pytest.raises(ValueError, match=f"^{re.escape(message.format(sizes))}$"):
        evaluate(found, picks)
