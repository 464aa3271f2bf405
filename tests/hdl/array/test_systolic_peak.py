"""The arrays of the benchmark, made small, and what it measured."""

# amaranth: UnusedElaboratable=no

import json

import numpy as np
import pytest

from hdl.array.systolic import Systolic
from tests.benchmarks import peak
from tests.hdl import clocked, primitives
from tests.hdl.array.systolic_bench import operands, product


@pytest.mark.parametrize("how", [clocked.run, primitives.netlist_run])
@pytest.mark.parametrize("bits", [4, 8])
def test_products(bits, how):
    config = peak.SMALL[bits]
    x, w = operands(config, 12, config.word + 2, config.cols + 1)
    found = product(config, Systolic(config), x, w, how=how)
    np.testing.assert_array_equal(found, x @ w.T)


@pytest.mark.parametrize(("kind", "macs", "tops"), [("INT4", 3000, 1.2), ("INT8", 1000, 0.4)])
def test_measured_arrays_fit(kind, macs, tops):
    kept = json.loads(peak.RESULTS.read_text())["arrays"]
    assert list(kept) == list(peak.ARRAYS)
    results = [peak.Result(**one) for name, one in kept.items() if name.startswith(kind)]
    assert results
    for one in results:
        assert one.fits
        assert one.macs >= macs
        assert one.tops >= tops


def test_table():
    one = peak.Result(macs=3000, lut=26_600, ff=53_200, dsp=110, ps=3100)
    assert one.fits
    assert not peak.Result(macs=1, lut=53_201, ff=1, dsp=1, ps=1).fits
    assert not peak.Result(macs=1, lut=1, ff=1, dsp=1, ps=5001).fits
    row = "| small | 3,000 | 1.20 | 26,600 (50%) | 53,200 (50%) | 110 (50%) | 3.10 |"
    assert peak.table({"small": one}).splitlines()[-1] == row
