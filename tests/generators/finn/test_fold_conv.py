"""Folds of convolutions: which lanes there are, and what is refused."""

import pytest

from generators.finn import fold
from generators.network import graph
from generators.network.error import ModelError
from tests.generators.finn import nets
from tests.generators.finn.map_nets import conv, model


def candidates(shape, asked=None, channels=None, **fields):
    """Candidates of a convolution on a map of 6 x 6 pixels."""
    channels = channels or shape[3] * fields.get("groups", 1)
    network = nets.network(model(conv("c", "input", shape, **fields), shape=(6, 6, channels)))
    return fold.candidates(network, network.layers[0], graph.Fold(**asked or {}), "fold.json: $.c")


def lanes(found) -> tuple[set, set]:
    return {c.choice.pe for c in found}, {c.choice.simd for c in found}


def test_windows_are_folded_by_the_channels():
    assert lanes(candidates((4, 3, 3, 6))) == ({1, 2, 4}, {1, 2, 3, 6, 9, 18})
    assert lanes(candidates((4, 3, 3, 6), dilation=[1, 2])) == ({1, 2, 4}, {1, 2, 3, 6})
    assert lanes(candidates((4, 1, 1, 6)))[1] == {1, 2, 3, 6}
    assert lanes(candidates((4, 1, 1, 7)))[1] == {1, 2, 3, 4, 7}  # no line buffer: as a dense layer


def test_depthwise_is_folded_by_the_groups():
    assert lanes(candidates((6, 3, 3, 1), groups=6)) == ({1, 2, 3, 6}, {1})
    assert lanes(candidates((12, 3, 3, 1), groups=6)) == ({1, 2, 4, 6, 12}, {1})
    assert lanes(candidates((6, 3, 3, 2), groups=3)) == ({1, 2}, {1, 2})


@pytest.mark.parametrize(("pe", "simd", "cycles"), [
    (4, 6, 16 * 9), (2, 6, 16 * 18), (1, 1, 16 * 4 * 54), (3, 2, 16 * 2 * 27),
    (4, 18, 4 * 6 * 3),  # the columns of four rows of six pixels
])  # fmt: skip
def test_cycles_are_those_of_the_arithmetic(pe, simd, cycles):
    found = candidates((4, 3, 3, 6), {"pe": pe, "simd": simd})
    assert {c.cycles for c in found} == {cycles}


@pytest.mark.parametrize(("asked", "cycles"), [
    ({"pe": 2, "simd": 6, "frames": 2}, 16 * 9), ({"pe": 1, "simd": 2, "frames": 4}, 16 * 27),
    ({"pe": 1, "simd": 6, "frames": 8}, 16 * 9), ({"pe": 2, "simd": 18, "frames": 2}, 72),
    ({"pe": 1, "simd": 1, "frames": 1}, 16 * 4 * 54),
])  # fmt: skip
def test_cycles_of_windows_that_share_weights(asked, cycles):
    """No faster than each window comes once."""
    found = candidates((4, 3, 3, 6), asked)
    assert {(c.choice.frames, c.cycles) for c in found} == {(asked["frames"], cycles)}


def test_windows_that_may_share_weights_divide_the_map():
    shape = (16, 3, 3, 16)
    network = nets.network(model(conv("c", "input", shape), shape=(6, 5, 16)))
    asked = graph.Fold(), "fold.json: $.c", fold.FRAMES
    found = fold.candidates(network, network.layers[0], *asked)
    assert {c.choice.frames for c in found} == {1, 2, 4}


def test_a_map_may_take_longer_to_come_in():
    found = candidates((4, 1, 1, 6), {"pe": 4, "simd": 6}, stride=[2, 2])
    assert {c.cycles for c in found} == {36}


@pytest.mark.parametrize(("shape", "asked", "fields", "sentence"), [
    ((4, 3, 3, 6), {"simd": 4}, {}, "fold.json: $.c.simd: Simd must divide the layer's "
     "6 channels, or be 3 times such a number, not 4"),
    ((4, 3, 1, 6), {"simd": 12}, {},
     "fold.json: $.c.simd: Simd must divide the layer's 6 channels, not 12"),
    ((6, 3, 3, 2), {"simd": 4}, {"groups": 3},
     "fold.json: $.c.simd: Simd must divide the layer's 2 channels of a group, not 4"),
    ((4, 3, 3, 6), {"frames": 3}, {},
     "fold.json: $.c.frames: Frames must divide the convolution's 16 output positions, not 3"),
    ((6, 3, 3, 1), {"frames": 2}, {"groups": 6},
     "fold.json: $.c.frames: Frames must be 1 for a convolution of groups, not 2"),
    ((6, 3, 3, 2), {"frames": 2}, {"groups": 3},
     "fold.json: $.c.frames: Frames must be 1 for a convolution of groups, not 2"),
    ((6, 3, 3, 1), {"pe": 4}, {"groups": 6},
     "fold.json: $.c.pe: Pe must be one of 1, 2, 3, 6, not 4"),
    ((4, 3, 3, 6), {"pe": 8}, {},
     "fold.json: $.c.pe: Pe must be below twice the layer's 4 rows, not 8"),
])  # fmt: skip
def test_refused(shape, asked, fields, sentence):
    with pytest.raises(ModelError) as caught:
        candidates(shape, asked, **fields)
    assert str(caught.value) == sentence
