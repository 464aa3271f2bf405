"""A network drawn as the pipeline that it is: a box a layer, an arrow a stream.

Boxes stand in the network's order. A stream to the next box is an arrow between the two; others,
as those around a residual block, run beside the boxes in lanes of their own, and all streams that
leave the same box share one. There are two drawings of which a page shows one: rows that wrap as
text does, on wide screens and paper, and a column for phones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Box", "Lane", "Link", "lanes", "layout", "told"]


@dataclass(frozen=True, kw_only=True)
class Box:
    """A layer, or an end of the network: its name, what it is, and how busy it is from 0 to 1."""

    name: str
    lines: tuple[str, ...]
    share: float | None = None
    binds: bool = False
    end: bool = False


@dataclass(frozen=True, kw_only=True)
class Link:
    """A stream from a box to a box, by name, and what is said of it, in short lines."""

    source: str
    target: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Lane:
    """Streams from one box (its place) to boxes that are not the next: a track beside the boxes."""

    track: int
    source: int
    links: tuple[tuple[int, Link], ...]

    @property
    def end(self) -> int:
        """The place of the last box that it reaches."""
        return max(place for place, _ in self.links)


def layout(boxes: Sequence[Box], links: Sequence[Link]) -> tuple[dict[int, Link], list[Lane]]:
    """The streams from the box before, by place; and the lanes of all other streams."""
    places = {box.name: place for place, box in enumerate(boxes)}
    direct: dict[int, Link] = {}
    others: dict[int, list[tuple[int, Link]]] = {}
    for link in links:
        source, target = places[link.source], places[link.target]
        if target == source + 1 and target not in direct:
            direct[target] = link
        else:
            others.setdefault(source, []).append((target, link))
    return direct, lanes(others)


def lanes(others: dict[int, list[tuple[int, Link]]]) -> list[Lane]:
    """Tracks for streams by the place of their source, as few as do not overlap."""
    found: list[Lane] = []
    for source, some in sorted(others.items()):
        busy = {lane.track for lane in found if lane.end > source}
        track = next(n for n in range(len(found) + 1) if n not in busy)
        found.append(Lane(track=track, source=source, links=tuple(some)))
    return found


def told(boxes: Sequence[Box], links: Sequence[Link], place: int) -> str:
    """A box and the streams into it, for those who do not see them."""
    box = boxes[place]
    parts = [f"{box.name}: {', '.join(box.lines)}"]
    parts += [f"from {link.source}: {', '.join(link.lines)}" for link in links
              if link.target == box.name]  # fmt: skip
    return "; ".join(parts) + ("; the bottleneck" if box.binds else "")
