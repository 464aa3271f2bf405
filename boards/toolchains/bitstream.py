"""From a build's folder to a bitstream, by a vendor's or by open tools."""

import time
from pathlib import Path

from rich.console import Console

from boards.toolchains import record, tools
from boards.toolchains.flows import Found, open_tools, package, run_vivado
from boards.toolchains.job import Job
from boards.toolchains.session import Session, session

__all__ = ["TOOLCHAINS", "build"]

TOOLCHAINS = tuple(tools.SCRIPTS)
"""Their names."""

_RESULTS = ("system.bit", "system.bin", "system.svf")


def build(folder: str | Path, toolchain: str | None = None, *, makes: str = "bitstream",
          seed: int | None = None, jobs: int | None = None, timeout: float | None = None,
          console: Console | None = None) -> dict:  # fmt: skip
    """Run a toolchain on a build; returns what it found, as report.json has it.

    The bitstream is BUILD/system.bit (and Vivado's system.bin, the ECP5's system.svf). It is there
    only where place and route ended and met the clock; that of an earlier run is taken away first.
    All else that tools write is in BUILD/build, the log in BUILD/build/TOOLCHAIN.log.

    What was found goes into report.json under ``implementation`` (``out_of_context`` for the core
    alone), also where the clock was missed: toolchain, version, source, clock_mhz, fmax_mhz,
    wns_ns, timing_met, lut, ff, bram18, dsp, seed, seconds, bitstream.

    Parameters
    ----------
    toolchain : str or None
        ``vivado``, ``openxc7`` or ``ecp5``; None for the first of the board's that is installed.
    makes : str
        ``bitstream``; with Vivado also ``core``, place and route of top.v out of context, or
        ``ip``, for block designs in BUILD/ip.
    seed, jobs, timeout, console
        nextpnr's seed (1), Vivado's threads, seconds for all programs together, and where progress
        is shown.

    Raises
    ------
    BoardError
        If it is no build with a system, an option does not go with the toolchain, or a program is
        not installed; nothing was changed.
    ToolError
        If a program fails, time is over, or the clock is not met.
    """
    job = Job.of(folder, toolchain, makes=makes, seed=seed, jobs=jobs, timeout=timeout)
    values = {"seed": str(1 if seed is None else seed)}
    if job.toolchain == "openxc7":
        values |= {"chipdb": tools.chipdb(job.design.part), "db_dir": tools.database()}
    with session(job, console) as at:
        if makes == "ip":
            package(at)
            return {"toolchain": "vivado", "ip": "ip"}
        start = time.monotonic()
        _clear(job)
        found = run_vivado(at) if job.toolchain == "vivado" else open_tools(at, values)
        return _keep(at, found, round(time.monotonic() - start, 1))


def _key(job: Job) -> str:
    return "out_of_context" if job.makes == "core" else "implementation"


def _clear(job: Job) -> None:
    """Take away what an earlier run left, so that none of it can be taken for this one's."""
    record.write(job.design.folder, _key(job), None)
    if job.makes == "bitstream":
        for name in _RESULTS:
            (job.design.folder / name).unlink(missing_ok=True)
            (job.out / name).unlink(missing_ok=True)


def _keep(at: Session, found: Found, seconds: float) -> dict:
    """Write what was found, and put the bitstream in its place where the clock is met."""
    job, timing = at.job, found.timing
    made = [name for name in _RESULTS if (job.out / name).is_file()]
    if timing.met and job.makes == "bitstream":
        if "system.bit" not in made:
            raise at.error("All tools ended without an error, but left no bitstream")
        for name in made:
            (job.out / name).replace(job.design.folder / name)
    else:
        made = []
    told = f"{found.tool} {found.version}".strip()
    how = ", out of context" if job.makes == "core" else ""
    record_of = {
        "toolchain": job.toolchain,
        "version": found.version,
        "source": f"place and route{how} ({told})",
        "part": job.design.part.name,
        "clock_mhz": job.design.clock_mhz,
        "fmax_mhz": round(timing.fmax_mhz, 2),
        "wns_ns": round(timing.wns_ns, 3),
        "timing_met": timing.met,
        **found.used,
        "seed": None if job.toolchain == "vivado" else job.seed or 1,
        "seconds": seconds,
        "bitstream": made[0] if made else None,
    }
    record.write(job.design.folder, _key(job), record_of)
    if not timing.met:
        other = "" if job.toolchain == "vivado" else ", or try another --seed"
        raise at.error(f"Timing is not met: {job.design.clock_mhz:g} MHz were asked, "
                       f"{timing.fmax_mhz:.1f} MHz reached (slack {timing.wns_ns:.3f} ns); "
                       f"generate the build again with a lower --clock{other}")
    return record_of
