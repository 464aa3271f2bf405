"""Everything that a build leaves, written at once or not at all."""

from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

from generators import passes
from generators.emit import report as report_page
from generators.emit.io import io
from generators.emit.manifest import manifest
from generators.emit.onboard import onboard
from generators.emit.place import refuse, write_json
from generators.emit.verilog import convert
from generators.finn import (
    cost,
    linear,
    links,
    loading,
    performance,
    plan,
    streams,
    timing_network,
)
from generators.finn.assemble import Top, edge_slice
from generators.finn.budget import Budget
from generators.finn.cost import Cost
from generators.finn.fold import fold_file
from generators.finn.part import Part, per_frame
from generators.finn.timing_network import Static
from generators.network import write
from generators.network.folder import replaced
from generators.synth import synthesize
from hdl.bus.load import Chain

Tell = Callable[[str], None]


def build(planned: plan.Plan, wish: plan.Wish, folder: Path, *, synth: bool, tell: Tell) -> dict:
    """Write a build folder; returns its report.

    The files are written beside it and the folder then takes its name, so that an interrupted
    build leaves nothing that looks like one.

    Raises
    ------
    ModelError
        If something other than an earlier build stands there, or it cannot be written.
    """
    refuse(folder)
    with replaced(folder) as new:
        found = _write(planned, wish, new, synth, tell)
    return found


def _write(planned: plan.Plan, wish: plan.Wish, folder: Path, synth: bool, tell: Tell) -> dict:
    tell("writing Verilog")
    top = Top(planned.edges[0], planned.parts, planned.edges[1])
    (folder / "top.v").write_text(convert(top))
    write.write(planned.network, folder)
    (folder / "fold.json").write_text(fold_file(planned.choices))
    source = "synthesis" if synth else "estimate"
    costs, static = _measured(planned, tell) if synth else (_costs(planned), None)
    found = report(planned, wish, costs, source, static)
    write_json(folder / "report.json", found)
    (folder / "report.html").write_text(report_page.page(found))
    described = manifest(
        planned.network,
        planned.edges,
        cycles_per_frame=planned.cycles,
        frames_per_batch=planned.batch,
        latency_cycles=planned.latency,
        clock_mhz=wish.clock_mhz,
        folder=folder,
        host=wish.host,
        streams=streams.streams(planned.network, planned.edges[0], planned.parts),
    )
    tell("writing the system and its drivers")
    described = onboard(folder, described, wish.board, passes.known_frames(planned.network),
                        loading.parameters(planned))  # fmt: skip
    write_json(folder / "manifest.json", described)
    return found


def _costs(planned: plan.Plan) -> dict[str, Cost]:
    """Estimated resources by instance, and of the edges as "edges"."""
    costs = {part.name: cost.part(part) for part in planned.parts}
    return costs | {"edges": cost.edges(*planned.edges) + loading.cost(planned.parts)}


def _measured(planned: plan.Plan, tell: Tell) -> tuple[dict[str, Cost], Static]:
    """Resources by synthesis, as the estimated ones, and the static time of the whole."""
    costs, timings, count = {}, {}, len(planned.parts) + 1
    for number, part in enumerate(planned.parts, 1):
        tell(f"synthesising {part.name} ({number} of {count})")
        found = synthesize.measure(part.build())
        costs[part.name], timings[part.name] = found.cost, found.timing
    tell(f"synthesising the edges ({count} of {count})")
    slices = [synthesize.measure(edge_slice(edge)) for edge in planned.edges]
    costs["edges"] = sum((one.cost for one in slices), Cost())
    if (chain := loading.chain(planned.parts)) is not None:
        costs["edges"] += synthesize.measure(Chain(chain)).cost
    edges = zip((timing_network.I_EDGE, timing_network.O_EDGE), slices)
    timings |= {name: one.timing for name, one in edges}
    return costs, timing_network.static(planned.parts, timings)


def report(planned: plan.Plan, wish: plan.Wish, costs: dict[str, Cost], source: str,
           static: Static | None = None) -> dict:  # fmt: skip
    """report.json: see ARCHITECTURE.md, section 5."""
    total = sum(costs.values(), Cost())
    spent = performance.performance(planned, wish, total)
    layers = []
    for layer in planned.network.layers:
        mine = [part for part in planned.parts if part.layer == layer.name]
        used = sum((costs[part.name] for part in mine), Cost())
        slowest = None
        if static is not None:
            slowest = _ns(max((static.parts[part.name] for part in mine), default=0))
        made = _layer(layer, planned, mine, _resources(used, source))
        spends = performance.layer(planned, layer, spent["timeline"])
        layers.append(made | {"static_ns": slowest} | spends)
    return {
        "network": planned.network.name,
        "board": wish.board.name,
        "clock_mhz": wish.clock_mhz,
        "cycles_per_frame": planned.cycles,
        "frames_per_batch": planned.batch,
        "latency_cycles": planned.latency,
        "frames_per_second": wish.clock_mhz * 1e6 * planned.batch / planned.interval,
        "io": io(planned.edges),
        "static_time": _static_time(static),
        "bound": planned.bound or None,
        "performance": spent,
        "totals": _resources(total, source),
        "system": _resources(cost.system(planned, wish.board, wish.clock_mhz), "estimate"),
        "estimate_error": cost.measured_error(planned.parts) if source == "estimate" else None,
        "available": {name: wish.board.room(name) for name in ("lut", "ff", "bram18", "dsp")},
        "budget": {name: getattr(Budget.of(wish), name) for name in ("lut", "ff", "bram18", "dsp")},
        "synthesis_tool": synthesize.named() if source == "synthesis" else None,
        "layers": layers,
        "links": links.links(planned),
    }


def _layer(layer, planned: plan.Plan, mine: list[Part], resources: dict) -> dict:
    """What the report says of a layer; one that moves nothing, as a flatten, takes no cycles."""
    choice = planned.choices.get(layer.name)
    work = [part.interval for part in mine if part.kind not in ("converter", "fifo", "fork")]
    cycles = per_frame(max(work, default=0), planned.batch)
    macs = 0
    if choice is not None:
        macs = layer.weights.data.size * linear.matrix(planned.network, layer).vectors
    line, mvtu = (_config(mine, *kinds) for kinds in (("window",), ("mvtu", "serial", "minifloat")))
    store = mvtu.weights if mvtu else None
    return {
        "name": layer.name,
        "op": layer.__struct_config__.tag,
        "datapath": choice.datapath if choice else None,
        "pe": choice.pe if choice else None,
        "simd": choice.simd if choice else None,
        "frames": choice.frames if choice else None,
        "cycles_per_frame": cycles,
        "macs_per_cycle": macs / cycles if cycles else 0,
        "weight_storage": choice.storage if choice else None,
        "weight_memory": {"words": store.depth, "bits": store.width} if store else None,
        "line_buffer": _line(line) if line else None,
        "fifo_depths": [part.config.depth for part in mine if part.kind == "fifo"],
        "resources": resources,
    }


def _static_time(static: Static | None) -> dict | None:
    """Logic and the same delay on every wire, in nanoseconds; nothing if it was not measured."""
    if static is None:
        return None
    return {
        "ns": _ns(static.ps),
        "wire_ps": static.wire_ps,
        "at": static.at,
        "lut_levels": static.lut_levels,
        "carry4": static.carry4,
    }


def _ns(ps: int) -> float:
    return ps / 1000


def _line(config) -> dict:
    return {"words": config.depth, "bits": config.payload.size, "storage": config.storage}


def _config(mine: list[Part], *kinds: str):
    return next((part.config for part in mine if part.kind in kinds), None)


def _resources(used: Cost, source: str) -> dict:
    lut, ff, bram18, dsp = astuple(used)
    return {"lut": round(lut), "ff": round(ff), "bram18": bram18, "dsp": dsp, "source": source}
