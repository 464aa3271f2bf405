"""The circuits that are mutated: a small configuration or several, and their own tests."""

from tests.mutation.campaign import Case

__all__ = ["CASES"]

RESET = "tests/hdl/test_restart.py"


def _reset(*names: str) -> tuple[str, ...]:
    return tuple(f"test_works_after_a_reset_in_mid_frame[{name}]" for name in names)


_ALL = [
    Case("popcount", {"tests/hdl/dot/test_popcount.py": (
        "test_random[16-*]", "test_rows[8-1-run]")}, within="dot"),
    Case("compressor tree", {"tests/hdl/compress/test_tree.py": (
        "test_sums_of_random_heaps[0]", "test_sums_of_random_heaps[1]")}),
    Case("MVTU", {"tests/hdl/array/test_mvtu.py": (
        "test_sums_at_the_thresholds[binary-ragged-*]",
        "test_sums_at_the_thresholds[bipolar-weights-*]"),
        RESET: _reset("mvtu-binary-ragged", "mvtu-bipolar-weights")}),
    Case("threshold", {"tests/hdl/quant/test_threshold.py": (
        "test_matches_golden[2-7-*]", "test_every_number_of_levels[8]")}),
    Case("sliding window", {"tests/hdl/window/test_sliding.py": (
        "test_stalls[padded]", "test_stalls[strided]"),
        RESET: _reset("window-padded", "window-strided")}),
    Case("width converter", {"tests/hdl/stream/test_converter.py": (
        "test_departures_of_irregular_arrivals[size21-*]", "test_every_small_ratio[size51]",
        "test_every_small_ratio[size42]",
        "test_no_side_waits_for_the_other[size3-shift]"),
        RESET: _reset("converter-shift", "converter-fill")}),
    Case("FIFO", {"tests/hdl/stream/test_fifo.py": (
        "test_*[4-8-1-auto*]", "test_*[3-8-1-bram*]"),
        RESET: _reset("fifo-lut", "fifo-bram")}),
    Case("FPEC", {"tests/hdl/dot/test_fpec.py": (
        "test_random_and_ends[4-*]", "test_random_and_ends[2-qx4*]")}, within="dot"),
    Case("BiScaled", {"tests/hdl/dot/test_biscaled.py": (
        "test_random_and_rails[x3-w3-3]",
        "test_fabrics[x0-w0-2-portable]")}, within="dot"),
    Case("requantise", {"tests/hdl/quant/test_requantize.py": (
        "test_matches_golden[changes16-8-*]", "test_matches_golden[changes22-8-*]")}),
    Case("DMA read", {"tests/hdl/bus/test_dma_read.py": (
        "test_reads_any_region*", "test_tells_errors*", "test_abort*", "test_refuses*",
        "test_reads_to_the_end*", "test_bandwidth"),
        RESET: _reset("dma-read")}),
    Case("DMA write", {"tests/hdl/bus/test_dma_write.py": (
        "test_writes_any_region*", "test_words_come*", "test_drops*", "test_tells_errors*",
        "test_abort*", "test_waits*", "test_refuses*", "test_bandwidth"),
        RESET: _reset("dma-write")}),
    Case("whole network", {
        "tests/networks/test_random.py": ("*promised_rate[3]", "*promised_rate[5]"),
        "tests/networks/test_random_maps.py": ("*promised_rate[3]",),
        "tests/networks/test_restart.py": ("*",)}),
    Case("register slice", {"tests/hdl/stream/test_register_slice.py": (
        "test_passes_on[shape1-3-*]",), RESET: _reset("slice")}),
    Case("fork", {"tests/hdl/stream/test_fork.py": ("*[size1-*]",), RESET: _reset("fork")}),
    Case("add", {"tests/hdl/stream/test_add.py": ("test_every_small_gain[-3]",
                                                 "test_every_small_gain[5]")}),
    Case("concatenate", {"tests/hdl/stream/test_concat.py": ("test_stalls[sizes1-*]",)}),
    Case("gather", {"tests/hdl/stream/test_gather.py": ("*irregular_arrivals[size1-*]",)}),
    Case("scatter", {"tests/hdl/stream/test_scatter.py": ("*irregular_arrivals[size1-*]",)}),
    Case("repeat", {"tests/hdl/stream/test_repeat.py": ("*irregular_arrivals[size1-*]",)}),
    Case("pool", {"tests/hdl/window/test_pool.py": ("*irregular_arrivals[size0-*]",
                                                   "test_stalls[size1-*]")}),
    Case("upsample", {"tests/hdl/window/test_upsample.py": ("*irregular_arrivals[size1-*]",)}),
    Case("arg max", {"tests/hdl/quant/test_argmax.py": ("*irregular_arrivals[10-4]",
                                                       "test_stalls[10-4-*]")}),
    Case("threshold lanes", {"tests/hdl/quant/test_lanes.py": ("test_stalls[size1-*]",)}),
    Case("requantise lanes", {"tests/hdl/quant/test_requantize_lanes.py": (
        "test_stalls[size1-*]",)}),
    Case("encode", {"tests/hdl/quant/test_encode.py": ("test_matches_golden[sizes1]",
                                                      "test_stochastic_matches_golden[sizes2]")}),
    Case("encode BiScaled", {"tests/hdl/quant/test_encode_biscaled.py": (
        "test_every_sum[sizes0]", "test_every_sum[sizes2]")}),
    Case("encode minifloat", {"tests/hdl/quant/test_encode_minifloat.py": (
        "test_of_integers[x0-to0-0-up]", "test_of_codes[source0-to0-0-even]")}),
    Case("statistic", {"tests/hdl/quant/test_statistic.py": ("test_stalls[size0]",)}),
    Case("statistic of blocks", {"tests/hdl/quant/test_statistic_block.py": (
        "test_matches_golden[sizes0-4]",)}),
    Case("Booth", {"tests/hdl/dot/test_booth.py": (
        "test_every_operand_of_two_lanes[x0-w0]", "test_random_and_rails[8-x1-w1-xilinx]")},
        within="dot"),
    Case("integer dot product", {"tests/hdl/dot/test_integer.py": (
        "test_random_and_rails[3-x0-w0-False-*]",)}, within="dot"),
    Case("shift", {"tests/hdl/dot/test_shift.py": (
        "test_every_operand_of_one_lane[x0-3]", "test_random_and_rails[5-x1-8-starts1-xilinx]")},
        within="dot"),
    Case("codebook", {"tests/hdl/dot/test_codebook.py": (
        "test_every_operand_of_one_lane[x0-table0-Codebook]",
        "test_random_and_rails[Codebook-3-x1-table1-xilinx]")}, within="dot"),
    Case("grouped", {"tests/hdl/dot/test_grouped.py": (
        "test_random_and_rails[x1-w1-2-3-options1-xilinx]",)}, within="dot"),
    Case("minifloat product", {"tests/hdl/dot/test_minifloat.py": ("test_any_formats[0]",)}),
    Case("chunked addition", {"tests/hdl/accumulate/test_chunked_add.py": (
        "test_any_formats[0]", "test_any_formats[1]")}),
    Case("running sum", {"tests/hdl/accumulate/test_plain.py": (
        "test_running_sum_wraps[x0-o0-*]",)}),
    Case("bit planes", {"tests/hdl/array/test_planes.py": ("test_matches_golden[small-*-and]",)}),
    Case("serial array", {"tests/hdl/array/test_serial.py": ("test_matches_golden[binary-0*]",)}),
    Case("systolic array", {"tests/hdl/array/test_systolic.py": (
        "test_products_of_no_multiples[booth-*]",)}),
    Case("systolic array of fixed outputs", {"tests/hdl/array/test_systolic_os.py": (
        "test_products_of_no_multiples[booth-2*]",)}),
    Case("AXI pack", {"tests/hdl/bus/test_pack.py": ("test_matches_golden[98-64-*]",)}),
    Case("AXI unpack", {"tests/hdl/bus/test_unpack.py": ("test_matches_golden[98-64-*]",)}),
    Case("bursts", {"tests/hdl/bus/test_bursts.py": ("test_divides_regions[3]", "test_stop*")}),
    Case("register file", {"tests/hdl/bus/test_register_file.py": ("test_random_accesses*",)}),
]

CASES = {case.name: case for case in _ALL}
