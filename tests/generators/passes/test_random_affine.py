"""Random affine networks: compiled, they give the same codes."""

import numpy as np
import pytest

from generators import passes
from generators.network import run
from sim.golden import affine
from tests.generators.passes.nets import (
    argmax,
    conv,
    dense,
    flatten,
    maxpool,
    network,
    reach,
    requantized,
)

RANGES = {"uint8": (0, 256), "int8": (-128, 128), "int4": (-8, 8), "uint3": (0, 8)}


class Draw:
    """Random layers, each of which reads the codes of the one before."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.kind = self.choose("uint8", "int8", "uint3")
        self.z = self.code(self.kind)

    def choose(self, *choices):
        return choices[self.rng.integers(len(choices))]

    def code(self, kind: str) -> int:
        return self.choose(0, int(self.rng.integers(*RANGES[kind]))) if RANGES[kind][0] else int(
            self.rng.integers(*RANGES[kind]))  # fmt: skip

    def activation(self, outputs: int, kind: str):
        """A requantization by multipliers or scales, of all channels alike or by channel."""
        rng = self.rng
        low, high = np.sort(rng.integers(*RANGES[kind], 2)).tolist()
        fields = {"zero_point": self.code(kind)} | self.choose({}, {"low": low}, {"high": high})
        count = self.choose((), (outputs,))
        if rng.integers(2):
            scales = {"input_scale": 0.3, "weight_scale": rng.uniform(0.001, 0.1, count)}
            return requantized(kind, output_scale=0.7, **scales, **fields)
        shift = rng.integers(-2, 12, count)
        return requantized(kind, multiplier=rng.integers(0, affine.HIGH, count), right_shift=shift,
                           **fields)  # fmt: skip

    def weighted(self, make, shape: tuple[int, ...], last: bool = False):
        """A dense layer or a convolution, and what its outputs are."""
        rng, kind = self.rng, self.choose("uint8", "int8", "int4")
        points = self.choose(None, self.code(kind), [self.code(kind) for _ in range(shape[0])])
        fields = {"bias": self.choose(None, 7, rng.integers(-999, 999, shape[0])),
                  "zero_point": points, "input_zero_point": self.z}  # fmt: skip
        if make is conv and rng.integers(2):
            fields |= {"padding": tuple(rng.integers(0, 2, 4).tolist()), "pad_value": self.z}
        self.kind = self.choose("uint8", "int8", "uint3")
        fields["activation"] = self.activation(shape[0], self.kind)
        self.z = fields["activation"].requantize.zero_point
        if last and rng.integers(2):
            few = np.sort(rng.integers(-3000, 3000, (shape[0], 3)), axis=1)
            fields["activation"] = self.choose(None, reach(few, "uint2"))
        return make(rng.integers(*RANGES[kind], shape), kind, **fields)


@pytest.mark.parametrize("seed", range(30))
def test_compiled(seed):
    draw = Draw(seed)
    kind = draw.kind
    layers = [draw.weighted(conv, (3, 2, 2, 2)), maxpool((2, 2), stride=(1, 1)), flatten()]
    size = network(*layers, shape=(4, 4, 2), kind=kind)
    features = run.run(size, np.zeros((1, 4, 4, 2), int)).size
    layers.append(draw.weighted(dense, (5, features), last=True))
    layers += draw.choose([], [argmax()])
    before = network(*layers, shape=(4, 4, 2), kind=kind)

    after = passes.streamline(before)

    x = draw.rng.integers(*RANGES[kind], (50, 4, 4, 2))
    np.testing.assert_array_equal(run.run(after, x), run.run(before, x))
    for layer in after.layers:
        assert getattr(layer, "input_zero_point", 0) == 0
