"""Fronts as a picture: SVG, written by :mod:`generators.emit.svg`, so that nothing else is needed.

It has a style of its own, for it is a file of its own too.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10

from generators.emit.svg import group, line, number, text

__all__ = ["Dot", "Panel", "svg"]

WIDTH, HEIGHT = 520, 380
"""Of a panel, in pixels."""
LEFT, RIGHT, TOP, BOTTOM = 64, 18, 40, 52
"""Around its axes."""
_STYLE = """.front{font:11px sans-serif;fill:#222}.front .title{font-size:13px;font-weight:bold}
.front .grid line{stroke:#e3e3e3}.front .limit{fill:#c0532b;stroke:none}
.front line.limit{stroke:#c0532b;stroke-dasharray:5 3}
.front .steps{fill:none;stroke:#1f5fa8;stroke-width:1.5}
.front circle,.front .label{fill:#1f5fa8}.front .label{font-size:9px}
.front .synthesis{stroke:#c0532b;stroke-width:1.5}"""
STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Dot:
    """A design at (x, y), what it is called, what a mouse over it shows, and y by synthesis."""

    x: float
    y: float
    label: str
    tip: str
    measured: float | None = None


@dataclass(frozen=True)
class Panel:
    """A front: both axes to a logarithmic scale, y the resource.

    ``rising`` says that more of x takes more of y: between two designs the front is then a step
    down from the right one, which is the cheapest that has so much of x. ``limit`` is the most of
    y that may be used.
    """

    title: str
    x: str
    y: str
    dots: Sequence[Dot]
    limit: float
    rising: bool


class _Axis:
    """A logarithmic scale from values to pixels, its ends at 1, 2 or 5 times a power of ten."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        low, high = min(values), max(values)
        self.ticks = [t for t in _marks(low, high) if t > 0]
        self.low, self.high = log10(self.ticks[0]), log10(self.ticks[-1])
        self.start, self.end = start, end

    def __call__(self, value: float) -> float:
        part = (log10(value) - self.low) / (self.high - self.low)
        return round(self.start + part * (self.end - self.start), 1)


def _marks(low: float, high: float) -> list[float]:
    """Round numbers from just below the lowest value to just above the highest."""
    powers = range(floor(log10(low)) - 1, ceil(log10(high)) + 2)
    every = [step * 10.0**power for power in powers for step in STEPS]
    first = max(n for n, mark in enumerate(every) if mark <= low)
    last = min(n for n, mark in enumerate(every) if mark >= high and n > first)
    found = every[first : last + 1]
    if len(found) <= 9:
        return found
    tens = [mark for mark in found[1:-1] if log10(mark).is_integer()]
    return [found[0], *tens, found[-1]]


def svg(title: str, panels: Sequence[Panel]) -> str:
    """A self-contained picture with the panels side by side; the same bytes each time."""
    width = WIDTH * len(panels)
    drawn = "\n".join(f'<g transform="translate({WIDTH * n},0)">{_panel(panel)}</g>'
                      for n, panel in enumerate(panels))  # fmt: skip
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" '
            f'width="{width}" height="{HEIGHT}" role="img" class="front">'
            f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n"
            f'<rect width="{width}" height="{HEIGHT}" fill="#fff"/>\n'
            f"{drawn}\n</svg>\n")  # fmt: skip


def _panel(panel: Panel) -> str:
    heights = [value for dot in panel.dots for value in (dot.y, dot.measured) if value]
    limit = panel.limit if panel.limit <= 4 * max(heights) else None
    x = _Axis([dot.x for dot in panel.dots], LEFT, WIDTH - RIGHT)
    y = _Axis([*heights, *([limit] if limit else [])], HEIGHT - BOTTOM, TOP)
    lines = [text(LEFT, TOP - 18, panel.title, "title"), _grid(panel, x, y)]
    if limit:
        lines += [line(LEFT, y(limit), WIDTH - RIGHT, y(limit), "limit"),
                  text(LEFT + 6, y(limit) - 4, f"{limit:,.0f} {panel.y} may be used", "limit")]
    path = " ".join(f"{number(x(a))},{number(y(b))}" for a, b in _steps(panel))
    lines.append(f'<polyline points="{path}" class="steps"/>')
    beside = 12 if panel.rising else -6  # labels stand where the front does not go
    lines += [_dot(dot, x(dot.x), y(dot.y), dot.measured and y(dot.measured), beside)
              for dot in panel.dots]  # fmt: skip
    return "\n".join(lines)


def _steps(panel: Panel) -> list[tuple[float, float]]:
    """The front's corners: where no design is between two, the next better one must be taken."""
    dots = sorted(panel.dots, key=lambda dot: dot.x)
    corners = [(dots[0].x, dots[0].y)]
    for left, right in pairwise(dots):
        corner = (left.x, right.y) if panel.rising else (right.x, left.y)
        corners += [corner, (right.x, right.y)]
    return corners


def _grid(panel: Panel, x: _Axis, y: _Axis) -> str:
    lines = []
    for tick in x.ticks:
        lines += [line(x(tick), TOP, x(tick), HEIGHT - BOTTOM),
                  text(x(tick), HEIGHT - BOTTOM + 16, _short(tick), "", "middle")]  # fmt: skip
    for tick in y.ticks:
        lines += [line(LEFT, y(tick), WIDTH - RIGHT, y(tick)),
                  text(LEFT - 6, y(tick) + 4, _short(tick), "", "end")]  # fmt: skip
    lines += [text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, panel.x, "", "middle"),
              text(LEFT - 6, TOP - 18, panel.y, "", "end")]  # fmt: skip
    return group("grid", *lines)


def _dot(dot: Dot, x: float, y: float, measured: float | None, beside: int) -> str:
    shown = []
    if measured is not None:
        shown = [line(x, y, x, measured, "synthesis"),
                 line(x - 4, measured, x + 4, measured, "synthesis")]  # fmt: skip
    shown += [f'<circle cx="{number(x)}" cy="{number(y)}" r="4"/>',
              text(x + 6, y + beside, dot.label, "label")]  # fmt: skip
    return group("design", *shown, title=dot.tip)


def _short(value: float) -> str:
    """20000 as 20k."""
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"
