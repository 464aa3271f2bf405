import pytest

from hdl import memory


@pytest.mark.parametrize(("width", "depth", "count"), [
    (1, 1, 1), (36, 512, 1), (37, 512, 2), (36, 513, 2), (18, 1024, 1), (9, 2048, 1), (4, 4096, 1),
    (5, 4096, 2), (2, 8192, 1), (1, 16384, 1), (1, 16385, 2), (128, 2304, 20), (32, 18432, 36),
])  # fmt: skip
def test_block_rams(width, depth, count):
    assert memory.bram18(width, depth) == count


def test_shapes_hold_what_a_block_ram_holds():
    assert {w * d for w, d in memory.BRAM18_SHAPES} == {16 * 1024, 18 * 1024}
    assert sum(w % 9 == 0 for w, _ in memory.BRAM18_SHAPES) == 3


@pytest.mark.parametrize(("width", "depth", "luts"), [
    (6, 32, 4), (7, 32, 8), (3, 64, 4), (3, 33, 4), (4, 65, 16),
])  # fmt: skip
def test_lut_ram(width, depth, luts):
    assert memory.lut_ram(width, depth) == luts


@pytest.mark.parametrize(("width", "depth", "luts"), [
    (9, 1, 0), (9, 2, 9), (9, 64, 9), (9, 65, 18), (9, 256, 36), (10, 512, 108),
])  # fmt: skip
def test_lut_rom(width, depth, luts):
    assert memory.lut_rom(width, depth) == luts
