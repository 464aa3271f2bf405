"""``python -m boards build BUILD``: the command line of :func:`boards.toolchains.build`."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from boards.toolchains.bitstream import TOOLCHAINS, build
from boards.toolchains.error import ToolError

__all__ = ["options", "run"]


def options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("build", metavar="BUILD", type=Path,
                        help="folder that a generator left with --board")
    parser.add_argument("--toolchain", choices=TOOLCHAINS,
                        help="default: the first of the board's that is installed")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--ooc", action="store_true",
                      help="place and route the core alone, out of context (vivado)")
    only.add_argument("--ip", action="store_true",
                      help="package an IP for block designs in BUILD/ip (vivado)")
    parser.add_argument("--jobs", metavar="N", type=_positive, help="threads of vivado")
    parser.add_argument("--seed", metavar="N", type=_seed, help="of nextpnr's placement (1)")
    parser.add_argument("--timeout", metavar="S", type=_seconds,
                        help="seconds for all programs together (no limit)")


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the command; returns its exit status: 0, 1 where a tool fails, 130 if interrupted.

    The path of the bitstream (or of the IP, or of report.json) goes to the standard output, all
    else to the standard error.

    Raises
    ------
    BoardError
        As :func:`boards.toolchains.build`.
    """
    makes = "core" if args.ooc else "ip" if args.ip else "bitstream"
    try:
        found = build(args.build, args.toolchain, makes=makes, seed=args.seed, jobs=args.jobs,
                      timeout=args.timeout, console=console)  # fmt: skip
    except ToolError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted", file=sys.stderr)
        return 130
    if makes == "ip":
        print(args.build / found["ip"])
        return 0
    used = ", ".join(f"{name.upper()} {found[name]:,}" for name in ("lut", "ff", "bram18", "dsp"))
    print(f"{found['source']}: {found['clock_mhz']:g} MHz met, at most {found['fmax_mhz']:.1f}; "
          f"{used}; {found['seconds']:.0f} s", file=sys.stderr)  # fmt: skip
    print(args.build / (found["bitstream"] or "report.json"))
    return 0


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"must be a positive integer, not {text!r}")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 2**31:
        raise argparse.ArgumentTypeError(f"must be an integer from 1 to 2147483647, not {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a positive number of seconds, not {text!r}")
    return seconds
