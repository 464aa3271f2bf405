"""The comparisons with published folds: what is compared, and how it is told."""

import pytest

from tests.benchmarks import folded, published, real
from tests.benchmarks.folded import Made

FOLDS = {
    "finn_tfc": [(16, 49), (8, 8), (8, 8), (10, 8)],
    "finn_cnv": [(16, 3), (32, 32), (16, 32), (16, 32), (4, 32), (1, 32), (1, 4), (1, 8), (5, 1)],
    "finn_kws": [(32, 10), (32, 8), (32, 8), (1, 8)],
    "finn_kws64": [(64, 10), (32, 8), (32, 8), (1, 16)],
}
"""PE and SIMD by layer of Xilinx/finn-examples, as of 2026."""

TIES = {"tfc2"}
"""Where no faster design takes as few LUTs and block RAMs, by the estimates."""


@pytest.mark.parametrize("one", published.PUBLISHED.values(), ids=list(published.PUBLISHED))
def test_folds_are_the_published_ones(one):
    text = " ".join(f"({pe},{simd})" for pe, simd in FOLDS[one.file])
    name = next(key for key, value in published.PUBLISHED.items() if value is one)
    assert published._fold(name) == text


@pytest.mark.parametrize("name", published.read())
def test_ours_is_no_worse(name):
    found = published.read()[name]
    theirs = found.published
    assert found.equal_cycles.cycles <= theirs.cycles
    assert found.equal_cycles.estimate["lut"] <= theirs.estimate["lut"]
    assert found.equal_lut.estimate["lut"] <= theirs.estimate["lut"]
    assert found.equal_lut.cycles <= theirs.cycles
    assert name in TIES or found.equal_lut.cycles < theirs.cycles
    for ours in (found.equal_cycles, found.equal_lut):
        assert all(ours.estimate[kind] <= theirs.estimate[kind] for kind in ("bram18", "dsp"))


def test_table_says_which_is_better():
    def made(cycles, lut):
        return Made(cycles, 9, {"lut": lut, "ff": 1, "bram18": 2, "dsp": 3})

    better = published.Result(made(64, 2000), made(64, 1900), made(48, 2000))
    worse = published.Result(made(64, 2000), made(64, 2100), made(64, 2000))
    text = published.table({"tfc1": better, "kws": worse})
    for shown in ("1,900 (-5.0%) ✓", "48 (1.33 x) ✓", "2,100 (+5.0%) ✗", "64 (1.00 x) ✗"):
        assert shown in text


@pytest.mark.parametrize("name", real.read())
def test_whole_networks_are_estimated_well(name):
    found = real.read()[name]
    assert abs(found.estimate["lut"] / found.synthesis["lut"] - 1) <= real.WANTED
    assert all(found.estimate[kind] == found.synthesis[kind] for kind in ("bram18", "dsp"))


def test_estimates_are_told_with_their_error():
    assert folded.off(97, 100) == "-3.0%"
    one = Made(64, 9, {"lut": 97, "ff": 1, "bram18": 2, "dsp": 0},
               {"lut": 100, "ff": 1, "bram18": 4, "dsp": 0})  # fmt: skip
    text = real.table({"TFC_1W1A, tfc1_64": one})
    assert "| 97, 100, -3.0% ✓ | 1 exact | 2, 4, -50.0% | 0 exact |" in text
