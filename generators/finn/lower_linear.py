"""Dense layers and convolutions in a pipeline."""

import numpy as np

from generators.finn.linear import Linear
from generators.finn.lower_mvtu import Folded
from generators.finn.lower_window import add_window
from generators.finn.part import Flow
from generators.finn.pipeline import Pipeline
from hdl.array.mvtu import MVTU
from hdl.array.unrolled import Unrolled
from hdl.stream.gather import Gather
from hdl.stream.scatter import Scatter
from hdl.window.columns import Columns

__all__ = ["add"]


def add(pipeline: Pipeline, layer: Linear, folded: Folded, flow: Flow) -> Flow:
    """Append the circuits of a folded layer."""
    found, config, window = folded.matrix, folded.mvtu, folded.window
    if window is not None:
        flow = pipeline.regroup(layer.name, flow, window.lanes, window.channels)
        flow = add_window(pipeline, layer.name, window, flow)
        if folded.columns is not None:
            flow = _add_columns(pipeline, layer.name, folded.columns, flow, window.out_height)
    else:
        lanes = found.cols if config.unrolled else config.group_lanes * config.simd
        flow = pipeline.regroup(layer.name, flow, lanes, found.groups * found.cols)
    rows = found.groups * found.rows
    activation = layer.activation
    thresholds = None if activation is None else activation.thresholds
    bias = layer.bias if layer.bias is None else np.broadcast_to(layer.bias, rows)
    weights = _in_order(layer, folded)
    if config.unrolled:
        return _add_unrolled(pipeline, layer, folded, flow, (weights, thresholds, bias))
    build = lambda: MVTU(config, weights, thresholds, bias)  # noqa: E731
    repeats = {"repeat": found.vectors, "frames": config.frames}
    gather, scatter = folded.gather, folded.scatter
    if gather is not None:
        flow = pipeline.add(layer.name, "gather", gather, lambda: Gather(gather), [flow],
                            number=config.x, lanes=config.i_lanes, items=config.i_lanes, **repeats)
    flow = pipeline.add(layer.name, "mvtu", config, build, [flow], number=config.o,
                        lanes=config.o_lanes, items=rows, vectors=found.vectors, **repeats)
    if scatter is None:
        return flow
    return pipeline.add(layer.name, "scatter", scatter, lambda: Scatter(scatter), [flow],
                        number=config.o, lanes=scatter.lanes, items=rows, vectors=found.vectors,
                        **repeats)  # fmt: skip


def _add_unrolled(pipeline: Pipeline, layer: Linear, folded: Folded, flow: Flow, arrays) -> Flow:
    """Append a layer of constants that takes a vector a cycle."""
    found, mvtu = folded.matrix, folded.mvtu
    config = Unrolled.Config.of(*arrays, mvtu.o, mvtu.base)
    return pipeline.add(layer.name, "unrolled", config, lambda: Unrolled(config), [flow],
                        number=mvtu.o, lanes=found.rows, items=found.rows, vectors=found.vectors,
                        repeat=found.vectors)  # fmt: skip


def _in_order(layer: Linear, folded: Folded) -> np.ndarray:
    """The weights as the MVTU's columns arrive: (ky, kx, channel), or (ky, part, kx, lane)."""
    data, found = layer.weights.data, folded.matrix
    if folded.columns is not None:
        split = data.reshape(*data.shape[:3], -1, folded.window.lanes)
        data = split.transpose(0, 1, 3, 2, 4)
    return data.reshape(found.groups * found.rows, found.cols)


def _add_columns(pipeline: Pipeline, layer: str, config, flow: Flow, lines: int) -> Flow:
    lanes = config.kernel * config.lanes
    beats = lines * config.windows * config.repeats * config.beats
    return pipeline.add(layer, "columns", config, lambda: Columns(config), [flow],
                        number=flow.number, lanes=lanes, items=lanes, vectors=beats,
                        repeat=lines)  # fmt: skip
