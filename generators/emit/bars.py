"""Cycles and resources as bars: of a network against its budget, of its layers beside each other.

A bar is a picture without words, as wide as there is room; its number stands beside it as text.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from generators.emit import sources, svg

__all__ = ["Row", "bar", "budget", "chart", "charts"]

NAMES = {"lut": "LUT", "ff": "FF", "bram18": "BRAM18", "dsp": "DSP"}
WIDE, TALL = 1000, 14


@dataclass(frozen=True, kw_only=True)
class Row:
    """A bar: its name, the lengths of its parts, and what is said beside it."""

    name: str
    parts: tuple[float, ...]
    text: str
    binds: bool = False


def bar(parts: Sequence[float], full: float, limit: float | None = None,
        room: float | None = None, first: int = 0) -> str:  # fmt: skip
    """Parts one after the other, a line at a limit, and how far a room reaches.

    All to the same scale, on which ``full`` is the whole width; ``first`` is the colour of the
    first part, and the next ones have the next.
    """
    scale, at, shapes = WIDE / (full or 1), 0.0, []
    if room is not None:
        shapes.append(svg.rect(0, 1, room * scale, TALL - 2, "room"))
    for number, part in enumerate(parts, first):
        if part:
            shapes.append(svg.rect(at, 2, part * scale, TALL - 4, f"s{number}"))
        at += part * scale
    if limit is not None and limit <= full:
        shapes.append(svg.line(limit * scale, 0, limit * scale, TALL, "limit"))
    return (f'<svg viewBox="0 0 {WIDE} {TALL}" preserveAspectRatio="none" class="bar" '
            f'aria-hidden="true">{"".join(shapes)}</svg>')  # fmt: skip


def chart(title: str, source: str, rows: Sequence[Row], limit: float | None = None,
          first: int = 0) -> str:  # fmt: skip
    """Bars of one quantity, those of the longest row as wide as there is room."""
    full = max((sum(row.parts) for row in rows), default=0)
    body = "\n".join(_row(row, bar(row.parts, full, limit, first=first)) for row in rows)
    return (f"<div><h3>{html.escape(title)}{sources.mark(source)}</h3>"
            f"<table><tbody>{body}</tbody></table></div>")  # fmt: skip


def _row(row: Row, drawn: str) -> str:
    name, kind = html.escape(row.name), ' class="binds"' if row.binds else ""
    mark = " ◄" if row.binds else ""
    return (f'<tr{kind}><th scope="row" title="{name}">{name}{mark}</th><td>{drawn}</td>'
            f"<td>{html.escape(row.text)}</td></tr>")  # fmt: skip


def charts(*some: str) -> str:
    """Charts beside each other, as many as the page is wide."""
    return f'<div class="bars">\n{"".join(some)}\n</div>'


def budget(report: dict) -> str:
    """What a network takes of each resource: the device's room, the budget a line in it.

    The last part of a bar is the system around the network, which the budget is not for.
    """
    found = []
    around = report.get("system") or {}
    for name, text in NAMES.items():
        used, room = report["totals"][name], report["available"][name]
        most, more = report["budget"][name], around.get(name, 0)
        part = f" ({used / most:.1%})" if most else ""
        said = f"{used:,} of {most:,}{part}"
        said += f"; room {room:,}" if room != most else ""
        said += f"; system {more:,}" if more else ""
        drawn = bar((used, 0, 0, more), max(room, used + more, 1), most, room)
        found.append(f"<div><p><b>{text}</b> {html.escape(said)}</p>{drawn}</div>")
    return f'<div class="budget">{"".join(found)}</div>'
