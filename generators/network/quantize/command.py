"""The options of ``python -m generators.network quantize``, and what it does with them."""

import argparse
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import track

from generators.network import floats, graph
from generators.network.quantize import calibrate, quantize, report
from generators.network.quantize.options import CLIPS, SCHEMES, SIDES, options

__all__ = ["add", "network"]

FRAMES = 1000
"""Of a calibration file that are used."""

NOT_OURS = {"command", "source", "folder", "calibrate", "frames", "name"}
"""Arguments that are no choices of the scheme."""


def add(commands) -> argparse.ArgumentParser:
    """Add the subcommand to those of a parser."""
    schemes = "; ".join(f"{name}: {what}" for name, what in SCHEMES.items())
    parser = commands.add_parser(
        "quantize", help="make integers or another format of a float network",
        description="Write a float network as model.json in a number format, by calibration.",
        epilog=f"Schemes, with bits of weights behind (int8, fpec6, grouped4-power): {schemes}.",
    )  # fmt: skip
    parser.add_argument("source", metavar="FLOAT", type=Path, help="a float network, .npz or .onnx")
    parser.add_argument("-o", "--output", dest="folder", metavar="OUT_DIR", type=Path,
                        required=True, help="made, or its model replaced")  # fmt: skip
    parser.add_argument("--calibrate", metavar="X.npy", type=Path, required=True,
                        help="uint8 frames as the network's input, a hundred or more")  # fmt: skip
    parser.add_argument("--frames", type=int, default=FRAMES, metavar="N",
                        help="use at most so many of them (default %(default)s)")  # fmt: skip
    parser.add_argument("--name", help="of the network (default: the float network's)")
    _scheme(parser.add_argument_group("scheme"))
    _ranges(parser.add_argument_group("ranges and rounding"))
    _format(parser.add_argument_group("of one format"))
    return parser


def _scheme(group) -> None:
    group.add_argument("--scheme", required=True, metavar="S", help="such as int8; see below")
    group.add_argument("--bits", type=int, metavar="N", help="of weights, if not in the scheme")
    group.add_argument("--activation-bits", type=int, metavar="N",
                       help="of activations (default: as weights; grouped: 8)")  # fmt: skip
    group.add_argument("--argmax", action="store_true", default=None,
                       help="emit the index of the largest sum, not the sums")  # fmt: skip


def _ranges(group) -> None:
    group.add_argument("--clip", choices=CLIPS, help="range of weights (default mse)")
    group.add_argument("--activation-clip", choices=CLIPS[:3],
                       help="range of activations (default: as weights; of sawb mse)")  # fmt: skip
    group.add_argument("--per-channel", action="store_true", default=None,
                       help="int: a scale of each output channel")  # fmt: skip
    group.add_argument("--bias-correction", action=argparse.BooleanOptionalAction,
                       help="give outputs the means that float ones have (default)")  # fmt: skip
    group.add_argument("--rounding", choices=("nearest", "stochastic"),
                       help="of activations: fixed, grouped-power and grouped-simple")  # fmt: skip
    group.add_argument("--seed", type=int, metavar="N", help="of stochastic rounding (default 1)")


def _format(group) -> None:
    for name, what in (
        ("split", "int, fixed: channels of each layer's input with outliers, halved (default 0)"),
        (
            "group",
            "grouped, blockfloat: channels that share a scale (default 16); weights "
            "whose channels are no multiple stay integers of 8 bits",
        ),
        ("exponents", "grouped, blockfloat: powers of two of a scale (default 4)"),
        ("mantissa-bits", "grouped-simple: the smallest step of a scale is 2^-N (default 2)"),
        ("ways", "blockfloat: scales tried of each block of activations (default 1)"),
        ("magnitude", "fpec: bits of an error's magnitude, 0 to 2 (default 0)"),
        ("lanes", "fpec: columns that share compensators (default: each has one)"),
        ("compensators", "fpec: how many they share (default 1)"),
        ("shift", "biscaled: bits between the scales (default: found); shiftable: 2"),
        ("block", "biscaled: columns of a block with a list of wide weights (default: none)"),
        ("limit", "biscaled: wide weights of a block (default 1)"),
        ("chunk", "hfp8: products added before their sum is (default 64)"),
    ):
        group.add_argument(f"--{name}", type=int, metavar="N", help=what)
    group.add_argument("--sides", choices=SIDES,
                       help="fpec, biscaled, shiftable: what is coded (default both)")  # fmt: skip


def network(arguments: argparse.Namespace, note: Callable[[str], None]) -> graph.Network:
    """The quantized network; a table of its layers is shown on stderr.

    ``note`` is called with a sentence on whatever the file leaves open.

    Raises
    ------
    ModelError
        If the network, the frames or the options cannot be used.
    """
    choices = {k: v for k, v in vars(arguments).items() if k not in NOT_OURS}
    chosen = options(choices.pop("scheme"), choices.pop("bits"), **choices)
    source = floats.read(arguments.source, note)
    x = calibrate.frames(arguments.calibrate, source.input_shape)
    x = calibrate.chosen(x, arguments.frames)
    console = Console(stderr=True)

    def progress(stages):
        shown = console.is_terminal  # elsewhere a bar is an empty line
        return track(stages, "Quantizing", console=console, transient=True, disable=not shown)

    made = quantize(source, x, chosen, name=arguments.name, progress=progress)
    console.print(report.table(made.steps, made.reals, chosen))
    return made.network
