"""Maps between layers in an external memory: parts of them on chip, moved between passes."""

from dataclasses import replace

import numpy as np
import pytest

from generators.network.error import ModelError
from generators.systolic.blocks import Block, band, blocks, least, words
from generators.systolic.lower import lower
from generators.systolic.numbers import numbers
from generators.systolic.shape import Shape
from tests.generators.systolic import nets
from tests.generators.systolic.test_lower import check


def bounded(rng, found, shape: Shape) -> Shape:
    """With as few words of activations as can be, or more."""
    low = max(1, max(least(stage, shape) for stage in found.stages))
    return replace(shape, held=low + int(rng.choice([0, 0, 3, 20, 1000])))


@pytest.mark.parametrize("seed", range(60))
def test_random_networks(seed):
    rng = np.random.default_rng(seed)
    found, shape = nets.random_chain(rng), nets.random_shape(rng)
    shape = bounded(rng, found, shape)
    check(found, shape, rng)
    made, _ = nets.lowered(found, shape)
    assert made.sizes.a_words <= shape.held
    moved = sum(move.words for move in made.program.transfers if move.store)
    maps = [stage.result for stage in found.stages[:-1]]
    pixels = (h * w * -(-c // shape.word) for h, w, c in maps)
    assert moved == shape.batch * sum(pixels)  # each map once


@pytest.mark.parametrize("seed", range(20))
def test_random_bipolar_networks(seed):
    rng = np.random.default_rng(seed)
    found = nets.random_chain(rng, kinds=("bipolar",), weights=("bipolar",))
    check(found, bounded(rng, found, nets.random_shape(rng)), rng)


def middle(**fields):
    """A convolution 3 x 3 between others, of maps of 8 x 6 pixels of 4 channels."""
    rng = np.random.default_rng(1)
    stage = nets.random_chain(rng).stages[0]
    return replace(stage, **{
        "source": (8, 6, 4), "weights": np.ones((4, 3, 3, 4), int), "stride": (1, 1),
        "dilation": (1, 1), "before": (1, 1), "pool": (1, 1), "pool_stride": (1, 1),
        "result": (8, 6, 4), "initial": False, "final": False} | fields)  # fmt: skip


def test_rows_that_a_block_reads():
    """With the rows above and below, but none beyond the map."""
    shape, stage = Shape(rows=1, cols=4, lanes=4, batch=1, depth=99, held=6 * (5 + 3)), middle()
    found = blocks(stage, shape)
    assert [block.y for block in found] == [(0, 2), (2, 3), (5, 3)]
    assert [band(stage, block) for block in found] == [(0, 3), (1, 5), (4, 4)]
    assert [words(stage, shape, block) for block in found] == [(18, 12), (30, 18), (24, 18)]
    assert band(stage, Block((0, 2), (0, 8), (0, 6))) == (0, 8)
    strided = middle(stride=(2, 2), pool=(2, 2), pool_stride=(2, 2), result=(2, 1, 4))
    assert [band(strided, Block((0, 1), (y, 1), (0, 1))) for y in (0, 1)] == [(0, 4), (3, 5)]


def test_parts_of_rows():
    """Where a row of results is too long; the rows that are read stay."""
    shape = Shape(rows=1, cols=4, lanes=4, batch=1, depth=99, held=6 * 3 + 4)
    stage = middle(result=(1, 6, 4))
    assert [block.x for block in blocks(stage, shape)] == [(0, 3), (3, 3)]


def test_map_beyond_the_chip():
    found = nets.random_chain(np.random.default_rng(3))
    assert len(found.stages) > 1
    shape = Shape(rows=1, cols=1, lanes=1, batch=1, depth=99, held=1)
    with pytest.raises(ModelError) as refused:
        lower(found, numbers(found, shape), shape)
    stage = found.stages[0]
    need = least(stage, shape)
    assert str(refused.value) == (f"layer {stage.name!r}: Rows of maps of {need} words, read and "
                                  "written at once, must fit 1 on chip")  # fmt: skip
