"""Run a command on a description: a sentence and status 2, or a build that computes the same."""

import contextlib
import io
import re
import resource
import signal
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
from amaranth.hdl import Elaboratable

from generators.emit import system
from generators.finn import __main__ as finn
from generators.finn import build as finn_build
from generators.network import __main__ as network
from generators.network import load, run
from generators.systolic import __main__ as systolic
from generators.systolic import build as systolic_build
from hdl.compress import plan as compress
from sim import frames as draws
from sim import manifest
from sim import network as built
from tests.fuzz.corpus import Case

__all__ = ["COMMANDS", "Bug", "judge", "limited", "quick", "symptom"]

COMMANDS = {"finn": finn.main, "systolic": systolic.main, "network": network.main}
SECONDS = 60
"""Of the processor that a command may take."""
MEMORY = 6 << 30
"""Bytes that the process may hold."""
LONGEST = 1200
"""Characters of a sentence."""
FRAMES = 3


@dataclass(frozen=True)
class Bug:
    """What is wrong: a symptom by which equal bugs are known, and all that there is to say."""

    symptom: str
    text: str


class Hang(BaseException):
    """The command took too long."""


def _hang(number, frame) -> None:
    raise Hang


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """What runs here is stopped when it takes too long, and cannot take all of the memory."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, before[1]))
    old = signal.signal(signal.SIGPROF, _hang)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)
        resource.setrlimit(resource.RLIMIT_DATA, before)


def judge(case: Case, *, verilog: bool = False) -> tuple[str, Bug | None]:
    """What a command says of a description (nothing where it builds), and the bug if it is one.

    Without ``verilog`` all of a build is made but its Verilog, which is most of the time.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "in")
        folder.mkdir()
        for name, data in case.files.items():
            (folder / name).write_bytes(data)
        out = Path(place, "out")
        where = {"in": str(folder), "out": str(out)}
        arguments = [text.format(**where) for text in case.arguments]
        stdout, stderr = io.StringIO(), io.StringIO()
        try:
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            with warnings.catch_warnings(), _streams(stdout, stderr), quick(verilog):
                warnings.simplefilter("error")
                warnings.simplefilter("ignore", DeprecationWarning)
                status = COMMANDS[case.command](arguments)
            said = stderr.getvalue().replace(str(folder), "{in}").replace(str(out), "{out}")
            bug = _verdict(case, status, stdout.getvalue(), said, folder, out)
            return said, bug
        except Hang:
            return "", Bug(f"hang of {symptom(traceback.format_exc())}", traceback.format_exc())
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            text = traceback.format_exc()
            return "", Bug(f"{type(error).__name__} {symptom(text)}", text[-3000:])
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)


@contextlib.contextmanager
def _streams(stdout: io.StringIO, stderr: io.StringIO) -> Iterator[None]:
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        yield


@contextlib.contextmanager
def quick(top: bool = True) -> Iterator[None]:
    """Builds without the Verilog of the system around the top, and perhaps of the top.

    Compressor trees are the first that are found, not the smallest.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(compress, "WIDTH", 2))
        stack.enter_context(mock.patch.object(compress, "MOST_PAIRS", 0))
        empty = {"system.v": "\n", "accelerator.v": "\n"}
        stack.enter_context(mock.patch.object(system, "files", lambda *some: dict(empty)))
        for room in () if top else (finn_build, systolic_build):
            stack.enter_context(mock.patch.object(room, "convert", _unused))
        yield


def _unused(top: Elaboratable) -> str:
    """No Verilog, of a circuit that is meant to be made for nothing."""
    for one in (top, *vars(top).values()):
        if isinstance(one, Elaboratable):
            one._MustUse__used = True
    return ""


def symptom(text: str) -> str:
    """Where it happened: the innermost of our own lines that a traceback names."""
    place = r'File ".*/((?:generators|hdl|sim|boards)/[^"]*)", line (\d+), in (\w+)'
    ours = re.findall(place, text)
    return " ".join(ours[-1]) if ours else "outside"


def _verdict(case: Case, status, stdout: str, said: str, folder: Path, out: Path) -> Bug | None:
    others = {path.name for path in folder.parent.iterdir()} - {"in", "out"}
    if others or {path.name for path in folder.iterdir()} != set(case.files):
        return Bug("files left", f"{sorted(others)} {sorted(folder.iterdir())}")
    if status == 2:
        return _refusal(stdout, said, out)
    if status != 0:
        return Bug(f"status {status}", said)
    if "Warning" in said or "Traceback" in said:
        return Bug("noise", said)
    if not out.is_dir() or stdout.splitlines() != [str(out / _result(case))]:
        return Bug("no build", stdout + said)
    return None if case.arguments[0] == "quantize" else _same(case, folder, out)


def _result(case: Case) -> str:
    return "model.json" if case.command == "network" else ""


def _refusal(stdout: str, said: str, out: Path) -> Bug | None:
    if out.exists():
        return Bug("build of what is refused", said)
    if stdout:
        return Bug("output of what is refused", stdout)
    if not said.endswith("\n") or not said[:-1].isprintable():
        return Bug("not one line", said)
    if len(said) > LONGEST:
        return Bug("long sentence", said)
    if not re.match(r"^\S.*?: (.*: )?[^\s:]", said) or "Error" in said or "<class" in said:
        return Bug("no sentence", said)
    return None


def _same(case: Case, folder: Path, out: Path) -> Bug | None:
    """What was built computes what was given, on a few random frames."""
    given = load.load(folder / Path(case.arguments[case.command == "network"]).name)
    if case.command == "network":
        network = load.load(out / "model.json")
        x = np.random.default_rng(1).integers(0, 2, (FRAMES, *given.input.shape))
        found, network = run.run(network, _within(given, x)), network
        expected = run.run(given, _within(given, x))
        return None if np.array_equal(found, expected) else Bug("wrong result", "converted")
    made = manifest.read(out)
    compiled = load.load(out / "model.json")
    x = draws.draw(made.input, FRAMES, 1)
    found = built.run(made, x)
    expected = run.meaning(given, run.run(given, x.reshape(FRAMES, *given.input.shape)))
    values = run.meaning(compiled, found.reshape(FRAMES, -1, expected.shape[-1]))
    if np.array_equal(values.reshape(FRAMES, -1), expected.reshape(FRAMES, -1)):
        return None
    return Bug("wrong result", f"{values.ravel()[:20]} {expected.ravel()[:20]}")


def _within(given, x: np.ndarray) -> np.ndarray:
    """Bits as values of the input's type."""
    return 2 * x - 1 if given.input.type == "bipolar" else x
