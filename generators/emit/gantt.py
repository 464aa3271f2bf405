"""The pipeline drawn: layers over time, some batches of frames one behind the other."""

from generators.emit import svg

__all__ = ["draw"]

WIDTH, LABELS, ROW, TOP = 920, 150, 20, 26
BAR = 13
ROOM = 165
"""What :func:`generators.emit.svg.fit` may count, with its bold letters, for a layer's name."""


def draw(timeline: dict) -> str:
    """An SVG of a report's timeline.

    A row a layer, a bar a batch, from the first transfer that it takes of it to the last that it
    gives; pale until it gives the first. The line below is where its slowest circuit works. Times
    are cycles of the schedule.
    """
    rows = timeline["rows"]
    end = max(1, *(span[-1] for row in rows for span in row["spans"]))
    scale = (WIDTH - LABELS - 10) / end
    height = TOP + ROW * len(rows) + 8
    parts = [_ruler(end, scale, height)]
    for place, row in enumerate(rows):
        parts.append(_row(row, TOP + ROW * place, scale))
    return svg.picture(WIDTH, height, "Layers over time", *parts)


def _ruler(end: int, scale: float, height: float) -> str:
    """Cycles, at about eight round numbers."""
    step = 10 ** (len(str(end)) - 1)
    step = next(one for one in (step // 10 or 1, step // 5 or 1, step // 2 or 1, step, 2 * step)
                if end / one <= 8 or one == 2 * step)  # fmt: skip
    parts = []
    for cycle in range(0, end + 1, step):
        x = LABELS + cycle * scale
        parts += [svg.line(x, TOP - 6, x, height - 4), svg.text(x, 14, f"{cycle:,}", "", "middle")]
    return svg.group("grid", *parts)


def _row(row: dict, y: float, scale: float) -> str:
    name = row["name"]
    x = lambda cycle: LABELS + cycle * scale  # noqa: E731
    parts = [svg.text(LABELS - 8, y + BAR - 2, svg.fit(name, ROOM), "", "end")]
    for batch, (start, first, last) in enumerate(row["spans"]):
        half = y + BAR / 2 * (batch % 2)  # batches overlap: every second one below
        said = f"{name}, batch {batch + 1}: cycles {start:,} to {last:,}, first out at {first:,}"
        bars = [svg.rect(x(start), half, (last - start) * scale, BAR / 2, "span"),
                svg.rect(x(start), half, (first - start) * scale, BAR / 2, "fill")]  # fmt: skip
        parts.append(svg.group(f"batch{batch % 3}", *bars, title=said))
    work = [svg.rect(x(a), y + BAR + 1, (b - a) * scale, 2.5) for a, b in row["work"]]
    return "".join([*parts, svg.group("work", *work)])
