"""The calls of the tests that simulate a circuit, and the circuits that they simulate."""

import contextlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.mutation.engine import replaced
from tests.mutation.model import Circuit

__all__ = ["Call", "calls"]

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Call:
    """A test with its parameters, which pytest names ``name``."""

    name: str
    run: Callable[[], None]

    def circuit(self) -> Circuit:
        """The first circuit that it gives to a simulator; it goes no further.

        Raises
        ------
        LookupError
            If it simulates none.
        """
        def begin(dut, reset):
            raise _Found(Circuit(dut))

        try:
            with replaced(begin):
                self.run()
        except _Found as found:
            return found.circuit
        raise LookupError(f"{self.name}: No simulation")


class _Found(BaseException):
    """No failure of a test."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit


def calls(path: str, patterns: tuple[str, ...]) -> list[Call]:
    """The tests of a file whose names match a pattern, ``test_name[parameters]`` with stars.

    Raises
    ------
    LookupError
        If a pattern matches none, or a test wants what pytest alone can give.
    """
    items = _Items()
    with contextlib.redirect_stdout(io.StringIO()) as said:
        pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
                     str(ROOT / path)], plugins=[items])  # fmt: skip
    if not items.found:
        raise LookupError(f"{path}: No tests: {said.getvalue()}")
    found = []
    for pattern in patterns:
        known = re.compile(re.escape(pattern).replace(r"\*", ".*"))
        chosen = [item for item in items.found if known.fullmatch(item.name)]
        if not chosen:
            raise LookupError(f"{path}: No test matches {pattern}")
        found += chosen
    return [_call(item) for item in dict.fromkeys(found)]


class _Items:
    """A plugin that keeps what pytest collects."""

    def __init__(self) -> None:
        self.found: list = []

    def pytest_collection_finish(self, session) -> None:
        self.found = [*session.items]


def _call(item) -> Call:
    given = item.callspec.params if hasattr(item, "callspec") else {}
    if set(item.fixturenames) - set(given):
        raise LookupError(f"{item.name}: A test with fixtures {item.fixturenames}")
    return Call(item.name, partial(item.function, **given))

