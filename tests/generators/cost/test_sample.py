# amaranth: UnusedElaboratable=no

"""The circuits that estimates are fitted to and checked by: all kinds, the same each time."""

import numpy as np
import pytest

from generators.cost import estimate
from generators.cost.sample import datapaths, everything, formats
from generators.cost.sample.case import drawn, integers, named, short, size, spread, sums
from hdl.number import BIPOLAR, Number

DESIGNED = everything.designed()
ONE = {sample.circuit: sample for sample in reversed(DESIGNED)}


def test_all_that_is_estimated_is_in_both_samples():
    kinds = set(estimate.KINDS.values())
    assert kinds <= ONE.keys()
    some = {sample.circuit for sample in everything.unseen()}
    assert kinds <= some and len(everything.unseen()) >= 100


def test_each_circuit_has_a_name_of_its_own():
    for some in (DESIGNED, everything.unseen()):
        names = [(sample.circuit, sample.name) for sample in some]
        assert len(set(names)) == len(names)
        assert all("<" not in name and "  " not in name for _, name in names)


def test_random_circuits_follow_from_the_seed():
    some, same, others = (everything.unseen(seed) for seed in (3, 3, 4))
    assert [sample.name for sample in some] == [sample.name for sample in same]
    assert len({s.name for s in some} & {s.name for s in others}) < 20
    assert not {(s.circuit, s.name) for s in some} & {(s.circuit, s.name) for s in DESIGNED}


@pytest.mark.parametrize("circuit", ONE)
def test_a_circuit_is_of_its_kind(circuit):
    config = ONE[circuit].build().config
    assert estimate.kind(config) == circuit


def test_what_cannot_be_built_is_drawn_again():
    found = []

    def odd(rng):
        found.append(int(rng.integers(10)))
        if found[-1] % 2 == 0:
            raise ValueError("even")
        return next(s for s in DESIGNED if s.name.startswith(str(found[-1])))

    some = drawn(np.random.default_rng(0), 3, [odd])
    assert len({sample.name for sample in some}) == 3
    assert any(n % 2 == 0 for n in found)


def test_sizes_are_as_often_small_as_large():
    rng = np.random.default_rng(0)
    found = [size(rng, 1, 63) for _ in range(2000)]
    assert (min(found), max(found)) == (1, 63)
    assert abs(np.mean(np.array(found) < 8) - 0.5) < 0.05


def test_integers_are_the_same_every_time():
    assert set(integers(BIPOLAR, 50).tolist()) == {-1, 1}
    four = integers(Number(width=2, signed=True), (40, 2))
    assert (four.min(), four.max(), four.shape) == (-2, 1, (40, 2))
    np.testing.assert_array_equal(four, integers(Number(width=2, signed=True), (40, 2)))


def test_thresholds_lie_between_the_ends():
    low, high = sums(np.array([[2, -3], [0, 1]]), -1, 4)
    np.testing.assert_array_equal([low, high], [[-14, -1], [11, 4]])
    found = spread(low * 100, high * 100, 7)
    assert found.shape == (2, 7) and np.all(np.diff(found, axis=1) >= 0)
    assert np.all((found > 100 * low[:, None]) & (found < 100 * high[:, None]))


def test_names_of_numbers_and_options():
    numbers = BIPOLAR, Number(width=3), Number(width=4, signed=True)
    assert [short(number) for number in numbers] == ["b", "u3", "s4"]
    assert named({"repeated": True, "padding": (1, 1), "pe": 4}) == " repeated padding1 pe4"


@pytest.mark.parametrize(("datapath", "cols"), [("shift", 9), ("codebook", 9), ("fusible", 9),
                                                ("shift_serial", 20)])  # fmt: skip
def test_datapaths_have_the_words_of_their_cells(datapath, cols):
    """In radix 4 a weight of four bits is two terms, of columns that are padded to whole beats."""
    unit = datapaths.dense(6, 9, 2, 5, "uint4", "int4", datapath, "lut")
    assert (unit.config.cols, unit.config.cell.lanes) == (cols, 1)


@pytest.mark.parametrize(("x", "w", "cols", "width"), [
    (formats.fpec(4), formats.fpec(4), 16, 6), ("uint4", formats.fpec(4, lanes=4), 4, 24),
    (formats.fpec(5), "int4", 16, 4), ("uint4", formats.biscaled(5, 2, block=8), 2, 46),
    ("uint4", formats.grouped(4, 8, 4), 2, 34), (formats.blocks(4, 8, 4), formats.blocks(4, 8, 4),
                                                 2, 34),
])  # fmt: skip
def test_formats_have_the_words_of_their_blocks(x, w, cols, width):
    config = formats.coded(4, 16, 2, 8, x, w, "lut").config
    assert (config.cols, config.w.width) == (cols, width)
