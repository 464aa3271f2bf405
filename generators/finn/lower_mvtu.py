"""Dense layers and convolutions: the matrices that they are, and the circuits that do them."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from generators.finn import limits
from generators.finn.part import Choice, Flow, number
from generators.finn.pipeline import Pipeline, tensors_of
from generators.network import check, graph
from hdl.array.mvtu import MVTU
from hdl.array.mvtu_config import Config as MVTUConfig
from hdl.number import holding
from hdl.window.columns import Columns
from hdl.window.sliding import SlidingWindow
from sim.golden.formats import integer

Linear = graph.Dense | graph.Conv


@dataclass(frozen=True)
class Matrix:
    """A layer as ``groups`` matrices of rows x cols, which multiply ``vectors`` vectors a frame.

    ``channels`` are those of a group; ``windowed`` says whether a line buffer makes the vectors,
    and ``side`` how many taps of a kernel's row may come side by side instead of one.
    """

    rows: int
    cols: int
    groups: int
    vectors: int
    channels: int
    windowed: bool = False
    side: int = 1

    def taps(self, simd: int) -> int:
        """Taps side by side in so many columns at once: one, if these divide the channels."""
        return self.side if self.channels % simd else 1

    @property
    def depthwise(self) -> bool:
        """Whether groups are single channels, several of which are done at once."""
        return self.groups > 1 and self.channels == 1


@dataclass(frozen=True)
class Folded:
    """A folded layer's circuits: cycles are those of the slower one."""

    matrix: Matrix
    mvtu: MVTUConfig
    window: SlidingWindow.Config | None
    columns: Columns.Config | None

    @property
    def cycles(self) -> int:
        """Cycles a frame: those of the arithmetic, or of the map or its columns coming in."""
        cycles, window = self.matrix.vectors * self.mvtu.interval, self.window
        return cycles if window is None else max(cycles, window.i_beats, window.o_beats)


def linear_layers(network: graph.Network) -> list[Linear]:
    """The layers that are folded."""
    return [layer for layer in network.layers if isinstance(layer, Linear)]


def matrix(network: graph.Network, layer: Linear) -> Matrix:
    """What a layer multiplies."""
    shape = layer.weights.data.shape
    if isinstance(layer, graph.Dense):
        return Matrix(*shape, groups=1, vectors=1, channels=shape[1])
    height, width, _ = tensors_of(network)[layer.name].shape
    windowed = shape[1:3] != (1, 1) or layer.stride != (1, 1) or any(layer.padding)
    rows, cols = shape[0] // layer.groups, int(np.prod(shape[1:]))
    side = shape[2] if layer.groups == 1 and layer.dilation[1] == 1 else 1
    return Matrix(rows, cols, layer.groups, height * width, shape[3], windowed, side)


def fold(network: graph.Network, name: str, choice: Choice) -> Folded:
    """The circuits of a layer as chosen; their line buffer is the smallest there is."""
    layer = next(layer for layer in network.layers if layer.name == name)
    found, config = matrix(network, layer), mvtu_config(network, layer, choice)
    if not found.windowed:
        return Folded(found, config, None, None)
    taps = found.taps(config.simd)
    window = _window(layer, tensors_of(network), config, taps)
    return Folded(found, config, window, _columns(layer, window, taps) if taps > 1 else None)


def mvtu_config(network: graph.Network, layer: Linear, choice: Choice) -> MVTUConfig:
    """The configuration of a layer's MVTU."""
    found = matrix(network, layer)
    at_once = max(1, choice.pe // found.rows) if found.depthwise else 1
    return replace(
        _configs(network)[layer.name],
        pe=choice.pe // at_once,
        simd=choice.simd,
        group_lanes=at_once,
        storage=choice.storage,
        multiplier=choice.datapath == "mvtu_dsp",
    )


@lru_cache(maxsize=4)
def _configs(network: graph.Network) -> dict[str, MVTUConfig]:
    """The configuration of each layer, one row and one column at once."""
    return {layer.name: _config(network, layer) for layer in linear_layers(network)}


def _config(network: graph.Network, layer: Linear) -> MVTUConfig:
    tensors = tensors_of(network)
    source, result = tensors[layer.inputs[0]].type, tensors[layer.name].type
    x, w = number(source), number(integer.parse(layer.weights.type))
    low, high = check.accumulator_range(layer, source)
    low, high = int(low.min()), int(high.max())
    activation = layer.activation
    if x.bipolar and w.bipolar and activation is None:
        low, high = low // 2, high // 2  # the sum's lowest bit is a constant of the row
    found = matrix(network, layer)
    return MVTUConfig(
        rows=found.rows,
        cols=found.cols,
        groups=found.groups,
        repeated=found.windowed,
        pe=1,
        simd=1,
        x=x,
        w=w,
        acc=holding(low, high),
        o=number(result),
        levels=0 if activation is None else activation.thresholds.shape[1],
        base=0 if activation is None else activation.base,
        biased=layer.bias is not None,
    )


def _window(layer: graph.Conv, tensors, config: MVTUConfig, taps: int) -> SlidingWindow.Config:
    """The line buffer: it emits the windows in the MVTU's order, once for each row group.

    Where several taps of a row come side by side it emits columns, for :class:`Columns`.
    """
    kernel, stride = layer.weights.data.shape[1:3], layer.stride
    if taps > 1:
        kernel, stride = (kernel[0], 1), (stride[0], 1)
    return window_config(
        tensors[layer.inputs[0]],
        layer.padding,
        layer.pad_value,
        lanes=config.i_lanes // taps,
        kernel=kernel,
        stride=stride,
        dilation=layer.dilation,
        repeats=config.row_groups,
        blocks=config.group_sets,
    )


def window_config(source: check.Tensor, padding, value: int, **fields) -> SlidingWindow.Config:
    """A sliding window unit for a map padded with a value, of the least depth."""
    height, width, channels = source.shape
    return SlidingWindow.Config(
        height=height,
        width=width,
        channels=channels,
        padding=padding,
        x=number(source.type),
        pad_code=limits.pad_code(source.type, value, "padding") if any(padding) else 0,
        **fields,
    )


def _columns(layer: graph.Conv, window: SlidingWindow.Config, taps: int) -> Columns.Config:
    return Columns.Config(
        width=window.out_width,
        kernel=taps,
        stride=layer.stride[1],
        beats=window.kernel[0] * window.groups,
        repeats=window.repeats,
        lanes=window.lanes,
        x=window.x,
    )


def add(pipeline: Pipeline, layer: Linear, folded: Folded, flow: Flow) -> Flow:
    """Append the circuits of a folded layer."""
    found, config, window = folded.matrix, folded.mvtu, folded.window
    if window is not None:
        flow = pipeline.regroup(layer.name, flow, window.lanes, window.channels)
        flow = add_window(pipeline, layer.name, window, flow)
        if folded.columns is not None:
            flow = _add_columns(pipeline, layer.name, folded.columns, flow, window.out_height)
    else:
        flow = pipeline.regroup(layer.name, flow, config.i_lanes, found.groups * found.cols)
    rows = found.groups * found.rows
    activation = layer.activation
    thresholds = None if activation is None else activation.thresholds
    bias = layer.bias if layer.bias is None else np.broadcast_to(layer.bias, rows)
    weights = _in_order(layer, folded)
    build = lambda: MVTU(config, weights, thresholds, bias)  # noqa: E731
    return pipeline.add(layer.name, "mvtu", config, build, [flow], number=config.o,
                        lanes=config.o_lanes, items=rows, vectors=found.vectors,
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


def add_window(pipeline: Pipeline, layer: str, window, flow: Flow) -> Flow:
    """Append a sliding window unit, its line buffer as deep as it must be to lose no cycle.

    A smaller one, where another layer is slower, would leave more to the queue before it.
    """
    if pipeline.exact:
        window = window.fitted(max(window.i_beats, window.o_beats))
    build = lambda: SlidingWindow(window)  # noqa: E731
    return pipeline.add(layer, "window", window, build, [flow], number=flow.number,
                        lanes=window.lanes, items=window.lanes, vectors=window.o_beats)  # fmt: skip
