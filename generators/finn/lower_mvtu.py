"""Dense layers and convolutions: the circuits that a fold makes of them."""

from dataclasses import dataclass, replace
from functools import lru_cache

from generators.finn.datapath import PLAIN, SERIAL, Unit, Way, applied
from generators.finn.datapath import way as way_of
from generators.finn.linear import Linear, Matrix, linear_layers, matrix
from generators.finn.lower_window import window_config
from generators.finn.part import Choice, number, per_frame
from generators.finn.pipeline import tensors_of
from generators.network import check, graph
from hdl.array.mvtu_config import Config as MVTUConfig
from hdl.array.serial import SerialMVTU
from hdl.number import Number, holding
from hdl.stream.gather import Gather
from hdl.stream.repeat import Repeat
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
    mvtu: Unit
    window: SlidingWindow.Config | None = None
    columns: Columns.Config | None = None
    way: Way = PLAIN

    def on(self, way: Way) -> "Folded":
        """The same lanes of the plain datapath, on another."""
        return replace(self, mvtu=applied(self.mvtu, way), way=way)

    @property
    def x(self) -> Number:
        """Inputs, before they are repeated."""
        x, more = self.mvtu.x, SERIAL * (self.way.steps - 1)
        return replace(x, width=x.width - more)

    @property
    def serial(self) -> bool:
        """Whether bit planes are multiplied."""
        return isinstance(self.mvtu, SerialMVTU.Config)

    @property
    def unrolled(self) -> bool:
        """Whether it is all of a layer of constants at once."""
        return isinstance(self.mvtu, MVTUConfig) and self.mvtu.unrolled

    @property
    def frames(self) -> int:
        """Vectors that share fetches of weights."""
        return getattr(self.mvtu, "frames", 1)

    @property
    def gather(self) -> Gather.Config | None:
        """What puts vectors side by side, once for each row group."""
        mvtu = self.mvtu
        if self.frames == 1:
            return None
        beats = mvtu.col_groups // self.way.steps
        return Gather.Config(width=self.x.shape, lanes=mvtu.simd, vectors=mvtu.frames,
                             beats=beats, repeats=mvtu.row_groups)  # fmt: skip

    @property
    def transfers(self) -> int:
        """Transfers of a vector, before each is repeated."""
        once = self.mvtu.interval // self.way.steps
        return once if self.mvtu.repeated else once // self.mvtu.row_groups

    @property
    def repeat(self) -> Repeat.Config | None:
        """What repeats transfers, where weights come term by term."""
        mvtu, steps = self.mvtu, self.way.steps
        if steps == 1:
            return None
        return Repeat.Config(width=self.x.shape, lanes=mvtu.i_lanes, times=steps, step=SERIAL)

    @property
    def scatter(self) -> Scatter.Config | None:
        """What puts their results one after the other."""
        mvtu = self.mvtu
        if self.frames == 1:
            return None
        return Scatter.Config(width=mvtu.o.shape, lanes=mvtu.pe, vectors=mvtu.frames,
                              beats=mvtu.row_groups)  # fmt: skip

    @property
    def cycles(self) -> int | float:
        """Cycles a frame: those of the arithmetic, or of vectors, map or columns coming or going.

        A part of a cycle counts where frames share fetches of weights.
        """
        steps = [part.interval for part in (self.mvtu, self.gather, self.scatter) if part]
        cycles = per_frame(self.matrix.vectors * max(steps), self.frames)
        window = self.window
        return cycles if window is None else max(cycles, window.i_beats, window.o_beats)


def fold(network: graph.Network, name: str, choice: Choice) -> Folded:
    """The circuits of a layer as chosen; their line buffer is the smallest there is."""
    layer = next(layer for layer in network.layers if layer.name == name)
    found, config = matrix(network, layer), _plain(network, layer, choice)
    chosen = way(network, layer, choice.datapath)
    if not found.windowed:
        return Folded(found, config).on(chosen)
    taps = found.taps(config.simd)
    window = _window(layer, tensors_of(network), config, taps, chosen)
    columns = _columns(layer, window, taps) if taps > 1 else None
    return Folded(found, config, window, columns).on(chosen)


@lru_cache(maxsize=64)
def way(network: graph.Network, layer: Linear, datapath: str) -> Way:
    """How a datapath multiplies a layer."""
    config = _configs(network)[layer.name]
    return way_of(datapath, config.x, config.w, layer)


def mvtu_config(network: graph.Network, layer: Linear, choice: Choice):
    """The configuration of a layer's MVTU."""
    return applied(_plain(network, layer, choice), way(network, layer, choice.datapath))


def _plain(network: graph.Network, layer: Linear, choice: Choice) -> MVTUConfig:
    """The MVTU of so many lanes, whatever the datapath."""
    found = matrix(network, layer)
    at_once = max(1, choice.pe // found.rows) if found.depthwise else 1
    return replace(
        _configs(network)[layer.name],
        pe=choice.pe // at_once,
        simd=choice.simd,
        frames=choice.frames,
        repeated=found.windowed or choice.frames > 1,
        group_lanes=at_once,
        storage=choice.storage,
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
    sums = activation is None or activation.requantize is not None
    o = holding(low, high) if sums else number(result)
    if x.bipolar and w.bipolar and sums:
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
        o=o,
        levels=0 if sums else activation.thresholds.shape[1],
        base=0 if sums else activation.base,
        biased=layer.bias is not None,
    )


def _window(layer: graph.Conv, tensors, config: MVTUConfig, taps: int,
            chosen: Way) -> SlidingWindow.Config:  # fmt: skip
    """The line buffer: it emits the windows in the MVTU's order, once for each row group.

    Once for all of them where windows are gathered, which are then repeated together, and where
    the unit uses an input for all rows before the next one.
    Where several taps of a row come side by side it emits columns, for :class:`Columns`.
    """
    kernel, stride = layer.weights.data.shape[1:3], layer.stride
    if taps > 1:
        kernel, stride = (kernel[0], 1), (stride[0], 1)
    once = config.frames > 1 or chosen.name == "minifloat"
    return window_config(
        tensors[layer.inputs[0]],
        layer.padding,
        layer.pad_value,
        x=chosen.word,
        block=chosen.block,
        lanes=config.group_lanes * config.simd // taps // chosen.block,
        kernel=kernel,
        stride=stride,
        dilation=layer.dilation,
        repeats=1 if once else config.row_groups,
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
