"""Estimates of bit-serial units."""

from generators.cost import maps, stream
from generators.cost.dot import dot
from generators.cost.weights import weights
from generators.synth.resources import Cost
from hdl.array.serial import SerialMVTU
from hdl.memory import lut_ram

__all__ = ["serial"]


def serial(config: SerialMVTU.Config) -> Cost:
    """A bit-serial unit: popcounts, accumulators, and the planes of the inputs."""
    width, bits = config.total.width, config.simd * config.x.width
    lanes = dot(config.dot) + Cost(lut=width, ff=width)
    if config.levels:
        lanes += stream.threshold(config.threshold)
    else:
        ends = config.o.width * (config.x.signed and config.row_groups > 1)
        lanes += Cost(lut=config.o.width + 0.7 * ends, ff=2 * config.o.width)
    # Of a plane's bit: the planes, which of them, the first pass's, and whether to invert it.
    ins = config.x.width + (config.x.width - 1).bit_length() + 2 * config.keeps + config.w.signed
    planes = Cost(lut=config.simd * -(-(ins - 1) // 5), ff=bits + 2 * config.simd)
    if config.keeps:
        planes += Cost(lut=lut_ram(bits, config.col_groups))
    steps = 3 * (config.interval - 1).bit_length() + 20
    total = lanes * config.o_lanes + planes * config.group_lanes + weights(config.weights)
    return total + maps.skid(config.o_lanes * config.o.width) + Cost(lut=steps, ff=steps + 30)
