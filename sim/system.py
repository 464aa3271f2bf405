"""Run a host's program against all that a build puts into the FPGA: system.v and top.v."""

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sim import models
from sim.bench import JOB
from sim.cosim import SimulationError
from sim.manifest import BuildError, Manifest
from sim.system_bench import jsonable

__all__ = ["LATENCY", "ProgramError", "compiled", "run"]

LATENCY = (20, 30)
"""Cycles from a burst's address to its first beat: about what a DDR behind S_AXI_HP0 takes."""


class ProgramError(RuntimeError):
    """The program itself raised; the text is its traceback."""


def run(manifest: Manifest, program: str | Callable, *, arguments: dict | None = None,
        stall: float = 0.0, latency: tuple[int, int] = LATENCY, seed: int = 0):
    """What a program gives that runs in the simulation of the system as its host's processor.

    The system is compiled first if need be. The program gets a :class:`sim.system_bench.Host`,
    the first argument, and the ``arguments`` by name; these and what it returns go through JSON.

    Parameters
    ----------
    program : function, or "module:function"
        A function of a module that the simulator's Python can import where ours can.
    stall : probability of a pause, each cycle and on every channel of every AXI port
    latency : least and most cycles from a burst's address to its first beat

    Raises
    ------
    SimulationError
        If a rule of AXI3 is broken, memory touched that was not given, or no end found in time.
    ProgramError
        If the program raises.
    BuildError
        If the build has no system, or see :func:`sim.models.build`.
    """
    model = compiled(manifest)
    if callable(program):
        program = f"{program.__module__}:{program.__name__}"
    job = {"build": str(manifest.folder.resolve()), "program": program, "stall": stall,
           "arguments": arguments or {}, "latency": latency, "seed": seed,
           "path": [path or os.getcwd() for path in sys.path]}  # fmt: skip
    log = manifest.folder / "sim" / "system-run.log"
    with models.scratch(manifest.folder / "sim") as folder:
        (folder / "job.json").write_text(json.dumps(job, default=jsonable))
        _start(model, folder, log)
        return _result(folder, log)


def compiled(manifest: Manifest) -> Path:
    """Folder of the system's model, compiled if need be.

    Raises
    ------
    BuildError
        If the build has no system, or see :func:`sim.models.build`.
    """
    if manifest.host is None:
        what = "Build must have a system.v; designs that keep weights or maps in external memory"
        raise BuildError(str(manifest.folder), f"{what} have none yet")
    return models.build(manifest, "verilator", "system")


def _start(model: Path, folder: Path, log: Path) -> None:
    with suppress(SystemExit, RuntimeError):
        models.System().runner().test(
            test_module="sim.system_bench", hdl_toplevel="bench", build_dir=model,
            test_dir=folder, extra_env={JOB: str(folder)}, log_file=log,
            hdl_toplevel_lang="verilog", timescale=models.TIMESCALE,
            results_xml=str(folder / "results.xml"))


def _result(folder: Path, log: Path):
    if (folder / "fault").exists():
        raise SimulationError((folder / "fault").read_text())
    if (folder / "error").exists():
        raise ProgramError((folder / "error").read_text())
    if not (folder / "result.json").exists():
        raise SimulationError(f"Simulator must finish; {log} ends with\n{models.tail(log)}")
    return json.loads((folder / "result.json").read_text())
