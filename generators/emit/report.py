"""report.html: what a build costs and how fast it is, for people; each number with its source."""

import html

from generators.emit import agreement, bars, gantt, roofline, sources
from generators.emit.across import across
from generators.emit.down import down
from generators.emit.page import document, key, keys, table
from generators.emit.pipeline import Box, Link
from generators.emit.sources import CHOICE, CLOCK, DEVICE, MODEL, SCHEDULE, STATIC, mark

__all__ = ["RESOURCES", "headline", "page"]

RESOURCES = ("lut", "ff", "bram18", "dsp")


def page(report: dict) -> str:
    """A self-contained page of a report: the verdicts, the pipeline, cycles, resources, roofline.

    It loads nothing, has no script, and its bytes follow from the report.
    """
    known = {CHOICE, CLOCK, DEVICE, MODEL, SCHEDULE, sources.resources(report), sources.SIMULATION,
             sources.ESTIMATE}  # fmt: skip
    if report["static_time"] is not None:
        known.add(STATIC)
    return document(
        f"{report['network']} on {report['board']}",
        _summary(report),
        agreement.verdict(),
        agreement.block(report.get("check")),
        agreement.PLACE,
        _pipeline(report),
        _bars(report),
        _layers(report),
        _streams(report),
        _times(report),
        _timeline(report["performance"]["timeline"]),
        roofline.section(report["performance"]["roofline"]),
        sources.legend(report, *known),
    )


def _summary(report: dict) -> str:
    """The numbers that matter most, what binds, and what is assumed."""
    bound = f" No faster: {report['bound']}." if report["bound"] else ""
    binds, moved = report["performance"]["bottleneck"]["sentence"], report["io"]
    text = f"""<p><b>What binds:</b> {html.escape(binds)}.{html.escape(bound)}</p>
<p>A frame is {moved["input_bytes"]:,} bytes in and {moved["output_bytes"]:,} out{mark(MODEL)}, \
{moved["cycles_per_frame"]:,} cycles of the DMA{mark(SCHEDULE)}.</p>
"""
    return headline(report) + text + _static(report["static_time"], report["clock_mhz"])


def headline(report: dict) -> str:
    """The numbers that matter most, with their sources."""
    source, used, most = sources.resources(report), report["totals"], report["budget"]
    clock, batch = report["clock_mhz"], report["frames_per_batch"]
    some = [
        key("frames a second", f"{report['frames_per_second']:,.0f}",
            f"schedule, at an assumed {clock:g} MHz"),
        key("cycles a frame", f"{report['cycles_per_frame']:,}",
            "schedule" + (f"; in batches of {batch}" if batch > 1 else "")),
        key("cycles of latency", f"{report['latency_cycles']:,}",
            f"schedule; {report['latency_cycles'] / clock:,.4g} µs at {clock:g} MHz"),
        *(key(bars.NAMES[name], f"{used[name]:,}", f"{source}; budget {most[name]:,}")
          for name in RESOURCES),
    ]  # fmt: skip
    return keys(*some)


def _static(found: dict | None, clock: float) -> str:
    """The static time beside the clock, and what it leaves out."""
    if found is None:
        return ""
    levels = f"{found['lut_levels']} LUTs, {found['carry4']} CARRY4"
    return f"""<p>{clock:g} MHz ({1000 / clock:.2f} ns) is an assumption; static time
{found["ns"]:.2f} ns{mark(STATIC)} at {html.escape(found["at"])} ({levels}): logic, and \
{found["wire_ps"]} ps on every wire; no place and route was run.</p>
"""


def _pipeline(report: dict) -> str:
    """The drawing, wide and narrow."""
    boxes, links = _boxes(report), _links(report)
    return f"""<h2>Pipeline</h2>
<figure class="pipeline">
{across(boxes, links)}
{down(boxes, links)}
<figcaption>A box a layer: operation and datapath{mark(CHOICE)}, its fold (PE × SIMD products at \
once){mark(CHOICE)}, where weights lie (words × bits){mark(CHOICE)}, and cycles a frame\
{mark(SCHEDULE)} with the share of all cycles as the bar. An arrow a stream: lanes × bits of a \
transfer{mark(CHOICE)}, elements a cycle in the mean{mark(SCHEDULE)}, the share of cycles with a \
transfer{mark(SCHEDULE)}, and entries of the FIFOs on the way{mark(SCHEDULE)}; those inside a \
layer are in the table below. Coloured lines that run beside the boxes are branches, which go on \
in the next row where they reach a row's end.\
</figcaption></figure>"""


def _boxes(report: dict) -> list[Box]:
    """The layers between the two ends."""
    at = report["performance"]["bottleneck"]["at"]
    links, moved = report["links"], report["io"]
    ends = {"input": [one for one in links if one["source"] == "input"][:1],
            "output": [one for one in links if one["target"] == "output"]}  # fmt: skip
    made = {
        name: Box(name=name, end=True, binds=name in at, lines=(
            *(f"{_shape(one['shape'])} {one['type']}" for one in some),
            f"{moved[f'{name}_bytes']:,} bytes a frame"))
        for name, some in ends.items()
    }  # fmt: skip
    whole = max(report["cycles_per_frame"], 1)
    layers = [Box(name=one["name"], lines=_lines(one), share=one["cycles_per_frame"] / whole,
                  binds=one["name"] in at) for one in report["layers"]]  # fmt: skip
    return [made["input"], *layers, made["output"]]


def _lines(layer: dict) -> tuple[str, ...]:
    """What a box says of its layer, most of it for one that is folded."""
    lines = [" · ".join(filter(None, (layer["op"], layer["datapath"])))]
    if layer["pe"]:
        frames = f" × {layer['frames']} frames" if (layer["frames"] or 1) > 1 else ""
        lines.append(f"{layer['pe']} PE × {layer['simd']} SIMD{frames}")
    if layer["weight_storage"]:
        lines.append(_memory(layer["weight_storage"], layer["weight_memory"])
                     or f"weights {layer['weight_storage']}")  # fmt: skip
    elif layer["line_buffer"]:
        lines.append(_memory(layer["line_buffer"]["storage"], layer["line_buffer"]))
    cycles = layer["cycles_per_frame"]
    lines.append(f"{cycles:,} cycle{'s' * (cycles != 1)} a frame" if cycles else "no circuit")
    return tuple(lines)


def _links(report: dict) -> list[Link]:
    """The streams, in short lines."""
    return [Link(source=one["source"], target=one["target"], lines=(
        f"{one['lanes']:,} × {one['bits']:,} bit", f"{one['elements_per_cycle']:,.4g} a cycle",
        f"busy {100 * one['busy']:.3g}%",
        *([f"queue {' + '.join(str(queue['depth']) for queue in one['queues'])}"]
          if one["queues"] else [])))
        for one in report["links"]]  # fmt: skip


def _shape(sizes: list[int]) -> str:
    return " × ".join(f"{size:,}" for size in sizes)


def _bars(report: dict) -> str:
    """What all takes of the budget, and each layer's cycles and resources."""
    source, whole = sources.resources(report), report["cycles_per_frame"]
    at, found = report["performance"]["bottleneck"]["at"], report["layers"]
    cycles = [bars.Row(name=one["name"], parts=(one["cycles_per_frame"],),
                       text=f"{one['cycles_per_frame']:,}", binds=one["name"] in at)
              for one in found]  # fmt: skip
    charts = [bars.chart("Cycles a frame", SCHEDULE, cycles, whole)]
    unused = []
    for name, text in bars.NAMES.items():
        if not report["totals"][name]:
            unused.append(text)
            continue
        charts.append(bars.chart(text, source, _resource(report, name), report["budget"][name], 1))
    none = f"<p>Nothing uses {' or '.join(unused)}.</p>" if unused else ""
    return f"""<h2>Cycles and resources</h2>
<figure><h3>All of it against the budget</h3>
{bars.budget(report)}
<figcaption>Filled: the network{mark(source)}. The pale box is the device's room{mark(DEVICE)}, \
the line in it the budget{mark(DEVICE)}; the last, darker part is the system around it (DMA, \
registers){mark(sources.ESTIMATE)}, which the budget is not for.</figcaption>\
</figure>
{bars.charts(*charts)}
<p class="note">Each chart has its own scale, its longest bar the whole width; the line is the \
network's cycles a frame{mark(SCHEDULE)} or, where it is within the scale, the budget\
{mark(DEVICE)}. ◄ marks what binds; (edges) stand at both ends of the network, between \
its streams and AXI4-Stream.</p>
{none}"""


def _rest(report: dict, name: str) -> int:
    """What the edges take: of no layer."""
    return report["totals"][name] - sum(one["resources"][name] for one in report["layers"])


def _resource(report: dict, name: str) -> list[bars.Row]:
    most, found = report["budget"][name], []
    named = [(one["name"], one["resources"][name]) for one in report["layers"]]
    rest = _rest(report, name)
    for layer, used in [*named, *([("(edges)", rest)] if rest > 0 else [])]:
        part = f" ({used / most:.1%})" if most and used else ""
        found.append(bars.Row(name=layer, parts=(used,), text=f"{used:,}{part}"))
    return found


def _layers(report: dict) -> str:
    """All that is known of each layer's circuits."""
    source = mark(sources.resources(report))
    timed = report["static_time"] is not None
    choice, schedule = mark(CHOICE), mark(SCHEDULE)
    heads = ["layer", "operation", "datapath" + choice, "PE" + choice, "SIMD" + choice,
             "weights" + choice, "line buffer" + choice, "FIFO depths" + schedule,
             "cycles a frame" + schedule, "MACs a cycle" + schedule,
             *(bars.NAMES[name] + source for name in RESOURCES),
             *(["static ns" + mark(STATIC)] if timed else [])]  # fmt: skip
    rows = [_row(layer, timed) for layer in report["layers"]]
    return "<h2>Layers</h2>\n" + table("Layers", heads, rows, words=(0, 1, 2, 5, 6),
                                       marked=report["performance"]["bottleneck"]["at"])


def _streams(report: dict) -> str:
    """All that is known of the streams from layer to layer."""
    choice, schedule, model = mark(CHOICE), mark(SCHEDULE), mark(MODEL)
    heads = ["from", "to", "tensor" + model, "elements a frame" + model, "lanes" + choice,
             "bits" + choice, "elements a cycle" + schedule, "busy" + schedule,
             "FIFOs on the way" + schedule]  # fmt: skip
    rows = [[one["source"], one["target"], f"{_shape(one['shape'])} {one['type']}",
             f"{one['elements']:,}", f"{one['lanes']:,}", f"{one['bits']:,}",
             f"{one['elements_per_cycle']:,.4g}", f"{100 * one['busy']:.3g}%",
             ", ".join(f"{queue['storage']} {queue['depth']:,} × {queue['bits']:,}"
                       for queue in one["queues"])] for one in report["links"]]  # fmt: skip
    return "<h3>Streams</h3>\n" + table("Streams", heads, rows, words=(0, 1, 2, 8))


def _row(layer: dict, timed: bool) -> list[str]:
    used, line = layer["resources"], layer["line_buffer"]
    static = [] if layer["static_ns"] is None else [f"{layer['static_ns']:.2f}"]
    return [layer["name"], layer["op"], layer["datapath"] or "", layer["pe"] or "",
            layer["simd"] or "", _memory(layer["weight_storage"], layer["weight_memory"]),
            _memory((line or {}).get("storage"), line), ", ".join(map(str, layer["fifo_depths"])),
            f"{layer['cycles_per_frame']:,}", f"{layer['macs_per_cycle']:,.4g}",
            *(f"{used[name]:,}" for name in RESOURCES), *(static if timed else [])]  # fmt: skip


def _memory(storage: str | None, size: dict | None) -> str:
    """Where it is, and words of bits: what the cost model chose, and a fold may say otherwise."""
    return f"{storage} {size['words']:,} × {size['bits']:,}" if storage and size else ""


def _times(report: dict) -> str:
    """What cycles are spent on, by frame and by layer."""
    spent, schedule = report["performance"]["latency"], mark(SCHEDULE)
    kinds = ", ".join(f"{name} {spent[name]:,}" for name in ("io", "compute", "fill", "stall"))
    path = ", ".join(f"{step['at']} {step['cycles']:,}" for step in spent["path"])
    most = spent["at_most"]
    most = f" (at most {most:,}, if its beats come spread)" if most != spent["cycles"] else ""
    heads = ["layer", *(name + schedule for name in ("busy", "waiting", "blocked", "fill")),
             "BitOPs a frame" + mark(MODEL), "delay ns" + mark(sources.ESTIMATE)]  # fmt: skip
    rows = [[one["name"], *(f"{one[name]:,}" for name in ("busy", "waiting", "blocked", "fill",
                                                         "bitops")),
             "" if one["delay_ns"] is None else f"{one['delay_ns']:.2f}"]
            for one in report["layers"]]  # fmt: skip
    each = report["performance"]["interval"]
    parts = ", ".join(f"{name} {each[name]:,}" for name in ("io", "compute", "gaps"))
    return f"""<h2>What the cycles are spent on</h2>
<p>A frame's latency of {spent["cycles"]:,} cycles{schedule}{most} is {kinds}; on the critical path
of the schedule: {html.escape(path)}. Of the {each["cycles"]:,} cycles between batches{schedule},
what binds spends: {parts}.</p>
{table("Cycles of a frame by layer", heads, rows, words=(0,))}
<p class="note">By frame in the steady state: busy is the slowest circuit's steps, waiting and \
blocked are the rest of the interval, behind and before what binds; fill is from the first \
transfer taken to the first given. The delay is of logic between registers.</p>"""


def _timeline(found: dict) -> str:
    """The layers over time."""
    return f"""<h2>Over time</h2>
<figure><div class="scroll" role="region" tabindex="0" aria-label="Layers over time">
{gantt.draw(found)}</div>
<figcaption>Cycles of the schedule{mark(SCHEDULE)}; a batch is offered every \
{found["interval"]:,}, and {found["batches"]} are drawn, every second one lower. A bar reaches \
from the first transfer that a layer takes of a batch to the last that it gives, pale until it \
gives the first (fill); below it, the line is where the layer's slowest circuit works, and its \
gaps are stalls.</figcaption></figure>"""
