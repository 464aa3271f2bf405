"""report.json: see ARCHITECTURE.md, section 5; and what the array's cycles are spent on."""

from dataclasses import asdict, astuple

from generators.emit.io import io
from generators.network import check, graph
from generators.synth import synthesize
from generators.synth.resources import Cost
from generators.systolic.assemble import Design
from generators.systolic.performance import performance
from generators.systolic.plan import Plan, Wish
from generators.systolic.schedule import Split, Times
from generators.systolic.stage import Stage

__all__ = ["per_frame", "report"]


def per_frame(cycles: int, frames: int) -> int | float:
    """Cycles of so many frames, by frame; what is no integer to four places."""
    whole, rest = divmod(cycles, frames)
    return round(cycles / frames, 4) if rest else whole


def report(plan: Plan, wish: Wish, design: Design, times: Times, used: Cost, source: str) -> dict:
    """All that is known of a build."""
    lowered, shape = plan.lowered, plan.lowered.shape
    chain, batch = lowered.chain, shape.batch
    stages = dict(zip((stage.name for stage in chain.stages), times.stages))
    layers = [_layer(layer, plan, stages.get(layer.name), source)
              for layer in chain.network.layers]  # fmt: skip
    useful = sum(stage.useful for stage in chain.stages) * batch
    return {
        "network": chain.network.name,
        "board": wish.board.name,
        "clock_mhz": wish.clock_mhz,
        "cycles_per_frame": per_frame(times.interval, batch),
        "frames_per_batch": batch,
        "latency_cycles": times.latency,
        "frames_per_second": wish.clock_mhz * 1e6 * batch / times.interval,
        "io": io(design.edges),
        "array": {
            "rows": shape.rows,
            "cols": shape.cols,
            "lanes": shape.lanes,
            "macs_per_cycle": shape.products,
            "multiplier": plan.multiplier,
            "x": _number(lowered.numbers.x),
            "w": _number(lowered.numbers.w),
            "sums": _number(lowered.numbers.acc),
            "weights": "external" if plan.external else "on-chip",
            "maps": "external" if plan.external_maps else "on-chip",
            "weight_tiles": lowered.sizes.tiles,
            "passes": len(lowered.program.passes),
        },
        "cycles_per_batch": _split(times.split),
        "performance": performance(plan, wish, design, times, used),
        "utilisation": round(useful / (shape.products * times.interval), 4),
        "totals": resources(used, source),
        "available": {name: wish.board.room(name) for name in ("lut", "ff", "bram18", "dsp")},
        "budget": {name: int(round(wish.available(name), 6))
                   for name in ("lut", "ff", "bram18", "dsp")},
        "synthesis_tool": synthesize.named() if source == "synthesis" else None,
        "layers": layers,
        "links": _links(chain.network, plan.external_maps),
    }  # fmt: skip


def _layer(layer: graph.AnyLayer, plan: Plan, split: Split | None, source: str) -> dict:
    """What a report says of a layer; those that share the array have no resources of their own."""
    shape, chain = plan.lowered.shape, plan.lowered.chain
    stage: Stage | None = next((s for s in chain.stages if s.name == layer.name), None)
    cycles = per_frame(split.cycles, shape.batch) if split else 0
    useful = stage.useful if stage else 0
    return {
        "name": layer.name,
        "op": layer.__struct_config__.tag,
        "datapath": "systolic" if stage else None,
        "pe": shape.cols if stage else None,
        "simd": shape.word if stage else None,
        "cycles_per_frame": cycles,
        "macs_per_cycle": useful / cycles if cycles else 0,
        "weight_storage": ("external" if plan.external else "bram") if stage else None,
        "cycles_per_batch": _split(split) if split else None,
        "utilisation": round(useful / (shape.products * cycles), 4) if cycles else None,
        "resources": resources(Cost(), source),
    }


def _links(network: graph.Network, external: bool) -> list[dict]:
    """What goes from layer to layer, in the network's order, and where it lies in between."""
    tensors, inside = check.infer(network), "external" if external else "on-chip"
    reads = [(name, layer.name) for layer in network.layers for name in layer.inputs]
    last = check.output_layer(network).name
    return [{"source": source, "target": target, "shape": list(tensors[source].shape),
             "type": tensors[source].type.name, "elements": tensors[source].items,
             "map": "stream" if source == "input" or target == "output" else inside}
            for source, target in [*reads, (last, "output")]]  # fmt: skip


def _split(split: Split) -> dict:
    return asdict(split) | {"cycles": split.cycles}


def _number(number) -> str:
    if number.bipolar:
        return "bipolar"
    return f"{'' if number.signed else 'u'}int{number.width}"


def resources(used: Cost, source: str) -> dict:
    """Resources as a report has them."""
    lut, ff, bram18, dsp = astuple(used)
    return {"lut": round(lut), "ff": round(ff), "bram18": bram18, "dsp": dsp, "source": source}
