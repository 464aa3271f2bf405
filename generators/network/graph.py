"""The records of a network: what model.json says, field by field."""

import re
from typing import Annotated, Literal

import numpy as np
from msgspec import UNSET, Meta, Struct, UnsetType, field

__all__ = [
    "Activation", "ArgMax", "BatchNorm", "Dense", "Flatten", "Fold", "Input", "Layer", "Network",
    "Output", "Quantize", "Relu", "Scale", "Sign", "Threshold", "Weights", "as_name", "asdict",
]  # fmt: skip

Name = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", max_length=64)]
Count = Annotated[int, Meta(ge=1, le=1 << 20)]
Rounding = Literal["HALF_EVEN", "HALF_UP", "HALF_DOWN", "FLOOR", "CEIL", "UP", "DOWN"]


class _Record(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, eq=False):
    """Immutable; refuses unknown fields; compared by identity, as it holds arrays."""


class Input(_Record):
    """The network's input: shape (height, width, channels) or (features,) and integer type."""

    shape: Annotated[tuple[Count, ...], Meta(min_length=1, max_length=3)]
    type: str


class Output(_Record):
    """What the integers that leave the hardware mean: real = gain * integer + bias, by channel."""

    gain: np.ndarray
    bias: np.ndarray


class Weights(_Record):
    """Integer matrix (rows = outputs, cols = inputs), inline or in an npz; real = scale * data.

    ``scale`` is one number or one for each row.
    """

    type: str
    data: np.ndarray | UnsetType = UNSET
    npz: str | UnsetType = UNSET
    key: str | UnsetType = UNSET
    scale: np.ndarray | None = None


class Activation(_Record):
    """y = base + step * #{t in thresholds[channel]: x >= t}, thresholds ascending.

    ``step`` is 2 for the type bipolar, else 1; ``base`` defaults to the type's lowest value.
    ``thresholds`` has shape (channels, levels), or (1, levels) for all channels alike; absent is
    the sign, [x >= 0], for the type bipolar only.
    """

    type: str
    thresholds: np.ndarray | None = None
    base: int | None = None


class Fold(_Record):
    """How a layer is folded onto hardware: see ``python -m generators.finn``."""

    pe: Count | None = None
    simd: Count | None = None
    frames: Count | None = None
    storage: Literal["auto", "const", "lut", "bram"] | None = None
    datapath: Literal["mvtu", "mvtu_dsp"] | None = None


class Layer(_Record, tag_field="op"):
    """What every layer has: a name, and the names of the layers (or ``input``) that it reads."""

    name: Name
    inputs: Annotated[tuple[str, ...], Meta(min_length=1)]


class Dense(Layer, tag="dense"):
    """y = activation(weights @ flatten(x) + bias); the input is flattened row-major, (H, W, C).

    ``accumulate``: "sum", or "popcount" of the XNOR, p = (sum + cols) / 2, in which the thresholds
    then count; set by the compiler for bipolar x bipolar.
    """

    weights: Weights
    bias: np.ndarray | None = None
    activation: Activation | None = None
    accumulate: Literal["sum", "popcount"] = "sum"
    datapath: Literal["mvtu", "mvtu_dsp"] | None = None
    fold: Fold | None = None


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


class Flatten(Layer, tag="flatten"):
    """(H, W, C) to (features,), row-major."""


class ArgMax(Layer, tag="argmax"):
    """Index of the largest channel, the lowest index of equals."""


AnyLayer = Dense | BatchNorm | Scale | Sign | Relu | Quantize | Threshold | Flatten | ArgMax


class Network(_Record):
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
    if isinstance(record, Layer):
        values["op"] = record.__struct_config__.tag
    return values
