"""Where the numbers of a page come from: a letter beside each, and what the letters mean."""

import html
from collections.abc import Mapping

__all__ = ["CHOICE", "CLOCK", "DEVICE", "ESTIMATE", "MODEL", "SCHEDULE", "SIMULATION", "STATIC",
           "SYNTHESIS", "legend", "mark", "resources"]  # fmt: skip

ESTIMATE, SYNTHESIS, SCHEDULE, STATIC = "estimate", "synthesis", "schedule", "static timing"
SIMULATION, DEVICE, CLOCK = "simulation", "device data", "assumption"
MODEL, CHOICE = "model", "fold"

LETTERS = {ESTIMATE: "E", SYNTHESIS: "Y", SCHEDULE: "S", STATIC: "T", SIMULATION: "M",
           DEVICE: "D", CLOCK: "A", MODEL: "N", CHOICE: "F"}  # fmt: skip

_MEANT = {
    SCHEDULE: "Counted from the schedule that every circuit follows cycle by cycle (fill, queues "
              "and stalls included); the simulation counts the same cycles in the RTL.",
    SIMULATION: "Measured in the RTL by python -m sim, which writes its verdict into this page.",
    DEVICE: "What the device holds, from the board's file; the budget is the part of it that "
            "--part-of allows.",
    CLOCK: "The clock is assumed, by --clock or the board; place and route may reach another one.",
    MODEL: "Follows from the network's description, model.json.",
    CHOICE: "Chosen: by the compiler within the budget, or by fold.json.",
    STATIC: "Longest way from register to register through the synthesised cells, with the same "
            "delay on every wire; no place and route.",
}  # fmt: skip


def mark(source: str) -> str:
    """The letter of a source, to stand behind a number or above a column."""
    return f'<sup title="{source}">{LETTERS[source]}</sup>'


def resources(report: Mapping) -> str:
    """The source of a report's resources: an estimate, or a synthesis."""
    return SYNTHESIS if report["totals"]["source"] == "synthesis" else ESTIMATE


def legend(report: Mapping, *some: str) -> str:
    """A page's section that says what the letters mean."""
    told = dict(_MEANT)
    told[ESTIMATE] = _estimate(report.get("estimate_error"))
    tool = report.get("synthesis_tool") or "yosys"
    told[SYNTHESIS] = f"Cells after synthesis for the device by {tool}; no place and route."
    lines = "\n".join(f"<dt>{LETTERS[name]} · {name}</dt><dd>{html.escape(told[name])}</dd>"
                      for name in LETTERS if name in some)  # fmt: skip
    return f'<h2>Sources</h2>\n<dl class="sources">\n{lines}\n</dl>'


def _estimate(error: Mapping | None) -> str:
    """What estimates are, and how far off."""
    text = "The cost model of each circuit, counted from its structure and fitted to syntheses"
    if error is None:
        return f"{text}; the error of such a design is not measured."
    bands = ", ".join(
        f"{what} {error[f'{name}_median']:.1%} (median) to {error[f'{name}_95th_percentile']:.1%} "
        "(95th percentile)"
        for name, what in (("lut", "LUTs"), ("ff", "flip-flops"), ("ps", "delays"))
        if f"{name}_median" in error and f"{name}_95th_percentile" in error
    )
    count = f"{error['circuits']:,} " if "circuits" in error else ""
    return f"{text}; against syntheses of {count}circuits of these kinds that no fit has seen, " \
           f"they are off by: {bands}. Block RAMs and DSP slices are exact."
