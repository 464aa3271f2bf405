"""report.html: what a build costs and how fast it is, for people; each number with its source."""

import html

from generators.emit import agreement, bars, roofline, sources
from generators.emit.across import across
from generators.emit.down import down
from generators.emit.page import document, table
from generators.emit.pipeline import Box, Link
from generators.emit.report import headline
from generators.emit.sources import CHOICE, CLOCK, DEVICE, MODEL, SCHEDULE, mark

__all__ = ["page"]

SPLIT = {"compute": "compute", "fill_drain": "fill and drain",
         "visible_transfer": "visible transfer"}  # fmt: skip


def page(report: dict) -> str:
    """A self-contained page of a report: the layers in the array's order, and their cycles."""
    return document(
        f"{report['network']} on {report['board']}",
        _summary(report),
        agreement.verdict(),
        agreement.block(report.get("check")),
        agreement.PLACE,
        _pipeline(report),
        _bars(report),
        _layers(report),
        roofline.section(report["performance"]["roofline"]),
        sources.legend(report, CHOICE, CLOCK, DEVICE, MODEL, SCHEDULE, sources.ESTIMATE,
                       sources.resources(report), sources.SIMULATION),
    )  # fmt: skip


def _summary(report: dict) -> str:
    """The numbers that matter most, what binds, and the array."""
    array, moved, schedule = report["array"], report["io"], mark(SCHEDULE)
    return f"""{headline(report)}
<p><b>What binds:</b> {html.escape(report["performance"]["bottleneck"]["sentence"])}.</p>
<p>One array computes all layers in turn: {array["rows"]} x {array["cols"]} cells of
{array["lanes"]} products{mark(CHOICE)}, {array["macs_per_cycle"]:,} a cycle, {array["x"]} times
{array["w"]}, sums {array["sums"]}; weights {array["weights"]}, maps {array["maps"]}{mark(CHOICE)};
{array["weight_tiles"]:,} tiles, {array["passes"]:,} passes{schedule}; utilisation
{report["utilisation"]:.1%}{schedule}. A frame is {moved["input_bytes"]:,} bytes in and
{moved["output_bytes"]:,} out{mark(MODEL)}, {moved["cycles_per_frame"]:,} cycles of the
DMA{schedule}.</p>"""


def _pipeline(report: dict) -> str:
    """The layers as they follow each other on the array, and what lies between them."""
    boxes, links = _boxes(report), _links(report)
    return f"""<h2>Layers in the array's order</h2>
<figure class="pipeline">
{across(boxes, links)}
{down(boxes, links)}
<figcaption>A box a layer: its operation, the array's columns × products that a row's cell feeds \
(PE × SIMD){mark(CHOICE)}, where weights lie{mark(CHOICE)}, and cycles a frame{mark(SCHEDULE)} \
with the share of all cycles as the bar; a layer without cycles is done on the way by the one \
before it. An arrow a map: shape and type{mark(MODEL)}, and where it lies{mark(CHOICE)}.\
</figcaption></figure>"""


def _boxes(report: dict) -> list[Box]:
    """The layers between the two ends; the one that takes most cycles is the bottleneck."""
    whole = max(report["cycles_per_frame"], 1)
    moved = report["io"]
    slowest = _slowest(report)
    end = lambda name: Box(name=name, end=True, binds=name == slowest, lines=(  # noqa: E731
        f"{moved[f'{name}_bytes']:,} bytes a frame",))  # fmt: skip
    layers = []
    for one in report["layers"]:
        lines, cycles = [one["op"]], one["cycles_per_frame"]
        if one["pe"]:
            lines += [f"{one['pe']} PE × {one['simd']} SIMD", f"weights {one['weight_storage']}"]
        lines.append(f"{cycles:,} cycles a frame" if cycles else "no cycles of its own")
        layers.append(Box(name=one["name"], lines=tuple(lines), share=cycles / whole,
                          binds=one["name"] == slowest))  # fmt: skip
    return [end("input"), *layers, end("output")]


def _slowest(report: dict) -> str:
    """The layer of most cycles, which binds unless the DMA does."""
    bottleneck = report["performance"]["bottleneck"]
    if bottleneck["binds"] == "dma":
        return bottleneck["at"][0]
    return max(report["layers"], key=lambda one: one["cycles_per_frame"])["name"]


def _links(report: dict) -> list[Link]:
    shape = lambda one: " × ".join(f"{size:,}" for size in one["shape"])  # noqa: E731
    return [Link(source=one["source"], target=one["target"],
                 lines=(shape(one), one["type"], one["map"]))
            for one in report["links"]]  # fmt: skip


def _bars(report: dict) -> str:
    """The array against the budget, and the layers' cycles by what they are spent on."""
    source, schedule = sources.resources(report), mark(SCHEDULE)
    slowest, rows = _slowest(report), []
    for layer in report["layers"]:
        if split := layer["cycles_per_batch"]:
            rows.append(bars.Row(name=layer["name"], parts=tuple(split[name] for name in SPLIT),
                                 text=f"{split['cycles']:,}",
                                 binds=layer["name"] == slowest))  # fmt: skip
    whole = report["cycles_per_batch"]
    parts = ", ".join(f"{text} {whole[name]:,}" for name, text in SPLIT.items())
    return f"""<h2>Cycles and resources</h2>
<figure><h3>All of it against the budget</h3>
{bars.budget(report)}
<figcaption>Filled: the array and what feeds it{mark(source)}, which all layers share. The pale \
box is the device's room{mark(DEVICE)}, the line in it the budget{mark(DEVICE)}.</figcaption>\
</figure>
<figure>{bars.charts(bars.chart("Cycles a batch", SCHEDULE, rows))}
<figcaption>Of a batch's {whole["cycles"]:,} cycles{schedule}: {parts}, and beside these \
overlapped transfer {whole["overlapped_transfer"]:,}. A bar is the compute, then fill and drain, \
then the visible transfer of a layer; ◄ marks the layer of most cycles.</figcaption></figure>"""


def _layers(report: dict) -> str:
    """The cycles of each layer that the array computes."""
    heads = ["layer", "operation", *(name + mark(SCHEDULE) for name in (
        "cycles a batch", *SPLIT.values(), "overlapped transfer", "MACs a cycle",
        "utilisation"))]  # fmt: skip
    rows = [_row(layer) for layer in report["layers"] if layer["cycles_per_batch"]]
    return "<h2>Layers</h2>\n" + table("Layers", heads, rows, words=(0, 1),
                                       marked=[_slowest(report)])


def _row(layer: dict) -> list[str]:
    split = layer["cycles_per_batch"]
    return [layer["name"], layer["op"], f"{split['cycles']:,}",
            *(f"{split[name]:,}" for name in (*SPLIT, "overlapped_transfer")),
            f"{layer['macs_per_cycle']:,.1f}", f"{layer['utilisation']:.1%}"]  # fmt: skip
