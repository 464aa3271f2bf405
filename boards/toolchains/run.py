"""Run one program: its output in a log and in the progress, with a limit to its time."""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from boards.toolchains.error import ToolError

__all__ = ["Deadline", "run"]

_GRACE = 5.0
"""Seconds between asking a program to end and ending it."""


class Deadline:
    """When all programs of a build must have ended; never where ``seconds`` is None."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._end = None if seconds is None else time.monotonic() + seconds

    @property
    def left(self) -> float | None:
        """Seconds that are left, at least 0; None without a limit."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())


def run(command: Sequence[str], folder: Path, log: BinaryIO, *, where: str, deadline: Deadline,
        progress: Mapping[str, str | None], show: Callable[[str], None],
        output: Path | None = None) -> int:  # fmt: skip
    """Run a command in a folder until it ends; returns its exit status.

    Each line of what it writes goes to ``log`` at once, and where an expression of ``progress``
    matches it, what it does to ``show``. With ``output`` its standard output goes to that file and
    only its errors to the log. A KeyboardInterrupt, as any exception, ends the program and all
    that it started.

    Raises
    ------
    ToolError
        If it cannot be run, or the deadline passes.
    """
    log.write(f"$ {' '.join(command)}\n".encode())
    log.flush()
    with contextlib.ExitStack() as stack:
        sink = subprocess.PIPE if output is None else stack.enter_context(output.open("wb"))
        errors = subprocess.STDOUT if output is None else subprocess.PIPE
        try:
            process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=sink,
                                       stderr=errors, start_new_session=True)  # fmt: skip
        except OSError as error:
            raise ToolError(where, f"{command[0]} cannot be run: {error.strerror}") from None
        late = threading.Event()
        timer = _timer(deadline.left, process, late)
        try:
            lines = process.stdout or process.stderr
            for line in lines:
                log.write(line)
                log.flush()
                _tell(line.decode(errors="replace").rstrip(), progress, show)
            status = process.wait()
        except BaseException:
            _end(process)
            raise
        finally:
            timer.cancel()
            (process.stdout or process.stderr).close()
    if late.is_set():
        raise ToolError(where, f"{Path(command[0]).name} was ended after {deadline.seconds:g} s; "
                        f"give --timeout more; the whole log is {log.name}")  # fmt: skip
    return status


def _tell(line: str, progress: Mapping[str, str | None], show: Callable[[str], None]) -> None:
    for expression, name in progress.items():
        match = re.search(expression, line)
        if match:
            show(match[1] if name is None else name)
            return


def _timer(seconds: float | None, process: subprocess.Popen, late: threading.Event
           ) -> threading.Timer:  # fmt: skip
    def over() -> None:
        late.set()
        _end(process)

    timer = threading.Timer(threading.TIMEOUT_MAX if seconds is None else seconds, over)
    timer.daemon = True
    if seconds is not None:
        timer.start()
    return timer


def _end(process: subprocess.Popen) -> None:
    """End a program and all of its session, politely first."""
    for how, seconds in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
