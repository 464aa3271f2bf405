"""The test networks of several bits: the layers of their model.json without the trained numbers.

A conv or dense layer says how many ``outputs`` and of which ``type`` its weights are; what one
weight counts is ``scale``. A layer without ``inputs`` reads the one before it.
"""

from typing import NamedTuple


class Recipe(NamedTuple):
    """A network, and how many epochs of which batches of which data train it at which highest rate.
    """

    shape: tuple[int, int, int]
    layers: list[dict]
    epochs: int
    batch: int
    rate: float
    data: str = "mnist"


def _chain(*parts) -> list[dict]:
    """Layers, or lists of them, in order, each with its inputs."""
    layers, last = [], "input"
    for part in parts:
        for layer in part if isinstance(part, list) else [part]:
            layers.append({"inputs": [last]} | layer)
            last = layer["name"]
    return layers


def _conv(name: str, outputs: int, kernel: tuple[int, int], type: str, **fields) -> dict:
    return {"name": name, "op": "conv", "outputs": outputs, "kernel": kernel, "type": type} | fields


def _dense(name: str, outputs: int, type: str, scale: float, **fields) -> dict:
    layer = {"name": name, "op": "dense", "outputs": outputs, "type": type, "scale": scale}
    return layer | fields


def _norm(name: str) -> dict:
    return {"name": f"{name}_norm", "op": "batchnorm"}


def _quantize(name: str, type: str, scale: float) -> dict:
    return {"name": name, "op": "quantize", "type": type, "scale": scale}


def _positive(name: str, type: str, scale: float) -> list[dict]:
    return [{"name": f"{name}_relu", "op": "relu"}, _quantize(f"{name}_quant", type, scale)]


def _normed(name: str, type: str, scale: float) -> list[dict]:
    return [_norm(name), *_positive(name, type, scale)]


def _sign(name: str) -> list[dict]:
    return [_norm(name), {"name": f"{name}_sign", "op": "sign"}]


ONE, TWO = {"padding": (1, 1, 1, 1)}, {"padding": (1, 1, 1, 1), "stride": (2, 2)}

RESNET = _chain(
    {"name": "real", "op": "scale", "gain": "1/255"},
    _conv("stem", 8, (3, 3), "int4", scale=1 / 8, **TWO),
    _normed("stem", "uint4", 1 / 4),
    # A block whose two branches have one scale; the rounding behind their sum meets ties.
    _conv("block1a", 8, (3, 3), "int3", scale=1 / 4, **ONE),
    _normed("block1a", "uint4", 1 / 4),
    _conv("block1b", 8, (3, 3), "int3", scale=1 / 4, **ONE),
    _norm("block1b"),
    _quantize("block1b_quant", "int4", 1 / 4),
    {"name": "block1", "op": "add", "inputs": ["stem_quant", "block1b_quant"]},
    _positive("block1", "uint3", 1 / 2),
    # A block with a projection; the scales of its branches are as 2 to 3.
    _conv("block2a", 16, (3, 3), "int3", scale=1 / 4, **TWO),
    _normed("block2a", "uint4", 1 / 4),
    _conv("block2b", 16, (3, 3), "int3", scale=1 / 4, **ONE),
    _norm("block2b"),
    _quantize("block2b_quant", "int4", 1 / 2),
    _conv("skip2", 16, (1, 1), "int4", scale=1 / 8, stride=(2, 2), inputs=["block1_quant"]),
    _norm("skip2"),
    _quantize("skip2_quant", "int3", 3 / 4),
    {"name": "block2", "op": "add", "inputs": ["block2b_quant", "skip2_quant"]},
    _positive("block2", "uint4", 1 / 4),
    {"name": "pool", "op": "globalavgpool"},
    _dense("classes", 10, "int4", scale=1 / 4),
)

DSCNN = _chain(
    _quantize("grey", "uint4", 16),
    _conv("stem", 16, (3, 3), "int4", scale=1 / 8, **TWO),
    _normed("stem", "uint4", 1 / 4),
    _conv("depth1", 16, (3, 3), "int4", scale=1 / 8, groups=16, **ONE),
    _normed("depth1", "uint4", 1 / 4),
    _conv("point1", 16, (1, 1), "ternary", scale=1 / 4),
    _normed("point1", "uint4", 1 / 4),
    _conv("depth2", 16, (3, 3), "int4", scale=1 / 8, groups=16, **TWO),
    _normed("depth2", "uint4", 1 / 4),
    _conv("point2", 32, (1, 1), "ternary", scale=1 / 4),
    _normed("point2", "uint4", 1 / 4),
    _conv("depth3", 32, (3, 3), "int4", scale=1 / 8, groups=32, **ONE),
    _normed("depth3", "uint4", 1 / 4),
    _conv("point3", 32, (1, 1), "ternary", scale=1 / 4),
    _normed("point3", "uint4", 1 / 4),
    {"name": "pool", "op": "avgpool", "kernel": (3, 3), "stride": (2, 2)},
    _quantize("pool_quant", "uint4", 1 / 4),
    {"name": "flat", "op": "flatten"},
    _dense("classes", 10, "int4", scale=1 / 32),
)

CNN1D = _chain(
    {"name": "binarize", "op": "threshold", "type": "bipolar", "thresholds": {"data": [[128]]}},
    _conv("conv1", 48, (1, 5), "bipolar", padding=(0, 2, 0, 2), pad_value=-1),
    _sign("conv1"),
    {"name": "pool1", "op": "maxpool", "kernel": (1, 2)},
    _conv("conv2", 64, (1, 3), "bipolar", dilation=(1, 2)),
    _sign("conv2"),
    _conv("conv3", 64, (1, 3), "bipolar", padding=(0, 1, 0, 1), pad_value=-1, stride=(1, 2)),
    _normed("conv3", "uint2", 1 / 2),
    {"name": "flat", "op": "flatten"},
    _dense("classes", 10, "ternary", scale=1 / 16),
)

MIXED = _chain(
    _quantize("grey", "uint4", 1),
    _dense("fc0", 64, "int3", scale=1 / 8, datapath="planes"),
    _normed("fc0", "uint4", 1 / 4),
    _dense("fc1", 64, "log4", scale=1 / 64, datapath="shift"),
    _normed("fc1", "uint4", 1 / 4),
    _dense("fc2", 64, "int4", scale=1 / 16, datapath="fusible"),
    _sign("fc2"),
    _dense("classes", 10, "bipolar", scale=1 / 8, datapath="popcount"),
)

RECIPES = {
    "resnet": Recipe((28, 28, 1), RESNET, epochs=24, batch=128, rate=1e-2),
    "dscnn": Recipe((28, 28, 1), DSCNN, epochs=10, batch=128, rate=1e-2),
    "cnn1d": Recipe((1, 28, 28), CNN1D, epochs=24, batch=128, rate=1e-2),
    "mixed": Recipe((8, 8, 1), MIXED, epochs=300, batch=64, rate=1e-2, data="digits"),
}
