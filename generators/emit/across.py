"""The pipeline in rows: a picture a box, with what leads to it, that wrap as words of a text do.

Lanes pass through every picture at the same height, so that they go on from one to the next, and
from the end of a row to the beginning of the one below.
"""

from collections.abc import Sequence

from generators.emit import svg
from generators.emit.pipeline import Box, Lane, Link, layout, told

__all__ = ["across"]

WIDTH, LEFT, BOX, TALL = 268, 98, 160, 112
TRACK, ARROW, LINE = 30, 50, 16
ROOM, WIDE = 106, 46
"""What :func:`generators.emit.svg.fit` may count, with its bold letters, for the label of an arrow;
letters of a branch's label."""


def across(boxes: Sequence[Box], links: Sequence[Link]) -> str:
    """All boxes in the network's order."""
    direct, beside = layout(boxes, links)
    top = 8 + TRACK * (1 + max((lane.track for lane in beside), default=-1))
    cells = [_cell(boxes, links, place, direct, beside, top) for place in range(len(boxes))]
    return f'<div class="across">\n{"".join(cells)}</div>'


def _cell(boxes, links, place: int, direct: dict[int, Link], beside: list[Lane], top: int) -> str:
    box, height = boxes[place], top + TALL + 20
    parts = []
    if place in direct:
        parts.append(_arrow(direct[place], top + ARROW))
    if place + 1 in direct:
        parts.append(svg.group("stream", svg.line(LEFT + BOX, top + ARROW, WIDTH, top + ARROW,
                                                  "wire")))  # fmt: skip
    parts.append(_box(box, top))
    parts += [_through(lane, place, top) for lane in beside if lane.source <= place <= lane.end]
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    title = svg.title(told(boxes, links, place))
    return f'<svg {size} role="img" class="cell">{title}{"".join(parts)}</svg>\n'


def _box(box: Box, top: int) -> str:
    left = LEFT + 10
    parts = [svg.rect(LEFT, top, BOX, TALL, "box", 5),
             svg.text(left, top + 19, svg.fit(box.name, BOX - 16, 13), "name")]  # fmt: skip
    parts += [svg.text(left, top + 37 + LINE * n, svg.fit(line, BOX + 10))
              for n, line in enumerate(box.lines[:4])]  # fmt: skip
    if box.share is not None:
        wide = BOX - 20
        parts += [svg.rect(left, top + TALL - 11, wide, 4, "trough"),
                  svg.rect(left, top + TALL - 11, wide * min(1, box.share), 4, "share")]
    if box.binds:
        parts.append(svg.text(LEFT + BOX / 2, top + TALL + 15, "▲ bottleneck", "tag", "middle"))
    return svg.group(kind(box), *parts)


def kind(box: Box) -> str:
    """The classes of a box."""
    return " ".join(["layer", *["slowest"] * box.binds, *["end"] * box.end])


def _arrow(link: Link, y: float) -> str:
    """From the left edge to the box, two lines above and the others below."""
    parts = [svg.line(0, y, LEFT - 7, y, "wire"), svg.head(LEFT, y, "right")]
    above, below = link.lines[:2], link.lines[2:]
    for n, line in enumerate(reversed(above)):
        parts.append(svg.text(3, y - 7 - 13 * n, svg.fit(line, ROOM, 11), "label"))
    for n, line in enumerate(below):
        parts.append(svg.text(3, y + 16 + 13 * n, svg.fit(line, ROOM, 11), "label"))
    return svg.group("stream", *parts)


def _through(lane: Lane, place: int, top: int) -> str:
    """A lane where it starts, passes or ends; below its line are boxes, above it what it is."""
    y = 22 + TRACK * lane.track
    out, into = LEFT + BOX - 16 - 8 * lane.track, LEFT + 20 + 14 * lane.track
    parts = []
    if place == lane.source:
        parts += [svg.line(out, top, out, y, "wire"), svg.line(out, y, WIDTH, y, "wire"),
                  svg.circle(out, top, 3)]  # fmt: skip
        return svg.group("skip", *parts)
    arrive = [link for target, link in lane.links if target == place]
    parts.append(svg.line(0, y, into if place == lane.end else WIDTH, y, "wire"))
    if arrive:
        parts += [svg.line(into, y, into, top - 7, "wire"), svg.head(into, top, "down")]
        parts.append(svg.text(3, y - 6, _brief(arrive[0]), "label"))
    return svg.group("skip", *parts)


def _brief(link: Link) -> str:
    """Of a branch where it comes from and as much as fits; all of it is in the picture's title."""
    lines, name = link.lines, f"from {svg.fit(link.source, 100, 11)}"
    fits = (f"{name}: {', '.join(some)}" for some in (lines, (*lines[:1], *lines[2:]),
                                                      (*lines[:1], *lines[3:]), lines[:1])
            if some)  # fmt: skip
    return next((text for text in fits if len(text) <= WIDE), name)
