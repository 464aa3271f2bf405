"""Train a small network and put each of its layers into a format of its own.

Float layers with a relu, and a sign behind the third, learn together with a last layer of bipolar
weights. Then, with scales that are powers of two, the first layer's weights become fixed point with
error compensation (fpec), the second's inputs and weights biscaled, the third's integers, and the
last stays as it is: a popcount. Run as ``python -m tests.models.train_formats``; README.md names
the result.
"""

import json
import math
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from generators.network import check, read, run
from sim.golden.formats.biscaled import BiScaled
from sim.golden.formats.fpec import FPEC
from tests.models.train import SEED, BipolarLinear, Data, Sign, load_digits, warp

WIDTHS = (64, 64, 64, 64, 10)
EPOCHS, BATCH, RATE = 100, 64, 3e-3
PIXEL = 16.0
"""What a white pixel is."""

FIRST, SECOND = FPEC(5), BiScaled(6, 2, block=16)
ACTIVATION = BiScaled(6, 2, signed=False)


class Network(nn.Module):
    """Pixels from 0 to 16 to scores."""

    def __init__(self) -> None:
        super().__init__()
        sizes = list(pairwise(WIDTHS))
        self.real = nn.ModuleList(nn.Linear(*size) for size in sizes[:-1])
        self.last = BipolarLinear(*sizes[-1], bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores of images (N, 64)."""
        x = x / PIXEL
        for layer in self.real[:-1]:
            x = F.relu(layer(x))
        return self.last(Sign.apply(self.real[-1](x))) / math.sqrt(WIDTHS[-2])


def fit(model: Network, data: Data) -> None:
    """Adam on images that are shifted, stretched and turned anew each time."""
    optimizer = torch.optim.Adam(model.parameters(), RATE)
    steps = EPOCHS * -(-len(data.x) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    model.train()
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(data.x)).split(BATCH):
            x = warp(data.x[chosen]).flatten(1)
            loss = F.cross_entropy(model(x), data.y[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            with torch.no_grad():
                model.last.weight.clamp_(-1, 1)
    model.eval()


def power(v: np.ndarray, form, decode) -> int:
    """The n of which v = codes / 2^n has the least squared error."""
    def error(n: int) -> float:
        return float(np.square(decode(form.encode(v * 2.0**n)) / 2.0**n - v).sum())

    return min(range(-8, 16), key=error)


def described(model: Network, x: np.ndarray) -> dict:
    """model.json; ``x`` are images (N, 64) that say how large activations become."""
    parts = [(layer.weight.detach().double().numpy(), layer.bias.detach().double().numpy())
             for layer in model.real]  # fmt: skip
    estimate = lambda codes: np.add(*np.multiply(FIRST.decode(codes), ((1,), (0.5,))))  # noqa: E731
    (w0, b0), (w1, b1), (w2, b2) = parts
    w0 = w0 / PIXEL
    n0 = power(w0, FIRST, lambda c: estimate(c.ravel()).reshape(c.shape))
    real = [x]
    for w, b in ((w0, b0), (w1, b1)):
        real.append(np.maximum(real[-1] @ w.T + b, 0))
    a0, n1 = power(real[1], ACTIVATION, np.asarray), power(w1, SECOND, np.asarray)
    a1 = 6 - math.frexp(real[2].max())[1]
    n2 = 3 - math.frexp(np.abs(w2).max())[1]
    w2 = np.clip(np.rint(w2 * 2.0**n2), -8, 7).astype(int)
    scaled = lambda b, n: np.rint(b * 2.0**n).astype(int).tolist()  # noqa: E731
    act = {"format": "biscaled", "bits": ACTIVATION.bits, "shift": ACTIVATION.shift,
           "signed": False}  # fmt: skip
    listed = {"format": "biscaled", "bits": SECOND.bits, "shift": SECOND.shift,
              "block": SECOND.block}  # fmt: skip
    bipolar = np.where(model.last.weight.detach().numpy() >= 0, 1, -1).tolist()
    layers = [
        {"name": "fc0", "op": "dense", "inputs": ["input"], "bias": scaled(b0, n0 + 1),
         "weights": {"type": {"format": "fpec", "bits": FIRST.bits},
                     "data": FIRST.encode(w0 * 2.0**n0).tolist()}},
        {"name": "act0", "op": "encode", "inputs": ["fc0"], "type": act,
         "right_shift": n0 + 1 - a0},
        {"name": "fc1", "op": "dense", "inputs": ["act0"], "bias": scaled(b1, a0 + n1),
         "weights": {"type": listed, "data": SECOND.encode(w1 * 2.0**n1).tolist()}},
        {"name": "act1", "op": "encode", "inputs": ["fc1"], "type": "uint6",
         "right_shift": a0 + n1 - a1},
        {"name": "fc2", "op": "dense", "inputs": ["act1"], "datapath": "integer",
         "weights": {"type": "int4", "data": w2.tolist()},
         "activation": {"type": "bipolar",
                        "thresholds": [[-b] for b in scaled(b2, a1 + n2)]}},
        {"name": "classes", "op": "dense", "inputs": ["fc2"], "datapath": "popcount",
         "weights": {"type": "bipolar", "data": bipolar}},
    ]  # fmt: skip
    return {"bitloom": 1, "name": "mixed_formats", "input": {"shape": [8, 8, 1], "type": "uint5"},
            "layers": layers}  # fmt: skip


def main() -> int:
    """Train, quantize, write model.json, and print both accuracies on the test images."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    data, model = load_digits(), Network()
    fit(model, data)
    flat = data.x.numpy().reshape(len(data.x), -1).astype(np.float64)
    folder = Path(__file__).parent / "mixed_formats"
    folder.mkdir(exist_ok=True)
    path = folder / "model.json"
    path.write_text(json.dumps(described(model, flat)) + "\n")
    with torch.no_grad():
        scores = model(data.x_test.float().flatten(1)).numpy()
    integers = run.run(check.check(read.read(path)), data.x_test.numpy())
    labels = data.y_test.numpy()
    for name, y in (("float", scores), ("formats", integers)):
        print(f"{name}: {np.mean(y.argmax(axis=1) == labels):.4f} of {len(labels)} test images")
    return 0


if __name__ == "__main__":
    sys.exit(main())
