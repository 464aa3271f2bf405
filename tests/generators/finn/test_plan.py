"""Wishes, and the sentences on those that cannot be fulfilled."""

import re
from dataclasses import replace

import pytest

from boards import devices
from generators.finn import cost, plan
from generators.finn.cost import Cost
from generators.network import graph
from generators.network.error import ModelError
from tests.generators.finn import nets

TWO = nets.model(nets.dense(size=(16, 32), activation=nets.SIGN),
                 nets.dense("fc1", "fc0", size=(10, 16)), shape=(32,))  # fmt: skip
BOARD = devices.find("zynq7020")


def sums(found: plan.Plan) -> Cost:
    parts = (cost.part(part) for part in found.parts)
    return sum(parts, cost.edges(*found.edges))


def lanes(found: plan.Plan) -> dict:
    return {name: (choice.pe, choice.simd) for name, choice in found.choices.items()}


def refusal(document: dict = TWO, **wish) -> str:
    with pytest.raises(ModelError) as caught:
        nets.planned(document, **wish)
    return str(caught.value)


def test_as_fast_as_possible():
    found = nets.planned(TWO)
    assert lanes(found) == {"fc0": (16, 32), "fc1": (10, 16)}
    assert found.interval == 1
    assert [edge.beats for edge in found.edges] == [1, 1]


@pytest.mark.parametrize("cycles", [1, 2, 3, 5, 8, 31, 32, 100, 511, 512, 10**9])
def test_at_most_so_many_cycles(cycles):
    found = nets.planned(TWO, cycles=cycles)
    assert found.interval <= cycles
    assert nets.simulate(found, frames=3)[0] == [found.interval] * 2


def test_fewer_cycles_never_cost_less():
    luts = [sums(nets.planned(TWO, cycles=cycles)).lut for cycles in (1, 4, 16, 64)]
    assert luts == sorted(luts, reverse=True)


WIDE = nets.model(nets.dense(size=(128, 128), weights="int4", fold={"storage": "bram"}),
                  shape=(128,))  # fmt: skip


@pytest.mark.parametrize(("bram18", "shared"), [(280, False), (20, True)])
def test_frames_share_weights_only_where_they_must(bram18, shared):
    """16 K weights of 4 bits in 64 cycles are 1024 bits a cycle: 29 block RAMs, or fewer deeper."""
    found = nets.planned(WIDE, cycles=64, part_of={"bram18": bram18 / 280})
    assert found.cycles <= 64 and sums(found).bram18 <= bram18
    choice = found.choices["fc0"]
    assert found.batch == choice.frames
    assert (choice.frames > 1) == shared
    assert found.interval == found.batch * found.cycles


def test_the_fastest_may_share_weights():
    part_of, asked = {"bram18": 8 / 280}, graph.Fold(frames=1, storage="bram")
    alone = nets.planned(WIDE, part_of=part_of, folds={"fc0": asked})
    found = nets.planned(WIDE, part_of=part_of)
    assert alone.batch == 1 and found.batch > 1
    assert found.cycles < alone.cycles
    again = nets.planned(WIDE, part_of=part_of, cycles=int(alone.cycles))
    assert again.batch == 1


def test_folds_bind():
    folds = {"fc0": graph.Fold(pe=2), "fc1": graph.Fold(pe=5, simd=4, storage="bram")}
    found = nets.planned(TWO, folds=folds, folds_file="fold.json")
    assert found.choices["fc0"].pe == 2 and found.choices["fc0"].simd == 32
    fc1 = found.choices["fc1"]
    assert (fc1.pe, fc1.simd, fc1.storage) == (5, 4, "bram")
    assert found.interval == 8


def test_fold_of_the_model_binds_and_the_file_replaces_it():
    first, second = TWO["layers"]
    document = TWO | {"layers": [first | {"fold": {"pe": 2, "simd": 4}}, second]}
    assert lanes(nets.planned(document))["fc0"] == (2, 4)
    folds = {"fc0": graph.Fold(pe=4)}
    assert lanes(nets.planned(document, folds=folds))["fc0"] == (4, 32)
    assert lanes(nets.planned(document, folds={"fc1": graph.Fold(pe=1)}))["fc0"] == (2, 4)


def test_partial_fold_and_cycles():
    found = nets.planned(TWO, folds={"fc0": graph.Fold(simd=3)}, cycles=50)
    assert found.choices["fc0"].simd == 3 and found.interval <= 50


@pytest.mark.parametrize("name", ["lut", "ff"])
@pytest.mark.parametrize("part", [0.8, 0.6])
def test_parts_of_the_board(name, part):
    part *= getattr(sums(nets.planned(TWO)), name) / getattr(BOARD, name)
    found = nets.planned(TWO, part_of={name: part})
    assert getattr(sums(found), name) <= getattr(BOARD, name) * part
    assert found.interval > 1


def test_queues_count():
    """A queue that the search does not know of must not make the design exceed the board."""
    fold = {"fc0": {"pe": 1, "simd": 2, "storage": "lut"},
            "fc1": {"pe": 2, "simd": 1, "storage": "lut"}}
    layers = [nets.dense("fc0", size=(16, 8), activation=nets.SIGN, fold=fold["fc0"]),
              nets.dense("fc1", "fc0", size=(8, 16))]  # fmt: skip
    document = nets.model(*layers, shape=(8,))
    layers[1]["fold"] = fold["fc1"]
    both = nets.model(*layers, shape=(8,))
    assert [part.layer for part in nets.planned(both).parts if part.kind == "fifo"] == ["fc1"]
    exact = sums(nets.planned(both)).lut / BOARD.lut
    tight = (int(exact * BOARD.lut) + 1.5) / BOARD.lut
    assert sums(nets.planned(both, part_of={"lut": tight})).lut <= tight * BOARD.lut
    less = (int(exact * BOARD.lut) - 1.5) / BOARD.lut
    assert refusal(both, part_of={"lut": less}).endswith("; nothing fits zynq7020 as folded")
    found = nets.planned(document, part_of={"lut": tight})
    assert sums(found).lut <= tight * BOARD.lut


@pytest.fixture
def simple(monkeypatch):
    """Costs that can be done in the head: 10 LUTs a lane, the rest nothing."""
    price = lambda config: Cost(lut=10 * config.pe * config.simd)  # noqa: E731
    monkeypatch.setattr(cost, "folded", lambda folded: price(folded.mvtu))
    rows = {"fc0": 16 * 32, "fc1": 10 * 16}
    prices = {"mvtu": lambda part: price(part.config),
              "unrolled": lambda part: Cost(lut=10 * rows[part.layer])}  # fmt: skip
    monkeypatch.setattr(cost, "part", lambda part: prices[part.kind](part) if part.kind in prices
                        else Cost())  # fmt: skip
    monkeypatch.setattr(cost, "edges", lambda *edges: Cost(lut=100))


PART = {"lut": 1000 / 53200}


@pytest.mark.parametrize(("wish", "sentence"), [
    ({"cycles": 3, "text": "--cycles 3"},
     "--cycles 3: Network must fit the board, but needs LUT 1,780 of 1,000 (estimate), most of it "
     "at fc0 (pe=8, simd=16, lut); the most that fits is 25,000,000 frames a second (4 cycles "
     "a frame)"),
    ({"cycles": 1, "text": "--fps 1e+08"},
     "--fps 1e+08: Network must fit the board, but needs LUT 6,820 of 1,000 (estimate), most of "
     "it at fc0 (pe=16, simd=32, const); the most that fits is 25,000,000 frames a second "
     "(4 cycles a frame)"),
    ({"folds": {"fc0": graph.Fold(pe=16, simd=8)}, "text": "--fold f.json"},
     "--fold f.json: Network must fit the board, but needs LUT 1,390 of 1,000 (estimate), most of "
     "it at fc0 (pe=16, simd=8, lut); nothing fits zynq7020 as folded"),
    ({"folds": {"fc1": graph.Fold(pe=1, simd=2)}, "cycles": 79, "text": "--cycles 79"},
     "--cycles 79: 79 cycles a frame are too few for fc1, which takes 80 as folded; the most that "
     "fits is 1,250,000 frames a second (80 cycles a frame)"),
    ({"part_of": {"lut": 110 / 53200}, "text": "--max"},
     "--max: Network must fit the board, but needs LUT 120 of 110 (estimate), most of it at fc0 "
     "(pe=1, simd=1, bram); nothing fits zynq7020"),
    ({"part_of": {"lut": 110 / 53200}, "cycles": 1000, "text": "--cycles 1000"},
     "--cycles 1000: Network must fit the board, but needs LUT 120 of 110 (estimate), most of it "
     "at fc0 (pe=1, simd=1, bram); nothing fits zynq7020"),
], ids=lambda value: None if isinstance(value, str) else value.get("text"))  # fmt: skip
def test_infeasible(simple, wish, sentence):
    assert refusal(**{"part_of": PART} | wish) == sentence


def test_too_few_cycles_for_the_edges(simple):
    first = nets.dense(size=(2, 3000), weights="int2")
    document = nets.model(first, shape=(3000,), kind="uint8")
    assert refusal(document, cycles=23, text="--cycles 23") == (
        "--cycles 23: 23 cycles a frame are too few for the input and output, which take 24 at "
        "1024 bits a cycle; the most that fits is 4,166,667 frames a second (24 cycles a frame)"
    )


def test_the_other_layer_may_bind(monkeypatch):
    """A threshold layer has no fold to name."""
    document = nets.model(nets.THRESHOLD, nets.dense(reads="act"), kind="int4")
    monkeypatch.setattr(cost, "part", lambda part: Cost(dsp=300 * (part.kind == "threshold")))
    assert refusal(document, cycles=24) == (
        "--max: Network must fit the board, but needs DSP 300 of 220 (estimate), most of it at "
        "act; nothing fits zynq7020"
    )


@pytest.mark.parametrize("layers", [
    [nets.ARGMAX], [nets.THRESHOLD], [nets.THRESHOLD, nets.ARGMAX | {"inputs": ["act"]}],
])  # fmt: skip
@pytest.mark.parametrize("wish", [{}, {"cycles": 3}, {"cycles": 1000}])
def test_nothing_to_fold(layers, wish):
    found = nets.planned(nets.model(*layers, shape=(7,), kind="int4"), **wish)
    assert found.choices == {}
    assert nets.simulate(found, frames=4) == ([found.interval] * 3, found.latency)


def test_nothing_to_fold_and_too_little_board():
    document = nets.model(nets.THRESHOLD, shape=(256,), kind="int4")
    sentence = refusal(document, part_of={"lut": 100 / 53200}, text="--max")
    assert re.fullmatch(r"--max: Network must fit the board, but needs LUT [\d,]+ of 100 "
                        r"\(estimate\), most of it at act; fewer frames a second take less",
                        sentence)  # fmt: skip
    few = refusal(document | {"input": {"shape": [4096], "type": "int4"}}, cycles=3)
    assert few.startswith("--max: 3 cycles a frame are too few for the input and output, which "
                          "take 16 at 1024 bits a cycle; ")  # fmt: skip


@pytest.mark.parametrize(("layers", "fields"), [
    ([nets.dense(size=(1, 1))], {"shape": (1,)}),
    ([nets.dense(size=(5, 1)), nets.ARGMAX | {"inputs": ["fc0"]}], {"shape": (1,)}),
    ([nets.dense(weights="int8", bias=1 << 29, fold={"pe": 1})], {"kind": "uint8"}),
    ([nets.dense(weights="int1", activation={"type": "uint1", "thresholds": [[-2]]})],
     {"kind": "uint1"}),
    ([nets.dense("a.b", activation=nets.SIGN), nets.dense("a-b", "a.b", size=(4, 4),
      activation=nets.SIGN), nets.dense("a_b", "a-b", size=(3, 4), fold={"pe": 1})], {}),
    ([nets.ARGMAX, nets.dense(reads="top", size=(3, 1), weights="int4")],
     {"shape": (9,), "kind": "int4"}),
    ([nets.dense(fold={"pe": 4, "simd": 6, "storage": "bram"})], {}),
    ([nets.dense(weights="int5", fold={"pe": 3, "simd": 5, "datapath": "mvtu_dsp"})],
     {"kind": "uint4"}),
], ids=["one weight", "one input", "wide sums", "one bit", "names", "behind argmax", "bram",
        "dsp"])  # fmt: skip
def test_corners(layers, fields):
    found = nets.planned(nets.model(*layers, **fields), cycles=60)
    assert nets.simulate(found, frames=4) == ([found.interval] * 3, found.latency)


def test_the_wish_is_left_as_it_was():
    wish = plan.Wish(board=BOARD, clock_mhz=100.0, folds={"fc0": graph.Fold(pe=2)})
    again = replace(wish)
    plan.plan(nets.network(TWO), wish)
    assert wish == again
