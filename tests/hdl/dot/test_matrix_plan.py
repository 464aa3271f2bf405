import numpy as np
import pytest

from hdl.csd import signed_digits
from hdl.dot.matrix_plan import plan, row_ranges
from hdl.dot.matrix_share import Shared, Term, share
from hdl.number import BIPOLAR, Number, holding
from tests.hdl.dot.matrices import TARGETS, dot_products, random_matrix, vectors


def values(shared: Shared, columns: int) -> np.ndarray:
    """The matrix that rows of terms are."""
    signals = list(np.eye(columns, dtype=np.int64))

    def total(terms: tuple[Term, ...]) -> np.ndarray:
        return sum(((-1 if one.negative else 1) * signals[one.signal] << one.shift
                    for one in terms), np.zeros(columns, np.int64))  # fmt: skip

    for terms in shared.sums:
        signals.append(total(terms))
    return np.array([total(terms) for terms in shared.rows])


@pytest.mark.parametrize("seed", range(40))
def test_shared_terms_are_the_matrix(seed):
    rng = np.random.default_rng(seed)
    weights, _ = random_matrix(rng)
    weights = np.tile(weights, (int(rng.integers(1, 6)), 1))  # equal rows share
    shared = share(signed_digits(weights), int(rng.integers(1, 256)))
    np.testing.assert_array_equal(values(shared, weights.shape[1]), weights)
    uses = [term.signal for terms in (*shared.sums, *shared.rows) for term in terms]
    assert all(uses.count(k) > 1 for k in range(weights.shape[1], weights.shape[1]
                                                + len(shared.sums)))  # fmt: skip


def test_what_is_shared():
    """A sum of two inputs in eight rows, with its negative and a multiple; no sum in two."""
    weights = np.array([[1, 2, 0], [-1, -2, 0], [2, 4, 0], [1, 2, 1]] * 2)
    assert share(signed_digits(weights), 15).sums == ((Term(0, 0, False), Term(1, 1, False)),)
    assert share(signed_digits(weights[:2]), 15).sums == ()


def test_multiple_of_itself():
    """5 x is added once for all rows."""
    shared = share(signed_digits(np.full((9, 1), 5)), 15)
    assert shared.sums == ((Term(0, 0, False), Term(0, 2, False)),)
    assert shared.rows == ((Term(1, 0, False),),) * 9


@pytest.mark.parametrize("signs", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_rows_are_dot_products(seed, signs):
    rng = np.random.default_rng(seed)
    weights, x = random_matrix(rng)
    bias = rng.integers(-20, 21, len(weights))
    found = vectors(rng, x, weights, 40)
    low, high = row_ranges(weights, x)
    rows = dot_products(plan(weights, x, bias, signs), x, found)
    for row, total in enumerate((found @ weights.T + bias).T):
        number = holding(int(low[row] + bias[row]), int(high[row] + bias[row]))
        if not signs:
            np.testing.assert_array_equal(rows[row], total % (1 << number.width))
            continue
        width = plan(weights, x, bias, signs).rows[row].width
        np.testing.assert_array_equal(rows[row] >> width - 1, total >= 0)


@pytest.mark.parametrize("target", TARGETS[1:], ids=lambda one: one.name)
def test_targets(target):
    """Exact on vectors at random and at both ends; the same plan again."""
    weights = target.weights()
    found = plan(weights, target.x, [0] * target.size)
    x = vectors(np.random.default_rng(0), target.x, weights, 200)
    for row, total in zip(dot_products(found, target.x, x), weights @ x.T):
        assert np.all((row - total) % (1 << int(np.abs(total).max()).bit_length()) == 0)
    assert found == plan(weights, target.x, [0] * target.size)


def test_wires():
    """Of rows that are inputs, shifted, nothing is added; nor of those that never change."""
    found = plan(np.array([[4, 0], [0, 1], [0, 0]]), Number(width=3, signed=True), [0, 0, -3])
    assert not found.sums
    assert [max(one.heights) for one in found.rows] == [1, 1, 0]
    assert [one.constant for one in found.rows] == [0, 0, 5]
    assert plan(np.array([[3]]), BIPOLAR, [3]).rows[0].width == 3
