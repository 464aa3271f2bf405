"""From layers and folds to circuit configurations."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from amaranth.lib import wiring

from generators.network import check, graph
from generators.network.error import ModelError
from hdl.array.mvtu import MVTU
from hdl.array.mvtu_config import Config as MVTUConfig
from hdl.bus.axis import Edge
from hdl.dot.integer import MAX_WIDTH
from hdl.number import Number, holding
from hdl.quant.argmax import ArgMax
from hdl.quant.lanes import ThresholdLanes
from hdl.quant.threshold import Threshold
from hdl.stream.converter import Converter
from sim.golden.formats import integer

MIN_EDGE, MAX_EDGE = 32, 1024
"""Bits of an AXI4-Stream edge: what a Zynq's ports take at least, and what AXI allows at most."""


@dataclass(frozen=True)
class Choice:
    """How one dense layer is folded."""

    pe: int
    simd: int
    storage: str
    datapath: str


@dataclass(frozen=True)
class Part:
    """One circuit of the pipeline: its layer, what it is, and how it is built.

    ``i`` and ``o`` are the numbers that flow in and out, in ``i_lanes`` and ``o_lanes`` lanes;
    ``items`` of them leave a frame. ``config`` has ``interval`` and ``depart``.
    """

    layer: str
    kind: str
    config: object
    build: Callable[[], wiring.Component]
    o: Number
    o_lanes: int
    items: int


def number(form: integer.Integer) -> Number:
    """A type as the hardware's number."""
    return Number(width=form.width, signed=form.signed, bipolar=form.bipolar)


def chain(network: graph.Network) -> None:
    """Refuse what is no chain of layers.

    Raises
    ------
    ModelError
        If a layer, or the input, is read by several.
    """
    previous = "input"
    for layer in network.layers:
        if layer.inputs != (previous,):
            what = f"Layers must form a chain, each reading the one before, not {layer.inputs[0]!r}"
            raise ModelError(f"{network.name}: layer {layer.name!r}", what)
        previous = layer.name


def operands(network: graph.Network) -> None:
    """Refuse dense layers of numbers that no dot product multiplies.

    Raises
    ------
    ModelError
        If inputs or weights are too wide.
    """
    tensors = tensors_of(network)
    for layer in network.layers:
        if isinstance(layer, graph.Dense):
            forms = tensors[layer.inputs[0]].type, integer.parse(layer.weights.type)
            for name, form in zip(("Inputs", "Weights"), forms):
                if form.width > MAX_WIDTH:
                    what = f"{name} of a dense layer must be at most {MAX_WIDTH} bits wide"
                    where = f"{network.name}: layer {layer.name!r}"
                    raise ModelError(where, f"{what}, not {form.width}")


def mvtu_config(network: graph.Network, layer: graph.Dense, choice: Choice) -> MVTUConfig:
    """The configuration of a dense layer's MVTU."""
    return replace(
        _configs(network)[layer.name],
        pe=choice.pe,
        simd=choice.simd,
        storage=choice.storage,
        multiplier=choice.datapath == "mvtu_dsp",
    )


@lru_cache(maxsize=4)
def tensors_of(network: graph.Network) -> dict[str, check.Tensor]:
    """Shape and type of everything in a network; a search asks many times."""
    return check.infer(network)


@lru_cache(maxsize=4)
def _configs(network: graph.Network) -> dict[str, MVTUConfig]:
    """The configuration of each dense layer, one row and one column at once."""
    tensors = tensors_of(network)
    dense = [layer for layer in network.layers if isinstance(layer, graph.Dense)]
    return {
        layer.name: _config(layer, tensors[layer.inputs[0]].type, tensors[layer.name].type)
        for layer in dense
    }


def _config(layer, source: integer.Integer, result: integer.Integer) -> MVTUConfig:
    x, w = number(source), number(integer.parse(layer.weights.type))
    low, high = check.accumulator_range(layer, source)
    low, high = int(low.min()), int(high.max())
    activation = layer.activation
    if x.bipolar and w.bipolar and activation is None:
        low, high = low // 2, high // 2  # the sum's lowest bit is a constant of the row
    return MVTUConfig(
        rows=layer.weights.data.shape[0],
        cols=layer.weights.data.shape[1],
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


def edge(form: integer.Integer, items: int, cycles: int) -> Edge:
    """The narrowest edge that moves a frame of items within so many cycles, if AXI allows one."""
    width = MIN_EDGE
    while True:
        found = Edge(number=number(form), items=items, width=width)
        if found.beats <= cycles or width == MAX_EDGE:
            return found
        width *= 2


def parts(
    network: graph.Network, choices: dict[str, Choice], unfolded: int = 1
) -> tuple[Edge, list[Part], Edge]:
    """The circuits of a network in order, between its two edges; FIFOs come later.

    ``unfolded`` is how many cycles a frame may take where no layer is folded, which says so else.
    """
    tensors = tensors_of(network)
    configs = {
        layer.name: mvtu_config(network, layer, choices[layer.name])
        for layer in network.layers
        if isinstance(layer, graph.Dense)
    }
    cycles = max((config.interval for config in configs.values()), default=unfolded)
    source = tensors["input"]
    i_edge = edge(source.type, source.items, cycles)
    cycles = max(cycles, i_edge.beats)
    pipeline: list[Part] = []
    flow = _Flow(number(source.type), i_edge.lanes, source.items)
    for layer in network.layers:
        new = _layer_parts(layer, flow, configs.get(layer.name), tensors, cycles)
        pipeline += new
        flow = _Flow(new[-1].o, new[-1].o_lanes, new[-1].items)
    result = tensors[network.layers[-1].name]
    o_edge = edge(result.type, result.items, cycles)
    pipeline += _convert(network.layers[-1].name, flow, o_edge.lanes)
    return i_edge, pipeline, o_edge


@dataclass(frozen=True)
class _Flow:
    """What leaves the pipeline so far: numbers, in lanes, items of them a frame."""

    number: Number
    lanes: int
    items: int


def _layer_parts(layer, flow: _Flow, config, tensors, cycles: int) -> list[Part]:
    if isinstance(layer, graph.Threshold):
        return [_threshold(layer, flow, tensors)]
    if isinstance(layer, graph.ArgMax):
        lanes = -(-flow.items // cycles)
        argmax = ArgMax.Config(items=flow.items, lanes=lanes, x=flow.number)
        found = Part(layer.name, "argmax", argmax, lambda: ArgMax(argmax), argmax.o, 1, 1)
        return [*_convert(layer.name, flow, lanes), found]
    activation = layer.activation
    thresholds = None if activation is None else activation.thresholds
    bias = layer.bias if layer.bias is None else np.broadcast_to(layer.bias, config.rows)
    found = Part(
        layer.name,
        "mvtu",
        config,
        lambda: MVTU(config, layer.weights.data, thresholds, bias),
        config.o,
        config.pe,
        config.rows,
    )
    return [*_convert(layer.name, flow, config.simd), found]


def _threshold(layer: graph.Threshold, flow: _Flow, tensors) -> Part:
    channels, levels = layer.thresholds.shape
    unit = Threshold.Config(
        channels=channels,
        levels=levels,
        x=flow.number,
        o=number(tensors[layer.name].type),
        base=layer.base,
    )
    config = ThresholdLanes.Config(items=flow.items, lanes=flow.lanes, threshold=unit)
    build = lambda: ThresholdLanes(config, np.asarray(layer.thresholds))  # noqa: E731
    return Part(layer.name, "threshold", config, build, unit.o, flow.lanes, flow.items)


def _convert(layer: str, flow: _Flow, lanes: int) -> list[Part]:
    """A width converter, where lanes differ or the last transfer of a frame needs its zeros."""
    if flow.lanes == lanes and not flow.items % lanes:
        return []
    config = Converter.Config(
        width=flow.number.shape, items=flow.items, i_lanes=flow.lanes, o_lanes=lanes
    )
    build = lambda: Converter(config)  # noqa: E731
    return [Part(layer, "converter", config, build, flow.number, lanes, flow.items)]
