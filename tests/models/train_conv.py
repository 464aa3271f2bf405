"""Train the test networks of several bits and export them as model.json and weights.npz.

Run as ``python -m tests.models.train_conv resnet|dscnn|cnn1d|mixed``; README.md names the results.
"""

import argparse
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.models import nets
from tests.models.train import SEED, Data, Sign, load_digits, load_mnist, signs, warp


class Straight(torch.autograd.Function):
    """The second argument; its gradient goes to the first."""

    @staticmethod
    def forward(ctx, smooth, exact):
        return exact

    @staticmethod
    def backward(ctx, gradient):
        return gradient, None


def integers(weight: torch.Tensor, form: str) -> torch.Tensor:
    """What weights in -1..1 are as integers of a type: -1..1 if ternary, -7..7 if int4.

    As log4 they are 0 or powers of two up to 64, the nearest by ratio.
    """
    if form == "bipolar":
        return signs(weight).type_as(weight)
    if form.startswith("log"):
        top = (1 << int(form[3:]) - 1) - 2
        power = torch.round(torch.log2(weight.abs().clamp_min(1e-9))) + top
        return weight.sign() * torch.exp2(power.clamp_max(top)) * (power >= 0)
    return torch.round(weight * (1 if form == "ternary" else (1 << int(form[3:]) - 1) - 1))


class Network(nn.Module):
    """Runs the layers of a recipe; convolutions and dense layers compute with :func:`integers`."""

    def __init__(self, recipe: nets.Recipe):
        super().__init__()
        self.shape, self.layers = recipe.shape, recipe.layers
        self.weights, self.norms = nn.ParameterDict(), nn.ModuleDict()
        with torch.no_grad():
            self(torch.zeros(2, math.prod(recipe.shape)))  # makes the parameters

    def forward(self, x):
        """Outputs for images 0..255 (frames, …); doubles round in 1/255, means and batch norms."""
        values = {"input": x.reshape(-1, *self.shape).permute(0, 3, 1, 2)}
        for layer in self.layers:
            inputs = [values[name] for name in layer["inputs"]]
            last = values[layer["name"]] = getattr(self, layer["op"])(layer, *inputs)
        return last

    def weight(self, layer: dict, *shape: int) -> torch.Tensor:
        """Quantized weights; those of a new layer start at random between -1 and 1."""
        if layer["name"] not in self.weights:
            self.weights[layer["name"]] = nn.Parameter(2 * torch.rand(shape) - 1)
        weight = self.weights[layer["name"]]
        quantized = integers(weight, layer["type"]) * layer.get("scale", 1)
        return Straight.apply(weight, quantized)

    def conv(self, layer, x):
        top, left, bottom, right = layer.get("padding", (0, 0, 0, 0))
        groups = layer.get("groups", 1)
        weight = self.weight(layer, layer["outputs"], x.shape[1] // groups, *layer["kernel"])
        x = F.pad(x, (left, right, top, bottom), value=layer.get("pad_value", 0))
        more = {key: layer[key] for key in ("stride", "dilation") if key in layer}
        return F.conv2d(x, weight, groups=groups, **more)

    def dense(self, layer, x):
        x = x.permute(0, 2, 3, 1).flatten(1) if x.ndim == 4 else x
        return F.linear(x, self.weight(layer, layer["outputs"], x.shape[1]))

    def batchnorm(self, layer, x):
        if layer["name"] not in self.norms:
            norm = nn.BatchNorm2d if x.ndim == 4 else nn.BatchNorm1d
            self.norms[layer["name"]] = norm(x.shape[1])
        return self.norms[layer["name"]](x)

    def quantize(self, layer, x):
        kind, width = layer["type"].split("int")
        low = 0 if kind == "u" else -(1 << int(width) - 1)
        codes = Straight.apply(x / layer["scale"], torch.round(x / layer["scale"]))
        return codes.clamp(low, low + (1 << int(width)) - 1) * layer["scale"]

    def scale(self, layer, x):
        numerator, denominator = map(int, layer["gain"].split("/"))
        return x * numerator / denominator

    def threshold(self, layer, x):
        return signs(x, layer["thresholds"]["data"][0][0]).type_as(x)

    def sign(self, layer, x):
        return Sign.apply(x).type_as(x)

    def relu(self, layer, x):
        return F.relu(x)

    def add(self, layer, *inputs):
        return sum(inputs)

    def maxpool(self, layer, x):
        return F.max_pool2d(x, layer["kernel"], layer.get("stride"))

    def avgpool(self, layer, x):
        return F.avg_pool2d(x, layer["kernel"], layer.get("stride"))

    def globalavgpool(self, layer, x):
        return x.mean((2, 3), keepdim=True)

    def flatten(self, layer, x):
        return x.permute(0, 2, 3, 1).flatten(1)


def fit(model: Network, data: Data, recipe: nets.Recipe):
    """Train with Adam, the rate rising, then falling; then settle the batch norms."""
    steps = len(data.x) // recipe.batch
    optimizer = torch.optim.Adam(model.parameters(), lr=recipe.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.rate, total_steps=recipe.epochs * steps, pct_start=0.1
    )
    for epoch in range(recipe.epochs):
        total = 0.0
        for picks in torch.randperm(len(data.x))[: steps * recipe.batch].split(recipe.batch):
            outputs = model(warp(data.x[picks]))
            loss = F.cross_entropy(outputs, data.y[picks], label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
            for weight in model.weights.values():
                weight.data.clamp_(-1, 1)
        print(f"epoch {epoch + 1}/{recipe.epochs} loss {total / steps:.3f}", file=sys.stderr)
    settle(model, data.x)


@torch.no_grad()
def settle(model: Network, images: torch.Tensor):
    """Take the batch norm statistics again, from the undistorted training images."""
    for norm in model.norms.values():
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all batches
    for x in images.split(2000):
        model(x.float())
    model.eval()


@torch.no_grad()
def classes(model: Network, images: torch.Tensor) -> torch.Tensor:
    """Class of each image in double precision, the lowest of equals."""
    outputs = [model(x.double()) for x in images.split(500)]
    return torch.from_numpy(torch.cat(outputs).numpy().argmax(1))


def export(model: Network, name: str, out: Path):
    """Write ``model`` as out/model.json and out/weights.npz."""
    arrays: dict[str, np.ndarray] = {}
    header = {"bitloom": 1, "name": name, "input": {"shape": model.shape, "type": "uint8"}}
    layers = [described(layer, model, arrays) for layer in model.layers]
    out.mkdir(parents=True, exist_ok=True)
    (out / "model.json").write_text(json.dumps({**header, "layers": layers}, indent=1) + "\n")
    np.savez_compressed(out / "weights.npz", **arrays)


def described(layer: dict, model: Network, arrays: dict[str, np.ndarray]) -> dict:
    """The layer as model.json has it; what training found goes into ``arrays``."""
    name, fields = layer["name"], {key: layer[key] for key in ("name", "op", "inputs")}

    def stored(key: str, array: torch.Tensor) -> dict:
        arrays[key] = array.detach().numpy()
        return {"npz": "weights.npz", "key": key}

    if layer["op"] in ("conv", "dense"):
        weight = integers(model.weights[name], layer["type"]).to(torch.int8)
        weight = weight.permute(0, 2, 3, 1) if layer["op"] == "conv" else weight
        form = layer["type"]
        form = {"format": "log", "bits": int(form[3:])} if form.startswith("log") else form
        fields["weights"] = {"type": form, **stored(name, weight.contiguous())}
        if "scale" in layer:
            fields["weights"]["scale"] = layer["scale"]
        known = ("outputs", "kernel", "type", "scale")
        return fields | {key: value for key, value in layer.items() if key not in known}
    if layer["op"] == "batchnorm":
        norm = model.norms[name]
        fields["gamma"] = stored(f"{name}.gamma", norm.weight)
        fields["beta"] = stored(f"{name}.beta", norm.bias)
        fields["mean"] = stored(f"{name}.mean", norm.running_mean)
        fields["variance"] = stored(f"{name}.variance", norm.running_var)
        fields["epsilon"] = norm.eps
    return fields | layer


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.models.train_conv", description=__doc__)
    parser.add_argument("name", choices=nets.RECIPES)
    parser.add_argument("--out", type=Path, help="folder to write (default: beside this file)")
    parser.add_argument("--validate", action="store_true", help="measure with training images")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    recipe = nets.RECIPES[arguments.name]
    out = arguments.out or Path(__file__).parent / arguments.name
    data = {"digits": load_digits, "mnist": load_mnist}[recipe.data]()
    if arguments.validate:
        data = data.without_test()
    model = Network(recipe)
    fit(model, data, recipe)
    export(model, arguments.name, out)
    right = (classes(model.double(), data.x_test) == data.y_test).double().mean()
    print(f"{out / 'model.json'}: {right:.2%} of {len(data.x_test)} images correct")


if __name__ == "__main__":
    main()
