"""Exact results of a network on a few frames, again and again while it is rewritten."""

import math

import numpy as np

from generators.network import check, graph, run
from sim.golden import network as golden
from sim.golden.formats import integer

FRAMES = range(6, 65)
ITEMS = 4096
"""Probes are as many frames as hold so many numbers, within a range."""
MAP_FRAMES = 1
MAP_ITEMS = 1 << 16
"""Fewer, but so many at least, where the maps of all layers have more numbers than this."""

KNOWN = 8
"""Frames that a driver's self-test runs at most."""

_ELEMENTWISE = (graph.Scale, graph.BatchNorm, graph.Relu, graph.Sign, graph.Quantize)


def probe_inputs(network: graph.Network) -> np.ndarray:
    """Inputs to compare on: both rails, and seeded random frames."""
    form, shape = integer.parse(network.input.type), network.input.shape
    items = math.prod(shape)
    frames = min(max(ITEMS // items, FRAMES.start), FRAMES.stop - 1)
    maps = sum(t.items for t in check.infer(network).values() if len(t.shape) == 3)
    if maps:
        frames = min(frames, max(MAP_ITEMS // maps, MAP_FRAMES))
    top = (form.high - form.low) // form.step
    steps = np.random.default_rng(0).integers(0, top + 1, (frames, *shape))
    if frames >= FRAMES.start:
        steps[0], steps[1] = 0, top
    else:
        part = items // 4
        steps[0].ravel()[:part], steps[0].ravel()[-part:] = 0, top
    return form.low + form.step * steps


def known_frames(network: graph.Network) -> tuple[np.ndarray, np.ndarray]:
    """A few frames and what the network makes of them, for a driver's self-test."""
    frames = probe_inputs(network)[:KNOWN]
    return frames, run.run(network, frames)


class Probe:
    """Runs networks that have most layers in common on the same frames.

    A layer that is as it was, and reads what it read the last time, is not run again. So a rewrite
    costs the layers that it touches, up to the next ones that emit the same as before.
    """

    def __init__(self, network: graph.Network) -> None:
        self._inputs = probe_inputs(network)
        self._values = {"input": self._inputs}
        self._known = {}

    def meaning(self, network: graph.Network) -> np.ndarray:
        """The real numbers that the network's outputs stand for."""
        if self._inputs.shape[1:] != network.input.shape:  # a pass made it flat
            self._inputs = self._inputs.reshape(-1, *network.input.shape)
        values, known = {"input": self._inputs}, {}
        for layer in network.layers:
            inputs = [values[name] for name in layer.inputs]
            key, parts = _key(layer, inputs)
            found = self._known.get(key)
            if found is None:
                y = _evaluate(layer, inputs)
                before = self._values.get(layer.name)
                y = before if before is not None and np.array_equal(before, y) else y
                found = y, parts
            known[key] = found
            values[layer.name] = found[0]
        self._values, self._known = values, known
        return run.meaning(network, values[check.output_layer(network).name])


def _evaluate(layer: graph.AnyLayer, inputs: list[np.ndarray]) -> np.ndarray:
    """The layer on all frames; each number of a channel once only, if it stands for itself.

    As large maps of sums hold few different ones, and exact fractions are slow.
    """
    if not isinstance(layer, _ELEMENTWISE):
        return golden.evaluate(graph.asdict(layer), *inputs)
    (x,) = inputs
    columns = x.reshape(-1, x.shape[-1])
    found = [np.unique(_keys(c), return_index=True, return_inverse=True) for c in columns.T]
    rows = np.zeros((max(len(values) for values, _, _ in found), len(found)), np.intp)
    for c, (values, first, _) in enumerate(found):
        rows[: len(values), c] = first
    channels = np.arange(len(found))
    y = golden.evaluate(graph.asdict(layer), columns[rows, channels])
    places = np.stack([place.ravel() for _, _, place in found], axis=1)
    return y[places, channels].reshape(x.shape)


def _keys(values: np.ndarray) -> np.ndarray:
    """Integers that are equal where the values are."""
    if values.dtype != object:
        return values
    numbers = {}
    keys = [numbers.setdefault((v.numerator, v.denominator), len(numbers)) for v in values]
    return np.array(keys, np.int64)


def _key(layer: graph.AnyLayer, inputs: list[np.ndarray]) -> tuple[tuple, tuple]:
    """What a layer's values depend on, by identity, and the objects, which are to be kept."""
    fields = [name for name in layer.__struct_fields__ if name not in ("name", "inputs")]
    parts = *(getattr(layer, name) for name in fields), *inputs
    return (type(layer), *map(id, parts)), parts
