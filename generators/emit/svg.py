"""A small writer of SVG that stands inside a page: no style of its own, no outside resources.

Colours are the page's: elements have classes.
"""

import html

__all__ = ["circle", "digits", "fit", "group", "head", "line", "number", "picture", "rect", "text",
           "title"]  # fmt: skip


def picture(width: float, height: float, title: str, *parts: str) -> str:
    """A picture of so many units; it shrinks with the page."""
    inner = "\n".join(parts)
    return (f'<svg viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" '
            f'role="img" class="picture"><title>{html.escape(title)}</title>\n{inner}\n</svg>')


def title(said: str) -> str:
    """What a picture or a group is called: shown by a mouse over it, read to those who hear it."""
    return f"<title>{html.escape(said)}</title>"


def group(kind: str, *parts: str, title: str = "") -> str:
    """Parts of one class; the title is shown where the mouse points at them."""
    told = f"<title>{html.escape(title)}</title>" if title else ""
    return f'<g class="{kind}">{told}{"".join(parts)}</g>'


def rect(x: float, y: float, width: float, height: float, kind: str = "",
         corner: float = 0) -> str:  # fmt: skip
    """A rectangle, its corners perhaps round; one without width is still seen."""
    shape = (f'x="{number(x)}" y="{number(y)}" width="{number(max(width, 0.5))}" '
             f'height="{number(height)}"')  # fmt: skip
    shape += f' rx="{number(corner)}"' if corner else ""
    return f"<rect {shape}{_kind(kind)}/>"


def circle(x: float, y: float, radius: float, kind: str = "") -> str:
    """A circle around a point."""
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"{_kind(kind)}/>'


def head(x: float, y: float, way: str) -> str:
    """The head of an arrow that ends at a point, on its way right, left or down."""
    back, side = 8, 4.5
    corners = {"right": [(x - back, y - side), (x - back, y + side)],
               "left": [(x + back, y - side), (x + back, y + side)],
               "down": [(x - side, y - back), (x + side, y - back)]}[way]  # fmt: skip
    points = " ".join(f"{number(a)},{number(b)}" for a, b in [(x, y), *corners])
    return f'<polygon points="{points}" class="head"/>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str = "") -> str:
    """A straight line."""
    ends = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
    return f"<line {ends}{_kind(kind)}/>"


def text(x: float, y: float, said: str, kind: str = "", anchor: str = "start") -> str:
    """A line of text from a point on, around it (middle) or up to it (end)."""
    place = f'x="{number(x)}" y="{number(y)}"'
    at = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f"<text {place}{at}{_kind(kind)}>{html.escape(said)}</text>"


def fit(said: str, room: float, size: float = 12) -> str:
    """As much of a text as fits into so many units, the last letter a mark that there is more.

    How wide letters are is only known where it is shown, so this takes those of a wide typeface.
    """
    if _width(said, size) <= room:
        return said
    while said and _width(said + "…", size) > room:
        said = said[:-1]
    return said + "…"


def _width(said: str, size: float) -> float:
    """Of a text in DejaVu Sans, bold, or a little more."""
    return size * sum(
        0.42 if letter in "ijlIft.,:;'|!()[] -/·" else
        1.12 if letter in "mwMW@%×…" or ord(letter) > 0x2000 else
        0.86 if letter.isupper() else 0.72
        for letter in said
    )  # fmt: skip


def digits(value: float) -> str:
    """Four digits that count, without an exponent: 47370 as 47,370."""
    return f"{float(f'{value:.4g}'):,.10f}".rstrip("0").rstrip(".")


def number(value: float) -> str:
    """To a tenth of a unit."""
    return f"{value:.1f}".removesuffix(".0")


def _kind(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
