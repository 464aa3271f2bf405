"""Circuits of multi-bit datapaths whose estimates are measured: see tests.benchmarks.estimate."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from amaranth.lib import wiring

from generators.finn import lower
from generators.finn.part import Choice
from generators.network import check, graph
from hdl.array.serial import SerialMVTU
from hdl.number import BIPOLAR, Number, holding
from hdl.quant.requantize_lanes import RequantizeLanes
from hdl.quant.requantize_table import RequantizeTable
from sim.golden.formats import integer
from tests.synth.configs import FEW, TERNARY, repeat
from tests.synth.dots import integers

U2, S4 = Number(width=2), Number(width=4, signed=True)

SERIAL = (  # rows, cols, pe, simd, x, w, levels, options
    (64, 64, 8, 32, U2, TERNARY, 3, {}),
    (64, 64, 8, 32, S4, S4, 0, {}),
    (64, 64, 16, 64, U2, BIPOLAR, 3, {}),
    (32, 144, 4, 36, FEW, S4, 15, {"repeated": True}),
    (64, 64, 8, 32, TERNARY, TERNARY, 0, {}),
    (48, 96, 6, 16, FEW, BIPOLAR, 1, {}),
    (32, 64, 4, 64, Number(width=8), Number(width=8, signed=True), 0, {"storage": "bram"}),
)
DENSE = (  # rows, cols, pe, simd, inputs, weights, datapath, storage
    (64, 64, 8, 16, "uint4", "int4", "shift", "lut"),
    (64, 64, 8, 16, "int4", "ternary", "shift", "lut"),
    (32, 64, 4, 8, "uint8", "int8", "shift", "bram"),
    (64, 64, 8, 16, "uint4", "int4", "shift_serial", "lut"),
    (32, 64, 4, 8, "uint8", "int8", "shift_serial", "bram"),
    (64, 64, 8, 16, "uint4", "int4", "codebook", "lut"),
    (32, 64, 4, 8, "uint8", "int3", "codebook", "lut"),
    (32, 64, 4, 16, "int4", "int4", "fusible", "lut"),
    (32, 64, 4, 8, "int8", "int8", "fusible", "bram"),
    (64, 64, 8, 32, "uint2", "int2", "fusible", "lut"),
)
REQUANTIZE = (  # items, lanes, bits of the sums, shifts that differ, powers of two
    (64, 1, 20, 3, False), (64, 8, 20, 3, False), (16, 4, 18, 1, False), (10, 1, 14, 2, False),
    (256, 4, 24, 5, False), (64, 2, 28, 3, False), (64, 8, 20, 3, True), (64, 64, 20, 3, False),
)  # fmt: skip
REPEATS = ((4, 16, 4, 2), (8, 8, 2, 2), (2, 32, 3, 2))  # bits, lanes, times, step


def circuits() -> Iterator[tuple[str, Callable[[], wiring.Component]]]:
    """What is measured: a name, and what makes the circuit."""
    for *case, options in SERIAL:
        rows, cols, pe, simd, x, w, levels = case
        name = f"serial {rows}x{cols} pe{pe} simd{simd} {short(x)} x {short(w)} {levels} levels"
        yield name + "".join(f" {one}" for one in options), partial(serial, *case, **options)
    for case in DENSE:
        rows, cols, pe, simd, x, w, datapath, storage = case
        name = f"datapath {datapath} {rows}x{cols} pe{pe} simd{simd} {x} x {w} {storage}"
        yield name, partial(dense, *case)
    for case in REQUANTIZE:
        items, lanes, bits, shifts, power = case
        name = f"requantize {items} items in {lanes} lanes of {bits} bits, {shifts} shifts"
        yield name + " of powers of two" * power, partial(requantize, *case)
    for case in REPEATS:
        yield "repeat {1} of {0} bits {2} times by {3}".format(*case), partial(repeat, *case)


def serial(rows: int, cols: int, pe: int, simd: int, x: Number, w: Number, levels: int,
           **options) -> SerialMVTU:  # fmt: skip
    """A layer with random weights, by bit planes, and thresholds spread over its sums."""
    matrix = integers(w, (rows, cols))
    ends = matrix * x.low, matrix * x.high
    low, high = np.minimum(*ends).sum(axis=1), np.maximum(*ends).sum(axis=1)
    thresholds = None
    if levels:
        near = np.random.default_rng(1).normal(0.5, 0.1, (rows, levels))
        thresholds = np.sort(low[:, None] + near * (high - low)[:, None], axis=1).astype(int)
    sums = holding(int(low.min()), int(high.max()))
    o = (BIPOLAR if levels == 1 else holding(0, levels)) if levels else sums
    config = SerialMVTU.Config(rows=rows, cols=cols, pe=pe, simd=simd, x=x, w=w, o=o,
                               levels=levels, base=-1 if o.bipolar else 0, **options)  # fmt: skip
    return SerialMVTU(config.narrowed(matrix), matrix, thresholds)


def dense(rows: int, cols: int, pe: int, simd: int, x: str, w: str, datapath: str,
          storage: str) -> wiring.Component:  # fmt: skip
    """The unit of a dense layer on a datapath, with random weights; it emits the sums."""
    form = integer.parse(w)
    number = Number(width=form.width, signed=form.signed)
    data = np.clip(integers(number, (rows, cols)), form.low, form.high)
    layer = graph.Dense(name="fc", inputs=("input",), weights=graph.Weights(type=w, data=data))
    network = check.check(graph.Network(
        bitloom=1, name="net", input=graph.Input(shape=(cols,), type=x), layers=(layer,)
    ))  # fmt: skip
    _, parts, _ = lower.parts(network, {"fc": Choice(pe, simd, storage, datapath)})
    return next(part for part in parts if part.kind == "mvtu").build()


def requantize(items: int, lanes: int, bits: int, shifts: int, power: bool) -> RequantizeLanes:
    """Sums to int8, each item a channel, of so many right shifts from 8 on."""
    multiplier = integers(Number(width=30), items) * (not power) + (1 << 30)
    table = RequantizeTable.Config.of(
        multiplier, 8 + np.arange(items) % shifts, zero_point=-9,
        x=Number(width=bits, signed=True), o=Number(width=8, signed=True),
    )  # fmt: skip
    return RequantizeLanes(RequantizeLanes.Config(items=items, lanes=lanes, table=table))


def short(number: Number) -> str:
    """A number in a name."""
    return "b" if number.bipolar else f"{'us'[number.signed]}{number.width}"
