"""Dense layers and convolutions as the matrices that they are."""

from dataclasses import dataclass

import numpy as np

from generators.finn.pipeline import tensors_of
from generators.network import graph

__all__ = ["Linear", "Matrix", "linear_layers", "matrix"]

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
