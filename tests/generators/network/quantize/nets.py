"""Small float networks of seeded numbers, to be quantized."""

from itertools import pairwise

import numpy as np

from generators.network import floats

__all__ = ["cnn", "frames", "mlp"]


def frames(shape: tuple[int, ...], count: int = 40, seed: int = 5) -> np.ndarray:
    """Frames of uint8, two thirds of them 0 as in images of digits."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 256, (count, *shape), np.uint8)
    return x * (rng.random(x.shape) < 1 / 3).astype(np.uint8)


def mlp(seed: int = 1, sizes: tuple[int, ...] = (32, 32, 16, 4)) -> floats.Network:
    """Dense layers with relus between; the input is a map of two channels."""
    rng = np.random.default_rng(seed)
    layers = [floats.Flatten(name="flat")]
    for k, (inputs, outputs) in enumerate(pairwise(sizes)):
        relu = [floats.Relu(name=f"relu{k - 1}")] if k else []
        layers += [*relu, floats.Dense(name=f"fc{k}", **_drawn(rng, (outputs, inputs)))]
    return floats.Network(name="mlp", shape=(4, sizes[0] // 8, 2), layers=tuple(layers))


def cnn(seed: int = 2) -> floats.Network:
    """A padded convolution and a pool, a strided one without a relu, two dense layers."""
    rng = np.random.default_rng(seed)
    layers = (
        floats.Conv(name="conv0", **_drawn(rng, (16, 3, 3, 1)), padding=(1, 1, 1, 1)),
        floats.Relu(name="relu0"),
        floats.MaxPool(name="pool", kernel=(2, 2)),
        floats.Conv(name="conv1", **_drawn(rng, (16, 3, 3, 16)), stride=(1, 2)),
        floats.Flatten(name="flat"),
        floats.Dense(name="fc0", **_drawn(rng, (16, 2 * 1 * 16))),
        floats.Relu(name="relu1"),
        floats.Dense(name="fc1", **_drawn(rng, (4, 16))),
    )
    return floats.Network(name="cnn", shape=(8, 8, 1), layers=layers)


def _drawn(rng, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Weights of a long tail, and a bias."""
    spread = np.sqrt(1 / np.prod(shape[1:]))
    return {"weights": rng.laplace(0, spread, shape), "bias": rng.normal(0, 0.1, shape[0])}
