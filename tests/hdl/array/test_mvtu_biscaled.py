# amaranth: UnusedElaboratable=no

import numpy as np
import pytest

from generators.emit.verilog import convert
from hdl.array.mvtu import MVTU
from hdl.dot.biscaled_blocks import BiScaledBlocks
from hdl.number import Number
from sim import stream
from sim.golden.formats.biscaled import BiScaled
from tests.hdl.dot.twoscaled import number, numbers

U4, S16 = Number(width=4), Number(width=16, signed=True)
FRAMES = 3


@pytest.mark.parametrize(("x", "w", "rows", "blocks", "pe", "simd"), [
    (U4, BiScaled(4, 2, block=4), 5, 5, 2, 2), (U4, BiScaled(3, 2, block=8, limit=2), 3, 3, 2, 1),
])  # fmt: skip
def test_matrix_of_blocks(x, w, rows, blocks, pe, simd):
    """Words of a format's weights in a unit's memories, their bits read when they are needed."""
    rng = np.random.default_rng(rows)
    weights, frames = (numbers(form, (count, blocks * w.block), rng)
                       for form, count in ((w, rows), (x, FRAMES)))  # fmt: skip
    cell = BiScaledBlocks.Config(lanes=1, block=w.block, limit=w.limit, qx=x, qw=number(w),
                                 w_shift=w.shift, skewed=True)  # fmt: skip
    config = MVTU.Config(rows=rows, cols=blocks, pe=pe, simd=simd, x=cell.x, w=cell.w, acc=S16,
                         o=S16, levels=0, cell=cell)  # fmt: skip
    dut = MVTU(config, w.words(weights), None, None)

    bits = frames[..., None] >> np.arange(x.width) & 1
    bits = bits.reshape(FRAMES, blocks, cell.x.width).astype(object)
    words = np.zeros((FRAMES, config.col_groups * simd), object)
    words[:, :blocks] = (bits << np.arange(cell.x.width)).sum(axis=2)
    found = stream.run(dut, words.reshape(-1, simd).tolist(), FRAMES * config.row_groups, rng=rng,
                       stall=0.3)  # fmt: skip
    sums = np.array(found.outputs).reshape(FRAMES, -1)[:, :rows]

    np.testing.assert_array_equal(sums, frames @ weights.T)
    assert convert(dut).count(f"module biscaledblocks_{simd}_{w.block}_") == 1
