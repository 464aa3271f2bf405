# amaranth: UnusedElaboratable=no
"""Streams of blocks: several a transfer, or several transfers a block."""

import re

import numpy as np
import pytest

from hdl.number import Number
from hdl.quant.statistic import BlockEncode
from hdl.quant.statistic_serial import SerialBlock
from hdl.quant.statistic_step import BlockCode
from sim import stream
from tests.hdl.quant.test_statistic_block import golden, sums

S12 = Number(width=12, signed=True)
CODES = [
    BlockCode(x=S12, bits=4, exponents=6, right_shift=2),
    BlockCode(x=S12, bits=3, exponents=9, signed=False),
    BlockCode(x=Number(width=10), bits=5, exponents=3, signed=False, right_shift=4),
    BlockCode(x=Number(width=5, signed=True), bits=6, exponents=4, right_shift=-2),
    BlockCode(x=S12, bits=4, exponents=1, right_shift=20),
]
SIZES = [  # items, lanes, block, ways
    (4, 4, 4, 1), (12, 8, 4, 1), (24, 6, 3, 1), (16, 4, 4, 2), (6, 4, 2, 3), (6, 1, 1, 1),
    (16, 4, 8, 1), (24, 1, 3, 1), (16, 2, 8, 2), (16, 1, 16, 3), (8, 2, 4, 1), (64, 8, 32, 1),
]  # fmt: skip


def make(items, lanes, block, ways, code=CODES[0]):
    return BlockEncode.Config(items=items, lanes=lanes, block=block, code=code, ways=ways)


def count(config):
    """Frames of a test: of small ones more, but that several ways take longer."""
    return max(4, (64 if config.ways > 1 else 320) // config.items)


def check(config, rng, **options):
    """Runs frames, compares the words, returns the run."""
    number = count(config)
    frames = sums(config.code, rng, number * config.items // config.block, config.block)
    rng.shuffle(frames)
    transfers = np.zeros((number, config.beats * config.lanes), np.int64)
    transfers[:, : config.items] = frames.reshape(number, -1)
    result = stream.run(BlockEncode(config), transfers.reshape(-1, config.lanes),
                        number * config.o_beats, rng=rng, **options)  # fmt: skip
    words = result.outputs.reshape(number, -1)[:, : config.items // config.block]
    np.testing.assert_array_equal(words.ravel(), golden(config.code, frames, config.ways))
    return result


@pytest.mark.parametrize("size", SIZES)
def test_full_rate(size):
    rng, config = np.random.default_rng(sum(size)), make(*size)
    result = check(config, rng)
    np.testing.assert_array_equal(np.diff(result.i_times), 1)
    accepted, departed = config.depart(np.arange(count(config) * config.beats))
    np.testing.assert_array_equal(accepted, result.i_times - result.i_times[0])
    np.testing.assert_array_equal(departed, result.o_times - result.i_times[0])
    assert result.o_times[0] - result.i_times[0] == config.latency
    assert config.interval == -(-size[0] // size[1])


@pytest.mark.parametrize(("size", "latency"), [*zip(
    SIZES, (5, 5, 5, 11, 12, 5, 7, 9, 17, 41, 7, 11))])  # fmt: skip
def test_latency(size, latency):
    assert make(*size).latency == latency


@pytest.mark.parametrize("other", [0, 2])
@pytest.mark.parametrize("size", SIZES)
def test_stalls(size, other):
    rng, number = np.random.default_rng(sum(size)), SIZES.index(size)
    code = CODES[(number + other) % len(CODES)]
    check(make(*size, code), rng, stall=(0.3, 0.7)[number % 2])


@pytest.mark.parametrize("size", [SIZES[1], SIZES[6], SIZES[8], SIZES[10]])
def test_irregular_arrivals(size):
    rng, config = np.random.default_rng(1), make(*size)
    arrivals = np.cumsum(rng.integers(0, 5, count(config) * config.beats))
    result = check(config, rng, arrivals=arrivals)
    accepted, departed = config.depart(arrivals)
    np.testing.assert_array_equal(result.i_times, accepted)
    np.testing.assert_array_equal(result.o_times, departed)


def test_buffer_keeps_what_matters():
    """Of sums below 1 a bit; for errors all."""
    config = SerialBlock.Config(lanes=2, steps=4, code=CODES[2])
    assert config.storage_bits == 2 * 4 * 2 * 7
    assert SerialBlock.Config(lanes=2, steps=4, code=CODES[2], ways=2).storage_bits == 160


@pytest.mark.parametrize("name", ["items", "lanes", "block", "ways"])
def test_wrong_size(name):
    sizes = {"items": 4, "lanes": 4, "block": 4, "ways": 1, "code": CODES[0]}
    message = f"^BlockEncode {name} must be a positive integer, not 0$"
    with pytest.raises(TypeError, match=message):
        BlockEncode.Config(**sizes | {name: 0})


@pytest.mark.parametrize("name", ["lanes", "steps", "ways"])
def test_wrong_serial_size(name):
    sizes = {"lanes": 4, "steps": 4, "ways": 1, "code": CODES[0]}
    message = f"^SerialBlock {name} must be a positive integer, not 0$"
    with pytest.raises(TypeError, match=message):
        SerialBlock.Config(**sizes | {name: 0})


@pytest.mark.parametrize(("size", "message"), [
    ((6, 4, 4, 1), "BlockEncode items must be a multiple of the block of 4, not 6"),
    ((12, 6, 4, 1), "BlockEncode lanes must be a multiple or a part of the block of 4, not 6"),
    ((12, 3, 4, 1), "BlockEncode lanes must be a multiple or a part of the block of 4, not 3"),
])  # fmt: skip
def test_wrong_blocks(size, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make(*size)
