"""Dense layers and convolutions: the circuits that a fold makes of them."""

from dataclasses import dataclass, replace
from functools import lru_cache

from generators.finn.linear import Linear, Matrix, linear_layers, matrix
from generators.finn.lower_window import window_config
from generators.finn.part import Choice, number, per_frame
from generators.finn.pipeline import tensors_of
from generators.network import check, graph
from hdl.array.mvtu_config import Config as MVTUConfig
from hdl.number import holding
from hdl.stream.gather import Gather
from hdl.stream.scatter import Scatter
from hdl.window.columns import Columns
from hdl.window.sliding import SlidingWindow
from sim.golden.formats import integer


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
