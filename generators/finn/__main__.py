"""``python -m generators.finn MODEL``: from a network to verified, synthesisable RTL."""

import argparse
import sys
from fractions import Fraction
from pathlib import Path

from rich.table import Table

from generators import passes
from generators.emit.command import (
    RESOURCES,
    Parser,
    board,
    count,
    generate,
    network_options,
    part_of_option,
    positive,
    terminal,
    used,
)
from generators.emit.place import refuse
from generators.finn import build, check, fold, plan
from generators.network.error import ModelError
from generators.network.load import load


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns its exit status: 0, 2 with one sentence on stderr, 1 of a check."""
    return generate(terminal(stderr=True), _parser(), argv, _build, _shown, _status)


def _shown(report: dict) -> list:
    """What to print of a report."""
    checked = check.sentences(report["check"]) if "check" in report else []
    return [table(report), summary(report), *checked]


def _status(report: dict) -> int:
    return int("check" in report and not check.agree(report["check"]))


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m generators.finn", description=__doc__.partition(": ")[2],
                     allow_abbrev=False)  # fmt: skip
    network_options(parser)
    add = parser.add_argument
    goal = parser.add_mutually_exclusive_group()
    goal.add_argument("--fps", metavar="N", type=positive, help="at least so many frames a second")
    goal.add_argument("--cycles", metavar="N", type=count, help="at most so many cycles a frame")
    goal.add_argument("--max", action="store_true", help="as fast as fits the board (the default)")
    add("--fold", metavar="FILE", type=Path,
        help='JSON: {"fc0": {"pe": 16, "simd": 49, "frames": 1, "storage": "auto", "datapath": '
             '"mvtu"}, …}')
    part_of_option(parser)
    add("--pack-input", action="store_true",
        help="leave the network's first thresholds to the host's driver, which sends their few "
             "bits in place of pixels")
    add("--check", metavar="X.npy", type=Path,
        help="run integer frames (frames, ...) through the original graph, the golden model and "
             "the RTL, and report how they agree; exit status 1 where they do not")
    add("--synth", action="store_true", help="synthesise each layer and report what that took")
    add("-o", "--output", metavar="BUILD", type=Path, help="folder (default build/NAME)")
    return parser


def _build(args: argparse.Namespace, tell, notes) -> tuple[dict, Path]:
    target = board(args)
    network = load(args.model, notes)
    folder = args.output or Path("build") / network.name
    refuse(folder)
    given = None
    if args.check is not None:
        given = check.prepare("--check", args.check, args.model, network, tell)
    tell("compiling the network to integers")
    network = passes.streamline(network)
    network, host = passes.host_input(network) if args.pack_input else (network, None)
    folds = None if args.fold is None else fold.read_folds(args.fold, network)
    wish = plan.Wish(
        board=target,
        clock_mhz=args.clock,
        cycles=_cycles(args),
        folds=folds,
        folds_file="" if args.fold is None else args.fold.name,
        part_of=args.part_of,
        text=_text(args),
        host=host,
    )
    tell("folding")
    planned = plan.plan(network, wish)
    report = build.build(planned, wish, folder, synth=args.synth, tell=tell)
    if given is not None:
        report |= {"check": check.check(given, planned.network, host, folder, tell)}
    return report, folder


def _cycles(args: argparse.Namespace) -> int | None:
    if args.fps is None:
        return args.cycles
    cycles = int(Fraction(str(args.clock)) * 10**6 / Fraction(str(args.fps)))
    if not cycles:
        what = f"More frames than cycles a second: {args.fps:,.0f} at {args.clock:g} MHz"
        raise ModelError("--fps", what)
    return cycles


def _text(args: argparse.Namespace) -> str:
    if args.fps is not None:
        return f"--fps {args.fps:.15g}"
    if args.cycles is not None:
        return f"--cycles {args.cycles}"
    return f"--fold {args.fold.name}" if args.fold is not None else "--max"


def table(report: dict) -> Table:
    """The layers of a report for the terminal."""
    source = report["totals"]["source"]
    shown = Table(title=f"{report['network']} on {report['board']}, resources by {source}")
    for column in ("layer", "op", "PE", "SIMD", "weights"):
        shown.add_column(column)
    for column in ("cycles/frame", "MAC/cycle", "LUT", "FF", "BRAM18", "DSP"):
        shown.add_column(column, justify="right")
    for layer in report["layers"]:
        fields = [layer[key] for key in ("name", "op", "pe", "simd", "weight_storage")]
        taken = [layer["resources"][name] for name in RESOURCES.values()]
        fields += [f"{layer['cycles_per_frame']:,}", f"{layer['macs_per_cycle']:,.4g}"]
        shown.add_row(*("" if f is None else str(f) for f in fields), *(f"{n:,}" for n in taken))
    shown.add_section()
    cycles = f"{report['cycles_per_frame']:,}"
    shown.add_row("total", "", "", "", "", cycles, "", *used(report).values())
    return shown


def summary(report: dict) -> str:
    """Speed and latency, by the schedule; and how far estimates are off."""
    rate, clock = report["frames_per_second"], report["clock_mhz"]
    cycles, latency = report["cycles_per_frame"], report["latency_cycles"]
    speed = f"{rate:,.0f} frames a second at an assumed {clock:g} MHz"
    text = f"{speed}: {cycles:,} cycles a frame, latency {latency:,} cycles"
    if report["frames_per_batch"] > 1:
        text += f"\nframes come and go in batches of {report['frames_per_batch']}"
    if report["bound"]:
        text += f"\nno faster: {report['bound']}"
    text += f"\n{report['performance']['bottleneck']['sentence']}"
    static = report["static_time"]
    if static is not None:
        time = f"static time {static['ns']:.1f} ns at {static['wire_ps']} ps a wire"
        text += f"\n{clock:g} MHz is an assumption; {time} (no place and route): {static['at']}"
    around = ", ".join(f"{report['system'][name]:,} {name.upper()}" for name in RESOURCES.values())
    text += f"\nthe system around it takes {around} more (estimate)"
    error = report["estimate_error"]
    if error is not None:
        half, most = error["lut_median"], error["lut_95th_percentile"]
        text += f"\nLUT estimates: off by {half:.1%} (median) to {most:.1%} (95th percentile)"
    return text


if __name__ == "__main__":
    sys.exit(main())
