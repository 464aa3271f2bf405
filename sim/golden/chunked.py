"""Sums in a floating-point format: rounded after each addition, chunk by chunk."""

import numpy as np

from sim.golden.formats.minifloat import DOUBLE, Minifloat

__all__ = ["chunked", "chunked_sum"]

BLOCK = 1 << 14
"""Sums at once: what a processor's cache holds."""


def chunked_sum(terms: np.ndarray, chunk: int, acc: Minifloat, start=0.0) -> np.ndarray:
    r"""Sums of terms (..., n) in the format acc: of chunks of consecutive terms, then of these.

    Of a chunk :math:`s \leftarrow round(s + t)` from s = 0 on, of the chunks' sums
    :math:`y \leftarrow round(y + s)` from y = start on, all in order; a term and a sum are added
    exactly before they are rounded (Wang et al., "Training Deep Neural Networks with 8-bit Floating
    Point Numbers", NeurIPS 2018, section 2.2).

    Raises
    ------
    ValueError
        If chunk is not positive.
    """
    terms = np.asarray(terms, np.float64)
    return _sums(lambda column: terms[..., column], terms.shape[-1], chunk, acc, terms.shape[:-1],
                 start, _plain([terms], terms.shape[-1], chunk, acc, start))  # fmt: skip


def chunked(x: np.ndarray, w: np.ndarray, chunk: int, acc: Minifloat,
            bias: np.ndarray | None = None) -> np.ndarray:  # fmt: skip
    """The product of frames (frames, cols) and a matrix (rows, cols), in such sums: (frames, rows).

    All are real numbers; those of x and w have at most 26 bits each, so that products are exact.
    The sums of the chunks start from the bias (rows,).

    Raises
    ------
    ValueError
        If chunk is not positive, or the columns of x and w are not as many.
    """
    x, w = (np.asarray(some, np.float64) for some in (x, w))
    if x.ndim != 2 or w.ndim != 2 or x.shape[1] != w.shape[1]:
        what = f"(frames, cols) and (rows, cols), not {x.shape} and {w.shape}"
        raise ValueError(f"Chunked operands must have shapes {what}")
    rows, cols = w.shape
    start = np.zeros(rows) if bias is None else np.asarray(bias, np.float64)
    plain = _plain([x, w], cols, chunk, acc, start)
    out, columns = np.empty((len(x), rows)), np.ascontiguousarray(w.T)
    step = max(1, BLOCK // max(rows, 1))
    for low in range(0, len(x), step):
        some = np.ascontiguousarray(x[low : low + step].T)[:, :, None]
        out[low : low + step] = _sums(
            lambda column, some=some: some[column] * columns[column], cols, chunk, acc,
            (some.shape[1], rows), start, plain)  # fmt: skip
    return out


def _sums(term, count: int, chunk: int, acc: Minifloat, shape, start, plain: bool) -> np.ndarray:
    """Sums of term(0) to term(count - 1), each of a shape."""
    if chunk <= 0:
        raise ValueError(f"Chunk must be positive, not {chunk}")
    total = np.broadcast_to(np.asarray(start, np.float64), shape).copy()
    for low in range(0, count, chunk):
        part = np.zeros(shape)
        for column in range(low, min(low + chunk, count)):
            part = _add(part, term(column), acc, plain)
        total = _add(total, part, acc, plain)
    return total


def _plain(factors, count: int, chunk: int, acc: Minifloat, start) -> bool:
    """Whether no sum can leave the range of acc, nor one of float64 be inexact.

    All are multiples of a step, the product of the factors' lowest bits: sums are, before and after
    they are rounded. Each rounding adds at most 2^-mantissa of a sum.
    """
    step = float(np.prod([_step(some) for some in factors]))
    step = min(step, _step(start))
    most = count * float(np.prod([np.max(np.abs(some), initial=0) for some in factors]))
    most += float(np.max(np.abs(start), initial=0))
    with np.errstate(over="ignore"):
        most *= float(np.power(1 + 2.0**-acc.mantissa, chunk + count // max(chunk, 1) + 1))
    return step > acc.min and most <= min(acc.max, step * 2.0**DOUBLE)


def _step(values) -> float:
    """The largest power of two of which all values are multiples."""
    fractions, powers = np.frexp(np.asarray(values, np.float64))
    whole = np.ldexp(fractions, DOUBLE + 1).astype(np.int64)
    whole, powers = whole[whole != 0], powers[whole != 0]
    lowest = np.frexp((whole & -whole).astype(np.float64))[1] - 1
    return 2.0 ** float(np.min(powers - DOUBLE - 1 + lowest, initial=1000))


def _add(a: np.ndarray, b: np.ndarray, acc: Minifloat, plain: bool) -> np.ndarray:
    """round(a + b), a and b having at most 51 - mantissa bits; ``plain`` as of :func:`_plain`."""
    total = np.asarray(a + b)
    if plain:
        acc.round_normal(total)
        return total
    return acc.round(_odd(a, b, total))


def _odd(a: np.ndarray, b: np.ndarray, total: np.ndarray) -> np.ndarray:
    """a + b in float64, rounded to the neighbour of odd last bit where it is inexact.

    Then rounding it again, to at least two bits less, gives what rounding the exact sum gives
    (Boldo and Melquiond, "Emulation of a FMA and Correctly Rounded Sums", IEEE TC 2008). What the
    sum lacks is had exactly (Knuth's TwoSum).
    """
    other = total - a
    lacks = (a - (total - other)) + (b - other)
    even = (total.view(np.int64) & 1) == 0
    return np.where((lacks != 0) & even, np.nextafter(total, np.copysign(np.inf, lacks)), total)
