"""Dense layers and convolutions: the matrices that they are, and the circuits that do them."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from generators.finn import limits
from generators.finn.part import Choice, Flow, number, per_frame
from generators.finn.pipeline import Pipeline, tensors_of
from generators.network import check, graph
from hdl.array.mvtu import MVTU
from hdl.array.mvtu_config import Config as MVTUConfig
from hdl.array.unrolled import Unrolled
from hdl.number import holding
from hdl.stream.gather import Gather
from hdl.stream.scatter import Scatter
from hdl.window.columns import Columns
from hdl.window.sliding import SlidingWindow
from sim.golden.formats import integer

Linear = graph.Dense | graph.Conv


@dataclass(frozen=True)
class Matrix:
    """A layer as ``groups`` matrices of rows x cols, which multiply ``vectors`` vectors a frame.

    ``channels`` are those of a group; ``windowed`` says whether a line buffer makes the vectors,
    and ``side`` how many taps of a kernel's row may come side by side instead of one. ``dense``
    says whether vectors that share a fetch of weights are those of several frames, or of one.
    """

    rows: int
    cols: int
    groups: int
    vectors: int
    channels: int
    windowed: bool = False
    side: int = 1
    dense: bool = False

    def taps(self, simd: int) -> int:
        """Taps side by side in so many columns at once: one, if these divide the channels."""
        return self.side if self.channels % simd else 1

    @property
    def depthwise(self) -> bool:
        """Whether groups are single channels, several of which are done at once."""
        return self.groups > 1 and self.channels == 1


@dataclass(frozen=True)
class Folded:
    """A folded layer's circuits: cycles are those of the slowest one.

    Where several vectors share fetches of weights they are gathered before, and scattered behind.
    """

    matrix: Matrix
    mvtu: MVTUConfig
    window: SlidingWindow.Config | None = None
    columns: Columns.Config | None = None

    @property
    def gather(self) -> Gather.Config | None:
        """What puts vectors side by side, once for each row group."""
        mvtu = self.mvtu
        if mvtu.frames == 1:
            return None
        return Gather.Config(width=mvtu.x.shape, lanes=mvtu.simd, vectors=mvtu.frames,
                             beats=mvtu.col_groups, repeats=mvtu.row_groups)  # fmt: skip

    @property
    def scatter(self) -> Scatter.Config | None:
        """What puts their results one after the other."""
        mvtu = self.mvtu
        if mvtu.frames == 1:
            return None
        return Scatter.Config(width=mvtu.o.shape, lanes=mvtu.pe, vectors=mvtu.frames,
                              beats=mvtu.row_groups)  # fmt: skip

    @property
    def cycles(self) -> int | float:
        """Cycles a frame: those of the arithmetic, or of vectors, map or columns coming or going.

        A part of a cycle counts where frames share fetches of weights.
        """
        steps = [part.interval for part in (self.mvtu, self.gather, self.scatter) if part]
        cycles = per_frame(self.matrix.vectors * max(steps), self.mvtu.frames)
        window = self.window
        return cycles if window is None else max(cycles, window.i_beats, window.o_beats)


def linear_layers(network: graph.Network) -> list[Linear]:
    """The layers that are folded."""
    return [layer for layer in network.layers if isinstance(layer, Linear)]


def matrix(network: graph.Network, layer: Linear) -> Matrix:
    """What a layer multiplies."""
    shape = layer.weights.data.shape
    if isinstance(layer, graph.Dense):
        return Matrix(*shape, groups=1, vectors=1, channels=shape[1], dense=True)
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
        return Folded(found, config)
    taps = found.taps(config.simd)
    window = _window(layer, tensors_of(network), config, taps)
    return Folded(found, config, window, _columns(layer, window, taps) if taps > 1 else None)


def mvtu_config(network: graph.Network, layer: Linear, choice: Choice) -> MVTUConfig:
    """The configuration of a layer's MVTU."""
    found = matrix(network, layer)
    at_once = max(1, choice.pe // found.rows) if found.depthwise else 1
    config = _configs(network)[layer.name]
    return replace(
        config,
        pe=choice.pe // at_once,
        simd=choice.simd,
        frames=choice.frames,
        repeated=found.windowed or choice.frames > 1,
        group_lanes=at_once,
        storage=choice.storage,
        **dsp_part(config, choice),
    )


def dsp_part(config: MVTUConfig, choice: Choice) -> dict:
    """What DSP slices do if chosen: add popcounts, or multiply."""
    if choice.datapath != "mvtu_dsp":
        return {}
    return {"accumulator": "dsp"} if config.counts else {"multiplier": True}


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

    Once for all of them where windows are gathered, which are then repeated together.
    Where several taps of a row come side by side it emits columns, for :class:`Columns`.
    """
    kernel, stride = layer.weights.data.shape[1:3], layer.stride
    if taps > 1:
        kernel, stride = (kernel[0], 1), (stride[0], 1)
    return window_config(
        tensors[layer.inputs[0]],
        layer.padding,
        layer.pad_value,
        lanes=config.group_lanes * config.simd // taps,
        kernel=kernel,
        stride=stride,
        dilation=layer.dilation,
        repeats=config.row_groups if config.frames == 1 else 1,
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


def add_window(pipeline: Pipeline, layer: str, window, flow: Flow) -> Flow:
    """Append a sliding window unit, its line buffer as deep as it must be to lose no cycle.

    A smaller one, where another layer is slower, would leave more to the queue before it.
    """
    if pipeline.exact:
        window = window.fitted(max(window.i_beats, window.o_beats))
    build = lambda: SlidingWindow(window)  # noqa: E731
    return pipeline.add(layer, "window", window, build, [flow], number=flow.number,
                        lanes=window.lanes, items=window.lanes, vectors=window.o_beats)  # fmt: skip
