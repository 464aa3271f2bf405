# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.array.weights import Weights
from tests.hdl import clocked


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize(("storage", "width", "depth", "latency"), [
    ("const", 5, 1, 1), ("lut", 1, 1, 1), ("lut", 7, 12, 1), ("lut", 70, 3, 1),
    ("bram", 7, 12, 2), ("bram", 1, 1, 2), ("bram", 40, 65, 2),
])  # fmt: skip
def test_reads(storage, width, depth, latency, stall):
    rng = np.random.default_rng(width)
    config = Weights.Config(width=width, depth=depth, storage=storage)
    words = [int(bits, 2) for bits in map("".join, rng.choice(["0", "1"], (depth, width)))]
    address = np.concatenate([np.arange(depth), rng.integers(0, depth, 40)])

    y = clocked.run(Weights(config, words), latency, rng=rng, stall=stall, address=address)

    assert y.tolist() == [words[k] for k in address]
    assert (config.latency, config.bits) == (latency, width * depth)


@pytest.mark.parametrize("name", ["width", "depth"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    message = re.escape(f"Weights {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Weights.Config(**{"width": 1, "depth": 1, "storage": "lut", name: value})


@pytest.mark.parametrize(("build", "message"), [
    (lambda: Weights.Config(width=1, depth=1, storage="ram"),
     "Weights storage must be const, lut or bram, not 'ram'"),
    (lambda: Weights.Config(width=1, depth=2, storage="const"),
     "Weights depth must be 1 for constants, not 2"),
    (lambda: Weights(Weights.Config(width=1, depth=2, storage="lut"), [1, 0, 1]),
     "Weights must be 2 words, not 3"),
    (lambda: Weights(Weights.Config(width=3, depth=2, storage="lut"), [0, 8]),
     "Weights words must be from 0 to 7, not 8"),
    (lambda: Weights(Weights.Config(width=3, depth=2, storage="lut"), [-1, 7]),
     "Weights words must be from 0 to 7, not -1"),
])  # fmt: skip
def test_refusals(build, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        build()
