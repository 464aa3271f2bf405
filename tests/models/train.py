"""Train the bipolar test networks and export them as model.json and weights.npz.

Run as ``python -m tests.models.train digits|sfc``; README.md names the data and the results.
"""

import argparse
import gzip
import json
import math
import os
import sys
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

SEED = 1

# Standard deviations of what happens to each training image, every time it is shown.
SHIFT = 0.02  # of the size of the image
WARP = 0.03  # of each member of the 2 x 2 matrix that turns, stretches and shears it
NOISE = 0.2  # of the threshold


class Recipe(NamedTuple):
    """A network, and how many epochs of which batches train it.

    ``teacher`` is the hidden width and the epochs of the float network that it learns to imitate.
    """

    widths: tuple[int, ...]
    threshold: int
    teacher: tuple[int, int]
    epochs: int
    batch: int


RECIPES = {
    "digits": Recipe((64, 128, 64, 10), 8, teacher=(256, 150), epochs=1500, batch=64),
    "sfc": Recipe((784, 256, 256, 256, 10), 128, teacher=(768, 15), epochs=120, batch=256),
}


class Data(NamedTuple):
    """Images (N, H, W) uint8 and labels: those to train with and those to measure with."""

    x: torch.Tensor
    y: torch.Tensor
    x_test: torch.Tensor
    y_test: torch.Tensor

    def without_test(self) -> "Data":
        """Split the training images again, 5 to 1, so that the test images stay unseen."""
        x, y, count = self.x, self.y, len(self.x) * 5 // 6
        return Data(x[:count], y[:count], x[count:], y[count:])


def load_digits() -> Data:
    from sklearn import datasets, model_selection

    digits = datasets.load_digits()
    images, labels = digits.images.astype(np.uint8), digits.target.astype(np.int64)
    x, x_test, y, y_test = model_selection.train_test_split(
        images, labels, test_size=360, random_state=0, stratify=labels
    )
    return Data(*map(torch.from_numpy, (x, y, x_test, y_test)))


def load_mnist() -> Data:
    folder = Path(os.environ.get("BITLOOM_DATA", "../shared/data")) / "mnist"

    def read(name: str, header: int) -> torch.Tensor:
        raw = bytearray(gzip.decompress((folder / f"{name}-ubyte.gz").read_bytes()))
        return torch.frombuffer(raw, dtype=torch.uint8, offset=header)

    def part(name: str) -> tuple[torch.Tensor, torch.Tensor]:
        images, labels = read(f"{name}-images-idx3", 16), read(f"{name}-labels-idx1", 8)
        return images.view(-1, 28, 28), labels.long()

    return Data(*part("train"), *part("t10k"))


def signs(x: torch.Tensor, threshold: int = 0) -> torch.Tensor:
    return torch.where(x >= threshold, 1.0, -1.0)


class Sign(torch.autograd.Function):
    """+1 for x >= 0, else -1; its gradient is that of a smooth step of width 2."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return signs(x)

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return gradient * (2 - 2 * x.abs()).clamp_min(0)


class BipolarLinear(nn.Linear):
    """Dense layer over the signs of its weights; the gradient passes straight through them."""

    def forward(self, x):
        return F.linear(x, self.weight + (signs(self.weight) - self.weight).detach())


class Network(nn.Module):
    """Dense layers with batch norm and an activation between them; returns scaled outputs."""

    def __init__(self, widths: tuple[int, ...], dense: type[nn.Linear], activation):
        super().__init__()
        self.dense = nn.ModuleList(dense(*pair, bias=False) for pair in pairwise(widths))
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for width in widths[1:-1])
        self.activation = activation
        self.scale = nn.Parameter(torch.tensor(-0.5 * math.log(widths[-2])))

    def forward(self, x):
        for dense, norm in zip(self.dense[:-1], self.norms, strict=True):
            x = self.activation(norm(dense(x)))
        return self.dense[-1](x) * self.scale.exp()


def warp(x: torch.Tensor) -> torch.Tensor:
    """Move, turn, stretch and shear each image (frames, height, width) a little."""
    matrix = torch.eye(2) + WARP * torch.randn(len(x), 2, 2)
    shift = 2 * SHIFT * torch.randn(len(x), 2, 1)  # the image spans -1..1
    x = x[:, None].float()
    grid = F.affine_grid(torch.cat((matrix, shift), 2), x.shape, align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)[:, 0]


def distort(x: torch.Tensor, threshold: int) -> torch.Tensor:
    """Warp each image, add noise, and flatten it."""
    x = warp(x).flatten(1)
    return x + NOISE * threshold * torch.randn_like(x)


def fit(model: Network, data: Data, recipe: Recipe, epochs: int, rate: float, teacher=None):
    """Train ``model`` with Adam on a cosine schedule, then settle its batch norms."""
    steps = len(data.x) // recipe.batch
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * steps)
    for epoch in range(epochs):
        for picks in torch.randperm(len(data.x))[: steps * recipe.batch].split(recipe.batch):
            x = signs(distort(data.x[picks], recipe.threshold), recipe.threshold)
            outputs = model(x)
            loss = F.cross_entropy(outputs, data.y[picks], label_smoothing=0.1)
            if teacher:
                with torch.no_grad():
                    wanted = teacher(x).softmax(1)
                loss = 0.2 * loss + F.cross_entropy(outputs, wanted)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            for dense in model.dense:
                dense.weight.data.clamp_(-1, 1)
        print(f"epoch {epoch + 1}/{epochs} loss {loss:.3f}", file=sys.stderr)
    settle(model, signs(data.x.flatten(1), recipe.threshold))
    return model


@torch.no_grad()
def settle(model: Network, x: torch.Tensor):
    """Take the batch norm statistics again, from the undistorted training images."""
    for dense, norm in zip(model.dense[:-1], model.norms, strict=True):
        x = dense(x)
        norm.running_mean, norm.running_var = x.mean(0), x.var(0)
        x = model.activation(norm.eval()(x))


def train(data: Data, recipe: Recipe) -> Network:
    """Train the float teacher, then the bipolar network that imitates it."""
    width, epochs = recipe.teacher
    wide = (recipe.widths[0], width, width, recipe.widths[-1])
    teacher = fit(Network(wide, nn.Linear, F.relu), data, recipe, epochs, 1e-3)
    student = Network(recipe.widths, BipolarLinear, Sign.apply)
    return fit(student, data, recipe, recipe.epochs, 1e-2, teacher)


def export(model: Network, name: str, shape: tuple[int, ...], threshold: int, out: Path):
    """Write ``model`` as out/model.json and out/weights.npz."""
    layers, arrays = [], {}

    def layer(op: str, name: str, **members):
        source = layers[-1]["name"] if layers else "input"
        layers.append({"name": name, "op": op, "inputs": [source], **members})

    def stored(key: str, array: torch.Tensor) -> dict:
        arrays[key] = array.detach().numpy()
        return {"npz": "weights.npz", "key": key}

    layer("threshold", "binarize", type="bipolar", thresholds={"data": [[threshold]]})
    for i, dense in enumerate(model.dense):
        weights = stored(f"fc{i}", signs(dense.weight).to(torch.int8))
        layer("dense", f"fc{i}", weights={"type": "bipolar", **weights})
        if i < len(model.norms):
            norm = model.norms[i]
            layer(
                "batchnorm",
                f"bn{i}",
                gamma=stored(f"bn{i}.gamma", norm.weight),
                beta=stored(f"bn{i}.beta", norm.bias),
                mean=stored(f"bn{i}.mean", norm.running_mean),
                variance=stored(f"bn{i}.variance", norm.running_var),
                epsilon=norm.eps,
            )
            layer("sign", f"sign{i}")
    header = {"bitloom": 1, "name": name, "input": {"shape": list(shape), "type": "uint8"}}
    out.mkdir(parents=True, exist_ok=True)
    (out / "model.json").write_text(json.dumps({**header, "layers": layers}, indent=1) + "\n")
    np.savez_compressed(out / "weights.npz", **arrays)


def correct(model: Network, data: Data, threshold: int) -> float:
    """Share of the test images classified correctly; float64 is exact on sums of signs."""
    x = signs(data.x_test.flatten(1), threshold)
    for dense, norm in zip(model.dense[:-1], model.norms, strict=True):
        x = signs(norm.double()(x.double() @ signs(dense.weight).double().T))
    accumulators = x @ signs(model.dense[-1].weight).T
    return float((accumulators.detach().numpy().argmax(1) == data.y_test.numpy()).mean())


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.models.train", description=__doc__)
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--out", type=Path, help="folder to write (default: beside this file)")
    parser.add_argument("--validate", action="store_true", help="measure with training images")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    recipe = RECIPES[arguments.name]
    out = arguments.out or Path(__file__).parent / arguments.name
    data = {"digits": load_digits, "sfc": load_mnist}[arguments.name]()
    if arguments.validate:
        data = data.without_test()
    model = train(data, recipe)
    images, labels = data.x_test.numpy()[..., None], data.y_test.byte().numpy()
    export(model, arguments.name, images.shape[1:], recipe.threshold, out)
    if arguments.name == "digits":
        np.savez_compressed(out / "images.npz", x=images, label=labels)
    share = f"{correct(model, data, recipe.threshold):.2%} of {len(images)} images correct"
    print(f"{out / 'model.json'}: {share}")


if __name__ == "__main__":
    main()
