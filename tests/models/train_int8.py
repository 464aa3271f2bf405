"""Train two float networks and quantize them to affine 8-bit integers, after the training.

As TensorFlow Lite does it: weights symmetric and by channel, activations with zero points, from the
range that training images give them. Run as ``python -m tests.models.train_int8 NAME``; README.md
names the results.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from sim.golden import affine
from sim.golden import network as golden
from tests.models.train import SEED, Data, load_mnist, warp

CALIBRATION = 2000
"""Training images that say how large activations become."""

RANGES = {"uint8": (0, 255), "int8": (-128, 127)}


class Weighted(NamedTuple):
    """A dense layer or a 3x3 convolution padded with zeros, and the type of its activations.

    ``relu`` clips these to 0 and above, ``top`` to that and below; ``pool`` is a 2x2 maxpool.
    """

    name: str
    op: str
    outputs: int
    type: str
    relu: bool = False
    top: float | None = None
    pool: bool = False


class Recipe(NamedTuple):
    """A network; a pixel q means (q - zero_point) * scale. ``scales``: model.json has scales."""

    layers: tuple[Weighted, ...]
    zero_point: int
    scale: float
    epochs: int
    scales: bool


RECIPES = {
    "mlp_int8": Recipe((
        Weighted("fc0", "dense", 128, "uint8", relu=True, top=6.0),
        Weighted("fc1", "dense", 64, "int8", relu=True),
        Weighted("fc2", "dense", 10, "int8"),
    ), zero_point=0, scale=1 / 256, epochs=16, scales=False),
    "cnn_int8": Recipe((
        Weighted("conv0", "conv", 8, "int8", relu=True, pool=True),
        Weighted("conv1", "conv", 16, "uint8", pool=True),
        Weighted("classes", "dense", 10, "int8"),
    ), zero_point=128, scale=1 / 128, epochs=10, scales=True),
}  # fmt: skip


class Network(nn.Module):
    """The float network, of maps (frames, channels, height, width)."""

    def __init__(self, recipe: Recipe):
        super().__init__()
        self.recipe, self.parts = recipe, nn.ModuleList()
        size, channels = 28, 1
        for layer in recipe.layers:
            if layer.op == "conv":
                self.parts.append(nn.Conv2d(channels, layer.outputs, 3, padding=1))
            else:
                self.parts.append(nn.Linear(size * size * channels, layer.outputs))
                size = 1
            size, channels = size // 2 if layer.pool else size, layer.outputs

    def forward(self, pixels, seen=lambda name, x: None):
        """Logits of pixels 0..255; ``seen`` is called with the activations of each layer."""
        x = (pixels.float() - self.recipe.zero_point) * self.recipe.scale
        x = x[:, None]
        for layer, part in zip(self.recipe.layers, self.parts):
            if layer.op == "dense" and x.ndim == 4:
                x = x.permute(0, 2, 3, 1).flatten(1)  # as bitloom flattens
            x = part(x)
            x = x.clamp(0 if layer.relu else None, layer.top) if layer.relu else x
            seen(layer.name, x)
            x = F.max_pool2d(x, 2) if layer.pool else x
        return x


def fit(model: Network, data: Data):
    """Train with Adam, the rate rising, then falling."""
    batch, epochs = 128, model.recipe.epochs
    steps = len(data.x) // batch
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=epochs * steps)
    for epoch in range(epochs):
        total = 0.0
        for picks in torch.randperm(len(data.x))[: steps * batch].split(batch):
            loss = F.cross_entropy(model(warp(data.x[picks])), data.y[picks])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        print(f"epoch {epoch + 1}/{epochs} loss {total / steps:.3f}", file=sys.stderr)


@torch.no_grad()
def codes(model: Network, images: torch.Tensor) -> dict[str, tuple[float, int]]:
    """Scale and zero point of each layer's activations, from their lowest and highest."""
    bounds = {}

    def seen(name, x):
        bounds[name] = min(0.0, float(x.min())), float(x.max())

    model(images, seen)
    found = {}
    for layer in model.recipe.layers:
        low, high = bounds[layer.name]
        high = layer.top or high
        first, last = RANGES[layer.type]
        scale = float(np.float32((high - low) / (last - first)))
        found[layer.name] = scale, int(np.clip(round(first - low / scale), first, last))
    return found


def quantized(model: Network, data: Data) -> list[dict]:
    """The layers as model.json has them, with arrays, of affine integers."""
    activations = codes(model, data.x[:CALIBRATION])
    scale, zero_point, last = model.recipe.scale, model.recipe.zero_point, "input"
    layers = []
    for layer, part in zip(model.recipe.layers, model.parts):
        weight, bias = (p.detach().double().numpy() for p in (part.weight, part.bias))
        weight = weight.transpose(0, 2, 3, 1) if layer.op == "conv" else weight
        steps = np.float32(np.abs(weight).reshape(len(weight), -1).max(axis=1) / 127)
        steps = steps.astype(np.float64)
        integers = np.round(weight / steps.reshape(-1, *(1 for _ in weight.shape[1:])))
        o_scale, o_zero = activations[layer.name]
        fields = {"zero_point": o_zero} | ({"low": o_zero} if layer.relu else {})
        if model.recipe.scales:
            fields |= {"input_scale": scale, "weight_scale": steps, "output_scale": o_scale}
        else:
            found = affine.quantize_multipliers(scale * steps / o_scale)
            fields |= dict(zip(("multiplier", "right_shift"), found))
        made = {"name": layer.name, "op": layer.op, "inputs": [last],
                "weights": {"type": "int8", "data": np.clip(integers, -127, 127).astype(np.int64)},
                "input_zero_point": zero_point,
                "bias": np.round(bias / (scale * steps)).astype(np.int64),
                "activation": {"type": layer.type, "requantize": fields}}  # fmt: skip
        if layer.op == "conv":
            made |= {"padding": [1, 1, 1, 1], "pad_value": zero_point}
        layers.append(made)
        last, scale, zero_point = layer.name, o_scale, o_zero
        if layer.pool:
            last = f"{layer.name}_pool"
            layers.append({"name": last, "op": "maxpool", "inputs": [layer.name],
                           "kernel": [2, 2]})  # fmt: skip
    return layers


def export(layers: list[dict], name: str, out: Path):
    """Write out/model.json and out/weights.npz."""
    arrays = {}

    def plain(value, key):
        if isinstance(value, dict):
            data = {k: plain(v, f"{key}.{k}") for k, v in value.items() if k != "data"}
            if "data" in value:
                arrays[key] = value["data"].astype(np.int8)
                data |= {"npz": "weights.npz", "key": key}
            return data
        if isinstance(value, np.ndarray) and value.dtype == np.int64:
            arrays[key] = value.astype(np.int32)
            return {"npz": "weights.npz", "key": key}
        return value.tolist() if isinstance(value, np.ndarray) else value

    described = [{k: plain(v, f"{layer['name']}.{k}") for k, v in layer.items()}
                 for layer in layers]  # fmt: skip
    header = {"bitloom": 1, "name": name, "input": {"shape": [28, 28, 1], "type": "uint8"}}
    out.mkdir(parents=True, exist_ok=True)
    (out / "model.json").write_text(json.dumps({**header, "layers": described}, indent=1) + "\n")
    np.savez_compressed(out / "weights.npz", **arrays)


def correct(classify, data: Data) -> float:
    """The part of the test images whose largest output, the first of equals, is their label."""
    found = [classify(x).argmax(1) for x in data.x_test.split(500)]
    return float((np.concatenate(found) == data.y_test.numpy()).mean())


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.models.train_int8", description=__doc__)
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--out", type=Path, help="folder to write (default: beside this file)")
    parser.add_argument("--validate", action="store_true", help="measure with training images")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    data = load_mnist()
    if arguments.validate:
        data = data.without_test()
    model = Network(RECIPES[arguments.name])
    fit(model, data)
    layers = quantized(model, data)
    out = arguments.out or Path(__file__).parent / arguments.name
    export(layers, arguments.name, out)
    last = layers[-1]["name"]
    with torch.no_grad():
        floats = correct(lambda x: model(x).numpy(), data)
    integers = correct(lambda x: golden.run(layers, x.numpy()[..., None])[last], data)
    count = len(data.x_test)
    print(f"{out / 'model.json'}: {integers:.2%} of {count} images correct, in floats {floats:.2%}")


if __name__ == "__main__":
    main()
