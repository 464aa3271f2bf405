"""Constants of estimates, fitted to synthesised circuits."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import log

import numpy as np
from scipy.optimize import least_squares

from generators.campaign.rows import ESTIMATED, Row, guess
from generators.cost import constants

__all__ = ["KINDS", "constants_of", "fit", "save"]

KINDS = {
    "fusible": ("mvtu",),
    "products": ("mvtu", "systolic", "output_stationary"),
    "thresholds": ("threshold", "lanes"),
    "tree": ("mvtu", "systolic"),
}
"""The circuits that tell of constants that are not named as their circuit."""

LEAVES = ("tree", "products", "fusible", "weights", "thresholds")
"""Constants that those of whole units build on: they are fitted first, and then kept."""

OFFSET = 2.0
"""LUTs, flip-flops and ps added to both sides: of five LUTs one more or less is no fifth."""

DIGITS = 3


def kinds(name: str) -> tuple[str, ...]:
    """The circuits that some constants are fitted to."""
    return KINDS.get(name, (name,))


def constants_of(circuits: Iterable[str]) -> list[str]:
    """Names of the constants that some circuits tell of, leaves first."""
    some = set(circuits)
    found = [name for name in constants.names() if some & set(kinds(name))]
    return sorted(found, key=lambda name: (LEAVES.index(name) if name in LEAVES else len(LEAVES)))


def fit(name: str, rows: Sequence[Row]) -> dict[str, float]:
    r"""Constants that bring the estimates nearest to the rows of the circuits that tell of them.

    It is the sum of squares of :math:`\log (estimate / synthesis)` of LUTs, flip-flops and the
    delay that is least, from the constants as they are; a few that are far off count less (the
    absolute value beyond a tenth). These are not changed; see :func:`save`.
    """
    start = constants.values(name)
    some = [row for row in rows if row.circuit in kinds(name)]
    if not start or not some:
        return start
    size = np.array([max(abs(value), 0.1) for value in start.values()])

    def found(x: np.ndarray) -> dict[str, float]:
        pairs = zip(start.items(), x * size)
        return {key: value + float(step) for (key, value), step in pairs}

    def residuals(x: np.ndarray) -> np.ndarray:
        with constants.trial(name, found(x)):
            return _logarithms(some)

    best = least_squares(residuals, np.zeros(len(size)), loss="soft_l1", f_scale=0.1,
                         diff_step=1e-3)  # fmt: skip
    return {key: round(value, DIGITS) for key, value in found(best.x).items()}


def _logarithms(rows: Iterable[Row]) -> np.ndarray:
    """Of estimates divided by syntheses, 0 where there is no estimate."""
    found = []
    for row in rows:
        estimated = guess(row.config)
        for name in ESTIMATED:
            true = row.measured[name]
            near = estimated.get(name, true)
            found.append(log((max(near, 0) + OFFSET) / (true + OFFSET)))
    return np.array(found)


def save(fitted: Mapping[str, Mapping[str, float]],
         tell: Callable[[str], None] = lambda text: None) -> None:  # fmt: skip
    """Write constants.json with these in place of what it has of them."""
    before = {name: constants.values(name) for name in constants.names()}
    for name, found in fitted.items():
        changed = [key for key, value in found.items() if value != before[name].get(key)]
        for key in changed:
            tell(f"{name}.{key}: {before[name].get(key)} -> {found[key]}")
    new = constants.FILE.with_suffix(".new")
    new.write_text(json.dumps(before | {key: dict(value) for key, value in fitted.items()},
                              indent=1, sort_keys=True) + "\n")  # fmt: skip
    new.replace(constants.FILE)
