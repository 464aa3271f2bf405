"""A page that stands alone: its frame, tables that fit a phone, and what it may load: nothing."""

import html
from collections.abc import Iterable, Sequence

from generators.emit.style import STYLE

__all__ = ["STYLE", "document", "key", "keys", "table"]

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""No script, no font, no picture, no request of any kind: the browser itself refuses them."""


def document(title: str, *parts: str) -> str:
    """A page of these parts, which are HTML; the title is not, and is its first heading too."""
    said = html.escape(title)
    body = "\n".join(part for part in parts if part)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{said}</title>
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<style>{STYLE}</style></head><body>
<h1>{said}</h1>
{body}
</body></html>
"""


def keys(*some: str) -> str:
    """The numbers that matter most, made by :func:`key`."""
    return f'<dl class="keys">{"".join(some)}</dl>'


def key(name: str, value: str, more: str) -> str:
    """A number, what it is, and where it comes from; text, not HTML."""
    name, value, more = (html.escape(text) for text in (name, value, more))
    return f"<div><dt>{name}</dt><dd>{value}<small>{more}</small></dd></div>"


def table(name: str, heads: Sequence[str], rows: Iterable[Sequence], *, words: Sequence[int] = (0,),
          marked: Sequence[str] = ()) -> str:  # fmt: skip
    """A table that scrolls in its own box where it is wider than the page.

    Parameters
    ----------
    name : for those who do not see it
    heads : HTML
    rows : text of each cell; the first is the row's name
    words : columns that are no numbers
    marked : names of rows that stand out
    """
    kind = lambda n: ' class="words"' if n in words else ""  # noqa: E731
    head = "".join(f'<th scope="col"{kind(n)}>{text}</th>' for n, text in enumerate(heads))
    body = []
    for first, *cells in rows:
        inner = "".join(f"<td{kind(n)}>{html.escape(str(cell))}</td>"
                        for n, cell in enumerate(cells, 1))  # fmt: skip
        kinds = ' class="binds"' if first in marked else ""
        body.append(f'<tr{kinds}><th scope="row">{html.escape(first)}</th>{inner}</tr>')
    rows = "\n".join(body)
    return (f'<div class="scroll" role="region" tabindex="0" aria-label="{html.escape(name)}">'
            f"<table><thead><tr>{head}</tr></thead>\n"
            f"<tbody>{rows}</tbody></table></div>")  # fmt: skip
