"""Delays of matrix-vector-threshold units, and of the dot products in them."""

from generators.cost import thresholds
from generators.cost.constants import cached
from generators.cost.delay import ENABLE, FF, SETUP, WIRE, chain, into_ram, levels
from generators.cost.dot import dot_delay
from generators.cost.mvtu import cut, dot_of, memories_of
from generators.cost.products import PRODUCTS, products_delay
from generators.cost.weights import memory_delay
from hdl.array.mvtu_config import Config as MVTUConfig

__all__ = ["mvtu_delay"]

SHORT = 7
"""Bits of a number that one LUT raises by one, and tells the last."""


@cached
def mvtu_delay(config: MVTUConfig) -> int:
    """The slowest of weights, products, sums, activations, and of the clock enables."""
    found = [_control(config), _sums(config)]
    if not config.unrolled:
        found += map(memory_delay, memories_of(config))
    one = None if config.unrolled else dot_of(config)
    if config.storage == "ram":  # an address of the load bus, decoded
        found.append(levels(3) - WIRE + into_ram("WE"))
    other = one is not None and not isinstance(one, PRODUCTS)
    found.append(dot_delay(one) if other else products_delay(one))
    if config.levels and not config.signs:
        found.append(thresholds.activation_delay(config.threshold))
    return max(found)


def _control(config: MVTUConfig) -> int:
    """From the pipeline's enable to those of counters, of which long ones end late."""
    steps = (config.interval - 1).bit_length()
    turns = levels(1 + config.keeps) + ENABLE
    return FF + max(turns, levels(2 + (steps >= SHORT)) + SETUP)


def _sums(config: MVTUConfig) -> int:
    """The accumulator's chain, in whose LUTs, or before, its sum or a start is chosen."""
    if not config.accumulates or config.accumulator == "dsp":
        return 0
    ahead = config.col_groups > 1 and config.cell is None and cut(config)
    return FF + levels(ahead) + chain(config.total.width) + SETUP
