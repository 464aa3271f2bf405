"""Cells whose weights are codes, and cells of bricks."""

# amaranth: UnusedElaboratable=no

import numpy as np
import pytest

from hdl.array.systolic import Systolic
from hdl.array.systolic_config import Config
from hdl.dot.codebook import Codebook
from hdl.dot.fusible import Fusible
from hdl.dot.shift import Shift
from hdl.number import Number
from tests.hdl.array.systolic_bench import operands, product

U3, U4, S4 = Number(width=3), Number(width=4), Number(width=4, signed=True)
VALUES = (-3, 0, 1, 3, 5)


@pytest.mark.parametrize("stall", [0.0, 0.3])
def test_codebook(stall):
    config = Config.uniform(rows=2, cols=2, dot=Codebook.Config(lanes=2, x=U3, values=VALUES))
    x, codes = operands(config, 5, 8, 3)
    found = product(config, Systolic(config), x, codes, stall=stall)
    w = np.array(VALUES)[np.minimum(codes, len(VALUES) - 1)]
    np.testing.assert_array_equal(found, x @ w.T)


@pytest.mark.parametrize("stall", [0.0, 0.3])
def test_powers_of_two(stall):
    dot = Shift.Config(lanes=3, x=S4, exponents=3)
    config = Config.uniform(rows=2, cols=2, dot=dot)
    rng = np.random.default_rng(0)
    exponents, signs = rng.integers(-1, 3, (3, 8)), rng.integers(0, 2, (3, 8))
    found_terms = exponents >= 0
    codes = np.where(found_terms, exponents + dot.offset | signs << dot.field, 0)
    w = np.where(found_terms, (1 - 2 * signs) << np.maximum(exponents, 0), 0)
    x, _ = operands(config, 5, 8, 3)
    found = product(config, Systolic(config), x, codes, stall=stall)
    np.testing.assert_array_equal(found, x @ w.T)


@pytest.mark.parametrize("stall", [0.0, 0.3])
def test_bricks(stall):
    config = Config.uniform(rows=2, cols=2, dot=Fusible.Config(lanes=4, x=U4, w=S4))
    x, w = operands(config, 5, 9, 3)
    found = product(config, Systolic(config), x, w, stall=stall)
    np.testing.assert_array_equal(found, x @ w.T)
