# amaranth: UnusedElaboratable=no

"""Estimates of what moves and combines streams: near what was measured, exact where they count."""

import pytest

from generators.cost import constants, count, estimate
from generators.cost.sample import quant
from hdl.number import BIPOLAR, Number
from hdl.quant.argmax import ArgMax
from hdl.quant.requantize_lanes import RequantizeLanes
from hdl.quant.requantize_table import RequantizeTable
from tests.synth import configs

FEW, BYTE, INT8 = Number(width=4), Number(width=8), Number(width=8, signed=True)



def requantize(bits, o, multiplier, shift, zero=0):
    x = Number(width=bits, signed=True)
    table = RequantizeTable.Config(x=x, o=o, multiplier=multiplier, right_shift=shift,
                                   zero_point=zero)  # fmt: skip
    return RequantizeLanes(RequantizeLanes.Config(items=1, lanes=1, table=table))


MEASURED = {  # LUT, FF, BRAM18, DSP and ps, by generators.synth.synthesize.measure, yosys 0.70
    "fork 2": (lambda: configs.fork(1, 64, 2), (5, 2, 0, 0, 1140)),
    "fork 5": (lambda: configs.fork(8, 2, 5), (14, 5, 0, 0, 1764)),
    "concat": (lambda: configs.concat(BIPOLAR, 32, 16, 8), (2, 0, 0, 0, 124)),
    "repeat": (lambda: configs.repeat(8, 27, 6, 2), (169, 491, 0, 0, 1984)),
    "repeat, nothing shifted": (lambda: configs.repeat(4, 27, 6, 0), (5, 113, 0, 0, 1689)),
    "fifo in registers": (lambda: configs.fifo(2, 32), (35, 66, 0, 0, 1984)),
    "fifo in one bank": (lambda: configs.fifo(57, 24), (59, 20, 0, 0, 2313)),
    "fifo in four banks": (lambda: configs.fifo(243, 48), (354, 26, 0, 0, 2858)),
    "fifo in small banks": (lambda: configs.fifo(96, 48), (182, 23, 0, 0, 2858)),
    "fifo in block RAM": (lambda: configs.fifo(1024, 36), (58, 33, 2, 0, 2937)),
    "fifo of few words in block RAM": (lambda: configs.fifo(6, 560, "bram"),
                                       (14, 12, 16, 0, 2937)),
    "fifo of many words in LUT RAM": (lambda: configs.fifo(1025, 16, "lut"),
                                      (552, 50, 0, 0, 3636)),
    "converter up": (lambda: configs.converter(8, 16, 64, 4), (6, 67, 0, 0, 1689)),
    "converter up, short frames": (lambda: configs.converter(8, 64, 541, 8),
                                   (51, 525, 0, 0, 2608)),
    "converter down": (lambda: configs.converter(16, 8, 64, 1), (23, 20, 0, 0, 1764)),
    "converter down, short frames": (lambda: configs.converter(21, 3, 330, 8),
                                     (181, 178, 0, 0, 2322)),
    "gather": (lambda: configs.gather(16, 13, 3, 3, 4), (613, 855, 0, 0, 2313)),
    "gather of deep vectors": (lambda: configs.gather(10, 4, 64, 4, 4), (659, 189, 0, 0, 2313)),
    "add": (lambda: configs.add(122, 8, (BYTE, INT8), ((1,), (1,))), (67, 81, 0, 0, 1704)),
    "add with gains": (lambda: configs.add(64, 16, (Number(width=4, signed=True), FEW),
                                           ((3,), (2,))), (147, 113, 0, 0, 1704)),
    "add with a gain that is no power": (
        lambda: configs.add(1, 1, (Number(width=3), Number(width=3)), ((5,), (1,))),
        (9, 7, 0, 0, 1704)),
    "add with a gain below a power": (
        lambda: configs.add(1, 1, (INT8, INT8), ((3,), (1,))), (21, 11, 0, 0, 1704)),
    "requantize one channel": (lambda: requantize(20, BYTE, (1601025761,), (11,)),
                               (19, 44, 0, 2, 2331)),
    "requantize with a zero point": (
        lambda: requantize(16, Number(width=6), (1572884625,), (10,), 21), (17, 35, 0, 2, 2626)),
    "argmax of more lanes than items": (lambda: configs.argmax(2, 5, 12), (74, 99, 0, 0, 3136)),
    "argmax": (lambda: configs.argmax(10, 1, 11), (22, 45, 0, 0, 2841)),
    "argmax of a tree": (lambda: configs.argmax(100, 4, 20), (137, 124, 0, 0, 3449)),
    "argmax with a product": (lambda: configs.argmax(1000, 3, 24), (128, 130, 0, 1, 3446)),
}  # fmt: skip


@pytest.mark.parametrize("name", MEASURED)
def test_estimates_are_near_what_was_measured(name):
    build, (lut, ff, bram18, dsp, ps) = MEASURED[name]
    config = build().config
    guess = estimate.estimate(config)
    assert guess.lut == pytest.approx(lut, rel=0.03, abs=1)
    assert guess.ff == pytest.approx(ff, rel=0.01)
    assert (guess.bram18, guess.dsp) == (bram18, dsp)
    assert estimate.delay(config) == pytest.approx(ps, rel=0.06)


def test_every_kind_has_an_estimate_a_delay_and_a_name():
    kinds = {"add", "argmax", "columns", "concat", "converter", "fifo", "fork", "gather", "pool",
             "repeat", "requantize", "scatter", "upsample", "window"}  # fmt: skip
    names = {name: config for config, name in estimate.KINDS.items()}
    assert {names[kind] for kind in kinds} <= set(estimate.CIRCUITS) & set(estimate.DELAYS)


@pytest.mark.parametrize(("sizes", "lut", "ff"), [
    ((2, 7, 13, 1), 26, 16), ((5, 9, 108, 1), 44, 24), ((12, 11, 432, 1), 79, 37),
    ((21, 18, 819, 4), 305, 158), ((32, 30, 64, 8), 836, 282), ((28, 44, 178, 1), 201, 84),
    ((48, 23, 1413, 1), 312, 85), ((19, 35, 140, 1), 167, 58), ((29, 83, 415, 4), 1318, 425),
])  # fmt: skip
def test_converters_between_lanes_that_do_not_divide(sizes, lut, ff):
    """In lanes and out, items, bits; of one to three LUTs between a lane and the register."""
    i_lanes, o_lanes, items, width = sizes
    found = estimate.estimate(configs.converter(i_lanes, o_lanes, items, width).config)
    assert found.lut == pytest.approx(lut, rel=0.065)
    assert found.ff == ff


def test_a_requantization_takes_a_dsp_slice_a_term():
    """Two for sums of 25 bits, four for more, none for powers of two: by geometry."""
    for bits, power, slices in ((25, False, 2), (26, False, 4), (26, True, 0)):
        config = quant.requantize(16, 4, bits, 3, power).config
        assert estimate.estimate(config).dsp == 4 * slices


@pytest.mark.parametrize(("size", "lut", "ff"), [
    (1, 0, 0), (2, 1, 2), (3, 3, 3), (8, 4, 4), (17, 6, 6), (64, 8, 7), (129, 11, 9),
    (4097, 15, 14),
])  # fmt: skip
def test_a_counter(size, lut, ff):
    """As yosys 0.70 makes it; a counter of one value is none."""
    found = count.walk(size)
    assert found.lut == pytest.approx(lut, abs=1)
    assert found.ff == ff


@pytest.mark.parametrize(("places", "luts"), [(1, 0), (2, 1), (4, 1), (5, 3), (8, 3), (16, 5)])
def test_one_of_several(places, luts):
    assert count.either(places) == luts


@pytest.mark.parametrize(("width", "depth", "found"), [
    (16, 23, (12, 1)), (24, 57, (32, 1)), (48, 96, (96, 3)), (16, 199, (96, 4)),
    (12, 132, (40, 5)), (1, 98, (4, 1)), (32, 128, (88, 2)),
])  # fmt: skip
def test_the_lut_ram_that_yosys_takes(width, depth, found):
    assert count.ram(width, depth) == found


@pytest.mark.parametrize(("width", "depth", "found"), [
    (40, 30, (20, 1)), (32, 80, (64, 1)), (32, 112, (64, 1)), (16, 256, (64, 1)), (8, 48, (8, 1)),
])  # fmt: skip
def test_the_lut_ram_that_is_read_where_it_is_written(width, depth, found):
    assert count.in_place(width, depth) == found


@pytest.mark.parametrize(("items", "lanes", "dsp"), [
    (1000, 1, 0), (1000, 8, 0), (1000, 3, 1), (1000, 10, 1), (300, 10, 0), (100, 10, 0),
])  # fmt: skip
def test_the_index_is_a_product_of_a_dsp_slice(items, lanes, dsp):
    """Unless its lanes are a power of two, or the index has few bits above the lanes' lowest."""
    config = ArgMax.Config(items=items, lanes=lanes, x=INT8)
    assert estimate.estimate(config).dsp == dsp


def test_constants_are_read_when_asked():
    config = configs.argmax(10, 1, 11).config
    before = estimate.estimate(config).lut
    with constants.trial("argmax", {"control": constants.of("argmax").control + 1}):
        assert estimate.estimate(config).lut == pytest.approx(before + 1)
    assert estimate.estimate(config).lut == before
