"""Everything that a build leaves, written at once or not at all."""

import json
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

from generators.emit import report as report_page
from generators.emit.manifest import manifest
from generators.emit.verilog import convert
from generators.finn import cost, plan, synthesize
from generators.finn.assemble import Top, edge_slice, instances
from generators.finn.cost import Cost
from generators.finn.fold import fold_file
from generators.network import graph, write
from generators.network.error import ModelError
from generators.network.folder import replaced, unwritable

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


def refuse(folder: Path) -> None:
    """Refuse a folder that holds anything but an earlier build."""
    try:
        stands = folder.exists()
        left_alone = stands and not _replaceable(folder)
    except OSError as error:
        raise unwritable(folder, error) from None
    if left_alone:
        raise ModelError(str(folder), "Folder must be empty or an earlier build; it was left alone")


def _replaceable(folder: Path) -> bool:
    """Whether a folder holds nothing, or an earlier build."""
    if not folder.is_dir():
        return False
    if not any(folder.iterdir()):
        return True
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return False
    return isinstance(manifest, dict) and "bitloom" in manifest


def _write(planned: plan.Plan, wish: plan.Wish, folder: Path, synth: bool, tell: Tell) -> dict:
    tell("writing Verilog")
    top = Top(planned.edges[0], planned.parts, planned.edges[1])
    (folder / "top.v").write_text(convert(top))
    write.write(planned.network, folder)
    (folder / "fold.json").write_text(fold_file(planned.choices))
    source = "synthesis" if synth else "estimate"
    found = report(planned, wish, _costs(planned, synth, tell), source)
    _json(folder / "report.json", found)
    (folder / "report.html").write_text(report_page.page(found))
    described = manifest(
        planned.network,
        planned.edges,
        cycles_per_frame=planned.interval,
        latency_cycles=planned.latency,
        clock_mhz=wish.clock_mhz,
        folder=folder,
    )
    _json(folder / "manifest.json", described)
    return found


def _json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n")


def _costs(planned: plan.Plan, synth: bool, tell: Tell) -> dict[str, Cost]:
    """Resources by instance, and of the edges as "edges"."""
    named = instances(planned.parts)
    if not synth:
        costs = {name: cost.part(part) for name, part in named}
        return costs | {"edges": cost.edges(*planned.edges)}
    costs = {}
    for number, (name, part) in enumerate(named, 1):
        tell(f"synthesising {name} ({number} of {len(named) + 1})")
        costs[name] = synthesize.synthesize(part.build())
    tell(f"synthesising the edges ({len(named) + 1} of {len(named) + 1})")
    slices = [synthesize.synthesize(edge_slice(edge)) for edge in planned.edges]
    return costs | {"edges": sum(slices, Cost())}


def report(planned: plan.Plan, wish: plan.Wish, costs: dict[str, Cost], source: str) -> dict:
    """report.json: see ARCHITECTURE.md, section 5."""
    total = sum(costs.values(), Cost())
    named = instances(planned.parts)
    layers = []
    for layer in planned.network.layers:
        mine = [(name, part) for name, part in named if part.layer == layer.name]
        used = sum((costs[name] for name, _ in mine), Cost())
        layers.append(_layer(layer, planned, mine, _resources(used, source)))
    return {
        "network": planned.network.name,
        "board": wish.board.name,
        "clock_mhz": wish.clock_mhz,
        "cycles_per_frame": planned.interval,
        "latency_cycles": planned.latency,
        "frames_per_second": wish.clock_mhz * 1e6 / planned.interval,
        "totals": _resources(total, source),
        "estimate_error": cost.MEASURED_ERROR if source == "estimate" else None,
        "available": {name: getattr(wish.board, name) for name in ("lut", "ff", "bram18", "dsp")},
        "layers": layers,
    }


def _layer(layer, planned: plan.Plan, mine: list, resources: dict) -> dict:
    choice = planned.choices.get(layer.name)
    main = next(part for _, part in mine if part.kind not in ("converter", "fifo"))
    queues = {name: part.config.depth for name, part in mine if part.kind == "fifo"}
    macs = layer.weights.data.size if isinstance(layer, graph.Dense) else 0
    return {
        "name": layer.name,
        "op": layer.__struct_config__.tag,
        "datapath": choice.datapath if choice else None,
        "pe": choice.pe if choice else None,
        "simd": choice.simd if choice else None,
        "cycles_per_frame": main.config.interval,
        "macs_per_cycle": macs / main.config.interval,
        "weight_storage": choice.storage if choice else None,
        "fifo_depths": list(queues.values()),
        "resources": resources,
    }


def _resources(used: Cost, source: str) -> dict:
    lut, ff, bram18, dsp = astuple(used)
    return {"lut": round(lut), "ff": round(ff), "bram18": bram18, "dsp": dsp, "source": source}
