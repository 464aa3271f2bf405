# amaranth: UnusedElaboratable=no

"""Where queues lie: the best of all mixtures of LUT and block RAM, each planned as a whole."""

import itertools
import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from boards import devices
from generators.finn import cost, depth, fold, lower, optimum, plan, queues, search
from generators.finn.between import array
from generators.finn.design import choices, design
from generators.finn.select import WEIGHTS
from generators.finn.space import Space
from generators.network import graph
from generators.network.error import ModelError
from tests.generators.finn import nets
from tests.generators.finn.map_nets import conv, layer, model

PLENTY = np.full(4, 1e6)
OPEN = {"frames": 1, "storage": "lut", "datapath": "mvtu"}
UINT8 = {"type": "uint8", "thresholds": [[-9, 0, 30]]}

NETS = {
    "chain": nets.model(
        nets.dense("a", size=(16, 8), weights="int4", fold=OPEN | {"pe": 1, "simd": 2},
                   activation=UINT8),
        nets.dense("b", "a", size=(8, 16), weights="int4", fold=OPEN | {"simd": 1},
                   activation=UINT8),
        nets.dense("c", "b", size=(4, 8), weights="int4", fold=OPEN | {"simd": 2}),
        shape=(8,), kind="uint8"),
    "branch": model(
        conv("a", "input", (2, 1, 1, 2), "bipolar", "bipolar", fold=OPEN),
        conv("b", "a", (2, 3, 3, 2), "bipolar", "bipolar", fold=OPEN, padding=[1, 1, 1, 1]),
        layer("s", "add", "a", "b"), shape=(8, 8, 2), kind="bipolar"),
}  # fmt: skip


class All:
    """Every design of a network with every storage of its queues."""

    def __init__(self, name: str) -> None:
        network = nets.network(NETS[name])
        wish = plan.Wish(board=devices.find("zynq7020"), clock_mhz=100.0)
        self.space = Space(network, plan._options(network, wish))
        self.free = tuple(table.name for table in self.space.tables)
        self.taken = cache(self._taken)

    def _taken(self, picks, names) -> tuple[np.ndarray, int]:
        """What the planner's circuits take, and their latency, without anything of the search."""
        chosen = choices(self.space, picks)
        chosen = {name: replace(chosen[name], fifo=fifo) for name, fifo in zip(chosen, names)}
        cycles = self.space.own(picks, 1)
        i_edge, parts, o_edge = lower.parts(self.space.network, chosen, cycles=int(cycles))
        found = depth.schedule(i_edge, parts, o_edge)
        used = sum((cost.part(part) for part in found.parts), cost.edges(i_edge, o_edge))
        return array(used), found.latency

    def designs(self, cycles) -> list[tuple[np.ndarray, int]]:
        """Of at most so many cycles what all take, and their latencies."""
        some = [np.flatnonzero(table.cycles <= cycles).tolist() for table in self.space.tables]
        fifos = list(itertools.product(queues.STORAGES, repeat=len(some)))
        return [self.taken(picks, names) for picks in itertools.product(*some) for names in fifos]

    def whole(self, amounts, *, quick: bool = False):
        sought = queues.Queues(free=self.free, amounts=amounts, quick=quick)
        return cache(lambda picks, cycles: queues.best(self.space, picks, cycles, sought))


everything = cache(All)


def budgets(designs) -> list[np.ndarray]:
    """Plenty; no block RAM, or one; few LUTs, so that queues must leave them."""
    used = np.array([used for used, _ in designs])
    few = np.where([1, 0, 0, 0], used.min(axis=0) * 1.01, PLENTY)
    some = [np.where([0, 0, 1, 0], bram18, PLENTY) for bram18 in (0, 1)]
    return [PLENTY, *some, few, np.minimum(few, some[1])]


@pytest.mark.parametrize("name", NETS)
def test_smallest_of_all(name):
    found = everything(name)
    cycles = search.steps(found.space)[1]
    designs, fifos = found.designs(cycles), []
    for amounts in budgets(designs):
        best = optimum.smallest(found.space, cycles, amounts, found.whole(amounts))
        fit = [used @ WEIGHTS for used, _ in designs if (used <= amounts).all()]
        assert best.proven
        assert (best.design is None) == (not fit)
        if fit:
            assert optimum.weight(best.design) == pytest.approx(min(fit), abs=1e-5)
            fifos.append({choice.fifo for choice in best.design.choices.values()})
    assert {"auto"} in fifos
    assert any("bram" in some for some in fifos)


@pytest.mark.parametrize("name", NETS)
def test_lowest_latency_of_all(name):
    found = everything(name)
    cycles = search.steps(found.space)[1]
    designs = found.designs(cycles)
    for amounts in budgets(designs):
        whole = found.whole(amounts, quick=True)
        best = optimum.quickest(found.space, cycles, amounts, whole)
        fit = [latency for used, latency in designs if (used <= amounts).all()]
        assert best.proven
        assert (best.design.latency if best.design else None) == min(fit, default=None)


WHOLE = OPEN | {"pe": 8, "simd": 8}

DEEP = model(
    conv("a", "input", (8, 1, 1, 8), "bipolar", "bipolar", fold=WHOLE | {"storage": "const"}),
    conv("b", "a", (8, 3, 3, 8), "bipolar", "bipolar", fold=WHOLE, padding=[1, 1, 1, 1]),
    layer("s", "add", "a", "b"), shape=(3, 600, 8), kind="bipolar",
)  # fmt: skip
"""What waits for the sum is so deep that it lies in block RAM by its size."""


def storages(found) -> dict[str, str]:
    return {part.name: part.config.storage for part in found.parts if part.kind == "fifo"}


def test_queues_leave_block_ram_where_there_is_none():
    network = nets.network(DEEP)
    wish = plan.Wish(board=devices.find("zynq7020"), clock_mhz=100.0)
    space = Space(network, plan._options(network, wish))
    auto = design(space, (0, 0), space.fewest)
    best = {}
    for bram18 in (auto.total.bram18 - 1, 100):
        amounts = np.where([0, 0, 1, 0], bram18, PLENTY)
        sought = queues.Queues(free=("a", "b"), amounts=amounts)
        best[bram18] = queues.best(space, (0, 0), space.fewest, sought)
    few, many = best.values()
    assert [storages(found)["s_add_fifo0"] for found in (few, auto, many)] == [
        "lut", "bram", "bram"]  # fmt: skip
    assert few.total.bram18 < auto.total.bram18 <= many.total.bram18
    assert many.total.lut <= auto.total.lut < few.total.lut
    assert few.interval == auto.interval == many.interval


def test_a_fold_file_gives_the_design_again(tmp_path):
    found = nets.planned(NETS["branch"])
    path = tmp_path / "fold.json"
    path.write_text(fold.fold_file(found.choices))
    folds = fold.read_folds(path, found.network)
    again = nets.planned(NETS["branch"], folds=folds, folds_file=path.name)
    assert any(choice.fifo == "bram" for choice in found.choices.values())
    for name in ("choices", "edges", "interval", "latency", "batch", "total"):
        assert getattr(again, name) == getattr(found, name)


@pytest.mark.parametrize("fifo", queues.STORAGES)
def test_the_circuits_keep_the_schedule(fifo):
    """Whatever the storage, the network is as fast as promised, and its outputs are right."""
    folds = {name: graph.Fold(pe=2, simd=2, fifo=fifo) for name in ("a", "b")}
    found = nets.planned(NETS["branch"], folds=folds, folds_file="f")
    there = {part.config.storage for part in found.parts
             if part.kind == "fifo" and part.config.depth > 2}  # fmt: skip
    assert there == {"lut" if fifo == "auto" else fifo}
    gaps, latency = nets.simulate(found, frames=4)
    assert gaps == [found.interval] * 3 and latency == found.latency


def test_lanes_mean_queues_by_their_size():
    """Folds of before this choice give the designs of before."""
    folds = {name: graph.Fold(pe=2, simd=2) for name in ("a", "b")}
    found = nets.planned(NETS["branch"], folds=folds, folds_file="f")
    assert {choice.fifo for choice in found.choices.values()} == {"auto"}


@pytest.mark.parametrize("fifo", ["lut", "bram"])
def test_no_queue_to_lie_anywhere(fifo):
    folds = {"fc0": graph.Fold(pe=1, simd=1, fifo=fifo)}
    what = "f: $.fc0.fifo: Fifo must be auto where no queue is longer than two transfers"
    with pytest.raises(ModelError, match=f"^{re.escape(what)}, not {fifo}$"):
        nets.planned(nets.model(), folds=folds, folds_file="f")


def test_wrong_fifo(tmp_path):
    path = tmp_path / "fold.json"
    path.write_text('{"fc0": {"fifo": "uram"}}')
    what = 'fold.json: $.fc0.fifo: Fifo must be one of "auto", "lut", "bram", not "uram"'
    with pytest.raises(ModelError, match=f"^{re.escape(what)}$"):
        fold.read_folds(path, nets.network(nets.model()))
