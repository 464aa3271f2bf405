"""How far estimates are off, by kind of circuit: for people, and beside what was off before."""

from collections.abc import Iterable, Mapping, Sequence

from rich.table import Table

from generators.campaign.rows import ESTIMATED, Row
from generators.cost.bands import typical

__all__ = ["band", "table", "worse"]

TOLERANCE = 0.005
"""By which a band may be exceeded."""

TITLES = {"lut": "LUT", "ff": "FF", "ps": "delay", "bram18": "BRAM18", "dsp": "DSP"}

Errors = Mapping[str, float | None]


def band(errors: Sequence[Errors]) -> dict[str, tuple[float, float]]:
    """Median and 95th percentile of each estimate's errors, without sign, where there are some."""
    found = {name: typical(one.get(name) for one in errors) for name in ESTIMATED}
    return {name: off for name, off in found.items() if off}


def kinds(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by their circuit, in the order of the alphabet."""
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.circuit):
        found.setdefault(row.circuit, []).append(row)
    return found


def table(title: str, rows: Sequence[Row]) -> Table:
    """A line a kind, and one of all circuits: how many, medians, percentiles, and what is wrong."""
    columns = [f"{TITLES[name]} {what}" for name in ESTIMATED for what in ("median", "95 %")]
    found = Table("circuit", "circuits", *columns, "BRAM18, DSP wrong", title=title)
    for name, some in (*kinds(rows).items(), ("all", rows)):
        bands = band([row.errors() for row in some])
        shown = [f"{part:.1%}" if one in bands else "-"
                 for one in ESTIMATED for part in bands.get(one, (0, 0))]  # fmt: skip
        wrong = sum(bool(row.mismatches()) for row in some)
        found.add_row(name, str(len(some)), *shown, str(wrong or ""))
    return found


def worse(rows: Sequence[Row], kept: Sequence[Mapping]) -> list[str]:
    """What is further off than the table says, a sentence each; and what is to be exact and is not.

    ``kept`` are the records of the table.
    """
    told = []
    for circuit, some in kinds(rows).items():
        before = [one["error"] for one in kept
                  if (one["circuit"], one["sample"]) == (circuit, some[0].sample)]  # fmt: skip
        if not before:
            told.append(f"{circuit} is not in measured.json; run with --measure")
            continue
        limits = band(before)
        for name, parts in band([row.errors() for row in some]).items():
            for what, now, then in zip(("median", "95th percentile"), parts, limits.get(name, ())):
                if now > then + TOLERANCE:
                    text = f"{circuit}: {TITLES[name]} error of {now:.1%} ({what})"
                    told.append(f"{text} is above the {then:.1%} of measured.json")
        for row in some:
            for name, (estimated, true) in row.mismatches().items():
                told.append(f"{circuit} {row.name}: {TITLES[name]} is {true}, not {estimated}")
    return told
