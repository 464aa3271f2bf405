# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from generators.cost.weights import weights as estimate
from generators.synth.synthesize import synthesize
from hdl.array.weights import Weights
from tests.hdl import clocked
from tests.synth.configs import weights


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize(("storage", "width", "depth", "latency"), [
    ("const", 5, 1, 1), ("lut", 1, 1, 1), ("lut", 7, 12, 1), ("lut", 70, 3, 1),
    ("bram", 7, 12, 2), ("bram", 1, 1, 2), ("bram", 40, 65, 2), ("bram", 5, 2500, 2),
    ("bram", 20, 1100, 2), ("bram", 36, 513, 2), ("bram", 130, 600, 2), ("bram", 3, 5000, 2),
])  # fmt: skip
def test_reads(storage, width, depth, latency, stall):
    rng = np.random.default_rng(width)
    config = Weights.Config(width=width, depth=depth, storage=storage)
    words = [int(bits, 2) for bits in map("".join, rng.choice(["0", "1"], (depth, width)))]
    address = rng.permutation(depth)[:300]
    address = np.concatenate([np.arange(min(depth, 70)), address, [depth - 1, 0]])

    y = clocked.run(Weights(config, words), latency, rng=rng, stall=stall, address=address)

    assert y.tolist() == [words[k] for k in address]
    assert (config.latency, config.bits) == (latency, width * depth)


SMALL = [(8, 64), (40, 60), (9, 3000)]
CNV = [(1024, 36), (512, 144), (512, 288), (128, 2304), (32, 18432), (4, 32768), (8, 32768),
       (4, 1536)]  # fmt: skip
OTHERS = [(1, 16385), (3, 9000), (16, 4096), (18, 7000), (25, 1025), (33, 2000), (64, 3333),
          (72, 1536), (100, 640), (150, 1100), (250, 513), (5, 60000)]  # fmt: skip


def synthesised(width, depth):
    """Estimate and truth: BRAM18 and FF are exact, LUT as near as a ROM's random bits allow."""
    memory = weights(width, depth, "bram")
    return estimate(memory.config), synthesize(memory)


@pytest.mark.parametrize(("width", "depth"), SMALL)
def test_estimate_is_synthesis(width, depth):
    guess, true = synthesised(width, depth)
    assert guess == true


@pytest.mark.slow
@pytest.mark.parametrize(("width", "depth"), CNV + OTHERS)
def test_estimate_is_synthesis_of_large_ones(width, depth):
    guess, true = synthesised(width, depth)
    assert (guess.bram18, guess.dsp) == (true.bram18, 0)
    assert true.ff == pytest.approx(guess.ff, rel=0.01)
    assert true.lut == pytest.approx(guess.lut, rel=0.15, abs=20)


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
