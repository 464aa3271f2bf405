"""A job that runs: its log, its deadline, its line of progress."""

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from boards.error import BoardError
from boards.toolchains.error import ToolError
from boards.toolchains.job import Job
from boards.toolchains.run import Deadline, run

__all__ = ["Session", "session"]

_ERROR = re.compile(r"ERROR\b|\w*Error: ")
_ERRORS = 3
"""How many lines of a log a sentence has room for."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """What the programs of a job share."""

    job: Job
    deadline: Deadline
    stream: BinaryIO
    show: Callable[[str], None]

    def run(self, command: list[str], progress: Mapping[str, str | None],
            step: str = "", output: Path | None = None) -> int:  # fmt: skip
        """Run a program in the build's folder; see :func:`boards.toolchains.run.run`.

        What it does is shown behind the name of the step, if there is one.
        """
        def show(what: str) -> None:
            self.show(f"{step}: {what.lower()}" if step else what)

        return run(command, self.job.design.folder, self.stream, where=self.job.toolchain,
                   deadline=self.deadline, progress=progress, show=show,
                   output=output)  # fmt: skip

    def complete(self, own: Path, begin: int) -> None:
        """Append what a program's own log has behind the last line that it said here."""
        try:
            text = own.read_bytes()
        except OSError:
            return
        last = self.job.log.read_bytes()[begin:].rstrip().rpartition(b"\n")[2]
        _, found, rest = text.rpartition(last + b"\n")
        self.stream.write(rest if found else text)
        self.stream.flush()

    def text(self, begin: int = 0) -> str:
        """The log so far, from a byte on."""
        return self.job.log.read_bytes()[begin:].decode(errors="replace")

    def failed(self, program: str, status: int, begin: int = 0) -> ToolError:
        """What to raise for a program that ended with an error: its last words."""
        lines = [line.strip() for line in self.text(begin).splitlines() if line.strip()]
        errors = [line for line in lines if _ERROR.match(line)]
        last = "; ".join(errors[-_ERRORS:] or lines[-1:])
        how = f"was killed by signal {-status}" if status < 0 else f"failed ({status})"
        return self.error(f"{program} {how}: {last}")

    def error(self, what: str) -> ToolError:
        """What to raise, with the name of the log."""
        return ToolError(self.job.toolchain, f"{what}; the whole log is {self.job.log}")


@contextlib.contextmanager
def session(job: Job, console: Console | None) -> Iterator[Session]:
    """A job's log, new, and a line of progress on the console, if there is one.

    Raises
    ------
    BoardError
        If the build's folder cannot be written.
    """
    with contextlib.ExitStack() as stack:
        try:
            job.out.mkdir(parents=True, exist_ok=True)
            stream = stack.enter_context(job.log.open("wb"))
        except OSError as error:
            what = f"Folder must be one that can be written: {error.strerror}"
            raise BoardError(str(job.out), what) from None
        yield Session(job=job, deadline=Deadline(job.timeout), stream=stream,
                      show=_progress(stack, job, console))  # fmt: skip


def _progress(stack: contextlib.ExitStack, job: Job, console: Console | None
              ) -> Callable[[str], None]:  # fmt: skip
    if console is None or not console.is_terminal:
        return lambda what: None
    bar = stack.enter_context(Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console,
        transient=True))  # fmt: skip
    title = f"{job.design.board}, {job.toolchain}"
    task = bar.add_task(f"{title}: start", total=None)
    return lambda what: bar.update(task, description=f"{title}: {what}")
