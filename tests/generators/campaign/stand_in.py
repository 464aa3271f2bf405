"""Work that takes no yosys, in modules that workers import: each run leaves a mark in a folder."""

import gzip
import json
import os
import signal
import time
import uuid
from pathlib import Path

from generators.synth.synthesize import Made

__all__ = ["QUIET", "begun", "made", "mark", "patient", "refused", "square", "suicidal"]


QUIET = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "silence_logs": "CRITICAL"}
"""Of a Dask cluster in a test."""


def mark(folder: str, what: object) -> None:
    """A mark that no other process can have written over."""
    Path(folder, f"{what}.{uuid.uuid4().hex}").touch()


def begun(folder: Path) -> list[int]:
    """Which numbers were begun, once for each time."""
    return sorted(int(path.name.partition(".")[0]) for path in folder.iterdir())


def square(folder: str, number: int) -> int:
    """The work of a moment."""
    mark(folder, number)
    return number * number


def refused(folder: str, number: int) -> int:
    """Three is none of its numbers."""
    if number == 3:
        raise KeyError("three")
    return square(folder, number)


def suicidal(folder: str, number: int) -> int:
    """The worker of 3 dies in its first run, that of 5 in each."""
    mark(folder, number)
    if number == 5 or (number == 3 and begun(Path(folder)).count(3) == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def patient(folder: str, number: int) -> tuple[int, int]:
    """The work of some tenths of a second, and the process that did it."""
    mark(folder, number)
    time.sleep(0.3)
    return number * number, os.getpid()


def made(text: str, script: str | None, release: str) -> Made:
    """A synthesis of as many LUTs as the circuit's text has lines; none of what has no module."""
    mark(os.environ["MARKS"], len(text))
    if "module" not in text:
        raise ValueError("Yosys failed: ERROR: no module")
    return Made(json.dumps({"LUT6": text.count("\n")}), _EMPTY)


NETLIST = {"modules": {"top": {"ports": {}, "cells": {}, "netnames": {}}}}
_EMPTY = gzip.compress(json.dumps(NETLIST).encode(), mtime=0)
