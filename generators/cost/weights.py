"""Estimates of weight memories."""

from functools import cache

from generators.cost import load, stream
from generators.synth.resources import Cost
from hdl.array.loadable import Loadable
from hdl.array.tables import MOST_WORDS
from hdl.array.weights import Weights
from hdl.memory import lut_rom

__all__ = ["weights"]


@cache
def weights(config: Weights.Config | Loadable.Config) -> Cost:
    """A weight memory, and the register behind it, which yosys keeps out of the block RAM."""
    if isinstance(config, Loadable.Config):
        return load.weights(config)
    if config.storage == "const":
        return Cost()
    if config.storage == "lut":
        kinds = 1 << min(config.depth, 32)
        lut = lut_rom(stream.distinct(config.width, kinds // 2), config.depth)
        if 2 <= config.depth <= MOST_WORDS:
            lut = stream.distinct(config.width, kinds) / 2
        return Cost(lut=lut, ff=stream.distinct(config.width, kinds))
    found = config.layout
    return Cost(lut=found.lut, ff=config.width + found.ff, bram18=found.bram18)
