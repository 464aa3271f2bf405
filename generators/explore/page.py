"""What an exploration leaves: fold files, front.json, front.svg and a page of them."""

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from generators.emit import sources
from generators.emit.command import RESOURCES as COMMAND
from generators.emit.page import document, table
from generators.emit.place import write_json
from generators.emit.report import RESOURCES
from generators.emit.sources import mark
from generators.explore import draw
from generators.explore.designs import Design
from generators.finn import cost
from generators.finn.plan import Wish
from generators.synth.resources import Cost

__all__ = ["TITLES", "fold_text", "record", "resources", "write"]

TITLES = {"fps": "frames a second against LUTs", "latency": "latency against LUTs"}


def record(fronts: Mapping[str, Sequence[Design]], wish: Wish) -> dict:
    """front.json: the fronts by names of designs, and the designs."""
    every = [design for designs in fronts.values() for design in designs]
    different = {design.fold_file: design for design in every}
    ordered = sorted(different.values(), key=lambda design: (design.cycles, design.latency))
    names = dict(zip((design.fold_file for design in ordered), _names(ordered)))
    board, part_of = wish.board, wish.part_of or {}
    parts = [part for design in ordered for part in design.planned.parts]
    available = {name: board.room(name) for name in RESOURCES}
    return {
        "bitloom_front": 1,
        "network": ordered[0].planned.network.name,
        "board": board.name,
        "clock_mhz": wish.clock_mhz,
        "available": available,
        "part_of": part_of,
        "budget": {n: int(round(amount * part_of.get(n, 1), 6)) for n, amount in available.items()},
        "bound": next((design.planned.bound for design in ordered if design.planned.bound), None),
        "estimate_error": cost.measured_error(parts),
        "fronts": {objective: [names[design.fold_file] for design in designs]
                   for objective, designs in fronts.items()},
        "designs": [_design(names[one.fold_file], one, wish.clock_mhz) for one in ordered],
    }  # fmt: skip


def _names(designs: Sequence[Design]) -> list[str]:
    """NAME-0512 by the cycles a frame; with the latency where there are several of these."""
    cycles = [int(design.cycles) for design in designs]
    wide = max(4, len(str(max(cycles))))
    return [
        f"{design.planned.network.name}-{n:0{wide}}"
        + (f"-{design.latency}" if cycles.count(n) > 1 else "")
        for design, n in zip(designs, cycles)
    ]


def _design(name: str, design: Design, clock_mhz: float) -> dict:
    planned = design.planned
    return {
        "name": name,
        "cycles_per_frame": planned.cycles,
        "frames_per_batch": planned.batch,
        "frames_per_second": clock_mhz * 1e6 * planned.batch / planned.interval,
        "latency_cycles": planned.latency,
        "estimate": resources(design.cost),
        "synthesis": None,
        "binds": design.binds,
        "proven": planned.proven,
        "gap": planned.gap,
        "fold": json.loads(design.fold_file),
    }


def resources(cost: Cost) -> dict[str, int]:
    """A cost in whole numbers, as reports have it."""
    return {name: round(amount) for name, amount in asdict(cost).items()}


def fold_text(design: dict) -> str:
    """The fold file of a design of a record."""
    return json.dumps(design["fold"], indent=1) + "\n"


def write(found: dict, folder: Path) -> None:
    """Write an exploration's files; designs that are the same in both fronts once."""
    for design in found["designs"]:
        (folder / f"{design['name']}.json").write_text(fold_text(design))
    write_json(folder / "front.json", found)
    picture = draw.svg(_title(found), panels(found))
    (folder / "front.svg").write_text(picture)
    (folder / "front.html").write_text(page(found, picture))


def _title(found: dict) -> str:
    return f"{found['network']} on {found['board']} at an assumed {found['clock_mhz']:g} MHz"


def panels(found: dict) -> list[draw.Panel]:
    """The fronts to be drawn."""
    by_name = {design["name"]: design for design in found["designs"]}
    drawn = []
    for objective, names in found["fronts"].items():
        axis = {"fps": "frames a second", "latency": "latency in cycles"}[objective]
        axis += " (at the points: cycles a frame)"
        field = {"fps": "frames_per_second", "latency": "latency_cycles"}[objective]
        dots = [_dot(by_name[name], field) for name in names]
        drawn.append(draw.Panel(TITLES[objective], axis, "LUT", dots, found["budget"]["lut"],
                                rising=objective == "fps"))  # fmt: skip
    return drawn


def _dot(design: dict, field: str) -> draw.Dot:
    used = ", ".join(f"{name.upper()} {n:,}" for name, n in design["estimate"].items())
    tip = (f"{design['name']}: {design['cycles_per_frame']:,} cycles a frame, latency "
           f"{design['latency_cycles']:,}; {used} (estimate); {design['binds']}")  # fmt: skip
    measured = design["synthesis"] and design["synthesis"]["lut"]
    label = f"{design['cycles_per_frame']:,.10g}"
    return draw.Dot(design[field], design["estimate"]["lut"], label, tip, measured)


def page(found: dict, picture: str) -> str:
    """A self-contained page: the picture, and the designs as a table."""
    schedule, estimate = mark(sources.SCHEDULE), mark(sources.ESTIMATE)
    heads = ["design", *(name + schedule for name in ("frames a second", "cycles a frame",
                                                      "latency")),
             *(name + estimate for name in ("LUT", "FF", "BRAM18", "DSP")),
             "LUT by synthesis" + mark(sources.SYNTHESIS), "what binds"]  # fmt: skip
    budget = ", ".join(f"{name.upper()} {n:,}" for name, n in found["budget"].items())
    bound = html.escape(f" No faster: {found['bound']}." if found["bound"] else "")
    command = html.escape(f"{found['designs'][0]['name']}.json {options(found)}")
    text = f"""<p>Cycles and latency are from the schedule, resources are estimates; at most
{budget}{mark(sources.DEVICE)} may be used; {optimality(found)}.{bound} Build one with
<code>python -m generators.finn MODEL --fold {command}</code>.</p>"""
    drawn = (f'<figure><div class="scroll" role="region" tabindex="0" aria-label="Fronts">\n'
             f"{picture}</div></figure>")  # fmt: skip
    rows = [_row(design) for design in found["designs"]]
    last = len(heads) - 1
    told = table("Designs", heads, rows, words=(0, last))
    known = (sources.SCHEDULE, sources.ESTIMATE, sources.SYNTHESIS, sources.DEVICE)
    legend = sources.legend({"totals": {"source": "estimate"}, **found}, *known)
    return document(_title(found), text, drawn, "<h2>Designs</h2>", told, legend)


def optimality(found: dict) -> str:
    """How sure it is that nothing is better."""
    gap = max(design["gap"] for design in found["designs"])
    if all(design["proven"] for design in found["designs"]):
        return "as far as estimates tell, no design is better: proven for each"
    return f"as far as estimates tell, no design is better by more than {gap:.1%}"


def options(found: dict) -> str:
    """What ``generators.finn`` must be told beside the fold file."""
    said = {value: key for key, value in COMMAND.items()}
    parts = ",".join(f"{said[name]}={part:g}" for name, part in found["part_of"].items())
    return f"--board {found['board']}" + (f" --part-of {parts}" if parts else "")


def _row(design: dict) -> list[str]:
    synthesis = design["synthesis"]
    return [design["name"], f"{design['frames_per_second']:,.0f}",
            f"{design['cycles_per_frame']:,}", f"{design['latency_cycles']:,}",
            *(f"{n:,}" for n in design["estimate"].values()),
            f"{synthesis['lut']:,}" if synthesis else "", design["binds"]]  # fmt: skip
