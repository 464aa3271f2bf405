"""Fronts against all points that there are."""

import numpy as np
import pytest

from generators.explore import front


def same(point):
    return point


def every(seed: int, size: int = 60) -> list[tuple[int, int]]:
    """Designs of random cycles and LUTs, of which the faster mostly take more."""
    rng = np.random.default_rng(seed)
    cycles = np.unique(rng.integers(1, 5000, size))
    luts = 40_000 * rng.uniform(0.5, 2, len(cycles)) / cycles**0.5
    return [(int(c), int(lut) + 1) for c, lut in zip(cycles, luts)]


def whole(points) -> list:
    """The front by comparing each with each."""
    return sorted(p for p in points
                  if not any(q != p and q[0] <= p[0] and q[1] <= p[1] for q in points))  # fmt: skip


def solver(points, asked: list):
    def solve(limit: int):
        asked.append(limit)
        fast = [point for point in points if point[0] <= limit]
        return min(fast, key=lambda point: (point[1], point[0]), default=None)

    return solve


@pytest.mark.parametrize("seed", range(10))
def test_nondominated(seed):
    points = every(seed)
    assert front.nondominated(points, same) == whole(points)


def test_of_equal_points_one_is_kept():
    points = [(3, 5, "a"), (3, 5, "b"), (3, 7, "c"), (4, 5, "d")]
    assert front.nondominated(points, lambda point: point[:2]) == [(3, 5, "a")]


@pytest.mark.parametrize("seed", range(10))
def test_enough_points_are_the_whole_front(seed):
    points, asked = every(seed), []
    expected = whole(points)
    solve = solver(points, asked)
    found = front.sweep(solve, expected[0], expected[-1], 1000, same)
    assert found == expected
    assert len(asked) == len(set(asked)), "nothing is sought twice"


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_few_points_are_spread(count):
    points, told = every(3), []
    expected = whole(points)
    found = front.sweep(solver(points, []), expected[0], expected[-1], count, same, told.append)
    assert len(found) == max(2, count)
    assert {expected[0], expected[-1]} <= set(found) <= set(expected)
    assert told == sorted(told) and set(told) == set(range(2, max(2, count)))
    steps = np.diff(np.log([cycles for cycles, _ in found]))
    if count == 7:
        assert steps.max() < 0.5 * steps.sum()


def test_ends_that_are_the_same():
    assert front.sweep(lambda limit: None, (5, 5), (5, 5), 9, same) == [(5, 5)]


def test_what_does_not_fit_in_between_is_left_out():
    found = front.sweep(lambda limit: None, (1, 90), (1000, 5), 9, same)
    assert found == [(1, 90), (1000, 5)]
