"""Layer by layer: weights and activations in a scheme, biases corrected."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from generators.network import codings, formats, graph
from generators.network.error import ModelError
from generators.network.infer_weights import accumulator_range
from generators.network.quantize import bias, coded, numbers
from generators.network.quantize.coded import Coded
from generators.network.quantize.options import Options
from generators.network.quantize.stages import Stage
from sim.golden import network as golden
from sim.golden.formats import integer

__all__ = ["Built", "Edge", "Step", "build"]

WIDEST = integer.parse(f"int{integer.MAX_WIDTH}")
"""What sums must fit."""

LONGEST = 57
"""Characters of a name with room for a suffix."""

FAR = 2.0**60
"""Beyond all sums."""


@dataclass(frozen=True)
class Edge:
    """What a layer emits: its name, type, codes of the calibration frames; real = scale * number.

    The scale is one, or one of each channel.
    """

    name: str
    kind: numbers.Kind
    codes: np.ndarray
    scale: float | np.ndarray

    @property
    def coding(self) -> formats.Coding | None:
        """The format, of codes that are in one."""
        return None if isinstance(self.kind, str) else self.kind

    @property
    def real(self) -> np.ndarray:
        """What the codes stand for."""
        return self.scale * numbers.value(self.kind, self.codes)


@dataclass(frozen=True)
class Step:
    """A stage as it was quantized: its weights, its sums, and what it emits behind those."""

    stage: Stage
    weights: Coded
    sums: Edge
    output: Edge


@dataclass(frozen=True)
class Built:
    """Layers in order, how each stage became them, and what the last one emits."""

    layers: tuple[graph.AnyLayer, ...]
    steps: tuple[Step, ...]

    @property
    def output(self) -> Edge:
        """What the last layer emits."""
        return self.steps[-1].output


def build(stages: Iterable[Stage], source: Edge, reals: Mapping[str, np.ndarray],
          options: Options) -> Built:  # fmt: skip
    """Quantize a network, given its input's codes and the real sums of its layers, by name.

    The bias of a layer is corrected by what the codes before it make of the calibration frames,
    errors of earlier layers included.

    Raises
    ------
    ModelError
        If a layer's sums cannot fit 32 bits, or it has groups and numbers of a format.
    """
    layers, steps, edge = [], [], source
    if options.family == "hfp8":
        layer, edge = _encoded(edge, edge.real, 0, options, signed=False)
        layers.append(layer)
    for index, stage in enumerate(stages):
        layer, w = _fitted(stage, edge, options)
        sums = _sums(layer, edge, w)
        if options.bias_correction:
            layer = _corrected(stage, layer, sums, edge, w, reals[stage.name])
            sums = _sums(layer, edge, w)
        made, output, v = [layer], sums, stage.activated(reals[stage.name])
        if not stage.last and options.real:
            made, output = _requantized(stage, layer, edge, w, v, options)
        elif not stage.last:
            made, output = _encoded_behind(stage, layer, sums, v, options, index)
        layers += made
        steps.append(Step(stage, w, sums, output))
        edge = output
    return Built(tuple(layers), tuple(steps))


def _fitted(stage: Stage, edge: Edge, options: Options) -> tuple[graph.AnyLayer, Coded]:
    """A layer with its weights, whose scale is doubled until sums fit."""
    w = coded.weights(stage.weights, options, last=stage.last)
    for _ in range(integer.MAX_WIDTH):
        layer = _layer(stage, edge, w)
        low, high = _range(layer, edge)
        if WIDEST.low <= low and high <= WIDEST.high:
            return layer, w
        w = coded.of(stage.weights, w.kind, 2 * w.scale)
    what = f"Sums must fit {integer.MAX_WIDTH} bits, not reach {low}..{high}"
    raise ModelError(stage.name, what)


def _layer(stage: Stage, edge: Edge, w: Coded) -> graph.Dense | graph.Conv:
    """A layer that emits sums, with its bias in their unit."""
    ends = int(w.codes.min()), int(w.codes.max())
    plain = isinstance(w.kind, str)
    weights = graph.Weights(type=w.kind if plain else integer.smallest(*ends).name, data=w.codes,
                            coding=None if plain else w.kind)  # fmt: skip
    layer = stage.layer(inputs=(edge.name,), weights=weights, input_type=edge.coding)
    coding = edge.coding or weights.coding
    if coding is not None and getattr(layer, "groups", 1) > 1:
        what = f"Groups must be 1 in the format {coding.__struct_config__.tag}"
        raise ModelError(stage.name, what)
    return _biased(layer, edge, w, stage.bias)


def _biased(layer, edge: Edge, w: Coded, real: np.ndarray):
    """The layer with a real bias."""
    v, kind = real / _unit(layer, edge, w), _sums_kind(layer)
    if kind == WIDEST.name:  # beyond it as well, so that sums are seen not to fit
        return replace(layer, bias=np.floor(np.clip(v, -FAR, FAR) + 0.5).astype(np.int64))
    return replace(layer, bias=numbers.encode(kind, v))


def _unit(layer, edge: Edge, w: Coded) -> np.ndarray:
    """What 1 of the sums stands for, of each output or of all."""
    found = codings.family(layer)
    halves = (edge.coding or w.kind).magnitude + 1 if found == "fpec" else 0
    return np.asarray(edge.scale * w.scale * 2.0**-halves)


def _sums_kind(layer) -> numbers.Kind:
    """DLFloat of minifloats, else integers."""
    return codings.DLFLOAT if codings.family(layer) == "minifloat" else WIDEST.name


def _range(layer, edge: Edge) -> tuple[int, int]:
    """The lowest and the highest sum that any input makes."""
    if edge.coding is None:
        form = integer.parse(edge.kind)
    else:
        made = codings.format_of(edge.coding)
        form = integer.smallest(made.low, made.high)
    lows, highs = accumulator_range(layer, form)
    return int(lows.min()), int(highs.max())


def _sums(layer, edge: Edge, w: Coded) -> Edge:
    """A layer's sums of the calibration frames."""
    codes = golden.evaluate(graph.asdict(layer), edge.codes)
    return Edge(layer.name, _sums_kind(layer), codes, _unit(layer, edge, w))


def _corrected(stage: Stage, layer, sums: Edge, edge: Edge, w: Coded, real: np.ndarray):
    """The layer whose sums, or what the relu leaves of them, have the means of the real ones."""
    found = bias.missing(real, sums.real)
    if stage.relu:
        pooled = (stage.pooled(stage.name, v)[1] for v in (real, sums.real))
        found = bias.missing_behind_relu(*pooled)
    return _biased(layer, edge, w, sums.scale * numbers.value(sums.kind, layer.bias) + found)


def _requantized(stage: Stage, layer, edge: Edge, w: Coded, v: np.ndarray, options: Options):
    """The layer with its sums requantized, the pools behind it, and what comes out."""
    kind, scale = coded.activations(v, options, signed=not stage.relu)
    each = np.atleast_1d(np.asarray(w.scale, np.float64))
    record = graph.Requantize(input_scale=float(edge.scale), weight_scale=each,
                              output_scale=float(scale))  # fmt: skip
    layer = replace(layer, activation=graph.Activation(type=kind, requantize=record))
    codes = golden.evaluate(graph.asdict(layer), edge.codes)
    pools, codes = stage.pooled(layer.name, codes)
    return [layer, *pools], Edge([layer, *pools][-1].name, kind, codes, scale)


def _encoded_behind(stage: Stage, layer, sums: Edge, v: np.ndarray, options: Options, seed: int):
    """The layer, the pools behind it, the encoder behind those, and what comes out."""
    pools, codes = stage.pooled(layer.name, sums.codes)
    pooled = Edge([layer, *pools][-1].name, sums.kind, codes, sums.scale)
    encoder, edge = _encoded(pooled, v, seed, options, signed=not stage.relu)
    return [layer, *pools, encoder], edge


def _encoded(source: Edge, v: np.ndarray, seed: int, options: Options, *, signed: bool):
    """An encoder of integers or minifloats that stand for real numbers such as v."""
    kind, scale = coded.activations(v, options, signed=signed)
    layer = graph.Encode(
        name=f"{source.name[:LONGEST]}_encode", inputs=(source.name,), type=kind,
        right_shift=round(math.log2(scale)) - round(math.log2(source.scale)),
        ways=options.ways if isinstance(kind, formats.BlockFloat) else 1, input_type=source.coding,
        seed=options.seed + seed if options.rounding == "stochastic" else None,
    )  # fmt: skip
    return layer, Edge(layer.name, kind, golden.evaluate(graph.asdict(layer), source.codes), scale)
