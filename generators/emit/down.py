"""The pipeline in a column, as wide as a phone: boxes below each other, lanes at their right."""

from collections.abc import Sequence

from generators.emit import svg
from generators.emit.across import kind
from generators.emit.pipeline import Box, Lane, Link, layout, told

__all__ = ["down"]

WIDTH, EDGE, TRACK = 336, 2, 13
LINE, LABEL, HEAD = 17, 15, 24


def down(boxes: Sequence[Box], links: Sequence[Link]) -> str:
    """All boxes in the network's order."""
    direct, beside = layout(boxes, links)
    tracks = 1 + max((lane.track for lane in beside), default=-1)
    wide = WIDTH - 2 * EDGE - (tracks * TRACK + 10 if tracks else 0)
    parts, at, y = [], [], 4.0
    for place, box in enumerate(boxes):
        arrive = [link for lane in beside for target, link in lane.links if target == place]
        if place:
            above, y = y, y + _gap(direct.get(place), arrive)
            parts.append(_between(direct.get(place), arrive, above, y))
        tall = HEAD + LINE * len(box.lines) + (14 if box.share is not None else 6)
        parts.append(_box(box, y, wide, tall))
        at.append((y, y + tall))
        y += tall
    parts += [_lane(lane, at, EDGE + wide) for lane in beside]
    said = "The pipeline: " + ". ".join(told(boxes, links, place) for place in range(len(boxes)))
    return (f'<svg viewBox="0 0 {WIDTH} {svg.number(y + 4)}" role="img" class="down">'
            f"{svg.title(said)}{''.join(parts)}</svg>")  # fmt: skip


def _gap(link: Link | None, arrive: list[Link]) -> float:
    """Between a box and the one above, for the lines that stand there."""
    return 16 + LABEL * ((len(_lines(link)) if link else 0) + len(arrive))


def _lines(link: Link) -> list[str]:
    """Of a stream, two on a line."""
    some = link.lines
    return [", ".join(some[n : n + 2]) for n in range(0, len(some), 2)]


def _between(link: Link | None, arrive: list[Link], above: float, y: float) -> str:
    parts, said = [], []
    if link is not None:
        parts += [svg.line(24, above, 24, y - 7, "wire"), svg.head(24, y, "down")]
        said = _lines(link)
    said += [f"from {svg.fit(one.source, 100, 11)}: {', '.join((one.lines[0], *one.lines[3:]))}"
             for one in arrive if one.lines]  # fmt: skip
    parts += [svg.text(38, above + 18 + LABEL * n, svg.fit(line, WIDTH + 20, 11), "label")
              for n, line in enumerate(said)]  # fmt: skip
    return svg.group("stream", *parts)


def _box(box: Box, y: float, wide: float, tall: float) -> str:
    left = EDGE + 10
    parts = [svg.rect(EDGE, y, wide, tall, "box", 5),
             svg.text(left, y + 18, svg.fit(box.name, wide - 100, 13), "name")]  # fmt: skip
    if box.binds:
        parts.append(svg.text(EDGE + wide - 8, y + 18, "bottleneck", "tag", "end"))
    parts += [svg.text(left, y + 18 + LINE * n, svg.fit(line, 1.2 * wide))
              for n, line in enumerate(box.lines, 1)]  # fmt: skip
    if box.share is not None:
        parts += [svg.rect(left, y + tall - 10, wide - 20, 4, "trough"),
                  svg.rect(left, y + tall - 10, (wide - 20) * min(1, box.share), 4, "share")]
    return svg.group(kind(box), *parts)


def _lane(lane: Lane, at: list[tuple[float, float]], right: float) -> str:
    """From the right of a box down to the right of others."""
    x = right + 12 + TRACK * lane.track
    start = at[lane.source][1] - 9 - 3 * lane.track
    ends = [at[place][0] + 12 + 5 * lane.track for place, _ in lane.links]
    parts = [svg.circle(right, start, 3), svg.line(right, start, x, start, "wire"),
             svg.line(x, start, x, max(ends), "wire")]  # fmt: skip
    for end in ends:
        parts += [svg.line(right + 7, end, x, end, "wire"), svg.head(right, end, "left")]
    return svg.group("skip", *parts)
