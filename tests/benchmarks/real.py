"""Whole networks, estimate against synthesis: ``python -m tests.benchmarks.real``.

Five trained networks at two folds each (folds/). Data are real.json beside this file and the
README's table; no constant of an estimate is fitted to them.
"""

import argparse
import json
from dataclasses import asdict

import pytest
from rich.console import Console

from generators.explore import synthesis
from tests.benchmarks import folded
from tests.benchmarks.folded import Made
from tests.benchmarks.kept import update
from tests.synth.update import README, version, with_table

__all__ = ["CASES", "RESULTS", "read", "table"]

RESULTS = folded.HERE / "real.json"

CASES = {
    f"{network}, {file}": (network, file)
    for network, files in {
        "TFC_1W1A": ("tfc1_64", "tfc1_16"),
        "TFC_2W2A": ("tfc2_64", "tfc2_16"),
        "KWS W3A3": ("kws_392", "kws_256"),
        "LFC W1A1": ("lfc_board", "lfc512"),
        "CNV W1A1": ("cnv_32k", "cnv_8k"),
    }.items()
    for file in files
}
"""Networks of folded.MODELS and their fold files, which say everything: the first is the published
one, of 784-1024-1024-1024-10 the board's."""

WANTED = 0.05
"""By which the LUTs of a network may be off."""


def measure(name: str, console: Console) -> Made | None:
    """Plan and synthesise; None where there is no data."""
    console.print(f"{name}: planning")
    try:
        design = folded.folded(*CASES[name])
    except pytest.skip.Exception as reason:
        console.print(f"{name} is left out: {reason}")
        return None
    found, = synthesis.measured([design.planned], console.print)
    return folded.made(design, found)


HEADS = ("network", "fold file", "cycles a frame", "LUT: estimate, synthesis, off by", "FF",
         "BRAM18", "DSP")  # fmt: skip


def table(results: dict[str, Made]) -> str:
    """The README's table."""
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    for name, one in results.items():
        network, file = CASES[name]
        used = [_off(one.estimate[kind], one.synthesis[kind]) for kind in folded.RESOURCES]
        error = one.estimate["lut"] / one.synthesis["lut"] - 1
        used[0] += " ✓" if abs(error) <= WANTED else " ✗"
        lines.append(f"| {network} | {file}.json | {one.cycles:,.10g} | {' | '.join(used)} |")
    return "\n".join(lines) + "\n"


def _off(estimate: int, measured: int) -> str:
    if estimate == measured:
        return f"{estimate:,} exact"
    return f"{estimate:,}, {measured:,}, {folded.off(estimate, measured)}"


def read() -> dict[str, Made]:
    """What was found last."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"networks": {}}
    return {name: Made(**one) for name, one in kept["networks"].items()}


def write(results: dict[str, Made]) -> None:
    """The data and the table."""
    kept = {name: asdict(one) for name, one in results.items()}
    RESULTS.write_text(f"{json.dumps({'yosys': version(), 'networks': kept}, indent=1)}\n")
    README.write_text(with_table(README.read_text(), table(results), "real"))


def main() -> None:
    """Measure all networks, or those of some words; others stay as they were."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"parts of {'; '.join(CASES)}")
    names = parser.parse_args().names
    console = Console(stderr=True)
    some = [name for name in CASES if not names or any(part in name for part in names)]
    update(some, CASES, read, lambda name: measure(name, console), write)
    print(RESULTS)


if __name__ == "__main__":
    main()
