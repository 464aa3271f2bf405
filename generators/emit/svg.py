"""A small writer of SVG that stands inside a page: no style of its own, no outside resources.

Colours are the page's: elements have classes.
"""

import html

__all__ = ["group", "line", "number", "picture", "rect", "text"]


def picture(width: float, height: float, title: str, *parts: str) -> str:
    """A picture of so many units; it shrinks with the page."""
    inner = "\n".join(parts)
    return (f'<svg viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" '
            f'role="img" class="picture"><title>{html.escape(title)}</title>\n{inner}\n</svg>')


def group(kind: str, *parts: str, title: str = "") -> str:
    """Parts of one class; the title is shown where the mouse points at them."""
    told = f"<title>{html.escape(title)}</title>" if title else ""
    return f'<g class="{kind}">{told}{"".join(parts)}</g>'


def rect(x: float, y: float, width: float, height: float, kind: str = "") -> str:
    """A rectangle; one without width is still seen."""
    shape = (f'x="{number(x)}" y="{number(y)}" width="{number(max(width, 0.5))}" '
             f'height="{number(height)}"')  # fmt: skip
    return f"<rect {shape}{_kind(kind)}/>"


def line(x1: float, y1: float, x2: float, y2: float, kind: str = "") -> str:
    """A straight line."""
    ends = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
    return f"<line {ends}{_kind(kind)}/>"


def text(x: float, y: float, said: str, kind: str = "", anchor: str = "start") -> str:
    """A line of text from a point on, around it (middle) or up to it (end)."""
    place = f'x="{number(x)}" y="{number(y)}"'
    at = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f"<text {place}{at}{_kind(kind)}>{html.escape(said)}</text>"


def number(value: float) -> str:
    """To a tenth of a unit."""
    return f"{value:.1f}".removesuffix(".0")


def _kind(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
