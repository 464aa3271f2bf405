"""A float network as a chain of stages: weighted sums, pools, and perhaps a relu."""

from dataclasses import dataclass, field

import numpy as np

from generators.network import floats, graph
from generators.network.error import ModelError
from sim.golden import network as golden

__all__ = ["Stage", "stages"]


@dataclass(frozen=True)
class Stage:
    """A dense layer or a convolution of reals, and what stands behind it.

    ``weights`` are outputs first; ``geometry`` are other fields of the layer, as of
    :class:`graph.Conv`; the ``pools`` read its sums, in order, and the relu stands behind them,
    since the largest of some numbers stays the largest. The ``last`` layer has neither.
    """

    name: str
    op: type[graph.Dense] | type[graph.Conv]
    weights: np.ndarray
    bias: np.ndarray
    geometry: dict = field(default_factory=dict)
    pools: tuple[floats.MaxPool, ...] = ()
    relu: bool = False
    last: bool = False

    def layer(self, **fields) -> graph.Dense | graph.Conv:
        """The layer with fields of its own."""
        return self.op(name=self.name, **fields, **self.geometry)

    def pooled(self, source: str, codes: np.ndarray) -> tuple[list[graph.MaxPool], np.ndarray]:
        """The pools behind a layer, and what comes out of them."""
        made = []
        for pool in self.pools:
            kept = {name: getattr(pool, name) for name in ("name", "kernel", "stride", "padding")}
            made.append(graph.MaxPool(inputs=(source,), **kept))
            codes = golden.evaluate(graph.asdict(made[-1]), codes)
            source = pool.name
        return made, codes

    def activated(self, sums: np.ndarray) -> np.ndarray:
        """What real sums become behind the pools and the relu."""
        v = self.pooled(self.name, sums)[1]
        return np.maximum(v, 0) if self.relu else v


def stages(network: floats.Network) -> tuple[Stage, ...]:
    """The stages of a network.

    Raises
    ------
    ModelError
        If it does not begin and end with a dense layer or a convolution, or has a layer that no
        stage holds.
    """
    layers = [layer for layer in network.layers if not isinstance(layer, floats.Flatten)]
    linear = [isinstance(layer, (floats.Dense, floats.Conv)) for layer in layers]
    for index, what in ((0, "first"), (-1, "last")):
        if not linear[index]:
            kind = layers[index].__struct_config__.tag
            sentence = f"The {what} layer must be a dense layer or a convolution, not {kind}"
            raise ModelError(layers[index].name, sentence)
    starts = [index for index, there in enumerate(linear) if there]
    ends = [*starts[1:], len(layers)]
    return tuple(_stage(layers[start], layers[start + 1 : end], last=end == len(layers))
                 for start, end in zip(starts, ends))  # fmt: skip


def _stage(layer: floats.Dense | floats.Conv, behind: list, *, last: bool) -> Stage:
    conv = isinstance(layer, floats.Conv)
    for other in behind:
        if not isinstance(other, (floats.Relu, floats.MaxPool)):
            kind = other.__struct_config__.tag
            raise ModelError(other.name, f"Layer must be a relu or a max pool, not {kind}")
    geometry = {name: getattr(layer, name) for name in ("stride", "padding", "groups") if conv}
    pools = tuple(other for other in behind if isinstance(other, floats.MaxPool))
    relu = any(isinstance(other, floats.Relu) for other in behind)
    return Stage(layer.name, graph.Conv if conv else graph.Dense, layer.weights, layer.bias,
                 geometry, pools, relu, last)  # fmt: skip
