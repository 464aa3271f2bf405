"""The README shows what was measured last, and the plot is made of it."""

import numpy as np
import pytest

from generators.synth.timing import Path, Timing
from hdl.number import Number
from tests.benchmarks import (
    arithmetic,
    characterized,
    constants,
    formats,
    maximum,
    naive,
    networks,
    peak,
    performance,
    plot,
    published,
    real,
    systolic,
)
from tests.benchmarks.cases import cases
from tests.hdl import clocked
from tests.synth.update import README, version

HINT = "run python -m tests.benchmarks.{}"


@pytest.mark.parametrize("bench", [arithmetic, characterized, constants, formats, maximum, networks,
                                   peak, performance, published, real, systolic])  # fmt: skip
def test_readme_shows_them(bench):
    assert bench.table(bench.read()) in README.read_text(), HINT.format(bench.__name__)


def test_results_are_of_this_tool_and_these_circuits():
    assert f'"yosys": "{version()}"' in arithmetic.RESULTS.read_text()
    names = [case.name for case in cases(None)]
    assert [name for name in arithmetic.read() if name in names] == names


def test_compared_circuits_are_there():
    every = list(cases(None))
    assert {case.naive for case in every if case.naive} <= {case.name for case in every}


def test_plot_has_the_same_bytes_each_time(tmp_path):
    for name in ("a.svg", "b.svg"):
        plot.draw(arithmetic.read(), tmp_path / name)
    text = (tmp_path / "a.svg").read_text()
    assert text == (tmp_path / "b.svg").read_text()
    assert "XNOR and popcount" in text
    assert "<dc:date>" not in text


def test_registers_stand_at_the_ports():
    inside, fast = Path(1000), Path(100, lut_levels=1, carry4=2)
    assert arithmetic.worst(Timing(500, inside, {"o": fast}, {"x": fast})).ps == 100 + 456 + 500
    assert arithmetic.worst(Timing(500, Path(1057), {}, {"x": fast})).ps == 1057
    crossed = arithmetic.worst(Timing(500, inside, {}, {}, {"x": {"o": fast}}))
    assert (crossed.ps, crossed.lut_levels, crossed.carry4) == (100 + 456 + 500 + 500 + 60, 1, 2)


@pytest.mark.parametrize("steps", [2, 5])
def test_naive_circuits_compute_the_same(steps):
    rng = np.random.default_rng(steps)
    bit, x, w = Number(width=1), Number(width=3), Number(width=2, signed=True)
    bits, matrix = rng.integers(0, 2, (40, 7)), rng.choice([-1, 1], (steps, 7))
    step = rng.integers(0, steps, 40)

    def run(dut, **inputs):
        return clocked.run(dut, 1, rng=rng, stall=0.2, **inputs)

    packed = clocked.pack(bit, bits)
    np.testing.assert_array_equal(run(naive.ones(7), x=packed), bits.sum(axis=1))
    agree = (2 * bits - 1 == matrix[step]).sum(axis=1)
    np.testing.assert_array_equal(run(naive.folded(matrix), x=packed, w=step.tolist()), agree)
    found = run(naive.xnors(7), x=packed, w=clocked.pack(bit, matrix[step] > 0))
    np.testing.assert_array_equal(found, agree)
    constant = (2 * bits - 1 == matrix[0]).sum(axis=1)
    np.testing.assert_array_equal(run(naive.constants(matrix[0].tolist()), x=packed), constant)
    a, b = clocked.draw(rng, x, (40, 5)), clocked.draw(rng, w, (40, 5))
    found = run(naive.products(5, x, w), x=clocked.pack(x, a), w=clocked.pack(w, b))
    np.testing.assert_array_equal(found, (a * b).sum(axis=1))
