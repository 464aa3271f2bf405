"""A smaller document that still fails: what is in it is taken away, piece by piece."""

import copy
import time
from collections.abc import Callable, Iterator

from tests.fuzz import corrupt

__all__ = ["reduced"]


def reduced(given, fails: Callable, seconds: float = 120.0):
    """The document, made smaller while it fails, until nothing more can go or the time is over.

    Lists lose halves, then items, dictionaries fields, and numbers become 0 or halves.
    """
    end, changed = time.monotonic() + seconds, True
    while changed:
        changed = False
        for path in sorted(_all(given), key=len):
            for smaller in _smaller(given, path):
                if time.monotonic() > end:
                    return given
                if fails(smaller):
                    given, changed = smaller, True
                    break
            if changed:
                break
    return given


def _all(given) -> list[tuple]:
    return [path for path in corrupt.nodes(given)]


def _smaller(given, path: tuple) -> Iterator:
    value = corrupt.at(given, path)
    for less in _less(value):
        yield corrupt.replaced(copy.deepcopy(given), path, less)


def _less(value) -> Iterator:
    if isinstance(value, list) and value:
        half = len(value) // 2
        if half:
            yield from (value[:half], value[half:])
        if len(value) <= 8:
            yield from (value[:k] + value[k + 1 :] for k in range(len(value)))
        if any(value) and all(type(item) is int for item in value):
            yield [0] * len(value)
    elif isinstance(value, dict):
        yield from ({k: v for k, v in value.items() if k != key} for key in value)
    elif isinstance(value, int) and not isinstance(value, bool) and value:
        yield from (0, value // 2) if abs(value) > 1 else (0,)
