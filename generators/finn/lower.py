"""From a network and its folds to a pipeline of circuits."""

from math import floor, lcm

import numpy as np

from generators.finn import lower_encode, lower_linear, lower_map, lower_mvtu
from generators.finn.part import Choice, Flow, Part, number, queued
from generators.finn.pipeline import Pipeline, dividing, tensors_of
from generators.network import check, graph
from hdl.bus.axis import Edge
from hdl.quant.argmax import ArgMax
from hdl.quant.lanes import ThresholdLanes
from hdl.quant.threshold import Threshold
from sim.golden.formats import integer

MIN_EDGE, MAX_EDGE = 32, 1024
"""Bits of an AXI4-Stream edge: what a Zynq's ports take at least, and what AXI allows at most."""


def edge(form: integer.Integer, items: int, cycles: int) -> Edge:
    """The narrowest edge that moves a frame of items within so many cycles, if AXI allows one."""
    width = MIN_EDGE
    while True:
        found = Edge(number=number(form), items=items, width=width)
        if found.beats <= cycles or width == MAX_EDGE:
            return found
        width *= 2


def batch(network: graph.Network, choices: dict[str, Choice]) -> int:
    """Frames that come and go together: each dense layer takes a divisor of these at once."""
    dense = {layer.name for layer in network.layers if isinstance(layer, graph.Dense)}
    return lcm(*(choice.frames for name, choice in choices.items() if name in dense))


def parts(
    network: graph.Network,
    choices: dict[str, Choice],
    unfolded: int = 1,
    *,
    exact: bool = True,
    cycles: int | None = None,
) -> tuple[Edge, list[Part], Edge]:
    """The circuits of a network between its two edges, each behind those it reads; no FIFOs yet.

    ``cycles`` is how many a frame may take where layers are not folded; by default as many as the
    folded ones take, or ``unfolded`` if there are none.
    Without ``exact``, line buffers are as small as may be, which may lose cycles, but is known at
    once.
    """
    tensors = tensors_of(network)
    folded = {name: lower_mvtu.fold(network, name, c) for name, c in choices.items()}
    if cycles is None:
        cycles = max((floor(found.cycles) for found in folded.values()), default=unfolded)
    source, last = tensors["input"], check.output_layer(network).name
    i_edge = edge(source.type, source.items, cycles)
    together = batch(network, choices)
    pipeline = Pipeline(network, max(cycles, i_edge.beats), batch=together, exact=exact)
    flow = Flow("input", number(source.type), i_edge.lanes, source.items)
    pipeline.flows["input"] = pipeline.fork("input", flow, readers(network, "input"))
    for layer in network.layers:
        reads = [pipeline.flows[name] for name in layer.inputs]
        if layer.name in folded:
            flow = lower_linear.add(pipeline, layer, folded[layer.name], reads[0])
        else:
            flow = append(pipeline, layer, *reads)
        pipeline.flows[layer.name] = pipeline.fork(layer.name, flow, readers(network, layer.name))
    o_edge = edge(tensors[last].type, tensors[last].items, pipeline.cycles)
    pipeline.regroup(last, pipeline.flows[last], o_edge.lanes, o_edge.items)
    return i_edge, queued(pipeline.parts, choices), o_edge


def append(pipeline: Pipeline, layer, *flows: Flow) -> Flow:
    """Append the circuits of a layer that is not folded."""
    return _LAYERS[type(layer)](pipeline, layer, *flows)


def readers(network: graph.Network, name: str) -> int:
    """How many layers read what a layer makes."""
    return sum(layer.inputs.count(name) for layer in network.layers)


def _threshold(pipeline: Pipeline, layer: graph.Threshold, flow: Flow) -> Flow:
    channels, levels = layer.thresholds.shape
    result = number(pipeline.tensors[layer.name].type)
    unit = Threshold.Config(
        channels=channels, levels=levels, x=flow.number, o=result, base=layer.base
    )
    if flow.items % channels:  # a flattened map of single pixels, say
        flow = pipeline.regroup(layer.name, flow, dividing(flow, channels), channels)
    config = ThresholdLanes.Config(items=flow.items, lanes=flow.lanes, threshold=unit)
    build = lambda: ThresholdLanes(config, np.asarray(layer.thresholds))  # noqa: E731
    return pipeline.add(layer.name, "threshold", config, build, [flow], number=result,
                        lanes=flow.lanes, items=flow.items, vectors=flow.vectors,
                        repeat=flow.vectors)  # fmt: skip


def _argmax(pipeline: Pipeline, layer: graph.ArgMax, flow: Flow) -> Flow:
    items = flow.total
    lanes = -(-items // pipeline.cycles)
    config = ArgMax.Config(items=items, lanes=lanes, x=flow.number)
    flow = pipeline.regroup(layer.name, flow, lanes, items)
    build = lambda: ArgMax(config)  # noqa: E731
    return pipeline.add(layer.name, "argmax", config, build, [flow], number=config.o, lanes=1,
                        items=1)  # fmt: skip


_LAYERS = {
    graph.Threshold: _threshold,
    graph.ArgMax: _argmax,
    graph.Encode: lower_encode.encode,
    graph.Flatten: lambda pipeline, layer, flow: flow,
    graph.MaxPool: lower_map.pool,
    graph.SumPool: lower_map.pool,
    graph.Add: lower_map.add,
    graph.Concat: lower_map.concat,
    graph.Upsample: lower_map.upsample,
    graph.Pad: lower_map.pad,
}
