"""Where cycles go: sums that are exact, small examples by hand, and what binds and would help."""

import json
import re

import numpy as np
import pytest

from boards import devices
from generators import passes
from generators.finn import build, depth, performance, plan, timeline
from generators.network import graph
from generators.synth.resources import Cost
from tests.generators.finn import map_nets, nets
from tests.networks import maps, pipeline, predicted

KINDS = ("io", "compute", "fill", "stall")
SPENT = ("busy", "waiting", "blocked")


def wish(**fields) -> plan.Wish:
    return plan.Wish(board=devices.find("zynq7020"), clock_mhz=100.0, **fields)


def record(found: plan.Plan, **fields) -> tuple[dict, list[dict]]:
    """The record of a plan, and the fields of its layers."""
    total = sum(build._costs(found).values(), Cost())
    made = performance.performance(found, wish(**fields), total)
    layers = found.network.layers
    return made, [performance.layer(found, layer, made["timeline"]) for layer in layers]


def chain(*folds, sizes, shape, kind="bipolar") -> plan.Plan:
    """Dense layers of such sizes and PE and SIMD, one behind the other."""
    layers, reads = [], "input"
    for n, (size, (pe, simd)) in enumerate(zip(sizes, folds)):
        act = {"activation": nets.SIGN} if n < len(sizes) - 1 else {}
        layers.append(nets.dense(f"fc{n}", reads, size=size, fold={"pe": pe, "simd": simd}, **act))
        reads = f"fc{n}"
    return nets.planned(nets.model(*layers, shape=shape, kind=kind))


def test_by_hand():
    """8 x 32 in 32 steps, 4 x 8 in 4 of them, 2 x 4 in 8: the first binds, the others wait.

    Each vector of the second has to wait for the first's last row group.
    """
    found = chain((1, 8), (4, 2), (1, 1), sizes=((8, 32), (4, 8), (2, 4)), shape=(32,))
    made, layers = record(found)
    assert [[layer[name] for name in SPENT] for layer in layers] == [
        [32, 0, 0], [4, 28, 0], [8, 24, 0]]  # fmt: skip
    assert [layer["bitops"] for layer in layers] == [256, 32, 8]
    assert made["interval"] == {"frames": 1, "cycles": 32, "io": 0, "compute": 32, "gaps": 0}
    # From the first beat on it computes: 31 steps more than one, and the others one or four each.
    spent = made["latency"]
    assert spent["io"] == 2 and spent["stall"] == 0
    assert spent["path"][0] == {"at": "edges", "cycles": 2}
    assert spent["cycles"] == found.latency == spent["at_most"]
    roof = made["roofline"]
    assert (roof["bitops"], roof["bitops_per_cycle"]) == (296, 9.25)
    assert roof["ceilings"]["compute"] == 256 / 32 + 32 / 4 + 8 / 8
    assert (roof["io_bytes"], roof["bitops_per_byte"]) == (4, 74)
    assert roof["ceilings"]["dma"] == 592
    assert made["bottleneck"]["at"] == ["fc0"]


def test_layers_before_what_binds_are_blocked():
    found = chain((8, 8), (1, 1), (1, 1), sizes=((8, 32), (4, 8), (2, 4)), shape=(32,))
    _, layers = record(found)
    assert [[layer[name] for name in SPENT] for layer in layers] == [
        [4, 0, 28], [32, 0, 0], [8, 24, 0]]  # fmt: skip


@pytest.mark.parametrize("seed", [1, 3, 7, 9, 13, 15])
def test_sums_are_exact(seed):
    """As of every network that tests.networks.pipeline simulates."""
    rng = np.random.default_rng(seed)
    found = pipeline.random_plan(rng, passes.streamline(maps.random_network(rng)), (1, 2, 3))
    predicted.check_sums(found)
    made, _ = record(found)
    spent, split = made["latency"], made["interval"]
    assert sum(spent[kind] for kind in KINDS) == spent["cycles"] == found.latency
    assert sum(step["cycles"] for step in spent["path"]) == found.latency <= spent["at_most"]
    assert split["io"] + split["compute"] + split["gaps"] == split["cycles"] == found.interval
    json.dumps(made)


def test_spans_are_in_order():
    rng = np.random.default_rng(5)
    found = pipeline.random_plan(rng, passes.streamline(maps.random_network(rng)))
    rows = timeline.drawn(found, timeline.pace(found))["rows"]
    names = [layer.name for layer in found.network.layers]
    assert [row["name"] for row in rows if row["name"] in names] == names[: len(rows) - 2]
    for row in rows:
        for start, first, last in row["spans"]:
            assert 0 <= start <= first < last
        flat = [cycle for stretch in row["work"] for cycle in stretch]
        assert flat == sorted(flat)


@pytest.mark.parametrize("seed", [7, pytest.param(35, marks=pytest.mark.slow)])
def test_spread_queues_give_the_least_latency(seed, monkeypatch):
    """Queues for beats that come spread, and a host that offers them at once."""
    monkeypatch.setattr(depth, "SPREAD_SAVES", 0)
    rng = np.random.default_rng(seed)
    found = pipeline.random_plan(rng, passes.streamline(maps.random_network(rng)), (1, 2, 3))
    assert timeline.pace(found).tolist() != list(range(found.batch * found.edges[0].beats))
    assert found.latency <= record(found)[0]["latency"]["at_most"]
    shape = (2 * found.batch, *found.network.input.shape)
    run = pipeline.simulate(found, np.zeros(shape, int), rng=rng)
    predicted.check_cycles(found, found.batch, run.first, run.last)


def faster(found: plan.Plan, sentence: str) -> tuple[int, dict]:
    """The cycles that a sentence promises, and the folds that it says take them."""
    folds = {name: graph.Fold(pe=one.pe, simd=one.simd, storage=one.storage, datapath=one.datapath)
             for name, one in found.choices.items()}  # fmt: skip
    what, _, rest = sentence.partition("; ")[2].partition(" would take ")
    for text in what.replace(" and ", ", ").split(", "):
        change, _, name = text.partition(" at ")
        for field in change.split(" with "):
            key, value = field.split()
            value = value if key in ("storage", "datapath") else int(value)
            old = folds[name or "fc0"]
            folds[name or "fc0"] = graph.Fold(**{
                one: value if one == key else getattr(old, one)
                for one in ("pe", "simd", "storage", "datapath")})  # fmt: skip
    return int(rest.split()[0].replace(",", "")), folds


@pytest.mark.parametrize("folds", [((2, 8), (4, 2)), ((1, 8), (1, 1))])
def test_relief_is_as_fast_as_it_says(folds):
    found = chain(*folds, sizes=((16, 64), (4, 16)), shape=(64,))
    sentence = record(found)[0]["bottleneck"]["sentence"]
    cycles, other = faster(found, sentence)
    again = plan.plan(found.network, wish(folds=other))
    assert again.cycles == cycles <= found.cycles / 2
    extra = sum(build._costs(again).values(), Cost()).lut
    extra -= sum(build._costs(found).values(), Cost()).lut
    said = int(sentence.partition(" for about ")[2].split()[0].replace(",", ""))
    assert abs(said - extra) <= 0.1 * abs(extra) + 10


def test_compute_binds():
    found = chain((2, 8), (4, 2), sizes=((16, 64), (4, 16)), shape=(64,))
    made = record(found)[0]["bottleneck"]
    assert (made["binds"], made["at"], made["cycles"]) == ("compute", ["fc0"], 64)
    sentence = (r"fc0 binds: 64 cycles a frame; (pe|simd) \d+[a-z0-9_ ]* would take 32 for about "
                r"[\d,]+ LUT[\w ,]* (more|less) \(estimate\)")  # fmt: skip
    assert re.fullmatch(sentence, made["sentence"]), made["sentence"]


def test_nothing_is_faster_than_all_at_once():
    found = chain((4, 8), sizes=((4, 8),), shape=(8,))
    assert record(found)[0]["bottleneck"] == {
        "binds": "compute", "at": ["fc0"], "cycles": 1,
        "sentence": "fc0 binds: 1 cycles a frame, the fewest that fc0 can take",
    }  # fmt: skip


def test_relief_that_does_not_fit():
    found = chain((2, 8), (4, 2), sizes=((16, 64), (4, 16)), shape=(64,))
    sentence = record(found, part_of={"lut": 0.001})[0]["bottleneck"]["sentence"]
    assert " (estimate), but need LUT " in sentence and sentence.endswith(" of 53 then")


PIXELS = nets.model(
    {"name": "act", "op": "threshold", "inputs": ["input"], "type": "bipolar",
     "thresholds": [[100]]},
    nets.dense("fc0", "act", size=(4, 256), fold={"pe": 4, "simd": 64}),
    shape=(256,), kind="uint8",
)  # fmt: skip


def test_dma_binds():
    found = nets.planned(PIXELS)
    assert record(found)[0]["bottleneck"] == {
        "binds": "dma", "at": ["input"], "cycles": 32,
        "sentence": "the DMA binds on a board: 256 bytes of input take 32 cycles a frame, the "
                    "circuits 4; --pack-input would take 4",
    }  # fmt: skip
    packed, host = passes.host_input(found.network)
    again = plan.plan(packed, wish(host=host))
    assert "--pack-input" not in record(again, host=host)[0]["bottleneck"]["sentence"]


def test_input_binds():
    document = nets.model(nets.THRESHOLD, shape=(64,), kind="uint8")
    found = nets.planned(document, cycles=16)
    assert record(found)[0]["bottleneck"] == {
        "binds": "input", "at": ["input"], "cycles": 16,
        "sentence": "input binds: 64 bytes take 16 cycles a frame at 32 bits a cycle; --cycles 8 "
                    "would take 64 bits a cycle",
    }  # fmt: skip


def test_line_buffer_has_gaps():
    document = map_nets.model(map_nets.conv("c0", "input", (4, 3, 3, 2), weights="int3",
                                            fold={"pe": 4, "simd": 2}),
                              shape=(6, 6, 2), kind="uint4")  # fmt: skip
    made, (layer,) = record(nets.planned(document))
    split = made["interval"]
    assert split["compute"] == 9 * 16 and split["compute"] + split["gaps"] == split["cycles"]
    assert layer["fill"] > 2 * 6
