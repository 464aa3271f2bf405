"""Circuits by synthesis beside their estimates: ``python -m generators.characterize``.

Synthesises a designed sample of every circuit and says how far the estimates are off. With
``--check`` (the default) it is compared with what generators/cost/measured.json has: exit status 1
if an error is above the one there, or a block RAM or a DSP slice is wrong. ``--unseen`` takes
random circuits beside, which no constant is fitted to. ``--measure`` writes measured.json anew;
``--fit`` fits the constants to the designed sample first, and writes constants.json. Syntheses are
kept, so that a run that was stopped goes on where it stopped.
"""

import sys
from contextlib import ExitStack
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from generators.campaign import fit, report, rows
from generators.campaign.rows import Row
from generators.campaign.syntheses import release
from generators.cost import constants
from generators.cost.sample import everything
from generators.cost.sample.case import Sample
from generators.emit.command import Parser, count, terminal
from generators.network.error import ModelError

__all__ = ["main"]


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    console = terminal()
    try:
        args = _arguments(argv)
        return _RUNS[args.mode](console, args)
    except ModelError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted; what was synthesised is kept", file=sys.stderr)
        return 130


def _arguments(argv: list[str] | None):
    parser = Parser(prog="python -m generators.characterize",
                    description="Synthesise circuits and compare them with their estimates.")
    parser.add_argument("circuits", metavar="CIRCUIT", nargs="*", help="kinds (default: all)")
    modes = parser.add_mutually_exclusive_group()
    for mode, what in (
        ("check", "exit 1 if errors are above those of measured.json (default)"),
        ("measure", "write measured.json, constants as they are"),
        ("fit", "fit constants.json, then write measured.json"),
    ):
        modes.add_argument(f"--{mode}", dest="mode", action="store_const", const=mode, help=what)
    parser.add_argument("--unseen", action="store_true",
                        help="check random circuits too, which no fit has seen")  # fmt: skip
    parser.add_argument("--seed", type=int, default=everything.SEED, metavar="N",
                        help="of the random circuits")  # fmt: skip
    parser.add_argument("--workers", type=count, metavar="N",
                        help="processes on this machine (default: one a core)")  # fmt: skip
    parser.add_argument("--scheduler", metavar="tcp://…", help="of a Dask cluster to work on")
    parser.set_defaults(mode="check")
    args = parser.parse_args(argv)
    if args.scheduler and args.workers:
        what = "Workers are those of the scheduler; give --workers or --scheduler, not both"
        raise ModelError("command line", what)
    return args


@dataclass(frozen=True)
class Samples:
    """The circuits of some kinds that are designed, and random ones."""

    fit: tuple[Sample, ...]
    unseen: tuple[Sample, ...]


def _samples(args) -> Samples:
    """Of the kinds that were asked for, or of all.

    Raises
    ------
    ModelError
        If there is no such kind.
    """
    found = Samples(everything.designed(), everything.unseen(args.seed))
    names = {sample.circuit for sample in (*found.fit, *found.unseen)}
    for name in args.circuits:
        if name not in names:
            what = f"Circuit must be one of {', '.join(sorted(names))}, not {name}"
            raise ModelError("command line", what)
    wanted = set(args.circuits) or names
    return Samples(*(tuple(sample for sample in some if sample.circuit in wanted)
                     for some in (found.fit, found.unseen)))  # fmt: skip


def _measured(args, samples: tuple[Sample, ...], kind: str) -> list[Row]:
    """Rows of a sample, with a bar of those that are there."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        bar = progress.add_task(f"{kind} sample", total=len(samples))
        return list(rows.measured(samples, kind, scheduler=args.scheduler, workers=args.workers,
                                  tell=lambda done, _: progress.update(bar, completed=done)))


def _check(console: Console, args) -> int:
    """Compare; nothing is written."""
    samples, told = _samples(args), []
    kept = rows.read()["circuits"]
    for kind in ("fit", "unseen") if args.unseen else ("fit",):
        found = _measured(args, getattr(samples, kind), kind)
        if found:
            console.print(report.table(f"{kind} sample", found))
            told += report.worse(found, kept)
    for sentence in told:
        print(sentence, file=sys.stderr)
    return int(bool(told))


def _measure(console: Console, args) -> int:
    """Write measured.json, constants as they are."""
    samples = _samples(args)
    return _write(console, args, samples, _measured(args, samples.fit, "fit"))


def _fit(console: Console, args) -> int:
    """Fit constants to the designed sample, and write both files."""
    samples = _samples(args)
    found = _measured(args, samples.fit, "fit")
    fitted = {}
    with ExitStack() as trials:
        for name in fit.constants_of(row.circuit for row in found):
            with console.status(f"fitting {name}"):
                fitted[name] = fit.fit(name, found)
            trials.enter_context(constants.trial(name, fitted[name]))
        unseen = _measured(args, samples.unseen, "unseen")
        fit.save(fitted, console.print)
        return _write(console, args, samples, found, unseen)


def _write(console: Console, args, samples: Samples, found: list[Row],
           unseen: list[Row] | None = None) -> int:  # fmt: skip
    """Write the rows in place of those of the same kinds; print them, and the file."""
    if unseen is None:
        unseen = _measured(args, samples.unseen, "unseen")
    rows.write(release(), [*found, *unseen])
    for kind, some in (("fit", found), ("unseen", unseen)):
        if some:
            console.print(report.table(f"{kind} sample", some))
    print(rows.FILE)
    return 0


_RUNS = {"check": _check, "measure": _measure, "fit": _fit}

if __name__ == "__main__":
    sys.exit(main())
