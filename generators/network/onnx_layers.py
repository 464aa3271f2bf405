"""The layers that an import has made so far."""

from fractions import Fraction

import numpy as np

from generators.network import graph
from generators.network.onnx_fold import Signal, Value, fits
from generators.network.onnx_graph import Node


class Layers:
    """The layers made so far, and what the input turned out to be.

    ``pixels`` says whether the graph's input was taken as uint8 pixels divided by 255.
    """

    def __init__(self) -> None:
        self.records: list[graph.AnyLayer] = []
        self.paths: dict[str, str] = {}
        self.input_type = "uint8"
        self.pixels = False
        self._counts: dict[str, int] = {}

    def add(self, node: Node, x: Signal, record: type, prefix: str, frame=None, **fields) -> Signal:
        """Append a layer that reads x; its output has the same frame unless another is given."""
        count = self._counts.get(prefix, 0)
        self._counts[prefix] = count + 1
        name = f"{prefix}{count}" if prefix != "argmax" else prefix
        self.records.append(record(name=name, inputs=(x.layer,), **fields))
        self.paths[name] = node.where
        return Signal(name, x.frame if frame is None else frame, x.index)

    def read(self, node: Node, value: Value | None) -> Signal:
        """The activation that a node reads, of known integers."""
        if not isinstance(value, Signal):
            raise node.refused("Input 0 must be an activation, not constant")
        if not value.raw:
            return value
        self.pixels = True
        gain = np.array(Fraction(1, 255), object)
        return self.add(node, value, graph.Scale, "scale", gain=gain)

    def flat(self, node: Node, x: Signal) -> Signal:
        """x as a vector of features."""
        if len(x.frame) == 1:
            return x
        return self.add(node, x, graph.Flatten, "flatten", frame=(x.index.size,))

    def by_channel(self, node: Node, x: Signal, *values: np.ndarray) -> tuple[Signal, list]:
        """Constants that fit the graph's tensor x, as one number or by channel of our frame.

        Where they differ within a channel, the frame is flattened, and each feature is a channel.
        """
        places, spread = x.index.ravel(), []
        for value in values:
            full = np.broadcast_to(value, x.shape) if fits(value.shape, x.shape) else None
            if full is None:
                what = f"Constants must fit {x.shape}, not have shape {value.shape}"
                raise node.refused(what)
            ours = np.empty(places.size, value.dtype)
            ours[places] = full.ravel()
            spread.append(ours.reshape(-1, x.frame[-1]))
        if any(np.any(ours != ours[:1]) for ours in spread):
            x, spread = self.flat(node, x), [ours.reshape(1, -1) for ours in spread]
        pairs = zip(values, spread)
        return x, [v.reshape(()) if v.size == 1 else ours[0] for v, ours in pairs]


def doubles(values: np.ndarray) -> np.ndarray:
    """Numbers of the file as float64, which changes none of them."""
    return values if values.dtype == object else values.astype(np.float64)
