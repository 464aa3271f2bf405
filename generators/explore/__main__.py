"""``python -m generators.explore MODEL``: the Pareto front of a network on a board, drawn."""

import argparse
import json
import sys
from pathlib import Path

from rich.table import Table

from generators import passes
from generators.emit.command import (
    Parser,
    board,
    count,
    generate,
    network_options,
    part_of_option,
    terminal,
)
from generators.explore import designs, page, synthesis
from generators.finn import plan
from generators.network.error import ModelError
from generators.network.folder import replaced, unwritable
from generators.network.load import load

POINTS = 12
"""Designs of each front where nothing is said."""


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns its exit status: 0, or 2 with one sentence on stderr."""
    return generate(terminal(stderr=True), _parser(), argv, _explore, shown)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m generators.explore", description=__doc__.partition(": ")[2],
                    allow_abbrev=False)  # fmt: skip
    network_options(parser)
    add = parser.add_argument
    part_of_option(parser)
    add("--points", metavar="N", type=count, default=POINTS,
        help=f"designs of a front, at most (default {POINTS})")
    add("--objective", metavar="fps,latency", type=_objectives, default=designs.OBJECTIVES,
        help="what is traded for LUTs: frames a second, the latency, or each in a front of its "
             "own (the default)")
    add("--synth", action="store_true", help="synthesise the designs beside their estimates")
    add("--workers", metavar="N", type=count, help="processes of --synth (default: all cores)")
    add("--scheduler", metavar="tcp://HOST:PORT", help="a Dask cluster for --synth")
    add("-o", "--output", metavar="DIR", type=Path, help="folder (default build/NAME-front)")
    return parser


def _objectives(text: str) -> tuple[str, ...]:
    """Fronts that are asked for, in the order of the tables."""
    asked = text.split(",")
    if not set(asked) <= set(designs.OBJECTIVES):
        raise argparse.ArgumentTypeError(f"must be fps, latency or fps,latency, not {text!r}")
    return tuple(name for name in designs.OBJECTIVES if name in asked)


def _explore(args: argparse.Namespace, tell, notes) -> tuple[dict, Path]:
    for option in ("workers", "scheduler"):
        if getattr(args, option) is not None and not args.synth:
            raise ModelError(f"--{option}", "Option must come with --synth, whose work it spreads")
    target = board(args)
    network = load(args.model, notes)
    folder = args.output or Path("build") / f"{network.name}-front"
    _refuse(folder)
    tell("compiling the network to integers")
    network = passes.streamline(network)
    wish = plan.Wish(board=target, clock_mhz=args.clock, part_of=args.part_of)
    explorer = designs.Explorer(network, wish)
    fronts = designs.explore(explorer, args.points, args.objective, tell)
    found = page.record(fronts, wish)
    if args.synth:
        _synthesise(found, fronts, args, tell)
    with replaced(folder) as new:
        page.write(found, new)
    return found, folder


def _synthesise(found: dict, fronts: dict, args: argparse.Namespace, tell) -> None:
    """Put the syntheses of designs into the record."""
    by_fold = {one.fold_file: one.planned for front in fronts.values() for one in front}
    plans = [by_fold[page.fold_text(design)] for design in found["designs"]]
    measured = synthesis.measured(plans, tell, scheduler=args.scheduler, workers=args.workers)
    for design, cost in zip(found["designs"], measured):
        design["synthesis"] = page.resources(cost)


def _refuse(folder: Path) -> None:
    """Refuse a folder that holds anything but an earlier exploration."""
    try:
        stands = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
        left_alone = stands and not _replaceable(folder)
    except OSError as error:
        raise unwritable(folder, error) from None
    if left_alone:
        what = "Folder must be empty or an earlier exploration; it was left alone"
        raise ModelError(str(folder), what)


def _replaceable(folder: Path) -> bool:
    try:
        found = json.loads((folder / "front.json").read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    return isinstance(found, dict) and "bitloom_front" in found


def shown(found: dict) -> list:
    """The fronts for the terminal."""
    by_name = {design["name"]: design for design in found["designs"]}
    tables = [_table(found, objective, [by_name[name] for name in names])
              for objective, names in found["fronts"].items()]  # fmt: skip
    lines = [f"no faster: {found['bound']}"] if found["bound"] else []
    return [*tables, *lines, page.optimality(found)]


def _table(found: dict, objective: str, chosen: list[dict]) -> Table:
    where = f"{found['network']} on {found['board']} at an assumed {found['clock_mhz']:g} MHz"
    shown = Table(title=f"{where}: {page.TITLES[objective]}, by estimate")
    shown.add_column("fold file")
    for column in ("frames/s", "cycles/frame", "latency", "LUT", "FF", "BRAM18", "DSP"):
        shown.add_column(column, justify="right")
    synthesised = any(design["synthesis"] for design in chosen)
    if synthesised:
        shown.add_column("LUT by synthesis", justify="right")
    shown.add_column("what binds")
    for design in chosen:
        fields = [f"{design['name']}.json", f"{design['frames_per_second']:,.0f}",
                  f"{design['cycles_per_frame']:,}", f"{design['latency_cycles']:,}",
                  *(f"{n:,}" for n in design["estimate"].values())]  # fmt: skip
        if synthesised:
            lut, estimate = design["synthesis"]["lut"], design["estimate"]["lut"]
            fields.append(f"{lut:,} ({estimate / lut - 1:+.1%})")
        shown.add_row(*fields, design["binds"])
    return shown


if __name__ == "__main__":
    sys.exit(main())
