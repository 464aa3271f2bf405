"""python -m tests.fuzz {networks | arrays | descriptions}…: random inputs, as many as one likes."""

import argparse
import collections
import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.fuzz import bench, campaign

SIMULATORS = ("icarus", "verilator")
LINES = 100
"""Inputs from one line of the counts to the next, where there is no terminal."""


def main(argv: list[str] | None = None) -> int:
    """Run campaigns, one after the other; the exit status is 1 if a bug was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("what", choices=tuple(campaign.KINDS), nargs="+")
    parser.add_argument("--seed", type=int, default=1, help="of all that is random (default 1)")
    parser.add_argument("--first", type=int, default=0, metavar="K", help="number of the first")
    parser.add_argument("--count", type=int, metavar="N", help="how many (default: without end)")
    parser.add_argument("--minutes", type=float, metavar="M", help="how long at most, each")
    parser.add_argument("--simulator", choices=SIMULATORS, default=bench.simulator(),
                        help="default icarus, where that is installed, which is faster")
    parser.add_argument("--keep", action="store_true",
                        help="save failures, reduced, in tests/fuzz/found")
    args = parser.parse_args(argv)
    console = Console(highlight=False)
    try:
        return int(any([_run(what, args, console) for what in args.what]))
    except KeyboardInterrupt:
        return 130


def _run(what: str, args: argparse.Namespace, console: Console) -> int:
    """Run a campaign; returns how many bugs were found."""
    end = time.monotonic() + 60 * args.minutes if args.minutes else float("inf")
    outcomes = campaign.KINDS[what](args.seed, args.first, args.count, args.simulator, args.keep)
    counts: collections.Counter = collections.Counter()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeElapsedColumn(), TextColumn("{task.fields[counts]}"))  # fmt: skip
    try:
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(what, total=args.count, counts="")
            for outcome in outcomes:
                counts[outcome.kind] += 1
                if outcome.kind == "bug":
                    where = f"{what} --seed {args.seed} --first {outcome.number} --count 1"
                    console.print(f"{where}: {outcome.text}", markup=False)
                bar.update(task, advance=1, counts=_counts(counts))
                if not console.is_terminal and counts.total() % LINES == 0:
                    console.print(f"{outcome.number} {_counts(counts)}")
                if time.monotonic() > end:
                    break
    finally:
        console.print(f"{what}, seed {args.seed}: {_counts(counts)}")
    return counts["bug"]


def _counts(counts: collections.Counter) -> str:
    return ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items()))


if __name__ == "__main__":
    sys.exit(main())
