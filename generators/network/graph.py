"""The records of a network: what model.json says, field by field."""

import re
from typing import Annotated, Literal

import numpy as np
from msgspec import UNSET, Meta, Struct, UnsetType, field

from generators.network.formats import Codebook, Coding, Encoding, Log, Minifloat
from generators.network.record import Record
from generators.network.requantize import Requantize

__all__ = [
    "Activation", "Add", "ArgMax", "AvgPool", "BatchNorm", "Codebook", "Concat", "Conv", "Dense",
    "Encode", "Flatten", "Fold", "GlobalAvgPool", "Input", "Layer", "Log", "MaxPool", "Network",
    "Output", "Pad", "Quantize", "Relu", "Requantize", "Scale", "Sign", "SumPool", "Threshold",
    "Upsample", "Weights", "as_name", "asdict",
]  # fmt: skip

Name = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", max_length=64)]
Count = Annotated[int, Meta(ge=1, le=1 << 20)]
Pair = tuple[Count, Count]
"""Vertical, horizontal."""
Border = tuple[Annotated[int, Meta(ge=0, le=1 << 10)], ...]
Padding = Annotated[Border, Meta(min_length=4, max_length=4)]
"""Top, left, bottom, right."""
Datapath = Literal["mvtu", "mvtu_dsp", "popcount", "integer", "planes", "shift", "shift_serial",
                   "codebook", "fusible", "fpec", "biscaled", "grouped", "blockfloat",
                   "minifloat"]  # fmt: skip
"""What multiplies: see ``generators.finn.datapath``."""
Rounding = Literal["HALF_EVEN", "HALF_UP", "HALF_DOWN", "FLOOR", "CEIL", "UP", "DOWN"]


class Input(Record):
    """The network's input: shape (height, width, channels) or (features,) and integer type."""

    shape: Annotated[tuple[Count, ...], Meta(min_length=1, max_length=3)]
    type: str


class Output(Record):
    """What the integers that leave the hardware mean: real = gain * integer + bias, by channel."""

    gain: np.ndarray
    bias: np.ndarray


class Weights(Record):
    """Integer weights, outputs first, inline or in an npz; real = scale * data.

    ``data`` is (outputs, inputs) for a dense layer, (outputs, kernel height, kernel width,
    inputs / groups) for a convolution; ``scale`` is one number or one for each output.
    ``zero_point`` is the integer that means a real 0, of all weights or of each output's: what is
    multiplied is data - zero_point. Only uint8 weights are likely to have one.
    ``coding`` is the format of integers that say more than their value; the reader moves a type
    that is such a format there, and puts the integers' own type in its place.
    """

    type: str | Log | Codebook | Coding
    data: np.ndarray | UnsetType = UNSET
    npz: str | UnsetType = UNSET
    key: str | UnsetType = UNSET
    scale: np.ndarray | None = None
    zero_point: np.ndarray | None = None
    coding: Coding | None = None


class Activation(Record):
    """y = base + step * #{t in thresholds[channel]: x >= t}, thresholds ascending; or requantized.

    ``step`` is 2 for the type bipolar, else 1; ``base`` defaults to the type's lowest value.
    ``thresholds`` has shape (channels, levels), or (1, levels) for all channels alike; absent is
    the sign, [x >= 0], for the type bipolar only. ``requantize`` stands instead of both, behind a
    dense layer or a convolution.
    """

    type: str
    thresholds: np.ndarray | None = None
    base: int | None = None
    requantize: Requantize | None = None


class Fold(Record):
    """How a layer is folded; a ``ram`` may be loaded at run time, ``fifo`` is where queues lie."""

    pe: Count | None = None
    simd: Count | None = None
    frames: Count | None = None
    storage: Literal["auto", "const", "lut", "bram", "ram"] | None = None
    datapath: Datapath | None = None
    fifo: Literal["auto", "lut", "bram"] | None = None


class Layer(Record, tag_field="op"):
    """What every layer has: a name, and the names of the layers (or ``input``) that it reads."""

    name: Name
    inputs: Annotated[tuple[str, ...], Meta(min_length=1)]


class Dense(Layer, tag="dense"):
    """y = activation(weights @ flatten(x) + bias); the input is flattened row-major, (H, W, C).

    Where inputs are affine, ``input_zero_point`` (Z1) is the integer that means a real 0: what is
    multiplied with the weights is x - input_zero_point. Where they are in a format, ``input_type``
    says which; absent it is that of the layer that is read.
    ``accumulate``: "sum", or "popcount" of the XNOR, p = (sum + cols) / 2, in which the thresholds
    then count; set by the compiler for bipolar x bipolar.
    """

    weights: Weights
    input_zero_point: int = 0
    input_type: Coding | None = None
    bias: np.ndarray | None = None
    activation: Activation | None = None
    accumulate: Literal["sum", "popcount"] = "sum"
    datapath: Datapath | None = None
    fold: Fold | None = None


class Conv(Layer, tag="conv"):
    """y[p, o] = activation(sum over ky, kx, c of w[o, ky, kx, c] x[q, c] + bias[o]).

    The window of output pixel p reads pixels q = p * stride + k * dilation - (top, left) of the map
    (H, W, C); outside the map every channel is ``pad_value``. The kernel is not flipped. Outputs
    and channels are split into ``groups`` of consecutive ones, each of which reads its own.
    A bipolar map is padded with -1 or +1; 0 is right too, but makes it ternary. Where inputs are
    affine x[q, c] - ``input_zero_point`` is multiplied, and padding is with that, a real 0.
    ``input_type`` is as that of :class:`Dense`.
    """

    weights: Weights
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Padding = (0, 0, 0, 0)
    pad_value: int = 0
    groups: Count = 1
    input_zero_point: int = 0
    input_type: Coding | None = None
    bias: np.ndarray | None = None
    activation: Activation | None = None
    accumulate: Literal["sum", "popcount"] = "sum"
    datapath: Datapath | None = None
    fold: Fold | None = None


class Pool(Layer):
    """By channel, over windows of ``kernel`` pixels; ``stride`` is the kernel's size if absent."""

    kernel: Pair
    stride: Pair | None = None
    padding: Padding = (0, 0, 0, 0)


class MaxPool(Pool, tag="maxpool"):
    """The largest of each window; pixels outside the map do not count."""


class AvgPool(Pool, tag="avgpool"):
    """The mean of each window; pixels outside the map count as 0."""


class SumPool(Pool, tag="sumpool"):
    """The sum of each window; pixels outside the map count as 0."""


class GlobalAvgPool(Layer, tag="globalavgpool"):
    """The mean of all pixels by channel: (H, W, C) to (1, 1, C)."""


class Add(Layer, tag="add"):
    """y = the sum over the inputs i, all of one shape, of gains[i] * x_i.

    ``gains`` are integers, (inputs,) or (inputs, channels); absent they are 1.
    """

    gains: np.ndarray | None = None


class Concat(Layer, tag="concat"):
    """The channels of all inputs, one input after the other."""


class Upsample(Layer, tag="upsample"):
    """Nearest neighbour: every pixel ``factor[0]`` times down and ``factor[1]`` times across."""

    factor: Pair


class Pad(Layer, tag="pad"):
    """The map with a border of pixels of ``value``."""

    padding: Padding
    value: int = 0


class BatchNorm(Layer, tag="batchnorm"):
    """y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, by channel."""

    gamma: np.ndarray
    beta: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    epsilon: Annotated[float, Meta(ge=0)] = 1e-5


class Scale(Layer, tag="scale"):
    """y = gain * x + bias, by channel or with one number for all; exact: gains may be Fractions."""

    gain: np.ndarray
    bias: np.ndarray = field(default_factory=lambda: np.zeros(()))


class Sign(Layer, tag="sign"):
    """y = +1 where x >= 0, else -1."""


class Relu(Layer, tag="relu"):
    """y = max(x, 0)."""


class Quantize(Layer, tag="quantize"):
    """y = (clip(round(x / scale + zero_point)) - zero_point) * scale, as QONNX ``Quant``.

    Clipped to the range of ``type``, which ``narrow`` makes one smaller (-127..127, 0..254).
    """

    type: str
    scale: np.ndarray = field(default_factory=lambda: np.ones(()))
    zero_point: float = 0.0
    narrow: bool = False
    rounding: Rounding = "HALF_EVEN"


class Threshold(Layer, tag="threshold"):
    """An activation of its own, by channel (the last axis) or for all channels alike."""

    type: str
    thresholds: np.ndarray
    base: int | None = None


class Encode(Layer, tag="encode"):
    """y = format.encode(x / 2^right_shift): numbers of the type, an integer type or a format.

    To the nearest, half up, within the type's range; one without negative numbers is a relu.
    With a ``seed`` an integer type is rounded stochastically. A blockfloat tries ``ways`` scales of
    each block, the largest first, each half of the one before, and takes that of the least error.
    ``input_type`` says what comes in, where that is a format: sums of minifloats.
    """

    type: str | Encoding
    right_shift: Annotated[int, Meta(ge=-31, le=63)] = 0
    seed: Annotated[int, Meta(ge=1)] | None = None
    ways: Annotated[int, Meta(ge=1, le=8)] = 1
    input_type: Minifloat | None = None


class Flatten(Layer, tag="flatten"):
    """(H, W, C) to (features,), row-major."""


class ArgMax(Layer, tag="argmax"):
    """Index of the largest channel, the lowest index of equals."""


AnyLayer = (
    Dense | Conv | MaxPool | AvgPool | SumPool | GlobalAvgPool | Add | Concat | Upsample | Pad
    | BatchNorm | Scale | Sign | Relu | Quantize | Threshold | Encode | Flatten | ArgMax
)  # fmt: skip


class Network(Record):
    """A network: layers in any order, each naming the ones that it reads; one is read by none."""

    bitloom: Literal[1]
    name: Name
    input: Input
    layers: Annotated[tuple[AnyLayer, ...], Meta(min_length=1)]
    output: Output | None = None


def as_name(text: str) -> str:
    """The text with what a name may not hold replaced by ``_``."""
    text = re.sub(r"[^A-Za-z0-9_.-]", "_", text)[:63]
    return text if re.match(r"[A-Za-z_]", text) else f"_{text}"


def asdict(record: Struct) -> dict:
    """Fields by name, nested, without the absent ones; arrays stay arrays."""
    values = {}
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if value is not UNSET:
            values[name] = asdict(value) if isinstance(value, Struct) else value
    config = record.__struct_config__
    if config.tag is not None:
        values[config.tag_field] = config.tag
    return values
