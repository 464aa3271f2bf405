"""How far estimates are off, by kind of circuit: against syntheses that no fit has seen."""

import json
from collections.abc import Iterable
from functools import cache
from math import ceil
from pathlib import Path
from statistics import median

__all__ = ["FILE", "RESOURCES", "SHARE", "band", "bands", "percentile", "typical"]

FILE = Path(__file__).with_name("measured.json")
"""What ``python -m generators.characterize`` measured, and how far estimates were off then.

``{"yosys": "0.70", "circuits": [{"circuit", "name", "sample", "lut", "ff", "bram18", "dsp", "ps",
"error"}]}``; the sample is "fit" or "unseen", and the error {"lut", "ff", "ps"}, each the estimate
divided by the synthesis, less 1, or None where the synthesis has none of it.
"""

RESOURCES = ("lut", "ff", "ps")
"""What is estimated; block RAMs and DSP slices are exact."""

SHARE = 0.95
"""Of the circuits that are no further off than what is shown beside the median."""


def band(kinds: Iterable[str]) -> dict[str, int | float] | None:
    """The errors of all unseen circuits of some kinds together, as fractions of the synthesis.

    Returns
    -------
    dict or None
        ``circuits``: how many; ``lut_median`` and ``lut_95th_percentile``, and so for ``ff`` and
        ``ps``, the delay. None where no such circuit was measured.
    """
    wanted = set(kinds)
    return _band([row for row in _unseen(FILE) if row["circuit"] in wanted])


def bands() -> dict[str, dict[str, int | float]]:
    """The band of each kind that was measured, by its name, in the order of the alphabet."""
    return {kind: band([kind]) for kind in sorted({row["circuit"] for row in _unseen(FILE)})}


def typical(errors: Iterable[float | None]) -> tuple[float, float] | None:
    """Median and 95th percentile without sign, of those that are not None; None where none is."""
    off = [abs(error) for error in errors if error is not None]
    return (median(off), percentile(off, SHARE)) if off else None


def percentile(values: list[float], share: float) -> float:
    """The least of the values that is no smaller than so large a share of them."""
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]


@cache
def _unseen(file: Path) -> list[dict]:
    """Rows of circuits that no constant was fitted to; none before anything was measured."""
    rows = json.loads(file.read_text())["circuits"] if file.exists() else []
    return [row for row in rows if row["sample"] == "unseen"]


def _band(rows: list[dict]) -> dict[str, int | float] | None:
    if not rows:
        return None
    found: dict[str, int | float] = {"circuits": len(rows)}
    for name in RESOURCES:
        off = typical(row.get("error", {}).get(name) for row in rows) or (0.0, 0.0)
        found[f"{name}_median"], found[f"{name}_95th_percentile"] = (round(e, 3) for e in off)
    return found
