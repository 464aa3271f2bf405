# amaranth: UnusedElaboratable=no
"""After a reset in the middle of a frame every circuit does what it does from the first cycle."""

from functools import partial

import pytest
from amaranth.hdl import signed

from tests.hdl.array import test_mvtu
from tests.hdl.bus import test_dma_read, test_dma_write
from tests.hdl.restart import after_reset
from tests.hdl.stream import test_converter, test_fifo, test_fork, test_register_slice
from tests.hdl.window import test_sliding

FIFO = test_fifo.test_passes_on
WORK = {
    "fifo-lut": partial(FIFO, 4, 8, 1, "auto", 0.3),
    "fifo-bram": partial(FIFO, 3, 8, 1, "bram", 0.0),
    "converter-shift": partial(test_converter.test_every_small_ratio, (15, 3, 7)),
    "converter-fill": partial(test_converter.test_every_small_ratio, (15, 1, 5)),
    **{f"mvtu-{case}": partial(test_mvtu.test_sums_at_the_thresholds, case, 0.4)
       for case in ("binary-ragged", "bipolar-weights")},
    "mvtu-int8-dsp": partial(test_mvtu.test_matches_golden, "int8-dsp", 0.4),
    **{f"window-{case}": partial(test_sliding.test_stalls, case)
       for case in ("padded", "pool", "strided")},
    "slice": partial(test_register_slice.test_passes_on, signed(5), 3, 0.3),
    "fork": partial(test_fork.test_stalls, test_fork.SIZES[1], 0.3),
    "dma-read": partial(test_dma_read.test_reads_any_region, 0.3),
    "dma-write": partial(test_dma_write.test_writes_any_region, 0.3),
}  # fmt: skip


@pytest.mark.parametrize("name", WORK)
def test_works_after_a_reset_in_mid_frame(name):
    with after_reset(test_dma_read, test_dma_write):
        WORK[name]()
