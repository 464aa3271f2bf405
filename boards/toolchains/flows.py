"""What the toolchains do, and what they found."""

import re
import subprocess
from dataclasses import dataclass

from boards.toolchains import openxc7, reports, tools, vivado
from boards.toolchains.reports import Timing
from boards.toolchains.session import Session

__all__ = ["Found", "open_tools", "package", "run_vivado"]

_PLACE = "Place and route"
_MOST_THREADS = 32
"""More than that Vivado refuses."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What place and route says: program, version, timing, and resources by name."""

    tool: str
    version: str
    timing: Timing
    used: dict[str, int]


def run_vivado(at: Session) -> Found:
    """Vivado's bitstream, or the core alone; a clock that is missed is in the result.

    Raises
    ------
    ToolError
        If Vivado fails, or its reports cannot be read.
    """
    out = at.job.out
    for name in ("timing.rpt", "utilization.rpt"):
        (out / name).unlink(missing_ok=True)
    script = "build_ooc.tcl" if at.job.makes == "core" else "build_vivado.tcl"
    status = at.run(_command(at, script), vivado.STEPS)
    try:
        text = (out / "timing.rpt").read_text(errors="replace")
        timing = reports.vivado_timing(text, at.job.design.clock_mhz)
        used = reports.vivado_utilization((out / "utilization.rpt").read_text(errors="replace"))
    except (OSError, ValueError) as error:
        if status:
            raise at.failed("Vivado", status) from None
        raise at.error(f"Vivado left no report that can be read: {error}") from None
    if status and timing.met:
        raise at.failed("Vivado", status)
    return Found(tool="Vivado", version=reports.vivado_version(text), timing=timing, used=used)


def package(at: Session) -> None:
    """The IP for block designs, in BUILD/ip.

    Raises
    ------
    ToolError
        If Vivado fails.
    """
    at.show("packaging")
    status = at.run(_command(at, "package_ip.tcl"), vivado.STEPS)
    if status:
        raise at.failed("Vivado", status)
    if not (at.job.design.folder / "ip" / "component.xml").is_file():
        raise at.error("Vivado ended without an error, but left no ip/component.xml")


def _command(at: Session, script: str) -> list[str]:
    command = [tools.locate(tools.VIVADO), "-mode", "batch", "-notrace", "-nojournal",
               "-log", f"build/{at.job.name}/vivado.log", "-source", script]  # fmt: skip
    if at.job.jobs is None or at.job.makes == "ip":
        return command
    return [*command, "-tclargs", str(min(at.job.jobs, _MOST_THREADS))]


def open_tools(at: Session, values: dict[str, str]) -> Found:
    """The steps of an open toolchain, up to the one that misses the clock.

    ``values`` are what names in braces stand for in the steps' arguments.

    Raises
    ------
    ToolError
        If a program fails, or place and route does not say which clock it reached.
    """
    made, found = at.job.design, None
    (at.job.out / "report.json").unlink(missing_ok=True)
    for step in tools.steps(at.job.toolchain, made.part, made.clock_mhz):
        at.show(step.name.lower())
        begin = at.job.log.stat().st_size
        command = [tools.locate(step.tool), *step.filled(values)]
        output = made.folder / step.output if step.output else None
        if step.log:
            (made.folder / step.log).unlink(missing_ok=True)
        status = at.run(command, openxc7.PROGRESS, step.name.lower(), output)
        if step.log:
            at.complete(made.folder / step.log, begin)
        program = step.tool.programs[0]
        if step.name == _PLACE:
            found = _placed(at, begin, command[0], program)
            # nextpnr ends with an error where the clock is missed: then that is what is to be said.
            if found is not None and not found.timing.met:
                return found
        if status:
            raise at.failed(program, status, begin)
        if step.name == _PLACE and found is None:
            raise at.error(f"{program} ended without saying which clock it reached")
    return found


def _placed(at: Session, begin: int, command: str, program: str) -> Found | None:
    """What place and route says of itself; None if it came to no end."""
    clock, report = at.job.design.clock_mhz, at.job.out / "report.json"
    try:
        if at.job.toolchain == "ecp5":
            timing, used = reports.nextpnr_report(report.read_text(), clock)
        else:
            timing, used = reports.nextpnr_log(at.text(begin), clock)
    except (OSError, ValueError):
        return None
    return Found(tool=program, version=_version(command), timing=timing, used=used)


def _version(command: str) -> str:
    """``0.11.1`` of what nextpnr says with --version; "" if it says nothing of the kind."""
    try:
        done = subprocess.run([command, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.search(r"\(Version (?:nextpnr-)?([^)\s]+)\)", done.stdout + done.stderr)
    return match[1] if match else ""
