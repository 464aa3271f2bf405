# amaranth: UnusedElaboratable=no
"""After a reset in the middle of a frame every circuit does what it does from the first cycle."""

from functools import partial

import pytest
from amaranth.hdl import signed

from tests.hdl.array import test_mvtu, test_serial
from tests.hdl.bus import (
    packing_bench,
    test_bursts,
    test_dma_read,
    test_dma_write,
    test_pack,
    test_register_file,
    test_unpack,
)
from tests.hdl.quant import test_argmax, test_lanes, test_requantize_lanes, test_statistic
from tests.hdl.restart import after_reset
from tests.hdl.stream import (
    test_add,
    test_converter,
    test_fifo,
    test_fork,
    test_gather,
    test_register_slice,
    test_repeat,
    test_scatter,
)
from tests.hdl.window import test_pool, test_sliding, test_upsample

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
    "slice-bytes": partial(test_register_slice.test_passes_on, 8, 4, 0.3),
    "fork": partial(test_fork.test_stalls, test_fork.SIZES[1], 0.3),
    "gather": partial(test_gather.test_stalls, test_gather.SIZES[4], 0.3),
    "scatter": partial(test_scatter.test_stalls, test_scatter.SIZES[3], 0.3),
    "repeat": partial(test_repeat.test_stalls, test_repeat.SIZES[3], 0.3),
    "add": partial(test_add.test_stalls, test_add.CASES[5], 0.3),
    "pool-max": partial(test_pool.test_stalls, test_pool.SIZES[1], test_pool.S3, "max", 0.3),
    "pool-sum": partial(test_pool.test_stalls, test_pool.SIZES[1], test_pool.BIPOLAR, "sum", 0.3),
    **{f"upsample-{k}": partial(test_upsample.test_stalls, test_upsample.SIZES[k], 0.3)
       for k in (1, 2)},
    "arg-max": partial(test_argmax.test_stalls, 10, 4, 0.3),
    "threshold-lanes": partial(test_lanes.test_stalls, test_lanes.SIZES[5], 0.3),
    "requantize-lanes": partial(test_requantize_lanes.test_narrow_sums, 0.3),
    "serial-array": partial(test_serial.test_matches_golden, "binary", 0.4),
    "statistic": partial(test_statistic.test_stalls, test_statistic.SIZES[10], 0),
    "bursts": partial(test_bursts.test_divides_regions, 3),
    "register-file": partial(test_register_file.test_random_accesses, 0.3),
    "unpack": partial(test_unpack.test_matches_golden, 98, 64, 0.4),
    "pack": partial(test_pack.test_matches_golden, 98, 64, 0.4),
    "dma-read": partial(test_dma_read.test_reads_any_region, 0.3),
    "dma-write": partial(test_dma_write.test_writes_any_region, 0.3),
}  # fmt: skip
SMALL = ("slice", "slice-bytes", "fork", "gather", "scatter", "repeat", "add", "pool-max",
         "pool-sum", "upsample-1", "upsample-2", "arg-max", "threshold-lanes", "requantize-lanes",
         "statistic", "unpack", "pack")  # fmt: skip


MODULES = (packing_bench, test_bursts, test_dma_read, test_dma_write, test_register_file)
"""Those that have ``simulate`` or ``Simulator`` by name."""


@pytest.mark.parametrize("name", WORK)
def test_works_after_a_reset_in_mid_frame(name):
    with after_reset(*MODULES):
        WORK[name]()


@pytest.mark.parametrize("name", SMALL)
def test_works_after_resets_at_other_times(name):
    """What a reset forgets may have its first value by chance at one time, hardly at seven."""
    for cycles in (60, 53, 47, 36, 29, 24, 12):
        with after_reset(*MODULES, cycles=(cycles,)):
            WORK[name]()
