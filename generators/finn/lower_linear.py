"""Dense layers and convolutions in a pipeline."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from generators.finn import datapath
from generators.finn.linear import Linear
from generators.finn.lower_mvtu import Folded
from generators.finn.lower_window import add_window
from generators.finn.part import Flow, number
from generators.finn.pipeline import Pipeline
from hdl.array.loadable import windows
from hdl.array.minifloat import MinifloatMVTU
from hdl.array.mvtu import MVTU
from hdl.array.serial import SerialMVTU
from hdl.array.unrolled import Unrolled
from hdl.number import Number
from hdl.quant.encode_lanes import EncodeLanes
from hdl.quant.requantize_lanes import RequantizeLanes
from hdl.quant.requantize_table import RequantizeTable
from hdl.stream.gather import Gather
from hdl.stream.repeat import Repeat
from hdl.stream.scatter import Scatter
from hdl.window.columns import Columns

__all__ = ["add", "columns", "enter", "entry", "leave", "shape"]


_UNITS = {
    MVTU.Config: ("mvtu", MVTU),
    SerialMVTU.Config: ("serial", SerialMVTU),
    MinifloatMVTU.Config: ("minifloat", MinifloatMVTU),
}


def add(pipeline: Pipeline, layer: Linear, folded: Folded, flow: Flow) -> Flow:
    """Append the circuits of a folded layer."""
    flow = shape(pipeline, layer, folded, enter(pipeline, layer, folded, flow))
    made = _add_unrolled if folded.unrolled else _add_unit
    return leave(pipeline, layer, folded, made(pipeline, layer, folded, flow))


def entry(folded: Folded) -> tuple[int, int]:
    """Lanes and items of a vector as a folded layer's first circuit takes them."""
    config, found, window = folded.mvtu, folded.matrix, folded.window
    if window is not None:
        return window.lanes, window.channels
    lanes = found.cols if folded.unrolled else config.group_lanes * config.simd
    return lanes, found.groups * found.cols // folded.way.block


def enter(pipeline: Pipeline, layer: Linear, folded: Folded, flow: Flow) -> Flow:
    """Append what brings a flow into the lanes that a folded layer takes."""
    flow = _blocks(pipeline, layer, folded, flow)
    return pipeline.regroup(layer.name, flow, *entry(folded))


def shape(pipeline: Pipeline, layer: Linear, folded: Folded, flow: Flow) -> Flow:
    """Append what makes windows, and numbers of words, before a folded layer's unit."""
    if folded.window is not None:
        flow = add_window(pipeline, layer.name, folded.window, flow)
    if folded.columns is not None:
        lines = folded.window.out_height
        flow = _add_columns(pipeline, layer.name, folded.columns, flow, lines)
    return _expand(pipeline, layer, folded, flow)


def leave(pipeline: Pipeline, layer: Linear, folded: Folded, flow: Flow) -> Flow:
    """Append what makes codes of a folded layer's sums."""
    if layer.activation is None or layer.activation.requantize is None:
        return flow
    return _add_requantize(pipeline, layer, folded, flow)


def _blocks(pipeline: Pipeline, layer: Linear, folded: Folded, flow: Flow) -> Flow:
    """The same numbers, those that the datapath codes together side by side in one lane."""
    block = folded.way.block
    if block == 1 or flow.number.width == folded.way.word.width:  # encoded so
        return flow
    items = flow.items if flow.items % block == 0 else flow.total  # a map that is flattened
    lanes = block if items % flow.lanes or flow.lanes % block else flow.lanes
    flow = pipeline.regroup(layer.name, flow, lanes, items)
    number = Number(width=block * flow.number.width)
    return Flow(flow.source, number, lanes // block, flow.items // block, flow.vectors)


def _expand(pipeline: Pipeline, layer: Linear, folded: Folded, flow: Flow) -> Flow:
    """Append what makes numbers of words, lane by lane, also of those of a block."""
    unit, block = folded.way.expand, folded.way.block
    if unit is None:
        return flow
    lanes = block * flow.lanes
    config = EncodeLanes.Config(items=block * flow.items, lanes=lanes, unit=unit)
    flow = Flow(flow.source, unit.x, lanes, block * flow.items, flow.vectors)
    flow = pipeline.add(layer.name, "expand", config, lambda: EncodeLanes(config), [flow],
                        number=unit.o, lanes=lanes, items=flow.items, vectors=flow.vectors,
                        repeat=flow.vectors)  # fmt: skip
    return Flow(flow.source, folded.x, lanes // block, flow.items // block, flow.vectors)


def _add_unit(pipeline: Pipeline, layer: Linear, folded: Folded, flow: Flow) -> Flow:
    """Append the folded unit, and what brings and takes vectors that share its weights."""
    found, config = folded.matrix, folded.mvtu
    weights, *rest = _arrays(layer, folded)
    rows = found.groups * found.rows
    kind, unit = _UNITS[type(config)]
    if folded.serial:
        config = config.narrowed(weights)
    weights = datapath.stored(config, folded.way, weights, layer.weights.coding)
    rest = rest[1:] if unit is MinifloatMVTU else rest  # no thresholds
    if config.storage == "ram":
        config = replace(config, load_base=pipeline.load_end)
        pipeline.load_end = windows(config).end
    build = lambda: unit(config, weights, *rest)  # noqa: E731
    repeats = {"repeat": found.vectors, "frames": folded.frames}
    gather, repeat, scatter = folded.gather, folded.repeat, folded.scatter
    if gather is not None:
        flow = pipeline.add(layer.name, "gather", gather, lambda: Gather(gather), [flow],
                            number=folded.x, lanes=config.i_lanes, items=config.i_lanes, **repeats)
    if repeat is not None:
        times = found.vectors * folded.transfers
        flow = pipeline.add(layer.name, "repeat", repeat, lambda: Repeat(repeat), [flow],
                            number=config.x, lanes=config.i_lanes, items=config.i_lanes,
                            repeat=times, frames=folded.frames)  # fmt: skip
    flow = pipeline.add(layer.name, kind, config, build, [flow], number=config.o,
                        lanes=config.o_lanes, items=rows, vectors=found.vectors, **repeats)
    if scatter is None:
        return flow
    return pipeline.add(layer.name, "scatter", scatter, lambda: Scatter(scatter), [flow],
                        number=config.o, lanes=scatter.lanes, items=rows, vectors=found.vectors,
                        **repeats)  # fmt: skip


def _add_requantize(pipeline: Pipeline, layer: Linear, folded: Folded, flow: Flow) -> Flow:
    """Append what makes codes of affine numbers of the sums, in as few lanes as keep up."""
    found = layer.activation.requantize
    both = (np.broadcast_to(one, flow.items) for one in (found.multiplier, found.right_shift))
    o = number(pipeline.tensors[layer.name].type)
    table = RequantizeTable.Config.of(*both, x=flow.number, o=o, zero_point=found.zero_point,
                                      low=found.low, high=found.high)  # fmt: skip
    if table.unit.product == "dsp":
        flow = pipeline.regroup(layer.name, flow, _fewest(folded, flow), flow.items)
    config = RequantizeLanes.Config(items=flow.items, lanes=flow.lanes, table=table)
    return pipeline.add(layer.name, "requantize", config, lambda: RequantizeLanes(config), [flow],
                        number=o, lanes=flow.lanes, items=flow.items, vectors=flow.vectors,
                        repeat=flow.vectors)  # fmt: skip


def _fewest(folded: Folded, flow: Flow) -> int:
    """The fewest lanes, a divisor of those of the sums, that take them as fast as they are made.

    That is within the cycles of the unit itself, so that they never queue for more than a row
    group. A divisor, as sums are then shifted by whole transfers, which takes no multiplexers.
    """
    vectors, cycles = folded.frames, folded.mvtu.interval
    return next((d for d in range(1, flow.lanes)
                 if flow.lanes % d == 0 and vectors * -(-flow.items // d) <= cycles),
                flow.lanes)  # fmt: skip


def _add_unrolled(pipeline: Pipeline, layer: Linear, folded: Folded, flow: Flow) -> Flow:
    """Append a layer of constants that takes a vector a cycle."""
    found, config = folded.matrix, _unrolled(layer, folded)
    return pipeline.add(layer.name, "unrolled", config, lambda: Unrolled(config), [flow],
                        number=config.o, lanes=found.rows, items=found.rows, vectors=found.vectors,
                        repeat=found.vectors)  # fmt: skip


@lru_cache(maxsize=16)
def _unrolled(layer: Linear, folded: Folded) -> Unrolled.Config:
    """A layer of constants, planned once: that takes seconds."""
    mvtu = folded.mvtu
    return Unrolled.Config.of(*_arrays(layer, folded), mvtu.o, mvtu.base, mvtu.x, mvtu.w)


def _arrays(layer: Linear, folded: Folded):
    """Weights as they are read, thresholds and bias of each row."""
    rows, activation = folded.matrix.groups * folded.matrix.rows, layer.activation
    thresholds = None if activation is None else activation.thresholds
    bias = layer.bias if layer.bias is None else np.broadcast_to(layer.bias, rows)
    return _in_order(layer, folded), thresholds, bias


def _in_order(layer: Linear, folded: Folded) -> np.ndarray:
    """The weights as the MVTU's columns arrive: (ky, kx, channel), or (ky, part, kx, lane)."""
    data, found, split = layer.weights.data, folded.matrix, columns(layer, folded)
    if split is not None:
        data = data.reshape(split["reshape"]).transpose(split["transpose"])
    return data.reshape(found.groups * found.rows, found.cols)


def columns(layer: Linear, folded: Folded) -> dict | None:
    """How weights (…, ky, kx, channel) are cut where several taps of a row come side by side."""
    if folded.columns is None:
        return None
    lanes, shape = folded.window.lanes, layer.weights.data.shape
    cut = [*shape[:3], shape[3] // lanes, lanes]
    return {"reshape": cut, "transpose": [0, 1, 3, 2, 4]}


def _add_columns(pipeline: Pipeline, layer: str, config, flow: Flow, lines: int) -> Flow:
    lanes = config.kernel * config.lanes
    beats = lines * config.windows * config.repeats * config.beats
    return pipeline.add(layer, "columns", config, lambda: Columns(config), [flow],
                        number=flow.number, lanes=lanes, items=lanes, vectors=beats,
                        repeat=lines)  # fmt: skip
