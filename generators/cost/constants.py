"""The few fitted numbers of the estimates: kept in constants.json, which a fit writes."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, wraps
from pathlib import Path
from types import SimpleNamespace

__all__ = ["FILE", "cached", "names", "of", "trial", "values"]

FILE = Path(__file__).with_name("constants.json")

_KEPT: dict[str, SimpleNamespace] = {
    circuit: SimpleNamespace(**found) for circuit, found in json.loads(FILE.read_text()).items()
}
_CACHES: list[Callable[[], None]] = []


def of(circuit: str) -> SimpleNamespace:
    """The constants of a kind of circuit, as attributes: ``of("fifo").pointer``."""
    return _KEPT[circuit]


def names() -> list[str]:
    """The kinds of circuits that have constants."""
    return list(_KEPT)


def values(circuit: str) -> dict[str, float]:
    """The constants of a kind of circuit, by name."""
    return dict(vars(_KEPT[circuit]))


def cached(function):
    """An estimate that is kept until constants change; its arguments are hashable."""
    kept = lru_cache(maxsize=None)(function)
    _CACHES.append(kept.cache_clear)
    return wraps(function)(kept)


@contextmanager
def trial(circuit: str, found: Mapping[str, float]) -> Iterator[None]:
    """Other constants of a kind of circuit for a while, for a fit.

    Raises
    ------
    KeyError
        If one of them is none of the circuit's.
    """
    before = values(circuit)
    if unknown := set(found) - set(before):
        raise KeyError(f"{circuit} has no constant {', '.join(sorted(unknown))}")
    _set(circuit, before | dict(found))
    try:
        yield
    finally:
        _set(circuit, before)


def _set(circuit: str, found: Mapping[str, float]) -> None:
    _KEPT[circuit] = SimpleNamespace(**found)
    for clear in _CACHES:
        clear()
