"""The circuits that are mutated: a small configuration or several, and their own tests."""

from tests.mutation.campaign import Case

__all__ = ["CASES"]

RESET = "tests/hdl/test_restart.py"


_ADDED = "(a[$bits(a)-2] == |a[$bits(a)-3:0]) & (b[$bits(b)-2] | ~|b[$bits(b)-3:0])"
"""That the fields are those of a sum and of a number: zero has no others, and no sum is 2^low."""


_CODES = " & ".join(f"($bits(w) < 25 | (w >> {5 * lane} & 31) == 0 | (w >> {5 * lane + 3} & 1))"
                    for lane in range(5))  # fmt: skip
"""That those of eight exponents and a sign, of five lanes, are: 0, and 8 to 15 with any sign."""


def _reset(*names: str) -> tuple[str, ...]:
    return tuple(f"test_works_after_*[{name}]" for name in names)


_ALL = [
    Case("popcount", {"tests/hdl/dot/test_popcount.py": (
        "test_random[16-*]", "test_rows[8-1-run]")}, within="dot"),
    Case("compressor tree", {"tests/hdl/compress/test_tree.py": (
        "test_sums_of_random_heaps[0]", "test_sums_of_random_heaps[1]")}),
    Case("MVTU", {"tests/hdl/array/test_mvtu.py": (
        "test_sums_at_the_thresholds[binary-ragged-*]",
        "test_sums_at_the_thresholds[bipolar-weights-*]", "test_begins_anew*"),
        RESET: _reset("mvtu-binary-ragged", "mvtu-bipolar-weights")}),
    Case("threshold", {"tests/hdl/quant/test_threshold.py": (
        "test_matches_golden[2-7-*]", "test_every_number_of_levels[8]")}),
    Case("sliding window", {"tests/hdl/window/test_sliding.py": (
        "test_stalls[padded]", "test_stalls[strided]", "test_slow_arrivals[padded]",
        "test_offers_before_it_is_asked*", "test_begins_anew*"),
        RESET: _reset("window-padded", "window-strided")}),
    Case("width converter", {"tests/hdl/stream/test_converter.py": (
        "test_departures_of_irregular_arrivals[size21-*]", "test_every_small_ratio[size51]",
        "test_every_small_ratio[size42]",
        "test_no_side_waits_for_the_other[size3-shift]",
        "test_a_stall_delays_by_itself[size21]"),
        RESET: _reset("converter-shift", "converter-fill")}),
    Case("FIFO", {"tests/hdl/stream/test_fifo.py": (
        "test_*[4-8-1-auto*]", "test_*[3-8-1-bram*]"),
        RESET: _reset("fifo-lut", "fifo-bram")}),
    Case("FPEC", {"tests/hdl/dot/test_fpec.py": (
        "test_random_and_ends[4-*]", "test_random_and_ends[2-qx4*]")}, within="dot"),
    Case("BiScaled", {"tests/hdl/dot/test_biscaled.py": (
        "test_random_and_rails[x3-w3-3]", "test_one_side_shifted[x1-w1-3-*]",
        "test_fabrics[x0-w0-2-portable]",
        "test_every_unshifted_operand_of_two_lanes[portable]")}, within="dot"),
    Case("requantise", {"tests/hdl/quant/test_requantize.py": (
        "test_matches_golden[changes16-8-*]", "test_matches_golden[changes22-8-*]",
        "test_every_code[changes2]")}, explained={
            "changes22-8-0.0]: const0 B[9] of $flatten\\dut.\\product.$15 ":
                "The product is too small by 2^17, which is 2^-14 of its last place: of all 2^20 "
                "sums with each of the three shifts none is so near to where a code begins."}),
    Case("DMA read", {"tests/hdl/bus/test_dma_read.py": (
        "test_reads_any_region*", "test_tells_errors*", "test_abort*", "test_refuses*",
        "test_reads_from_any_place", "test_asks_for_as_many*", "test_bursts_under_way",
        "test_bandwidth"),
        RESET: _reset("dma-read")}, assume="~(bus_rvalid & bus_rresp == 1)", explained={
            **dict.fromkeys((r"$flatten\dut.$83 ", r"$flatten\dut.$95 "),
                "A ninth burst is never asked for, as eight fill the queue's room."),
            r"const0 Y[0] of $flatten\dut.\bursts.$42 ":
                "Whether bursts are left matters only where all words that were asked for are "
                "gone, and the next burst stands before a word of the last can have passed.",
            r"cnot1 Y[5] by bit 29 of $flatten\dut.\bursts.$31 ":
                "Of a region beyond 4 GB nothing counts but that it is refused.",
            r"const0 A[0] of $flatten\dut.\queue.$119 ":
                "The level is wrong at 127 words after 128 only, where it decides whether the "
                "queue takes a word: the DMA counts its room, and none comes that finds no place."
        }),
    Case("DMA write", {"tests/hdl/bus/test_dma_write.py": (
        "test_writes_any_region*", "test_words_come*", "test_drops*", "test_tells_errors*",
        "test_abort*", "test_waits*", "test_refuses*", "test_writes_to_any_place",
        "test_takes_as_many*", "test_bursts_under_way", "test_bandwidth"),
        RESET: _reset("dma-write")}, assume="~(bus_bvalid & bus_bresp == 1)", explained={
            **dict.fromkeys((r"$flatten\dut.\queue.$procmux$19 ", r"$flatten\dut.\queue.$108 "),
                "The words in the queue are counted outside, and none is read that is not there: "
                "the queue's own valid plays no part."),
            **dict.fromkeys((r"$flatten\dut.\bursts.$28 ", r"$flatten\dut.\bursts.$29 "),
                "A start is passed on only while idle, when no bursts are left."),
            r"const0 Y[0] of $flatten\dut.$108 ":
                "A burst that is offered while the rest is left out goes all the same, and its "
                "being taken cannot bring back the rest in the same cycle."}),
    Case("whole network", {
        "tests/networks/test_random.py": ("test_every_input*",),
        "tests/networks/test_random_maps.py": ("test_every_input*",),
        "tests/networks/test_restart.py": ("test_vectors[1091]", "test_vectors[2676]",
                                           "test_maps[34]")}),
    Case("register slice", {"tests/hdl/stream/test_register_slice.py": (
        "test_*[shape1-3*]", "test_*[8-4*]"), RESET: _reset("slice", "slice-bytes")}),
    Case("fork", {"tests/hdl/stream/test_fork.py": (
        "*[size1*]", "*[size2*]"), RESET: _reset("fork")}),
    Case("add", {"tests/hdl/stream/test_add.py": (
        "test_adds[(7, 3, *]", "test_stalls[(7, 3, *]"), RESET: _reset("add")}),
    Case("concatenate", {"tests/hdl/stream/test_concat.py": (
        "test_joins[sizes0-*]", "test_joins[sizes1-*]", "test_joins[sizes2-*]",
        "test_stalls[sizes0-*]", "test_stalls[sizes1-*]", "test_stalls[sizes2-*]",
        "test_numbers_are_extended")}),
    Case("gather", {"tests/hdl/stream/test_gather.py": (
        "*irregular_arrivals[size4-*]", "test_stalls[size4-*]"), RESET: _reset("gather")}),
    Case("scatter", {"tests/hdl/stream/test_scatter.py": (
        "*irregular_arrivals[size3-*]", "test_stalls[size3-*]"), RESET: _reset("scatter")}),
    Case("repeat", {"tests/hdl/stream/test_repeat.py": (
        "*irregular_arrivals[size3-*]", "test_stalls[size3-*]"), RESET: _reset("repeat")}),
    Case("pool", {"tests/hdl/window/test_pool.py": (
        "*irregular_arrivals[size1-*]", "test_stalls[size1-*]"),
        RESET: _reset("pool-max", "pool-sum")}),
    Case("upsample", {"tests/hdl/window/test_upsample.py": (
        "*irregular_arrivals[size1-*]", "test_stalls[size1-*]",
        "*irregular_arrivals[size2-*]", "test_stalls[size2-*]"),
        RESET: _reset("upsample-1", "upsample-2")}),
    Case("arg max", {"tests/hdl/quant/test_argmax.py": (
        "*irregular_arrivals[10-4]", "test_stalls[10-4-*]"), RESET: _reset("arg-max")}),
    Case("threshold lanes", {"tests/hdl/quant/test_lanes.py": (
        "test_irregular_arrivals[size5]", "test_stalls[size5-*]"),
        RESET: _reset("threshold-lanes")}, explained={
        "cnot1 B[0] by bit 1 of $flatten\\dut.\\lane2.$6 ":
        "Lane 2 reads that bit as 1 behind the frame's end alone, where its code is unspecified."}),
    Case("requantise lanes", {"tests/hdl/quant/test_requantize_lanes.py": (
        "test_narrow_sums*",), RESET: _reset("requantize-lanes")}),
    Case("encode", {"tests/hdl/quant/test_encode.py": ("test_matches_golden[sizes1]",
                                                      "test_stochastic_matches_golden[sizes2]")}),
    Case("encode BiScaled", {"tests/hdl/quant/test_encode_biscaled.py": (
        "test_every_sum[sizes0]", "test_every_sum[sizes2]")}),
    Case("encode minifloat", {"tests/hdl/quant/test_encode_minifloat.py": (
        "test_of_integers[x0-to0-0-up]", "test_of_codes[source0-to0-0-even]")}),
    Case("statistic", {"tests/hdl/quant/test_statistic.py": (
        "test_full_rate[size10]", "test_stalls[size10-0]", "test_irregular_arrivals[size3]"),
        RESET: _reset("statistic")}),
    Case("statistic of blocks", {"tests/hdl/quant/test_statistic_block.py": (
        "test_matches_golden[sizes0-4]",)}),
    Case("Booth", {"tests/hdl/dot/test_booth.py": (
        "test_every_operand_of_two_lanes[x0-w0]", "test_random_and_rails[8-x1-w1-xilinx]",
        "test_rare_carries")}, within="dot"),
    Case("integer dot product", {"tests/hdl/dot/test_integer.py": (
        "test_random_and_rails[3-x0-w0-False-*]", "test_rare_carries")}),
    Case("shift", {"tests/hdl/dot/test_shift.py": (
        "test_every_operand_of_one_lane[x0-3]", "test_random_and_rails[5-x1-8-starts1-xilinx]")},
        within="dot", assume=_CODES),
    Case("codebook", {"tests/hdl/dot/test_codebook.py": (
        "test_every_operand_of_one_lane[x0-table0-Codebook]",
        "test_random_and_rails[Codebook-3-x1-table1-xilinx]", "test_rare_carries")},
        within="dot"),
    Case("grouped", {"tests/hdl/dot/test_grouped.py": (
        "test_random_and_rails[x1-w1-2-3-options1-xilinx]",)}, within="dot"),
    Case("minifloat product", {"tests/hdl/dot/test_minifloat.py": (
        "test_any_formats[1]", "test_any_formats[3]")}),
    Case("chunked addition", {"tests/hdl/accumulate/test_chunked_add.py": (
        "test_any_formats[0]", "test_any_formats[1]", "test_smallest")}, assume=_ADDED),
    Case("running sum", {"tests/hdl/accumulate/test_plain.py": (
        "test_running_sum_wraps[x0-o0-*]",)}),
    Case("bit planes", {"tests/hdl/array/test_planes.py": (
        "test_matches_golden[tiny-*-and]", "test_all_precisions*",
        "test_keeps_operands[size1-*]")}),
    Case("serial array", {"tests/hdl/array/test_serial.py": ("test_matches_golden[binary-0*]",),
                          RESET: _reset("serial-array")}),
    Case("systolic array", {"tests/hdl/array/test_systolic.py": (
        "test_products_of_no_multiples[booth-*]", "test_gaps_between_weights[booth]",
        "test_many_weights")}),
    Case("systolic array of fixed outputs", {"tests/hdl/array/test_systolic_os.py": (
        "test_products_of_no_multiples[booth-*]", "test_rare_carry")}),
    Case("AXI pack", {"tests/hdl/bus/test_pack.py": (
        "test_matches_golden[98-64-*]", "test_clear_forgets_all[98-64-*]"),
        RESET: _reset("pack")}),
    Case("AXI unpack", {"tests/hdl/bus/test_unpack.py": (
        "test_matches_golden[98-64-*]", "test_clear_forgets_all[98-64-*]"),
        RESET: _reset("unpack")}, explained={
        f"\\inner.${cell} ": "With stop nothing is offered and no word comes, and a clear follows."
        for cell in (92, 95)}),
    Case("bursts", {"tests/hdl/bus/test_bursts.py": ("test_*",), RESET: _reset("bursts")},
         explained={"cnot1 D[9] by bit 32 of $flatten\\dut.$58 ":
                    "Bit 32 is set for no bytes alone, and then nothing else of it is looked at."}),
    Case("register file", {"tests/hdl/bus/test_register_file.py": (
        "test_random_accesses*", "test_interval*", "test_hold_and_refuse", "test_counter",
        "test_responses*"), RESET: _reset("register-file")}),
]

CASES = {case.name: case for case in _ALL}
