"""A float network and frames to calibrate with, to a network in a number format."""

from generators.network.quantize.options import Options, options
from generators.network.quantize.whole import Quantized, quantize

__all__ = ["Options", "Quantized", "options", "quantize"]
