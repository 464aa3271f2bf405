"""Work that is done by whoever is free, and what it is told of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["MOST_DEATHS", "Failed", "Task", "Work", "attempt", "died"]

Task = tuple
"""Arguments of the work; they are pickled."""

Work = Callable[..., Any]
"""A function of a module, which a worker imports; its result is pickled."""

MOST_DEATHS = 3
"""Workers that may die with a task before it is given up."""


@dataclass(frozen=True)
class Failed:
    """Instead of a result: why there is none."""

    why: str


def attempt(work: Work, *task) -> Any:
    """The result, or :class:`Failed` with the sentence of what was raised.

    Exceptions do not travel, as not all of them can be pickled.
    """
    try:
        return work(*task)
    except Exception as error:
        return Failed(str(error) or type(error).__name__)


def died() -> Failed:
    """Of a task with which workers die."""
    return Failed(f"{MOST_DEATHS} workers died with it; is there memory enough?")
