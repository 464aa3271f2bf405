"""Constant matrices for tests: the four of the project's goals, and random ones of any format."""

from typing import NamedTuple

import numpy as np

from hdl.dot.constant_sums import Plan
from hdl.dot.matrix import ConstantMatrix
from hdl.number import BIPOLAR, Number, holding
from tests.hdl import clocked

__all__ = ["TARGETS", "Target", "dot_products", "random_matrix", "vectors"]


class Target(NamedTuple):
    """A matrix of size x size numbers low to high by a generator's seed, for inputs x.

    luts : that da4ml 0.6.0 takes for it, by the same yosys.
    """

    seed: int
    low: int
    high: int
    size: int
    x: Number
    luts: int

    @property
    def name(self) -> str:
        """The matrix in words."""
        x = f"{self.x.low}..{self.x.high}"
        return f"seed {self.seed}, {self.low}..{self.high}, {self.size} x {self.size}, x {x}"

    def weights(self) -> np.ndarray:
        """The weights (rows, cols): outputs, inputs."""
        rng = np.random.default_rng(self.seed)
        return rng.integers(self.low, self.high + 1, (self.size, self.size)).T

    def config(self) -> ConstantMatrix.Config:
        """The circuit."""
        return ConstantMatrix.Config.of(self.weights(), self.x)


TARGETS = (
    Target(6, -8, 7, 64, holding(-8, 7), 21_512),
    Target(5, -2, 1, 64, holding(0, 3), 6_013),
    Target(3, -1, 1, 64, holding(-8, 7), 7_717),
    Target(9, -128, 127, 16, holding(-128, 127), 4_627),
)


def random_matrix(rng) -> tuple[np.ndarray, Number]:
    """A small matrix of a random format and its inputs; some rows and columns are alike or 0."""
    rows, cols = rng.integers(1, 7, 2)
    numbers = []
    for _ in range(2):
        width, signed = int(rng.integers(1, 9)), bool(rng.integers(2))
        numbers.append(BIPOLAR if rng.integers(6) == 0 else Number(width=width, signed=signed))
    x, w = numbers
    weights = clocked.draw(rng, w, (rows, cols))
    kind = rng.integers(6)
    if kind == 0:
        weights[rng.integers(rows)] = 0
        weights[:, rng.integers(cols)] = 0
    elif kind == 1:
        weights = np.sign(weights) << rng.integers(0, 7, weights.shape)
    elif kind == 2:
        weights[-1] = weights[0]
        weights[:, -1] = -2 * weights[:, 0]
    elif kind == 3:
        weights = np.eye(rows, cols, dtype=int) << rng.integers(0, 3)
    return weights, x


def vectors(rng, x: Number, weights: np.ndarray, count: int) -> np.ndarray:
    """Random vectors (count, cols) after those of the rails: all, and of the first row's sum."""
    found = clocked.draw(rng, x, (count, weights.shape[1]))
    found[0], found[1] = x.low, x.high
    found[2] = np.where(weights[0] > 0, x.high, x.low)
    found[3] = np.where(weights[0] > 0, x.low, x.high)
    return found


def dot_products(plan: Plan, x: Number, vectors: np.ndarray) -> list[np.ndarray]:
    """What the rows of a plan are, unsigned, of vectors (count, cols)."""
    codes = (vectors + 1) // 2 if x.bipolar else vectors
    wires = list((codes[:, :, None] >> np.arange(x.width) & 1).reshape(len(vectors), -1).T)
    rows = []
    for number, one in enumerate((*plan.sums, *plan.rows)):
        total = np.full(len(vectors), one.constant)
        for bit in one.bits:
            total = total + ((wires[bit.wire] ^ bit.inverted) << bit.column)
        total %= 1 << one.width
        if number < len(plan.sums):
            wires += list((total[:, None] >> np.arange(one.width) & 1).T)
        else:
            rows.append(total)
    return rows
