import re
from fractions import Fraction

import numpy as np
import pytest

from sim.golden.chunked import chunked, chunked_sum
from sim.golden.formats.minifloat import BACKWARD, FORWARD, Minifloat, dlfloat

HALF = Minifloat(5, 10, 15, rounding="even")


def rounded(acc: Minifloat, v: Fraction) -> Fraction:
    """The number of a format next to v, in fractions."""
    power = Fraction(2) ** -acc.bias
    if abs(v) < power:
        return Fraction(0)
    while abs(v) >= 2 * power:
        power *= 2
    step = power / (1 << acc.mantissa)
    whole, rest = divmod(abs(v) / step, 1)
    tie = rest == Fraction(1, 2) and (acc.rounding == "up" or whole % 2)
    whole += rest > Fraction(1, 2) or tie
    size = min(max(whole * step, Fraction(acc.least)), Fraction(acc.max))
    return size if v > 0 else -size


def by_fractions(x, w, chunk, acc, bias):
    """The definition, number by number."""
    out = np.empty((len(x), len(w)))
    for f, frame in enumerate(x.tolist()):
        for r, row in enumerate(w.tolist()):
            total = Fraction(bias[r])
            for low in range(0, len(row), chunk):
                part = Fraction(0)
                for a, b in zip(frame[low : low + chunk], row[low : low + chunk]):
                    part = rounded(acc, part + Fraction(a) * Fraction(b))
                total = rounded(acc, total + part)
            out[f, r] = total
    return out


@pytest.mark.parametrize(("acc", "plain"), [(HALF, 2048), (dlfloat("even"), 1024),
                                            (dlfloat("up"), 2048)])
def test_4096_ones(acc, plain):
    """SEED_SYSTEMS section 5, chunk_4096: swamped in one chunk, exact in chunks of 64."""
    ones = np.ones(4096)
    assert chunked_sum(ones, 4096, acc) == plain
    assert chunked_sum(ones, 64, acc) == 4096
    assert chunked(ones[None], ones[None], 64, acc).tolist() == [[4096]]


@pytest.mark.parametrize("seed", range(12))
def test_any_formats(seed):
    """Also sums that are swamped, cancel, overflow and underflow, and longer products than sums."""
    rng = np.random.default_rng(seed)
    acc = Minifloat(int(rng.integers(2, 7)), int(rng.integers(1, 11)), int(rng.integers(0, 32)),
                    rounding=str(rng.choice(["up", "even"])))  # fmt: skip
    forms = [Minifloat(int(rng.integers(2, 6)), int(rng.integers(1, 10)), int(rng.integers(1, 17)))
             for _ in range(2)]  # fmt: skip
    cols = int(rng.integers(1, 14))
    x, w = (form.decode(rng.integers(form.low, form.high, (rows, cols)))
            for form, rows in zip(forms, (4, 3)))  # fmt: skip
    x[:, cols // 2 :], w[:, cols // 2 :] = -x[:, : cols - cols // 2], w[:, : cols - cols // 2]
    bias = acc.round(rng.normal(0, 1, 3))
    chunk = int(rng.integers(1, 8))
    np.testing.assert_array_equal(chunked(x, w, chunk, acc, bias),
                                  by_fractions(x, w, chunk, acc, bias))  # fmt: skip


@pytest.mark.parametrize("form", [FORWARD, BACKWARD])
def test_hfp8(form):
    """Of numbers as layers have them, which cannot leave the range: a shorter way."""
    rng = np.random.default_rng(3)
    x, w = form.round(rng.normal(0, 1, (3, 100))), form.round(rng.normal(0, 0.1, (2, 100)))
    acc, none = dlfloat("even"), np.zeros(2)
    np.testing.assert_array_equal(chunked(x, w, 16, acc), by_fractions(x, w, 16, acc, none))


@pytest.mark.parametrize("bits", [30, 52, 60, 100])
def test_what_a_float64_would_lose(bits):
    """A tie that a number far below breaks: 1 + 2^-10 is halfway between numbers of 1-6-9."""
    acc = Minifloat(8, 9, 127, rounding="even")
    tiny = 2.0**-bits
    assert chunked_sum([tiny, 1 + 2.0**-10], 2, acc) == 1 + 2**-9
    assert chunked_sum([-tiny, 1 + 2.0**-10], 2, acc) == 1
    assert chunked_sum([-tiny, 1 + 3 * 2.0**-10], 2, acc) == 1 + 2**-9


def test_matrix_is_its_sums():
    """Blocks of frames included."""
    rng = np.random.default_rng(0)
    x, w = FORWARD.round(rng.normal(0, 1, (700, 9))), FORWARD.round(rng.normal(0, 1, (30, 9)))
    bias = dlfloat().round(rng.normal(0, 1, 30))
    terms = x[:, None] * w
    np.testing.assert_array_equal(chunked(x, w, 4, dlfloat(), bias),
                                  chunked_sum(terms, 4, dlfloat(), bias))  # fmt: skip


@pytest.mark.parametrize(("call", "message"), [
    (lambda: chunked_sum(np.ones(3), 0, HALF), "Chunk must be positive, not 0"),
    (lambda: chunked(np.ones((2, 3)), np.ones((2, 4)), 2, HALF),
     "Chunked operands must have shapes (frames, cols) and (rows, cols), not (2, 3) and (2, 4)"),
])  # fmt: skip
def test_refusals(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call()
