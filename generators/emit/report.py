"""report.json and report.html: what a build costs and how fast it is."""

import html

from generators.emit import gantt, roofline
from generators.emit.page import STYLE

__all__ = ["page"]

RESOURCES = ("lut", "ff", "bram18", "dsp")


def page(report: dict) -> str:
    """A self-contained page of a report: tables of the layers, their pipeline and the roofline."""
    title = html.escape(f"{report['network']} on {report['board']}")
    slowest = max(report["cycles_per_frame"], 1)
    most = max(1, *(layer["resources"]["lut"] for layer in report["layers"]))
    rows = "\n".join(_row(layer, slowest, most) for layer in report["layers"])
    totals = ", ".join(
        f"{name.upper()} {report['totals'][name]:,} of {report['available'][name]:,}"
        for name in RESOURCES
    )
    source = report["totals"]["source"]
    if report["estimate_error"] is not None:
        error = report["estimate_error"]["lut_median"]
        source = f"estimate; the median error of a circuit's LUTs is {error:.1%}"
    static = _static(report["static_time"], report["clock_mhz"])
    bound = html.escape(f" No faster: {report['bound']}." if report["bound"] else "")
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width">
<style>{STYLE}{_BARS}</style></head><body>
<h1>{title}</h1>
<p>{report["frames_per_second"]:,.0f} frames a second at an assumed {report["clock_mhz"]:g} MHz:
{report["cycles_per_frame"]:,} cycles a frame, latency {report["latency_cycles"]:,} cycles
(both from the schedule){_batches(report["frames_per_batch"])}.{bound}</p>
<p>{totals} ({source}).</p>
{static}<table><tr>{_HEAD}</tr>
{rows}
</table>
{_performance(report)}</body></html>
"""


def _performance(report: dict) -> str:
    """What binds, what cycles are spent on, the pipeline over time, and the roofline."""
    found = report["performance"]
    spent, roof = found["latency"], found["roofline"]
    kinds = ", ".join(f"{name} {spent[name]:,}" for name in ("io", "compute", "fill", "stall"))
    path = ", ".join(f"{step['at']} {step['cycles']:,}" for step in spent["path"])
    rows = "\n".join(_times(layer) for layer in report["layers"])
    text = f"""<h2>Performance</h2>
<p>{html.escape(found["bottleneck"]["sentence"])}.</p>
<p>A frame's latency of {spent["cycles"]:,} cycles is {kinds}; on the critical path of the schedule:
{html.escape(path)}.</p>
<table class="times"><tr>{_TIMES}</tr>
{rows}
</table>
<h2>Pipeline</h2>
<p>Cycles of the schedule; a batch is offered every {found["timeline"]["interval"]:,}. A bar reaches
from the first transfer that a layer takes of a batch to the last that it gives, pale until it
gives the first (fill); below it, the line is where the layer's slowest circuit works, and its gaps
are stalls.</p>
{gantt.draw(found["timeline"])}
"""
    return text + roofline.section(roof)


_TIMES = "".join(f"<th>{name}" for name in ("layer", "busy", "waiting", "blocked", "fill",
                                            "BitOPs a frame", "delay ns (estimate)"))  # fmt: skip


def _times(layer: dict) -> str:
    """A layer's cycles of a frame."""
    delay = "" if layer["delay_ns"] is None else f"{layer['delay_ns']:.2f}"
    counts = (f"{layer[name]:,}" for name in ("busy", "waiting", "blocked", "fill", "bitops"))
    cells = [html.escape(layer["name"]), *counts, delay]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _batches(frames: int) -> str:
    """What layers that take several frames at once ask of a host."""
    return f"; frames come and go in batches of {frames}" if frames > 1 else ""


def _static(found: dict | None, clock: float) -> str:
    """The static time beside the clock, and what it leaves out."""
    if found is None:
        return ""
    levels = f"{found['lut_levels']} LUTs, {found['carry4']} CARRY4"
    return f"""<p>{clock:g} MHz ({1000 / clock:.2f} ns) is an assumption; static time
{found["ns"]:.2f} ns at {html.escape(found["at"])} ({levels}): logic, and {found["wire_ps"]} ps
on every wire; no place and route was run.</p>
"""


_BARS = """
.bar{display:block;height:6px;background:var(--cycles);margin-left:auto}
.lut .bar{background:var(--lut)}"""
_HEAD = "".join(
    f"<th>{name}"
    for name in ("layer", "datapath", "PE", "SIMD", "weights", "line buffer", "cycles a frame",
                 "LUT", "FF", "BRAM18", "DSP", "static ns")
)  # fmt: skip


def _row(layer: dict, slowest: int, most: int) -> str:
    def bar(value: float, full: float) -> str:
        return f'<span class="bar" style="width:{100 * value / full:.1f}px"></span>'

    used = layer["resources"]
    cells = [
        html.escape(layer["name"]),
        layer["datapath"] or "",
        layer["pe"] or "",
        layer["simd"] or "",
        _memory(layer["weight_storage"], layer["weight_memory"]),
        _memory((layer["line_buffer"] or {}).get("storage"), layer["line_buffer"]),
        f"{layer['cycles_per_frame']:,}{bar(layer['cycles_per_frame'], slowest)}",
    ]
    text = "".join(f"<td>{cell}</td>" for cell in cells)
    text += f'<td class="lut">{used["lut"]:,}{bar(used["lut"], most)}</td>'
    text += "".join(f"<td>{used[name]:,}</td>" for name in RESOURCES[1:])
    text += f"<td>{'' if layer['static_ns'] is None else format(layer['static_ns'], '.2f')}</td>"
    return f"<tr>{text}</tr>"


def _memory(storage: str | None, size: dict | None) -> str:
    """Where it is, and words of bits: what the cost model chose, and a fold may say otherwise."""
    return f"{storage} {size['words']:,} x {size['bits']:,}" if storage and size else ""
