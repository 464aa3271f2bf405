# amaranth: UnusedElaboratable=no
"""Blocks at once: their step, mantissas, and the choice among several steps."""

import re

import numpy as np
import pytest

from hdl.number import BIPOLAR, Number
from hdl.quant.choice import Choice
from hdl.quant.statistic_block import Block
from hdl.quant.statistic_step import BlockCode
from sim.golden import statistic
from tests.hdl import clocked, primitives

CODES = [  # x: width, signed; mantissa: bits, signed; exponents, right shift
    (12, True, 4, True, 8, 2), (12, True, 4, True, 4, 2), (12, True, 4, False, 5, 2),
    (12, False, 4, False, 6, 3), (10, True, 3, True, 16, 0), (10, True, 4, True, 1, 3),
    (8, True, 5, True, 4, -3), (8, True, 2, True, 4, 1), (6, True, 9, True, 4, 0),
    (8, True, 1, False, 3, 2), (12, True, 3, True, 6, 0), (7, False, 3, True, 3, 9),
    (9, True, 4, True, 2, 0), (10, True, 4, True, 17, -8),
]  # fmt: skip


RARE = [113, -128, 0, 0], [241, 1, 240, 0], [0, 960, 0, 512]
"""Blocks of 12 bits that random ones seldom come near, by proofs about mutants they do not show."""


def make(width, signed, bits, o_signed, exponents, right_shift):
    return BlockCode(x=Number(width=width, signed=signed), bits=bits, signed=o_signed,
                     exponents=exponents, right_shift=right_shift)  # fmt: skip


def sums(code, rng, count, lanes):
    """Blocks of all magnitudes, of powers of two and their neighbours, and of the ends.

    Then negative powers, each alone in a lane, whose magnitude has a carry to its highest bit.
    """
    x = code.x
    wide = clocked.draw(rng, x, (count, lanes))
    blocks = wide >> rng.integers(0, x.width, (count, 1))
    near = 1 << rng.integers(0, x.width, (count // 3, lanes))
    near = (near + rng.integers(-1, 2, near.shape)) * rng.choice([-1, 1], near.shape)
    blocks[: len(near)] = near >> rng.integers(0, x.width, (len(near), 1))
    alone = np.kron(-(1 << np.arange(x.width))[:, None], np.eye(lanes, dtype=int))
    alone = rng.permutation(alone)[: len(near)]
    blocks[len(near) : len(near) + len(alone)] = alone
    blocks[0], blocks[1], blocks[2] = 0, x.low, x.high
    if lanes == len(RARE[0]):
        blocks[3 : 3 + len(RARE)] = RARE
    return np.clip(blocks, x.low, x.high)


def golden(code, blocks, ways=1):
    """The words of blocks (count, lanes)."""
    m, e = statistic.choose(blocks * 2.0**-code.right_shift, bits=code.bits, signed=code.signed,
                            block=blocks.shape[1], exponents=code.exponents, ways=ways)  # fmt: skip
    words = clocked.pack(code.o, m[:, 0])
    place = code.bits * blocks.shape[1]
    return [word | int(exponent) << place for word, exponent in zip(words, e[:, 0])]


def check(code, blocks, rng, ways=1):
    config = Block.Config(lanes=blocks.shape[1], code=code, ways=ways)
    words = clocked.run(config.build(), config.latency, rng=rng, stall=0.2,
                        x=clocked.pack(code.x, blocks))  # fmt: skip
    np.testing.assert_array_equal(words, golden(code, blocks, ways))
    return config, words


@pytest.mark.parametrize("lanes", [1, 4])
@pytest.mark.parametrize("sizes", CODES)
def test_matches_golden(sizes, lanes):
    rng, code = np.random.default_rng(sum(sizes)), make(*sizes)
    config, _ = check(code, sums(code, rng, 500, lanes), rng)
    assert config.latency == 5
    assert config.o.width == lanes * code.bits + (code.exponents - 1).bit_length()


@pytest.mark.parametrize(("lanes", "ways", "sizes"), [
    *((3, 2, sizes) for sizes in CODES), (4, 3, CODES[0]), (1, 4, CODES[2]), (5, 3, CODES[3]),
])  # fmt: skip
def test_choice_matches_golden(lanes, ways, sizes):
    rng, code = np.random.default_rng(sum(sizes)), make(*sizes)
    config, _ = check(code, sums(code, rng, 100, lanes), rng, ways)
    assert config.latency == 5 + config.errors.latency + (ways - 1).bit_length()
    assert config.errors.latency <= 8


def test_netlist_does_the_same():
    """What is emitted, with primitives of the bit heap."""
    rng, code = np.random.default_rng(0), make(*CODES[0])
    config, blocks = Block.Config(lanes=3, code=code, ways=2), sums(code, rng, 60, 3)
    words = primitives.netlist_run(config.build(), config.latency, rng=rng, stall=0.2,
                                   x=clocked.pack(code.x, blocks))  # fmt: skip
    np.testing.assert_array_equal(words, golden(code, blocks, 2))


def test_all_single_sums():
    """Every sum of ten bits, alone in its block."""
    for sizes in ((10, True, 4, True, 5, 1), (10, True, 3, False, 8, 1)):
        check(make(*sizes), np.arange(-512, 512)[:, None], np.random.default_rng(0))


def test_bfp_4():
    """SEED_SYSTEMS section 5: [.5, .3, -1.7, .04] in 12 bits behind the point; steps from 2^-4."""
    code = make(14, True, 4, True, 8, 8)
    blocks = np.round(np.array([[0.5, 0.3, -1.7, 0.04]]) * 2**12).astype(int)
    _, words = check(code, blocks, np.random.default_rng(0))
    assert [(words[0] >> 4 * k & 15 ^ 8) - 8 for k in range(5)] == [2, 1, -7, 0, 2]


def test_e2bqm():
    """SEED_SYSTEMS section 5: of the clips .9, .45 and .225 of 4 bits the first is best.

    In steps that are powers of two: 1/8, 1/16, 1/32 reach to 7/8, 7/16, 7/32.
    """
    code = make(14, True, 4, True, 8, 6)
    blocks = np.round(np.array([[0.9, 0.05, -0.02, 0.4]]) * 2**12).astype(int)
    _, words = check(code, blocks, np.random.default_rng(0), ways=3)
    assert [words[0] >> 4 * k & 15 for k in range(5)] == [7, 0, 0, 3, 3]  # 2^(6 + 3) / 2^12 = 1/8


@pytest.mark.parametrize("ways", [2, 3, 5])
def test_choice(ways):
    """The least error, and of equals the first."""
    rng = np.random.default_rng(ways)
    config = Choice.Config(ways=ways, error=4, width=9)
    words = rng.integers(0, 1 << 9, (300, ways))
    errors = rng.integers(0, 16, (300, ways)) >> rng.integers(0, 5, (300, 1))
    o = clocked.run(config.build(), config.latency, rng=rng, stall=0.3,
                    x=clocked.pack(Number(width=9), words),
                    errors=clocked.pack(Number(width=4), errors))  # fmt: skip
    np.testing.assert_array_equal(o, words[np.arange(300), errors.argmin(axis=1)])
    assert config.latency == (ways - 1).bit_length()


@pytest.mark.parametrize(("changes", "error", "message"), [
    ({"bits": 1}, ValueError, "BlockCode bits must be at least 2 with a sign, not 1"),
    ({"x": BIPOLAR}, ValueError, "BlockCode sums must not be bipolar"),
    ({"x": Number(width=1, signed=True)}, ValueError,
     "BlockCode sums must have at least 2 bits with a sign, not 1"),
    ({"right_shift": 1.5}, TypeError, "BlockCode right_shift must be an integer, not 1.5"),
    ({"exponents": 0}, TypeError, "BlockCode exponents must be a positive integer, not 0"),
    ({"bits": None}, TypeError, "BlockCode bits must be a positive integer, not None"),
])  # fmt: skip
def test_wrong_code(changes, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        BlockCode(**{"x": Number(width=8), "bits": 4, "exponents": 4} | changes)


@pytest.mark.parametrize("name", ["lanes", "ways"])
def test_wrong_size(name):
    code = make(*CODES[0])
    message = f"^Block {name} must be a positive integer, not 0$"
    with pytest.raises(TypeError, match=message):
        Block.Config(**{"lanes": 1, "code": code, name: 0})


@pytest.mark.parametrize("name", ["ways", "error", "width"])
def test_wrong_choice(name):
    message = f"^Choice {name} must be a positive integer, not 0$"
    with pytest.raises(TypeError, match=message):
        Choice.Config(**{"ways": 1, "error": 1, "width": 1, name: 0})
