"""The circuits whose synthesised size is watched, by name."""

from functools import partial

from amaranth.hdl import signed

from hdl.number import BIPOLAR
from tests.synth import configs, dots
from tests.synth.biscaled import BISCALED
from tests.synth.buses import BUSES
from tests.synth.configs import FEW, SAME, TERNARY
from tests.synth.encoders import ENCODERS
from tests.synth.engines import ENGINES
from tests.synth.fpec import FPECS
from tests.synth.grouped import GROUPED
from tests.synth.minifloats import MINIFLOATS

__all__ = ["CIRCUITS"]

CIRCUITS = {
    "register slice 32": partial(configs.register_slice, 8, 4),
    "fifo registers 2x32": partial(configs.fifo, 2, 32),
    "fifo lut 32x8": partial(configs.fifo, 32, 8),
    "fifo bram 1024x36": partial(configs.fifo, 1024, 36),
    "converter 16 to 49": partial(configs.converter, 16, 49, 784),
    "converter 16 to 8": partial(configs.converter, 16, 8, 64),
    "converter 3 to 7": partial(configs.converter, 3, 7, 21, signed(4)),
    "popcount 64": partial(dots.popcount, 64),
    "popcount 128": partial(dots.popcount, 128),
    "popcount 64 to two rows with a bias": partial(dots.rows_popcount, 64, 3),
    "popcount 64 of LUTs alone": partial(dots.popcount, 64, "lut"),
    "popcount 64 portable": partial(dots.popcount, 64, "portable"),
    "popcount 256": partial(dots.popcount, 256),
    "popcount 64 of plain bits": partial(dots.bit_count, 64),
    "popcount 8 x 64 of weights in 4 steps": partial(dots.folded, 4, 8, 64),
    "quad 64 of 4 words": partial(configs.quad, 64, 4),
    "integer 4x3x3": partial(dots.integer, 3),
    "integer 4x8x8 multiplier": partial(dots.integer, 8, multiplier=True),
    "integer 16x2x2": partial(dots.integer, 2, lanes=16),
    "booth 16x4x4": partial(dots.booth, 16, 4, 4),
    "booth 8x8x2": partial(dots.booth, 8, 8, 2),
    "shift 16 of 4 by log weights of 4 bits": partial(dots.shift, 4, 7, 0),
    "shift 16 of 8 by log weights of 4 bits": partial(dots.shift, 8, 7, 0),
    "shift 16 of 4 by weights of 4 bits": partial(dots.shift, 4, 2, 0, 2),
    "codebook 16 of 4 by 16 values of 8 bits": partial(dots.codebook, 4, 16),
    "codebook 16 of 4 by 4 values": partial(dots.products, 4, (-13, -2, 5, 30)),
    "constant matrix 16x16 of 4 by 4 bits": partial(dots.constant_matrix, 16, 16, 4, 4),
    "threshold 32x1": partial(configs.threshold, 32, 1, 8),
    "threshold 16x7": partial(configs.threshold, 16, 7, 10),
    "argmax 10": partial(configs.argmax, 10, 1, 11),
    "weights lut 64x64": partial(configs.weights, 64, 64, "lut"),
    "weights bram 36x1024": partial(configs.weights, 36, 1024, "bram"),
    "mvtu binary 64x64 pe8 simd8": partial(configs.mvtu, 64, 64, 8, 8, BIPOLAR, BIPOLAR, 1),
    "mvtu ternary 16x32 pe4 simd8": partial(configs.mvtu, 16, 32, 4, 8, TERNARY, TERNARY, 2),
    "mvtu 3x3 convolution 16 to 16 pe4 simd8": partial(
        configs.mvtu, 16, 144, 4, 8, FEW, TERNARY, 3, "bram", repeated=True),
    "mvtu 3x3 depthwise 32 in 8 lanes": partial(
        configs.mvtu, 1, 9, 1, 1, FEW, TERNARY, 3, groups=32, group_lanes=8, repeated=True),
    "mvtu binary 64x64 pe8 simd8 loaded at run time": partial(
        configs.mvtu, 64, 64, 8, 8, BIPOLAR, BIPOLAR, 1, "ram"),
    "mvtu binary 64x256 pe4 simd8": partial(
        configs.mvtu, 64, 256, 4, 8, BIPOLAR, BIPOLAR, 1, "bram"),
    "mvtu binary 64x256 pe4 simd8 loaded at run time": partial(
        configs.mvtu, 64, 256, 4, 8, BIPOLAR, BIPOLAR, 1, "ram"),
    "weights bram packed 32x2304": partial(configs.weights, 32, 2304, "bram"),
    "fork 64 to two": partial(configs.fork, 64, 1, 2),
    "gather 4 of 32 in 16 beats": partial(configs.gather, 32, 4, 16, 16),
    "scatter 4 of 32 in 16 beats": partial(configs.scatter, 32, 4, 16),
    "repeat 16 of uint4 4 times": partial(configs.repeat, 4, 16, 4, 2),
    "add 16 of uint4": partial(configs.add, 16, 16, (FEW, FEW), ((1,), (1,))),
    "concat 16 and 16": partial(configs.concat, FEW, 16, 16),
    "window 30x30x64 3x3 in 32 lanes twice": partial(
        configs.window, 30, 30, 64, 32, (3, 3), BIPOLAR, repeats=2),
    "window 28x28x16 3x3 padded": partial(
        configs.window, 28, 28, 16, 16, (3, 3), TERNARY, padding=SAME),
    "window 56x56x64 3x3 padded in bram": partial(
        configs.window, 56, 56, 64, 16, (3, 3), FEW, padding=SAME),
    "columns 3 of 16 lanes of uint4": partial(configs.columns, 30, 3, 1, 3, 2, 16, FEW),
    "pool max 28x28 2x2 in 32 lanes": partial(configs.pool, 28, 28, 2, 32, (2, 2), BIPOLAR),
    "pool sum 7x7 of uint4 in 16 lanes": partial(configs.pool, 7, 7, 1, 16, (7, 7), FEW, "sum"),
    "upsample 8x8 twice in 16 lanes": partial(configs.upsample, 8, 8, 2, 16, (2, 2), FEW),
    "requantize 20 bits of one channel": partial(configs.requantize, 1, 1),
    "requantize 20 bits of 64 channels": partial(configs.requantize, 64, 3),
    "requantize 20 bits by powers of two": partial(configs.requantize, 64, 3, power=True),
    "systolic 2x2 of 4 lanes 4x4": partial(configs.systolic, 2, 2, 4),
    "systolic 2x2 of 4 lanes 4x4 output-stationary": partial(configs.output_stationary, 2, 2, 4),
    "serial mvtu int2 64x64 pe8 simd32": partial(configs.serial, 64, 64, 8, 32, TERNARY, TERNARY),
    "bit planes 4 x 2 of 16 lanes": partial(configs.bit_planes, 4, 2, 16),
    "fusible unit without its control": partial(dots.fusion_bricks),
    "fusible unit": partial(dots.fusion_unit),
    "fusible unit of 16 bits over time": partial(dots.fusion_temporal),
    "fusible 16x4x4": partial(dots.fusible, 16, 4, 4),
    "fusible unit that does not fuse": partial(dots.fixed_bricks),
    "fusible 64x2x2": partial(dots.fusible, 64, 2, 2),
    "four fusible units": partial(dots.fusion_sum, 4),
    "four fusible units that do not fuse": partial(dots.fixed_bricks, 4),
    **BISCALED,
    **BUSES,
    **FPECS,
    **GROUPED,
    **ENCODERS,
    **ENGINES,
    **MINIFLOATS,
}
"""By name, the function that makes each."""
