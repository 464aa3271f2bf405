"""Everything that a build leaves, written at once or not at all."""

from collections.abc import Callable
from pathlib import Path

from generators import passes
from generators.emit.manifest import manifest
from generators.emit.onboard import onboard
from generators.emit.place import refuse, write_json
from generators.emit.verilog import convert
from generators.network import write
from generators.network.folder import replaced
from generators.synth import synthesize
from generators.systolic.assemble import Top, design
from generators.systolic.page import page
from generators.systolic.plan import Plan, Wish
from generators.systolic.report import report
from generators.systolic.schedule import times

__all__ = ["build"]

Tell = Callable[[str], None]

MEMORY, PORT, MAPS = "memory.bin", "m_axi", "m_maps"
"""Contents of the external memory of weights, the port that reads it, and that of maps."""


def build(plan: Plan, wish: Wish, folder: Path, *, synth: bool, tell: Tell) -> dict:
    """Write a build folder; returns its report.

    Raises
    ------
    ModelError
        If something other than an earlier build stands there, or it cannot be written.
    """
    refuse(folder)
    with replaced(folder) as new:
        found = _write(plan, wish, new, synth, tell)
    return found


def _write(plan: Plan, wish: Wish, folder: Path, synth: bool, tell: Tell) -> dict:
    tell("scheduling")
    made = design(plan)
    when = times(plan, made)
    tell("writing Verilog")
    top = Top(made)
    (folder / "top.v").write_text(convert(top))
    memory = maps = None
    if top.image is not None:
        (folder / MEMORY).write_bytes(top.image)
        memory = {"port": PORT, "file": MEMORY, "bytes": len(top.image),
                  "latency": made.engine.memory_latency}  # fmt: skip
    if made.engine.copy is not None:
        words, size = top.words
        maps = {"port": MAPS, "bytes": words * size, "latency": made.engine.memory_latency}
    write.write(plan.lowered.chain.network, folder)
    used, source = plan.cost, "estimate"
    if synth:
        tell("synthesising")
        used, source = synthesize.synthesize(Top(made)), "synthesis"
    found = report(plan, wish, made, when, used, source)
    write_json(folder / "report.json", found)
    (folder / "report.html").write_text(page(found))
    described = manifest(
        plan.lowered.chain.network,
        made.edges,
        cycles_per_frame=found["cycles_per_frame"],
        frames_per_batch=found["frames_per_batch"],
        latency_cycles=when.latency,
        clock_mhz=wish.clock_mhz,
        folder=folder,
        memory=memory,
        maps=maps,
    )
    if memory is None and maps is None:  # a system has no port for such memories yet
        tell("writing the system and its drivers")
        known = passes.known_frames(plan.lowered.chain.network)
        described = onboard(folder, described, wish.board, known, [])
    write_json(folder / "manifest.json", described)
    return found
