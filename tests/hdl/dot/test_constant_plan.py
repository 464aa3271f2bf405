import numpy as np
import pytest

from hdl.dot.constant_plan import plan
from hdl.dot.constant_tree import leaves, tree


def evaluate(found, x):
    """The value of each row's sum; x (frames, inputs) of 0 and 1."""
    wires = list(x.T.astype(np.int64))

    def value(one):
        bits = ((wires[b.wire] ^ int(b.inverted)) << b.column for b in one.bits)
        return (sum(bits, np.full(len(x), one.constant))) % (1 << one.width)

    for one in found.sums:
        wires += [value(one) >> k & 1 for k in range(one.width)]
    return np.stack([value(one) for one in found.rows], axis=1)


def signs(rng, rows, cols):
    return rng.choice([-1, 1], (rows, cols))


def counts(w, x):
    return ((2 * x - 1) @ w.T + w.shape[1]) // 2


def frames(rng, cols):
    x = rng.integers(0, 2, (60, cols))
    x[0], x[1] = 0, 1
    return x


def check(w, thresholds, x):
    np.testing.assert_array_equal(evaluate(plan(w), x), counts(w, x))
    found = plan(w, thresholds)
    top = np.array([one.width - 1 for one in found.rows])
    np.testing.assert_array_equal(evaluate(found, x) >> top, counts(w, x) >= thresholds)


@pytest.mark.parametrize("cols", [1, 2, 3, 5])
@pytest.mark.parametrize("rows", [1, 2, 3, 6])
def test_every_input(rows, cols):
    rng = np.random.default_rng(10 * rows + cols)
    x = np.arange(1 << cols)[:, None] >> np.arange(cols) & 1
    for _ in range(8):
        check(signs(rng, rows, cols), rng.integers(-1, cols + 3, rows), x)


@pytest.mark.parametrize(("rows", "cols"), [(4, 9), (7, 30), (10, 64), (17, 100), (33, 64)])
def test_random(rows, cols):
    rng = np.random.default_rng(rows)
    w = signs(rng, rows, cols)
    check(w, cols // 2 + rng.integers(-4, 5, rows), frames(rng, cols))


def test_correlated_rows():
    """Equal and opposite rows, rows that differ in few columns, equal columns."""
    rng = np.random.default_rng(0)
    w = signs(rng, 12, 48)
    w[1], w[2], w[5] = w[0], -w[0], w[4]
    w[5, :2] *= -1
    w[:, 20:29] = w[:, 19:20]
    w[:, 30:33] = -w[:, 29:30]
    check(w, rng.integers(18, 30, 12), frames(rng, 48))


def test_equal_rows_count_once():
    rng = np.random.default_rng(0)
    row = signs(rng, 1, 64)
    alone, both = plan(row), plan(np.concatenate([row, -row]))
    bits = [sum(len(one.bits) for one in (*p.sums, *p.rows)) for p in (alone, both)]
    assert bits[1] <= bits[0] * 2


def test_the_same_twice():
    w = signs(np.random.default_rng(0), 16, 40)
    assert plan(w) == plan(w.copy())


@pytest.mark.parametrize("rows", [[3], [5, 1], list(range(11))])
def test_tree_has_every_row_once(rows):
    negative = signs(np.random.default_rng(0), 11, 20) < 0
    assert sorted(leaves(tree(negative, rows))) == sorted(rows)


def test_tree_joins_what_is_alike():
    rng = np.random.default_rng(0)
    w = signs(rng, 8, 60)
    w[6], w[3] = w[1], -w[4]
    found = tree(w < 0, range(8))
    pairs = [leaves(pair) for four in found for pair in four]
    assert [1, 6] in pairs and [3, 4] in pairs
