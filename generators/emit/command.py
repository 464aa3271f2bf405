"""Command lines: arguments that are refused in one sentence, and the terminal."""

import argparse
import sys
from collections.abc import Callable

from rich.console import Console

from generators.network.error import ModelError

__all__ = ["PART_OF", "RESOURCES", "Parser", "count", "generate", "part_of", "positive",
           "terminal"]  # fmt: skip

RESOURCES = {"LUT": "lut", "FF": "ff", "BRAM": "bram18", "DSP": "dsp"}
"""Resources as a command line and as a report name them."""

PART_OF = {"lut": 0.8}
"""Parts of a board that are used where nothing is said; all of the others."""


class Parser(argparse.ArgumentParser):
    """Refuses in one sentence, without the usage."""

    def error(self, message: str) -> None:
        raise ModelError("command line", message)


def generate(console: Console, parser: Parser, argv: list[str] | None, build: Callable,
             shown: Callable) -> int:  # fmt: skip
    """Run a generator; returns its exit status: 0, or 2 with one sentence on stderr.

    ``build(args, tell, note)`` gives the report and the folder, ``shown(report)`` what to print of
    the report. Notes are said where the build succeeds: a refusal is one sentence.
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
    return 0


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


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
