"""The layers that an import has made so far."""

import math
from fractions import Fraction

import numpy as np

from generators.network import graph
from generators.network.onnx_fold import Signal, Value, fits
from generators.network.onnx_graph import MAX_ITEMS, Node


class Layers:
    """The layers made so far, and what the input turned out to be.

    ``coded`` says whether whatever reads the graph's input is one and the same quantizer, the
    codes of which can then be the network's input; ``pixels`` whether the graph's input was taken
    as uint8 pixels divided by 255; ``gain`` what the network's input is times to be the graph's.
    """

    def __init__(self, coded: bool) -> None:
        self.records: list[graph.AnyLayer] = []
        self.paths: dict[str, str] = {}
        self.input_type = "uint8"
        self.coded, self.pixels, self.gain = coded, False, Fraction(1)
        self._counts: dict[str, int] = {}
        self._real: str | None = None

    def add(self, node: Node, x: Signal, record: type, prefix: str, frame=None, **fields) -> Signal:
        """Append a layer that reads x; its output has the same frame unless another is given."""
        name = self._append(node, (x,), record, prefix, fields)
        return Signal(name, x.frame if frame is None else frame, x.index)

    def map(self, node: Node, x: Signal, record: type, prefix: str, frame, **fields) -> Signal:
        """Append a layer that makes a map of x, of another frame but of as many axes."""
        bounded(node, frame)
        name = self._append(node, (x,), record, prefix, fields)
        return Signal(name, frame, map_places(frame, len(x.shape)))

    def join(self, node: Node, xs: list[Signal], record: type, frame, index, **fields) -> Signal:
        """Append a layer that reads several."""
        name = self._append(node, tuple(xs), record, record.__struct_config__.tag, fields)
        return Signal(name, frame, index)

    def _append(self, node: Node, xs: tuple, record: type, prefix: str, fields: dict) -> str:
        count = self._counts.get(prefix, 0)
        self._counts[prefix] = count + 1
        name = f"{prefix}{count}" if prefix != "argmax" else prefix
        self.records.append(record(name=name, inputs=tuple(x.layer for x in xs), **fields))
        self.paths[name] = node.where
        return name

    def read(self, node: Node, value: Value | None, position: int = 0) -> Signal:
        """The activation that a node reads, of known integers."""
        if not isinstance(value, Signal):
            raise node.refused(f"Input {position} must be an activation, not constant")
        if not value.raw:
            return value
        self.pixels = True
        return self.real(node, value, np.array(Fraction(1, 255), object))

    def real(self, node: Node, x: Signal, gain: np.ndarray) -> Signal:
        """The graph's input, the network's times a gain: one layer, however many read it."""
        if self._real is None:
            self.gain, self._real = gain.item(), "input" if gain == 1 else None
            self._real = self._real or self.add(node, x, graph.Scale, "scale", gain=gain).layer
        return Signal(self._real, x.frame, x.index)

    def read_map(self, node: Node, value: Value | None) -> Signal:
        """The activation that a node reads, if it is a map, channels first, in our order."""
        x = self.read(node, value)
        if len(x.shape) not in (3, 4):
            accepted = "(1, channels, length) or (1, channels, height, width)"
            raise node.refused(f"Input 0 must be a map {accepted}, not of shape {x.shape}")
        if not is_map(x):
            what = f"the map {x.frame} of layer {x.layer!r}, channels first, without moved axes"
            if len(x.frame) != 3:
                what = f"a map, but layer {x.layer!r} makes features, {x.frame}"
            raise node.refused(f"Input 0 must be {what}")
        return x

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

    def needed(self, name: str) -> tuple[graph.AnyLayer, ...]:
        """The layers that one depends on, and itself; nodes may ask others for their shape only."""
        wanted, kept = {name}, []
        for record in reversed(self.records):
            if record.name in wanted:
                wanted.update(record.inputs)
                kept.append(record)
        return tuple(kept[::-1])


def bounded(node: Node, frame: tuple[int, ...]) -> None:
    """Refuse an output of more numbers than the importer keeps places of."""
    if math.prod(frame) > MAX_ITEMS:
        raise node.refused(f"Output must be at most {MAX_ITEMS} numbers, not {frame}")


def map_places(frame: tuple[int, ...], rank: int) -> np.ndarray:
    """Where a graph's map (1, C, H, W), or (1, C, W) of rank 3, lies in our frame (H, W, C)."""
    places = np.moveaxis(np.arange(math.prod(frame)).reshape(1, *frame), -1, 1)
    return places if rank == 4 else places[:, :, 0]


def is_map(x: Signal) -> bool:
    """Whether x is a whole map, channels first, in the order of its frame."""
    if len(x.frame) != 3 or len(x.shape) not in (3, 4):
        return False
    return np.array_equal(x.index, map_places(x.frame, len(x.shape)))


def doubles(values: np.ndarray) -> np.ndarray:
    """Numbers of the file as float64, which changes none of them."""
    return values if values.dtype == object else values.astype(np.float64)
