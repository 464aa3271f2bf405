"""Train float networks, for post-training quantization to begin with.

Run as ``python -m tests.models.train_float NAME``; README.md names the results.
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

from tests.models.train import SEED, Data, load_mnist, warp

SHAPE, GAIN = (28, 28, 1), 1 / 255


class Recipe(NamedTuple):
    """A network, how many epochs train it, and the highest rate.

    Layers are (name, op, outputs or kernel).
    """

    layers: tuple[tuple, ...]
    epochs: int
    rate: float = 3e-3


RECIPES = {
    "mlp_float": Recipe((
        ("flat", "flatten"),
        ("fc0", "dense", 64), ("relu0", "relu"),
        ("fc1", "dense", 64), ("relu1", "relu"),
        ("classes", "dense", 10),
    ), epochs=30),
    "cnn_float": Recipe((
        ("conv0", "conv", 16), ("relu0", "relu"), ("pool0", "maxpool", 2),
        ("conv1", "conv", 32), ("relu1", "relu"), ("pool1", "maxpool", 2),
        ("flat", "flatten"),
        ("classes", "dense", 10),
    ), epochs=12),
}  # fmt: skip


class Network(nn.Module):
    """The layers of a recipe, of maps (frames, channels, height, width); kernels are 3x3."""

    def __init__(self, recipe: Recipe):
        super().__init__()
        self.layers, self.parts = recipe.layers, nn.ModuleDict()
        shape = (SHAPE[2], *SHAPE[:2])
        for name, op, *size in recipe.layers:
            if op == "conv":
                self.parts[name] = nn.Conv2d(shape[0], size[0], 3)
            elif op == "dense":
                self.parts[name] = nn.Linear(shape[0], size[0])
            shape = tuple(self.step(torch.zeros(1, *shape), name, op, *size).shape[1:])

    def step(self, x, name, op, *size):
        """One layer; features of a map are in the order of Bitloom, channels innermost."""
        if op in ("conv", "dense"):
            return self.parts[name](x)
        if op == "maxpool":
            return F.max_pool2d(x, size[0])
        return F.relu(x) if op == "relu" else x.permute(0, 2, 3, 1).flatten(1)

    def forward(self, pixels):
        x = pixels[:, None].float() * GAIN
        for layer in self.layers:
            x = self.step(x, *layer)
        return x


def fit(model: Network, data: Data, recipe: Recipe):
    """Train with Adam, the rate rising, then falling."""
    batch, epochs = 128, recipe.epochs
    steps = len(data.x) // batch
    optimizer = torch.optim.Adam(model.parameters(), lr=recipe.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.rate, total_steps=epochs * steps
    )
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


def export(model: Network, name: str, out: Path):
    """Write out/float.npz, as :mod:`generators.network.floats_npz` reads it."""
    layers, arrays = [], {}
    for layer, op, *size in model.layers:
        layers.append({"name": layer, "op": op} | ({"kernel": size * 2} if op == "maxpool" else {}))
        if layer in model.parts:
            weight, bias = (p.detach().numpy() for p in model.parts[layer].parameters())
            arrays[f"{layer}.weights"] = weight.transpose(0, 2, 3, 1) if op == "conv" else weight
            arrays[f"{layer}.bias"] = bias
    meta = {"bitloom_float": 1, "name": name, "input": {"shape": SHAPE, "gain": GAIN},
            "layers": layers}  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out / "float.npz", meta=json.dumps(meta), **arrays)


@torch.no_grad()
def correct(model: Network, data: Data) -> float:
    """The part of the test images whose largest output, the first of equals, is their label."""
    found = torch.cat([model(x).argmax(1) for x in data.x_test.split(500)])
    return float((found == data.y_test).double().mean())


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.models.train_float", description=__doc__)
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
    fit(model, data, RECIPES[arguments.name])
    out = arguments.out or Path(__file__).parent / arguments.name
    export(model, arguments.name, out)
    count = len(data.x_test)
    print(f"{out / 'float.npz'}: {correct(model, data):.2%} of {count} images correct")


if __name__ == "__main__":
    main()
