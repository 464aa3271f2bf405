"""Measurements of named cases that take long: all or some of them, written one by one."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Collection
from typing import TypeVar

__all__ = ["asked", "update"]

T = TypeVar("T")


def asked(parser: ArgumentParser, cases: Collection[str]) -> Namespace:
    """The command line, whose ``names`` are those of some cases, or of all where none is named."""
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"of {', '.join(cases)}")
    args = parser.parse_args()
    if unknown := set(args.names) - set(cases):
        parser.error(f"NAME must be of {', '.join(cases)}, not {', '.join(sorted(unknown))}")
    args.names = args.names or list(cases)
    return args


def update(names: Collection[str], cases: Collection[str], read: Callable[[], dict[str, T]],
           measure: Callable[[str], T | None], write: Callable[[dict[str, T]], None]) -> None:
    """Measure these; the others stay as they were, and so do those that measure to None.

    What is known is written, in the order of the cases, after each: a stopped run loses one. It is
    read right before, as another process may have measured others meanwhile.
    """
    for name in names:
        found = measure(name)
        if found is not None:
            kept = read() | {name: found}
            write({key: kept[key] for key in cases if key in kept})
