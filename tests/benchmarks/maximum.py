"""How fast networks get on one board: ``python -m tests.benchmarks.maximum``.

What ``generators.finn --max`` finds on the zynq7020, within 80 % of its LUTs and all of the rest.
Data are maximum.json beside this file and the README's table. Resources are estimates; how far
these are off is told by tests.benchmarks.real.
"""

import argparse
import json
import time
from dataclasses import asdict, dataclass

import pytest
from rich.console import Console

from generators.emit.command import PART_OF
from tests.benchmarks import folded
from tests.benchmarks.folded import Made
from tests.benchmarks.kept import asked, update
from tests.synth.update import README, version, with_table

__all__ = ["NETWORKS", "RESULTS", "Result", "read", "table"]

RESULTS = folded.HERE / "maximum.json"
NETWORKS = ("SFC", "LFC W1A1", "CNV W1A1", "KWS W3A3", "TFC_1W1A", "TFC_2W2A")


@dataclass(frozen=True)
class Result:
    """The design, what its frames wait for, why nothing is faster, and the seconds it took."""

    design: Made
    binds: str
    bound: str
    seconds: float


def measure(name: str, console: Console) -> Result | None:
    """Plan; None where there is no data."""
    console.print(f"{name}: planning")
    try:
        explorer = folded.explorer(name, part_of=PART_OF)
    except pytest.skip.Exception as reason:
        console.print(f"{name} is left out: {reason}")
        return None
    start = time.monotonic()
    design = explorer.fastest()
    seconds = round(time.monotonic() - start, 1)
    return Result(folded.made(design), design.binds, design.planned.bound, seconds)


HEADS = ("network", "cycles a frame", "frames a second at 100 MHz", "latency, cycles", "LUT", "FF",
         "BRAM18", "DSP", "busy all the time", "why nothing is faster", "planned in")  # fmt: skip


def table(results: dict[str, Result]) -> str:
    """The README's table."""
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    for name, one in results.items():
        design, used = one.design, one.design.estimate
        parts = [f"{n:,} ({n / folded.BOARD.room(kind):.0%})" for kind, n in used.items()]
        shown = [name, f"{design.cycles:,.10g}", f"{1e8 / design.cycles:,.0f}",
                 f"{design.latency:,}", *parts, one.binds, one.bound, f"{one.seconds:.0f} s"]
        lines.append(f"| {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


def read() -> dict[str, Result]:
    """What was found last."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"networks": {}}
    return {name: Result(**one | {"design": Made(**one["design"])})
            for name, one in kept["networks"].items()}  # fmt: skip


def write(results: dict[str, Result]) -> None:
    """The data and the table."""
    kept = {name: asdict(one) for name, one in results.items()}
    RESULTS.write_text(f"{json.dumps({'yosys': version(), 'networks': kept}, indent=1)}\n")
    README.write_text(with_table(README.read_text(), table(results), "max"))


def main() -> None:
    """Find all or some; those that are not stay as they were."""
    names = asked(argparse.ArgumentParser(description=__doc__), NETWORKS).names
    console = Console(stderr=True)
    update(names, NETWORKS, read, lambda name: measure(name, console), write)
    print(RESULTS)


if __name__ == "__main__":
    main()
