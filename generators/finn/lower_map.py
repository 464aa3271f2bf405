"""Layers that only move or combine maps: pools, sums of branches, concatenation, upsampling."""

import math

import numpy as np

from generators.finn.lower_window import add_window, window_config
from generators.finn.part import Flow, number
from generators.finn.pipeline import Pipeline
from generators.network import graph
from hdl.stream.add import Add
from hdl.stream.concat import Concat
from hdl.window.pool import Pool
from hdl.window.upsample import Upsample


def pool(pipeline: Pipeline, layer: graph.MaxPool | graph.SumPool, flow: Flow) -> Flow:
    """Blocks that do not overlap are reduced as they come; others behind a line buffer."""
    source, result = (pipeline.tensors[name] for name in (layer.inputs[0], layer.name))
    height, width, channels = source.shape
    kernel, stride = layer.kernel, layer.stride or layer.kernel
    op = "max" if isinstance(layer, graph.MaxPool) else "sum"
    shared = {"kernel": kernel, "x": flow.number, "o": number(result.type), "op": op}
    pixels = result.shape[0] * result.shape[1]
    if stride == kernel and not any(layer.padding):
        lanes = pipeline.lanes(flow, channels, height * width)
        flow = pipeline.regroup(layer.name, flow, lanes, channels)
        config = Pool.Config(height=height, width=width, groups=channels // lanes, lanes=lanes,
                             **shared)  # fmt: skip
        repeat = 1
    else:
        taps = kernel[0] * kernel[1]
        lanes = pipeline.lanes(flow, channels, max(taps * pixels, height * width))
        flow = pipeline.regroup(layer.name, flow, lanes, channels)
        blocks = channels // lanes
        flow = _windows(pipeline, layer, flow, kernel=kernel, stride=stride, blocks=blocks,
                        value=source.type.low if op == "max" else 0)  # fmt: skip
        shared["kernel"] = (1, taps)
        config = Pool.Config(height=1, width=taps, groups=1, lanes=lanes, **shared)
        repeat = pixels * blocks
    return pipeline.add(layer.name, "pool", config, lambda: Pool(config), [flow], number=config.o,
                        lanes=lanes, items=channels, vectors=pixels, repeat=repeat)  # fmt: skip


def _windows(pipeline: Pipeline, layer, flow: Flow, *, value: int, **fields) -> Flow:
    source = pipeline.tensors[layer.inputs[0]]
    window = window_config(source, layer.padding, value, x=flow.number, lanes=flow.lanes,
                           **fields)  # fmt: skip
    return add_window(pipeline, layer.name, window, flow)


def pad(pipeline: Pipeline, layer: graph.Pad, flow: Flow) -> Flow:
    """A border is what a window of one pixel sees around a map."""
    height, width, channels = pipeline.tensors[layer.name].shape
    lanes = pipeline.lanes(flow, channels, height * width)
    flow = pipeline.regroup(layer.name, flow, lanes, channels)
    flow = _windows(pipeline, layer, flow, kernel=(1, 1), value=layer.value)
    return Flow(flow.source, flow.number, lanes, channels, height * width)


def add(pipeline: Pipeline, layer: graph.Add, *flows: Flow) -> Flow:
    """Transfer by transfer, in lanes that need not divide the channels."""
    shape = pipeline.tensors[layer.name].shape
    items = shape[-1]
    vectors = int(np.prod(shape[:-1]))
    lanes = flows[0].lanes
    if any((flow.lanes, flow.items) != (lanes, items) for flow in flows):
        lanes = -(-items // max(1, pipeline.cycles // vectors))
    flows = [pipeline.regroup(layer.name, flow, lanes, items) for flow in flows]
    gains = np.ones(len(flows), np.int64) if layer.gains is None else np.asarray(layer.gains)
    gains = tuple(tuple(np.atleast_1d(gain).tolist()) for gain in gains)
    result = number(pipeline.tensors[layer.name].type)
    config = Add.Config(items=items, lanes=lanes, x=tuple(flow.number for flow in flows),
                        gains=gains, o=result)  # fmt: skip
    return pipeline.add(layer.name, "add", config, lambda: Add(config), flows, number=result,
                        lanes=lanes, items=items, vectors=vectors, repeat=vectors)  # fmt: skip


def concat(pipeline: Pipeline, layer: graph.Concat, *flows: Flow) -> Flow:
    """Whole pixels, or vectors, side by side."""
    *size, channels = pipeline.tensors[layer.name].shape
    vectors = math.prod(size)
    sizes = tuple(pipeline.tensors[name].shape[-1] for name in layer.inputs)
    flows = [pipeline.regroup(layer.name, *pair) for pair in zip(flows, sizes, sizes)]
    result = number(pipeline.tensors[layer.name].type)
    config = Concat.Config(x=tuple(flow.number for flow in flows), sizes=sizes, o=result)
    return pipeline.add(layer.name, "concat", config, lambda: Concat(config), flows, number=result,
                        lanes=channels, items=channels, vectors=vectors, repeat=vectors)


def upsample(pipeline: Pipeline, layer: graph.Upsample, flow: Flow) -> Flow:
    """Rows and pixels again, from a buffer of one row."""
    height, width, channels = pipeline.tensors[layer.inputs[0]].shape
    pixels = height * width * layer.factor[0] * layer.factor[1]
    lanes = pipeline.lanes(flow, channels, pixels)
    flow = pipeline.regroup(layer.name, flow, lanes, channels)
    config = Upsample.Config(height=height, width=width, groups=channels // lanes, lanes=lanes,
                             factor=layer.factor, x=flow.number)  # fmt: skip
    build = lambda: Upsample(config)  # noqa: E731
    return pipeline.add(layer.name, "upsample", config, build, [flow], number=flow.number,
                        lanes=lanes, items=channels, vectors=pixels)  # fmt: skip
