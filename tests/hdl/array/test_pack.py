import numpy as np
import pytest

from hdl.array.mvtu_config import Config
from hdl.array.pack import weight_bits, words
from hdl.number import BIPOLAR, Number
from tests.hdl import clocked

TERNARY, S8 = Number(width=2, signed=True), Number(width=8, signed=True)


def config(rows, cols, pe, simd, w):
    return Config(rows=rows, cols=cols, pe=pe, simd=simd, x=Number(width=4), w=w, levels=0,
                  acc=Number(width=20, signed=True), o=Number(width=20, signed=True))  # fmt: skip


def weight_words(sized, weights):
    """One word a step."""
    return words(weight_bits(sized, weights))


def test_by_hand():
    """Two rows and three columns at once: row groups first, then columns, then lanes."""
    weights = np.array([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10], [11, 12, 13, 14, 15]])
    found = weight_words(config(3, 5, 2, 3, Number(width=4)), weights)
    assert found == [0x876_321, 0x0A9_054, 0x000_DCB, 0x000_0FE]


def test_negative_by_hand():
    assert weight_words(config(1, 2, 1, 2, S8), np.array([[-1, -128]])) == [0x80FF]
    assert weight_words(config(1, 3, 1, 3, TERNARY), np.array([[-1, 0, 1]])) == [0b01_00_11]


def test_bipolar_padding_is_one():
    found = weight_words(config(1, 2, 1, 3, BIPOLAR), np.array([[-1, 1]]))
    assert found == [0b110]
    found = weight_words(config(1, 1, 1, 1, BIPOLAR), np.array([[-1]]))
    assert found == [0]


@pytest.mark.parametrize("w", [BIPOLAR, TERNARY, Number(width=3), S8])
@pytest.mark.parametrize("size", [(4, 6, 2, 3), (5, 7, 2, 3), (3, 4, 5, 7), (1, 9, 1, 4)])
def test_every_weight_is_where_its_step_looks(size, w):
    rows, cols, pe, simd = size
    sized = config(*size, w)
    weights = clocked.draw(np.random.default_rng(rows), w, (rows, cols))
    found = weight_words(sized, weights)

    assert len(found) == sized.weights.depth
    assert all(0 <= word < 1 << sized.weights.width for word in found)
    for row in range(sized.row_groups * pe):
        for col in range(sized.col_groups * simd):
            word = found[row // pe * sized.col_groups + col // simd]
            code = word >> w.width * (row % pe * simd + col % simd) & (1 << w.width) - 1
            inside = row < rows and col < cols
            value = weights[row, col] if inside else 1 if w.bipolar else 0
            assert code == clocked.pack(w, [[value]])[0]
