"""Float networks: what post-training quantization begins with.

A network is a chain of layers on real numbers, read from an archive (:mod:`floats_npz`) or a float
ONNX graph (:mod:`floats_onnx`). Its input is uint8, of which p means p * gain + bias.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
from msgspec import Meta
from msgspec.structs import replace

from generators.network.error import ModelError
from generators.network.graph import Count, Name, Padding, Pair
from generators.network.record import Record

__all__ = ["AnyLayer", "Conv", "Dense", "Flatten", "GlobalAvgPool", "Layer", "MaxPool", "Network",
           "Relu", "read"]  # fmt: skip

FRAMES = 250
"""Frames at a time: windows of all frames would need gigabytes."""


class Layer(Record, tag_field="op"):
    """What every layer has; it reads the one before it."""

    name: Name


class Dense(Layer, tag="dense"):
    """y = weights @ flatten(x) + bias; weights (outputs, inputs), a map row-major, (H, W, C)."""

    weights: np.ndarray
    bias: np.ndarray

    def apply(self, x: np.ndarray) -> np.ndarray:
        """The outputs of frames (frames, ...)."""
        return x.reshape(len(x), math.prod(x.shape[1:])) @ self.weights.T + self.bias


class Conv(Layer, tag="conv"):
    """Convolution as that of :class:`graph.Conv`, padded with zeros.

    Weights are (outputs, kernel height, kernel width, inputs / groups).
    """

    weights: np.ndarray
    bias: np.ndarray
    stride: Pair = (1, 1)
    padding: Padding = (0, 0, 0, 0)
    groups: Count = 1

    @property
    def kernel(self) -> tuple[int, int]:
        """Height and width of a window."""
        return self.weights.shape[1:3]

    def apply(self, x: np.ndarray) -> np.ndarray:
        """The outputs of maps (frames, H, W, C)."""
        seen = _windows(x, self.kernel, self.stride, self.padding, 0.0)
        weights = self.weights.reshape(self.groups, -1, math.prod(self.weights.shape[1:]))
        parts = np.split(seen, self.groups, axis=-1)
        columns = (part.reshape(*seen.shape[:3], weights.shape[2]) for part in parts)
        return np.concatenate([c @ w.T for c, w in zip(columns, weights)], axis=-1) + self.bias


class Relu(Layer, tag="relu"):
    """y = max(x, 0)."""

    def apply(self, x: np.ndarray) -> np.ndarray:
        """The outputs of frames (frames, ...)."""
        return np.maximum(x, 0)


class MaxPool(Layer, tag="maxpool"):
    """The largest of each window by channel; pixels outside the map do not count.

    ``stride`` is the kernel's size if absent.
    """

    kernel: Pair
    stride: Pair | None = None
    padding: Padding = (0, 0, 0, 0)

    def apply(self, x: np.ndarray) -> np.ndarray:
        """The outputs of maps (frames, H, W, C)."""
        seen = _windows(x, self.kernel, self.stride or self.kernel, self.padding, -np.inf)
        return seen.max(axis=(3, 4))


class GlobalAvgPool(Layer, tag="globalavgpool"):
    """The mean of all pixels by channel: (H, W, C) to (1, 1, C)."""

    def apply(self, x: np.ndarray) -> np.ndarray:
        """The outputs of maps (frames, H, W, C)."""
        return x.mean(axis=(1, 2), keepdims=True)


class Flatten(Layer, tag="flatten"):
    """(H, W, C) to (features,), row-major."""

    def apply(self, x: np.ndarray) -> np.ndarray:
        """The outputs of frames (frames, ...)."""
        return x.reshape(len(x), math.prod(x.shape[1:]))


AnyLayer = Dense | Conv | Relu | MaxPool | GlobalAvgPool | Flatten


class Network(Record):
    """Layers in order, and the input: its shape and what a pixel means."""

    name: Name
    shape: Annotated[tuple[Count, ...], Meta(min_length=1, max_length=3)]
    layers: tuple[AnyLayer, ...]
    gain: float = 1 / 255
    bias: float = 0.0

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of a frame, (H, W, C) or (features,)."""
        return self.shape

    def run(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """The float64 outputs of every layer by name, of integer frames (frames, *shape)."""
        parts = [self._values(x[k : k + FRAMES]) for k in range(0, max(len(x), 1), FRAMES)]
        return {layer.name: np.concatenate([part[layer.name] for part in parts])
                for layer in self.layers}  # fmt: skip

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """What the last layer emits; needs less memory than all layers' outputs."""
        last = self.layers[-1].name
        parts = (self._values(x[k : k + FRAMES])[last] for k in range(0, max(len(x), 1), FRAMES))
        return np.concatenate(list(parts))

    def _values(self, x: np.ndarray) -> dict[str, np.ndarray]:
        v = np.asarray(x, np.float64).reshape(-1, *self.shape) * self.gain + self.bias
        found = {}
        for layer in self.layers:
            v = found[layer.name] = layer.apply(v)
        return found

    def scaled(self) -> "Network":
        """The same function of pixels that mean p * 2^k: the first layer takes over the rest.

        2^k is the power of two next to the gain, by ratio, and there is no bias.

        Raises
        ------
        ModelError
            If the pixels have a bias, and the first layer pads with zeros or stands behind a relu.
        """
        index = next(i for i, layer in enumerate(self.layers) if isinstance(layer, Dense | Conv))
        first, power = self.layers[index], 2.0 ** round(math.log2(self.gain))
        early = any(isinstance(layer, Relu) for layer in self.layers[:index])
        if self.bias and (early or any(getattr(first, "padding", ()))):
            what = "Bias of the input must be 0 where this layer pads or reads a relu"
            raise ModelError(first.name, f"{what}, not {self.bias}")
        sums = first.weights.reshape(len(first.weights), -1).sum(axis=1)
        made = replace(first, weights=first.weights * (self.gain / power),
                       bias=first.bias + self.bias * sums)  # fmt: skip
        layers = (*self.layers[:index], made, *self.layers[index + 1 :])
        return replace(self, layers=layers, gain=power, bias=0.0)


def read(path: Path, notes: Callable[[str], None] = lambda note: None) -> Network:
    """Read a float network, an archive (.npz) or an ONNX graph (.onnx).

    ``notes`` is called with a sentence on whatever the file leaves open and a user should know.

    Raises
    ------
    ModelError
        If the file cannot be read, or is none that we can quantize; it names the layer or node.
    """
    suffix = path.suffix.lower()
    if suffix == ".npz":
        from generators.network import floats_npz

        return floats_npz.read(path)
    if suffix == ".onnx":
        # Here, as the package onnx takes longer to import than most commands take otherwise.
        from generators.network import floats_onnx

        return floats_onnx.read(path, notes)
    raise ModelError(str(path), f"File must end in .npz or .onnx, not {path.suffix!r}")


def _windows(x: np.ndarray, kernel, stride, padding, border: float) -> np.ndarray:
    """A view (frames, OH, OW, KH, KW, C) of maps in a border."""
    top, left, bottom, right = padding
    if any(padding):
        edges = [(0, 0), (top, bottom), (left, right), (0, 0)]
        x = np.pad(x, edges, constant_values=border)
    seen = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=(1, 2))
    return seen[:, :: stride[0], :: stride[1]].transpose(0, 1, 2, 4, 5, 3)
