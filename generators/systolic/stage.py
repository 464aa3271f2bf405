"""The layers of a network as one array runs them: matrix products with what follows each."""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import msgspec
import numpy as np

from generators.network import check, codings, graph, infer_affine
from generators.network.error import ModelError
from sim.golden.formats import integer

__all__ = ["Chain", "Stage", "chain"]

Pair = tuple[int, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class Stage:
    """A dense layer or a convolution, with the max-pool behind it.

    For each pixel p of the map of results, rows first, and each q of its window, q = p * pool
    stride + 0, 1, …, kernel - 1: sums[n] = sum over ky, kx, c of weights[n, ky, kx, c] *
    x[q * stride + (ky, kx) * dilation - before, c], where a pixel outside ``source`` is
    ``pad_value``; the activation of these; the largest over the window. A dense layer is a
    convolution whose kernel is the whole map.

    ``thresholds`` (outputs, levels) are those of the sums, the bias counted in. Else the sums with
    the bias are requantized, by numbers of each output, or they are the results themselves.
    ``initial``: it reads the network's input; ``final``: no stage reads the results.
    """

    name: str
    layers: tuple[str, ...]
    op: str
    source: tuple[int, int, int]
    x: integer.Integer
    w: integer.Integer
    o: integer.Integer
    weights: np.ndarray
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    before: Pair = (0, 0)
    pad_value: int | None = None
    pool: Pair = (1, 1)
    pool_stride: Pair = (1, 1)
    result: tuple[int, int, int]
    thresholds: np.ndarray | None = None
    requantize: graph.Requantize | None = None
    base: int = 0
    bias: np.ndarray
    initial: bool = False
    final: bool = False

    @property
    def outputs(self) -> int:
        """Channels of the results."""
        return self.result[2]

    @property
    def window(self) -> int:
        """Vectors of sums that a pixel of the results needs."""
        return math.prod(self.pool)

    @property
    def raw(self) -> bool:
        """Whether the results are sums."""
        return self.thresholds is None and self.requantize is None

    @property
    def shifts(self) -> tuple[np.ndarray, np.ndarray]:
        """By how much each output's sums are shifted left, and then right, to requantize them."""
        right = self.requantize.right_shift
        return np.maximum(-right, 0), np.maximum(right, 0)

    @property
    def taps(self) -> int:
        """Pixels under the kernel."""
        return math.prod(self.weights.shape[1:3])

    @property
    def vectors(self) -> int:
        """Vectors of sums of a frame."""
        return self.result[0] * self.result[1] * self.window

    @property
    def macs(self) -> int:
        """Products of a frame, those of pixels around the map and of window pixels twice, too."""
        return self.vectors * self.weights.size

    @property
    def useful(self) -> int:
        """Products of a frame as the layer has them, each sum counted once."""
        spans = [self.pool_stride[a] * (self.result[a] - 1) + self.pool[a] for a in (0, 1)]
        return min(self.vectors, math.prod(spans)) * self.weights.size

    @cached_property
    def sum_range(self) -> Pair:
        """Lowest and highest sum, partial ones too, over all inputs of the type and any output."""
        w = self.weights.reshape(len(self.weights), -1)
        low, high = min(self.x.low, self.pad_value or 0), max(self.x.high, self.pad_value or 0)
        positive = np.maximum(w, 0).sum(axis=1).astype(object)
        negative = np.minimum(w, 0).sum(axis=1).astype(object)
        lows, highs = positive * low + negative * high, positive * high + negative * low
        return int(min(0, lows.min())), int(max(0, highs.max()))


@dataclass(frozen=True, kw_only=True, eq=False)
class Chain:
    """A network as stages, between what may stand at its ends.

    ``centre`` is taken off the input, which the first stage then reads as a signed number.
    """

    network: graph.Network
    threshold: graph.Threshold | None
    stages: tuple[Stage, ...]
    argmax: graph.ArgMax | None
    centre: int = 0


_ACCEPTED = (
    "a dense layer, a convolution, a max-pool behind one of these, a flatten, a threshold of the "
    "input or an argmax at the end"
)
ELSE = "use generators.finn"


def chain(network: graph.Network) -> Chain:
    """The stages of a streamlined network.

    Raises
    ------
    ModelError
        If a layer is none that an array with thresholds and max-pools computes.
    """
    tensors, stages = check.infer(network), []
    threshold = argmax = None
    previous = "input"
    for layer in network.layers:
        where = f"{network.name}: layer {layer.name!r}"
        if isinstance(layer, graph.Dense | graph.Conv):
            stages.append(_linear(layer, tensors, stages, where))
        elif isinstance(layer, graph.MaxPool) and stages and argmax is None:
            stages[-1] = _pooled(stages[-1], layer, tensors[layer.name], where)
        elif isinstance(layer, graph.Threshold) and previous == "input":
            threshold = layer
        elif isinstance(layer, graph.ArgMax) and stages:
            argmax = layer
        elif not isinstance(layer, graph.Flatten):
            op = layer.__struct_config__.tag
            raise ModelError(where, f"Layer must be {_ACCEPTED}, not this {op}; {ELSE}")
        previous = layer.name if not isinstance(layer, graph.Flatten) else previous
    if not stages:
        what = f"Network must have a dense layer or a convolution; {ELSE}"
        raise ModelError(network.name, what)
    stages[0] = replace(stages[0], initial=True)
    stages[-1] = replace(stages[-1], final=True)
    stages, centre = _centre(stages)
    return Chain(network=network, threshold=threshold, stages=tuple(stages), argmax=argmax,
                 centre=centre)  # fmt: skip


def _centre(stages: list[Stage]) -> tuple[list[Stage], int]:
    """Read unsigned activations less half of their range, where others of their width are signed.

    All are as wide as the widest then, and no bit wider. Returns what is taken off the input, too.
    """
    forms = [stage.x for stage in stages] + ([] if stages[-1].raw else [stages[-1].o])
    width = max(form.width for form in forms)
    wide = [form.low == 0 and form.width == width for form in forms]
    if not any(wide) or not any(form.low < 0 for form in forms) or wide[len(stages) :] == [True]:
        return stages, 0
    half, made = 1 << width - 1, list(stages)
    for number in range(len(stages)):
        if wide[number]:
            made[number] = _centred(made[number], half)
            if number:
                made[number - 1] = _lowered(made[number - 1], half, made[number].x)
    return made, half if wide[0] else 0


def _lowered(stage: Stage, half: int, o: integer.Integer) -> Stage:
    """A stage whose results are less by half of their range."""
    fields: dict = {"o": o, "base": stage.base - half}
    if stage.requantize is not None:
        limits = {name: getattr(stage.requantize, name) - half
                  for name in ("zero_point", "low", "high")}  # fmt: skip
        fields["requantize"] = msgspec.structs.replace(stage.requantize, **limits)
    return replace(stage, **fields)


def _centred(stage: Stage, centre: int) -> Stage:
    """A stage that reads x - centre: sum of w x = sum of w (x - centre) + centre * sum of w."""
    more = centre * stage.weights.reshape(len(stage.weights), -1).sum(axis=1)
    fields: dict = {"x": integer.parse(f"int{stage.x.width}")}
    if stage.pad_value is not None:
        fields["pad_value"] = stage.pad_value - centre
    if stage.thresholds is not None:
        fields["thresholds"] = stage.thresholds - more[:, None]
    else:
        fields["bias"] = stage.bias + more
    return replace(stage, **fields)


def _linear(layer: graph.Dense | graph.Conv, tensors, stages: list[Stage], where: str) -> Stage:
    source, result = tensors[layer.inputs[0]], tensors[layer.name]
    data, coded = layer.weights.data, codings.family(layer)
    if coded:
        what = f"Layer must multiply integers, not numbers of the format {coded}; {ELSE}"
        raise ModelError(where, what)
    if stages and stages[-1].raw:
        what = f"Layer must stand behind an activation, not behind sums; {ELSE}"
        raise ModelError(where, what)
    if isinstance(layer, graph.Dense):
        # What the layer before left as a map is read as one; a network's input is a vector.
        shape = stages[-1].result if stages else (1, 1, source.items)
        fields = {"weights": data.reshape(len(data), *shape)}
    else:
        if layer.groups > 1:
            raise ModelError(where, f"Convolution must have 1 group, not {layer.groups}; {ELSE}")
        shape = source.shape
        fields = {"weights": data, "stride": layer.stride, "dilation": layer.dilation,
                  "before": layer.padding[:2]}  # fmt: skip
        fields["pad_value"] = layer.pad_value if any(layer.padding) else None
    shown = result.shape if len(result.shape) == 3 else (1, 1, *result.shape)
    return Stage(name=layer.name, layers=(layer.name,), op=layer.__struct_config__.tag,
                 source=shape, x=source.type, w=integer.parse(layer.weights.type), o=result.type,
                 result=shown, **fields, **_activation(layer))  # fmt: skip


def _activation(layer: graph.Dense | graph.Conv) -> dict:
    """Thresholds of the sums, which a count of agreeing synapses and a bias are turned into."""
    rows = len(layer.weights.data)
    bias = np.zeros(rows, np.int64) if layer.bias is None else np.broadcast_to(layer.bias, rows)
    activation = layer.activation
    if activation is None:
        return {"bias": bias}
    if activation.requantize is not None:
        return {"bias": bias, **_requantize(activation, rows)}
    form = integer.parse(activation.type)
    thresholds = activation.thresholds
    thresholds = np.zeros((1, 1), np.int64) if thresholds is None else thresholds
    if layer.accumulate == "popcount":
        thresholds = 2 * thresholds - layer.weights.data[0].size
    thresholds = np.broadcast_to(thresholds, (rows, thresholds.shape[1])) - bias[:, None]
    base = form.low if activation.base is None else activation.base
    return {"thresholds": thresholds, "base": base, "bias": np.zeros(rows, np.int64)}


def _requantize(activation: graph.Activation, rows: int) -> dict:
    """All numbers of a requantization given, the code of sums of 0 as the base."""
    record, (low, high) = activation.requantize, infer_affine.clamp(activation)
    multiplier, right_shift = (np.broadcast_to(values, rows)
                               for values in infer_affine.multipliers(record))  # fmt: skip
    record = msgspec.structs.replace(record, multiplier=multiplier, right_shift=right_shift,
                                     low=low, high=high)  # fmt: skip
    return {"requantize": record, "base": min(max(record.zero_point, low), high)}


def _pooled(stage: Stage, layer: graph.MaxPool, result: check.Tensor, where: str) -> Stage:
    if any(layer.padding):
        raise ModelError(where, f"Max-pool must have no padding, not {layer.padding}; {ELSE}")
    if stage.raw:
        what = f"Max-pool must stand behind an activation, not behind sums; {ELSE}"
        raise ModelError(where, what)
    if stage.window > 1:
        what = f"Max-pool must stand behind a dense layer or a convolution, not a max-pool; {ELSE}"
        raise ModelError(where, what)
    return replace(stage, layers=(*stage.layers, layer.name), pool=layer.kernel,
                   pool_stride=layer.stride or layer.kernel, result=result.shape)  # fmt: skip
