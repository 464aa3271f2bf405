"""A whole float network to a whole network of a scheme."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from generators.network import check, floats, formats, graph
from generators.network.quantize.build import Edge, Step, build
from generators.network.quantize.means import without_means
from generators.network.quantize.options import Options
from generators.network.quantize.split import split
from generators.network.quantize.stages import stages

__all__ = ["Quantized", "quantize"]


@dataclass(frozen=True)
class Quantized:
    """The network, how each layer became what it is, and the real sums it was to have by name."""

    network: graph.Network
    steps: tuple[Step, ...]
    reals: Mapping[str, np.ndarray]


def quantize(
    network: floats.Network,
    frames: np.ndarray,
    options: Options,
    *,
    name: str | None = None,
    progress: Callable[[Iterable], Iterable] = lambda stages: stages,
) -> Quantized:
    """Quantize a float network by frames: uint8 (frames, ...), of the network's input shape.

    Weighted sums are followed by pools, and those by a requantization or an encoder, an unsigned
    one for a relu. The last layer emits sums; ``output`` says what these mean, but for sums of
    minifloats, which no linear function maps to real numbers.

    Raises
    ------
    ModelError
        If it is no chain of stages, a layer's sums cannot fit 32 bits, or it cannot be built.
    """
    network = without_means(network).scaled()
    if options.split:
        network = split(network, options)
    chain = stages(network)
    values = network.run(frames)
    reals = {stage.name: values[stage.name] for stage in chain}
    source = Edge("input", "uint8", np.asarray(frames, np.int64), network.gain)
    made = build(progress(chain), source, reals, options)
    layers, last = made.layers, made.output
    output = None
    if options.argmax:
        layers = (*layers, graph.ArgMax(name=_unused("argmax", layers), inputs=(last.name,)))
    elif not isinstance(last.kind, formats.Minifloat):
        output = graph.Output(gain=np.asarray(last.scale, np.float64), bias=np.zeros(()))
    whole = graph.Network(
        bitloom=1, name=graph.as_name(name or network.name), layers=tuple(layers), output=output,
        input=graph.Input(shape=network.shape, type="uint8"),
    )  # fmt: skip
    return Quantized(check.check(whole), made.steps, reals)


def _unused(name: str, layers: Iterable[graph.AnyLayer]) -> str:
    taken = {layer.name for layer in layers}
    while name in taken:
        name += "_"
    return name
