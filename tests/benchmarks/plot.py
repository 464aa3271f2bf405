"""The plot of arithmetic: LUTs of a synapse by lanes, and of a MAC by widths."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.benchmarks.cases import LANES, WIDTHS

__all__ = ["PLOT", "draw"]

PLOT = Path(__file__).with_name("arithmetic.svg")
STYLE = {"svg.hashsalt": "bitloom", "svg.fonttype": "none", "font.family": "sans-serif",
         "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}  # fmt: skip
"""Text stays text, and the file has the same bytes each time."""

NAIVE, OURS, OTHERS = "#b0b0b0", "#1f5fa8", "#c0532b"
CURVES = (("behavioural ", "behavioural", NAIVE, "o-"), ("", "ours", OURS, "o-"))
PUBLISHED = (("BNN-PYNQ LFC, whole", 4.5), ("FINN's MVTU, at the margin", 3.3),
             ("BISMO's compressors", 1.07))  # fmt: skip
FLOOR = 0.75
TICKS = (1, 3, 10, 30, 100, 300)
MARKS = (("four PEs, DSP48E1", "four PEs with DSP48E1", 64, "s"),
         ("MVTU of 64 PE", "MVTU 64 x 64, complete", 64, "D"),
         ("bit-plane engine of 50 x 8 x 96, binary", "array of 38,400", 96, "^"))  # fmt: skip


def draw(results: Mapping, path: Path = PLOT) -> None:
    """Write the SVG."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(9.6, 3.8), layout="constrained")
        synapses, macs = figure.subplots(1, 2, width_ratios=(3, 2))
        _synapses(synapses, results)
        _macs(macs, results)
        figure.savefig(path, metadata={"Date": None, "Creator": None})


def _synapses(axes: Axes, results: Mapping) -> None:
    for prefix, label, color, form in CURVES:
        points = [(lanes, results[name].each) for lanes in LANES
                  if (name := f"{prefix}XNOR-popcount {lanes}") in results]  # fmt: skip
        if points:
            axes.plot(*zip(*points), form, color=color, label=label, markersize=4)
    for start, label, lanes, marker in MARKS:
        each = [one.each for name, one in results.items() if name.startswith(start)]
        if each:
            axes.plot(lanes, each[0], marker, color=OURS, label=label, markersize=6,
                      markerfacecolor="none")  # fmt: skip
    for label, value in PUBLISHED:
        axes.axhline(value, color=OTHERS, linewidth=0.8, linestyle="--")
        axes.text(1300, value, label, color=OTHERS, ha="right", va="bottom", fontsize=8)
    axes.axhline(FLOOR, color=OURS, linewidth=0.8, linestyle=":")
    axes.text(14, FLOOR, "floor of the blocks", color=OURS, va="top", fontsize=8)
    axes.set_xscale("log", base=2)
    axes.set_xticks(LANES, ["" if lanes == 784 else str(lanes) for lanes in LANES])
    axes.minorticks_off()
    axes.set(xlim=(13, 1300), ylim=(0, 5), xlabel="lanes", ylabel="LUT per synapse",
             title="binary: XNOR and popcount")  # fmt: skip
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(0, 0.9))


def _macs(axes: Axes, results: Mapping) -> None:
    groups = (("behavioural {}", "behavioural", NAIVE), ("{}, heap", "bit heap", "#7fa6d6"),
              ("{}, Booth", "Booth rows", OURS))  # fmt: skip
    engine = "bit-plane engine of 50 x 8 x 96, INT{}"
    for place, (form, label, color) in enumerate(groups):
        bars = [(x + 0.27 * (place - 1), results[form.format(name)].each)
                for x, name in enumerate(WIDTHS) if form.format(name) in results]  # fmt: skip
        if bars:
            shown = axes.bar(*zip(*bars), width=0.25, color=color, label=label)
            axes.bar_label(shown, fmt="%.3g", fontsize=6)
    marks = [(x, results[engine.format(width)].each) for x, width in ((2, 4), (4, 8))
             if engine.format(width) in results]  # fmt: skip
    if marks:
        axes.plot(*zip(*marks), "^", color=OURS, markerfacecolor="none",
                  label="bit-plane engine, any width")  # fmt: skip
    axes.set_xticks(range(len(WIDTHS)), [name.replace(" x ", "×") for name in WIDTHS])
    axes.set_yscale("log")
    axes.set_yticks(TICKS, [str(tick) for tick in TICKS])
    axes.minorticks_off()
    axes.set(ylim=(1, 600), xlabel="widths of x and w", ylabel="LUT per MAC", title="integers")
    axes.legend(frameon=False, fontsize=8, loc="upper left")
