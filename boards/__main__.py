"""Command line: what boards there are, bitstreams for them, and onto them."""

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console

from boards import devices, flash, listing
from boards.error import BoardError
from boards.read import read
from boards.toolchains import command

__all__ = ["main"]


class Parser(argparse.ArgumentParser):
    """Refuses in one sentence, without the usage."""

    def error(self, message: str) -> None:
        raise BoardError("command line", message)


def main(argv: list[str] | None = None) -> int:
    """Run a command; returns its exit status: 2 with one sentence on stderr where it is refused."""
    try:
        args = _parser().parse_args(argv)
        return args.run(args, Console(stderr=True, highlight=False))
    except BoardError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted", file=sys.stderr)
        return 130


def _parser() -> Parser:
    parser = Parser(prog="python -m boards", description=__doc__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    listed = commands.add_parser("list", help="the boards that are known by name")
    add = listed.add_argument
    add("files", metavar="FILE.toml", nargs="*", help="boards of one's own, to be shown instead")
    add("--json", action="store_true", help="all that is known of them, as JSON")
    listed.set_defaults(run=_list)

    for name, module, what in (
        ("build", command, "place and route a build, down to its bitstream"),
        ("flash", flash, "put a build's bitstream onto its board, and test it there"),
    ):
        made = commands.add_parser(name, help=what)
        module.options(made)
        made.set_defaults(run=module.run)
    return parser


def _list(args: argparse.Namespace, console: Console) -> int:
    boards = tuple(read(Path(name)) for name in args.files) or devices.BOARDS
    if args.json:
        print(json.dumps(listing.records(boards), indent=1))
        return 0
    out = Console(highlight=False)
    wide = out if out.is_terminal else Console(highlight=False, width=200)
    wide.print(listing.table(boards))
    return 0


if __name__ == "__main__":
    sys.exit(main())
