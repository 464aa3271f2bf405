"""When cells of MVTUs read their operands, bit by bit: what of a memory is a part of its own."""

from typing import NamedTuple

from generators.cost.constants import cached
from generators.cost.products import PRODUCTS, product
from generators.cost.tree import tree
from hdl.dot.biscaled import BiScaled
from hdl.dot.biscaled_blocks import BiScaledBlocks
from hdl.dot.codebook import Codebook
from hdl.dot.fusible import Fusible
from hdl.dot.grouped import Grouped
from hdl.dot.stages import cycles

__all__ = ["Reads", "reads"]

FUSED = 13
"""Cycles of several fusible units, about."""


class Reads(NamedTuple):
    """Bits of x and of a row of w that are read in cycle 0, 1, …; cycles to the result, about."""

    x: tuple[int, ...]
    w: tuple[int, ...]
    latency: int


@cached
def reads(config) -> Reads:
    """Of a cell, all its lanes."""
    if isinstance(config, BiScaledBlocks.Config):
        x, w = (tuple(map(len, places)) for places in (config.x_places, config.w_places))
        return Reads(x, w, _latency(config))
    if isinstance(config, Grouped.Config):
        return _grouped(config)
    x, w = (tuple(count * number.width for count in config.stages)
            for number in (config.x, config.w))  # fmt: skip
    return Reads(x, w, _latency(config))


def _latency(config) -> int:
    """Cycles from the first operands to the result."""
    match config:
        case BiScaled.Config():
            return _latency(config.inner)
        case Codebook.Config():
            return 1 + _latency(config.inner)
        case Fusible.Config():
            return config.latency if config.units == 1 else FUSED
        case Grouped.Config():
            found = _latency(config.inner) + config.scale.latency
            return found + (0 if config.heap is None else tree(config.heap).stages + 1)
    known = isinstance(config, PRODUCTS)
    return product(config).latency if known else tree(config.heap).stages + 1


def _grouped(config: Grouped.Config) -> Reads:
    """Elements as the products read them; exponents and mantissas when their sum is there."""
    fields, total = config.scale.fields, _latency(config.inner)
    exponent = total + config.scale.exponent_cycle
    late = (((exponent, fields[0]),), ((exponent, fields[1]), (total, fields[2])))
    found = []
    for number, some in zip((config.x_element, config.w_element), late):
        bits = [0] * (1 + max(total, exponent))
        for cycle in cycles(config.inner.stages):
            bits[cycle] += config.lanes * number.width
        for cycle, count in some:
            bits[cycle] += config.lanes * count
        found.append(tuple(bits) if config.skewed else (sum(bits),))
    return Reads(*found, _latency(config))
