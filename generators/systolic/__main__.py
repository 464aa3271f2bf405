"""``python -m generators.systolic MODEL``: one systolic array that a network's layers share."""

import argparse
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
    used,
)
from generators.emit.place import refuse
from generators.network.load import load
from generators.systolic import build, plan, stage


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns its exit status: 0, or 2 with one sentence on stderr."""
    shown = lambda report: (table(report), summary(report))  # noqa: E731
    return generate(terminal(stderr=True), _parser(), argv, _build, shown)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m generators.systolic", description=__doc__.partition(": ")[2],
                     allow_abbrev=False)  # fmt: skip
    network_options(parser)
    add = parser.add_argument
    add("--rows", metavar="R", type=count, help="cells of a column (default: what is fastest)")
    add("--cols", metavar="C", type=count, help="columns, which compute an output each")
    add("--lanes", metavar="L", type=count, help="products of a cell")
    add("--batch", metavar="B", type=count, help="frames that share each load of weights")
    add("--cells", choices=("auto", "lut", "dsp"), default="auto",
        help="what multiplies: LUTs or DSP slices (default: what is fastest)")  # fmt: skip
    add("--weights", choices=("auto", "on-chip", "external"), default="auto",
        help="where weights are: in block RAMs, or behind an AXI port (default: on the chip where "
             "they fit)")  # fmt: skip
    add("--maps", choices=("auto", "on-chip", "external"), default="auto",
        help="where the maps between layers are, likewise; outside, rows of them come and go "
             "between passes")  # fmt: skip
    part_of_option(parser)
    add("--synth", action="store_true", help="synthesise the whole and report what that took")
    add("-o", "--output", metavar="BUILD", type=Path, help="folder (default build/NAME)")
    return parser


def _build(args: argparse.Namespace, tell, notes) -> tuple[dict, Path]:
    target = board(args)
    network = load(args.model, notes)
    folder = args.output or Path("build") / network.name
    refuse(folder)
    tell("compiling the network to integers")
    chain = stage.chain(passes.streamline(network))
    wish = plan.Wish(
        board=target,
        clock_mhz=args.clock,
        rows=args.rows,
        cols=args.cols,
        lanes=args.lanes,
        batch=args.batch,
        cells=args.cells,
        weights=args.weights,
        maps=args.maps,
        part_of=args.part_of,
    )
    tell("choosing an array")
    planned = plan.plan(chain, wish)
    return build.build(planned, wish, folder, synth=args.synth, tell=tell), folder


def table(report: dict) -> Table:
    """The layers of a report for the terminal."""
    shown = Table(title=f"{report['network']} on {report['board']}, cycles of a batch of "
                        f"{report['frames_per_batch']}")  # fmt: skip
    shown.add_column("layer")
    for column in ("cycles", "compute", "fill, drain", "transfer", "MAC/cycle", "utilisation"):
        shown.add_column(column, justify="right")
    for layer in report["layers"]:
        if layer["cycles_per_batch"]:
            shown.add_row(layer["name"], *_row(layer), f"{layer['macs_per_cycle']:,.4g}",
                          f"{layer['utilisation']:.1%}")  # fmt: skip
    shown.add_section()
    shown.add_row("total", *_row(report), "", f"{report['utilisation']:.1%}")
    return shown


def _row(of: dict) -> list[str]:
    split = of["cycles_per_batch"]
    names = ("cycles", "compute", "fill_drain", "visible_transfer")
    return [f"{split[name]:,}" for name in names]


def summary(report: dict) -> str:
    """The array, what it takes of the board, speed and latency."""
    array, source = report["array"], report["totals"]["source"]
    cells = f"{array['rows']} x {array['cols']} cells of {array['lanes']} products"
    parts = ", ".join(f"{name} {text}" for name, text in used(report).items())
    rate, clock = report["frames_per_second"], report["clock_mhz"]
    speed = f"{rate:,.0f} frames a second at an assumed {clock:g} MHz"
    binds = report["performance"]["bottleneck"]["sentence"]
    return (f"{cells}, {array['x']} x {array['w']}, weights {array['weights']}, "
            f"maps {array['maps']}\n"
            f"{parts}, by {source}\n"
            f"{speed}: {report['cycles_per_frame']:,} cycles a frame, latency "
            f"{report['latency_cycles']:,} cycles\n{binds}")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
