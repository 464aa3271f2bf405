"""report.html: what a build costs and how fast it is, for people."""

import html

from generators.emit import roofline
from generators.emit.page import STYLE

__all__ = ["page"]

RESOURCES = ("lut", "ff", "bram18", "dsp")
SPLIT = ("compute", "fill_drain", "visible_transfer")
COLOURS = dict(zip(SPLIT, ("#36c", "#c63", "#c33")))


def page(report: dict) -> str:
    """A self-contained page of a report: the layers as a table, with bars of their cycles."""
    title = html.escape(f"{report['network']} on {report['board']}")
    array, whole = report["array"], report["cycles_per_batch"]
    most = max(1, *(layer["cycles_per_batch"]["cycles"] for layer in report["layers"]
                    if layer["cycles_per_batch"]))  # fmt: skip
    rows = "\n".join(_row(layer, most) for layer in report["layers"] if layer["cycles_per_batch"])
    totals = ", ".join(f"{name.upper()} {report['totals'][name]:,} of {report['available'][name]:,}"
                       for name in RESOURCES)  # fmt: skip
    parts = ", ".join(f"{name.replace('_', ' ')} {whole[name]:,}"
                      for name in (*SPLIT, "overlapped_transfer"))  # fmt: skip
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width">
<style>{STYLE}{_STYLE}</style></head><body>
<h1>{title}</h1>
<p>{array["rows"]} x {array["cols"]} cells of {array["lanes"]} products, {array["macs_per_cycle"]:,}
a cycle, {array["x"]} times {array["w"]}; weights {array["weights"]}, maps {array["maps"]},
{array["weight_tiles"]:,} tiles, {array["passes"]:,} passes.</p>
<p>{report["frames_per_second"]:,.0f} frames a second at an assumed {report["clock_mhz"]:g} MHz:
{report["cycles_per_frame"]:,} cycles a frame in batches of {report["frames_per_batch"]}, latency
{report["latency_cycles"]:,} cycles, utilisation {report["utilisation"]:.1%}.</p>
<p>Cycles of a batch, {whole["cycles"]:,}: {parts};
{html.escape(report["performance"]["bottleneck"]["sentence"])}.</p>
<p>{totals} ({report["totals"]["source"]}).</p>
<table><tr>{_HEAD}</tr>
{rows}
</table>
{roofline.section(report["performance"]["roofline"])}</body></html>
"""


_HEAD = "".join(f"<th>{name}" for name in ("layer", "cycles a batch", "compute", "fill, drain",
                                           "transfer", "MAC a cycle", "utilisation"))  # fmt: skip
_STYLE = ".bar{display:flex;justify-content:flex-end}.bar span{height:6px}"


def _row(layer: dict, most: int) -> str:
    split = layer["cycles_per_batch"]
    bars = "".join(f'<span style="width:{150 * split[name] / most:.1f}px;background:'
                   f'{COLOURS[name]}"></span>' for name in SPLIT)  # fmt: skip
    cells = [html.escape(layer["name"]), f'{split["cycles"]:,}<span class="bar">{bars}</span>',
             *(f"{split[name]:,}" for name in SPLIT), f"{layer['macs_per_cycle']:,.1f}",
             f"{layer['utilisation']:.1%}"]  # fmt: skip
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
