"""What was run against what: the simulation's verdict and the original network's, in a page.

Both are blocks between two comments of report.html, which are replaced when there is more to say:
``python -m sim`` writes the verdict (:mod:`sim.verdict`), ``generators.finn --check`` the check.
"""

import html
import json
from pathlib import Path

from boards.toolchains import record

__all__ = ["PLACE", "block", "renew", "verdict"]

BEGIN, END = "<!-- verdict -->", "<!-- end of verdict -->"
"""Around the simulation's verdict, as :mod:`sim.verdict` looks for them."""

PLACE = record.PLACE.strip()
"""Where ``python -m boards build`` puts what place and route found."""

_BEGIN, _END = "<!-- check -->", "<!-- end of check -->"


def verdict() -> str:
    """The block before any simulation."""
    return f"""{BEGIN}
<div class="verdict"><p><strong>Not simulated yet:</strong> run <code>python -m sim BUILD</code>, \
which compares the RTL with the golden model and writes its verdict here.</p></div>
{END}"""


def block(found: dict | None) -> str:
    """The check's block, empty without a record (:func:`generators.finn.check.check`)."""
    inner = f"{_section(found)}\n" if found else ""
    return f"{_BEGIN}\n{inner}{_END}"


def renew(folder: Path) -> None:
    """Put a report's check into the page beside it, in the place of an older one."""
    page = folder / "report.html"
    text = page.read_text()
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if begin and end:
        found = json.loads((folder / "report.json").read_text()).get("check")
        record.replace(page, before + block(found) + after)


def _section(found: dict) -> str:
    frames, stages = found["frames"], []
    for pair in found["pairs"]:
        stages += [stage for stage in pair["stages"] if stage not in stages]
    if found["agree"]:
        kind, said = "good", f"✓ {', '.join(stages)} agree in all {frames:,} frames"
    else:
        kind, said = "bad", f"✗ {', '.join(stages) or 'the stages'} do not agree"
    lines = [_pair(pair, frames) for pair in found["pairs"]]
    lines += [found[name] for name in ("original", "rtl") if found[name] is not None]
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return (f'<div class="verdict {kind}"><p><strong>{html.escape(said)}</strong> '
            f"(generators.finn --check: the original graph, the golden model, the RTL)</p>"
            f"<ul>{items}</ul></div>")  # fmt: skip


def _pair(pair: dict, frames: int) -> str:
    text = f"{' = '.join(pair['stages'])}: {pair['equal']:,} of {frames:,} frames equal"
    if pair["arg_max"] is not None:
        text += f", arg max in {pair['arg_max']:,}"
    if pair["integers"]:
        return f"{text} (integers, bit for bit)"
    return f"{text}, largest difference {pair['largest_difference']:.3g}"
