"""BiScaled numbers and plain integers as operands of dot products."""

from itertools import product

import numpy as np

from hdl.number import Number
from sim.golden.formats.biscaled import BiScaled
from tests.hdl.clocked import draw

__all__ = ["number", "numbers", "ports", "rails", "values"]


def number(form: BiScaled) -> Number:
    """q of a format."""
    return Number(width=form.bits, signed=form.signed)


def values(form: BiScaled | Number) -> np.ndarray:
    """All numbers of a format, or plain integers."""
    if isinstance(form, Number):
        return np.arange(form.low, form.high + 1)
    q = np.arange(form.q_low, form.q_high + 1)
    return np.union1d(q, q << form.shift)


def numbers(form: BiScaled | Number, shape, rng) -> np.ndarray:
    """Random numbers (rows, columns), of a block as many beyond q as the list holds, or fewer."""
    if isinstance(form, Number):
        return draw(rng, form, shape)
    some = rng.choice(values(form), shape)
    if form.block is None:
        return some
    fine = np.clip(some, form.q_low, form.q_high)
    rank = np.argsort(rng.random((*shape[:-1], shape[-1] // form.block, form.block)), axis=-1)
    return np.where(rank.reshape(shape) < form.limit, some, fine)


def rails(x: BiScaled | Number, w: BiScaled | Number, columns: int):
    """Rows of the lowest and highest of two forms; of blocks as many beyond q as may be."""
    both = ([np.resize(end, columns) for end in _ends(form)] for form in (x, w))
    return product(*both)


def _ends(form: BiScaled | Number):
    if isinstance(form, Number) or form.block is None:
        return [form.low], [form.high]
    rest = form.block - form.limit
    return ([form.low] * form.limit + [form.q_low] * rest,
            [form.q_high] * rest + [form.high] * form.limit)  # fmt: skip


def ports(form: BiScaled | Number, rows: np.ndarray) -> list[int]:
    """Numbers (rows, columns) as the bits of a port."""
    if isinstance(form, Number):
        words = (rows[..., None] >> np.arange(form.width) & 1).astype(np.uint8)
    else:
        words = form.words(rows)
    packed = np.packbits(words.reshape(len(rows), -1), axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]
