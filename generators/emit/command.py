"""Command lines: arguments that are refused in one sentence, and the terminal."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from boards import devices
from boards.board import Board
from generators.network.error import ModelError

__all__ = ["PART_OF", "RESOURCES", "Parser", "board", "count", "generate", "network_options",
           "part_of", "part_of_option", "positive", "terminal", "used"]  # fmt: skip

RESOURCES = {"LUT": "lut", "FF": "ff", "BRAM": "bram18", "DSP": "dsp"}
"""Resources as a command line and as a report name them."""

PART_OF = {"lut": 0.8}
"""Parts of a board that are used where nothing is said; all of the others."""


class Parser(argparse.ArgumentParser):
    """Refuses in one sentence, without the usage."""

    def error(self, message: str) -> None:
        raise ModelError("command line", message)


def network_options(parser: Parser) -> None:
    """The options that say which network, which board and which clock."""
    add = parser.add_argument
    add("model", metavar="MODEL", type=Path, help="model.json, a QONNX .onnx or an intnet .npz")
    add("--board", default="zynq7020",
        help="a name of python -m boards list, or a file FILE.toml (default zynq7020)")
    add("--clock", metavar="MHZ", type=positive,
        help="clock of the design (default: the board's, 100 for those of a Zynq)")


def part_of_option(parser: Parser) -> None:
    """The option that says how much of the board may be used."""
    parser.add_argument(
        "--part-of", metavar="LUT=0.8,BRAM=0.9", type=part_of, default=PART_OF,
        help="parts of the board's LUT, FF, BRAM, DSP that may be used (default LUT=0.8 and all "
             "of the others)")  # fmt: skip


def board(args: argparse.Namespace) -> Board:
    """The board that was asked for; the clock of ``args`` is that board's where none was given.

    Raises
    ------
    ModelError
        If there is no such board.
    """
    try:
        found = devices.find(args.board)
    except ValueError as error:
        raise ModelError("--board", str(error)) from None
    args.clock = args.clock or found.clock
    return found


def generate(console: Console, parser: Parser, argv: list[str] | None, build: Callable,
             shown: Callable, status_of: Callable = lambda report: 0) -> int:  # fmt: skip
    """Run a generator; returns its exit status: 0, or 2 with one sentence on stderr.

    ``build(args, tell, note)`` gives the report and the folder, ``shown(report)`` what to print of
    the report, ``status_of(report)`` the exit status of a build that was made. Notes are said where
    the build succeeds: a refusal is one sentence.
    """
    notes: list[str] = []
    try:
        args = parser.parse_args(argv)
        with console.status("reading the network") as status:
            report, folder = build(args, status.update, notes.append)
    except ModelError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted; nothing was written", file=sys.stderr)
        return 130
    for note in notes:
        print(note, file=sys.stderr)
    for part in shown(report):
        console.print(part)
    print(folder)
    return status_of(report)


def terminal(**options) -> Console:
    """A console that is wide enough for the table where there is no terminal."""
    console = Console(highlight=False, **options)
    return console if console.is_terminal else Console(highlight=False, width=132, **options)


def positive(text: str) -> float:
    """A positive number."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e12:
        raise argparse.ArgumentTypeError(f"must be a positive number, not {text!r}")
    return value


def count(text: str) -> int:
    """A positive integer."""
    if not text.isdecimal() or len(text) > 15 or not int(text):
        raise argparse.ArgumentTypeError(f"must be a positive integer, not {text!r}")
    return int(text)


def part_of(text: str) -> dict[str, float]:
    """Which part of a resource may be used: LUT=0.8,BRAM=0.9."""
    parts = dict(PART_OF)
    for item in text.split(","):
        name, _, value = item.partition("=")
        if name.upper() not in RESOURCES or not 0 < (_number(value) or 0) <= 1:
            asked = "must be like LUT=0.8,BRAM=0.9 with parts of LUT, FF, BRAM or DSP up to 1"
            raise argparse.ArgumentTypeError(f"{asked}, not {text!r}")
        parts[RESOURCES[name.upper()]] = float(value)
    return parts


def used(report: dict) -> dict[str, str]:
    """By resource, how much a report's network takes, and which part of the board's that is."""
    parts = {text: (report["totals"][name], report["available"][name])
             for text, name in RESOURCES.items()}  # fmt: skip
    return {text: f"{some:,} ({some / whole:.0%})" for text, (some, whole) in parts.items()}


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
