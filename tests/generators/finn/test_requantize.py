"""Lanes that requantize: as few as keep up with the unit before them."""

import numpy as np
import pytest

from generators.finn import lower
from generators.finn.part import Choice
from generators.network import graph
from tests.generators.finn import nets

ROWS, COLS = 8, 16


def document(multiplier: int = (1 << 30) + 12345) -> dict:
    record = {"multiplier": multiplier, "right_shift": 5, "zero_point": -3}
    activation = {"type": "int8", "requantize": record}
    layer = nets.dense(size=(ROWS, COLS), weights="int4", activation=activation)
    return nets.model(layer, shape=(COLS,), kind="int4")


def parts(pe: int, simd: int, frames: int = 1, datapath: str = "mvtu", **fields):
    network = nets.network(document(**fields))
    return lower.parts(network, {"fc0": Choice(pe, simd, "lut", datapath, frames)})[1]


def lanes(*fold, **fields) -> int:
    found = [part for part in parts(*fold, **fields) if part.kind == "requantize"]
    return found[0].config.lanes


@pytest.mark.parametrize(("fold", "expected"), [
    ((8, 16), 8),  # a transfer a cycle
    ((8, 8), 4),  # one every two
    ((8, 2), 1),
    ((4, 4), 1),
    ((4, 8), 2),  # four rows every two cycles
    ((1, 1), 1),
    ((6, 8), 2),  # a second row group of two rows
    ((8, 16, 2), 8),
    ((8, 4, 2), 4),  # of two frames, in four cycles
    ((8, 16, 1, "planes"), 1),  # sixteen passes
])  # fmt: skip
def test_lanes_are_the_fewest_that_keep_up(fold, expected):
    assert lanes(*fold) == expected


def test_powers_of_two_stay_in_their_lanes():
    """Their lanes are a few LUTs, fewer than to put them one after the other."""
    assert lanes(8, 2, multiplier=1 << 30) == 8


@pytest.mark.parametrize(("pe", "simd"), [(8, 2), (4, 8), (6, 8)])
def test_no_cycle_is_lost(pe, simd):
    folds = {"fc0": graph.Fold(pe=pe, simd=simd, storage="lut", datapath="mvtu")}
    found = nets.planned(document(), folds=folds)
    assert any(part.kind == "converter" and part.inputs != ("input",) for part in found.parts)
    cycles, latency = nets.simulate(found)
    assert latency == found.latency
    assert np.all(np.asarray(cycles) == found.cycles)
