"""The last simulation's verdict, in the page of a build for people: report.html.

The page has a block between two comments, which this replaces. A build without the page, or with
an older one that has no such block, or that must not be written, is left as it is: the command says
what was found, too. No digest covers the page.
"""

import html
from contextlib import suppress
from pathlib import Path

from sim.manifest import BuildError, Manifest
from sim.written import write

__all__ = ["BEGIN", "END", "failed", "passed", "section"]

BEGIN, END = "<!-- verdict -->", "<!-- end of verdict -->"
"""Around the block, as :mod:`generators.emit.agreement` leaves them."""

_MEASURED, _PREDICTED = '<sup title="simulation">M</sup>', '<sup title="schedule">S</sup>'


def passed(build: Manifest, report: dict, *, given: str, stall: float) -> None:
    """Write what a run that came to its end found, good or bad.

    Parameters
    ----------
    report : as ``--json`` writes it
    given : which frames, for people
    stall : the probability of a pause
    """
    _put(build.folder, section(build, report, given=given, stall=stall))


def failed(folder: Path, sentence: str) -> None:
    """Write that a simulation broke off; ``sentence`` says why."""
    said = html.escape(sentence)
    _put(folder, f'<div class="verdict bad"><p><strong>✗ The simulation failed:</strong> {said}</p>'
                 "</div>")  # fmt: skip


def section(build: Manifest, report: dict, *, given: str, stall: float) -> str:
    """The verdict as HTML: frames, mismatches, and cycles beside those of the schedule."""
    layers = report.get("layers", [])
    apart = [one for one in layers if one["mismatches"]]
    good = not report["mismatches"] and not apart
    pauses = f"with stalls of probability {stall:g}" if stall else "without stalls"
    how = f"{given}, {pauses}; {report['simulator']}, harness {report['harness']}"
    count = f"{report['frames']:,} frame{'s' * (report['frames'] != 1)}"
    wrong = f"{report['mismatches']:,} mismatch{'es' * (report['mismatches'] != 1)}"
    lines = [f'<div class="verdict {"good" if good else "bad"}">',
             f"<p><strong>{'✓' if good else '✗'} {count} simulated, {wrong}</strong>{_MEASURED} "
             f"between the RTL and the golden model (frames: {html.escape(how)}).</p>"]  # fmt: skip
    if layers:
        lines.append(_layers(layers, apart))
    lines += [*_cycles(build, report), "</div>"]
    if stall:
        lines.insert(-1, '<p class="note">Stalls take cycles that the schedule does not count.</p>')
    return "\n".join(lines)


def _layers(layers: list[dict], apart: list[dict]) -> str:
    """What ``--per-layer`` found, of every stream between the layers."""
    values = sum(one["values"] for one in layers)
    text = f"Layer by layer, {values:,} numbers in {len(layers)} streams: "
    if apart:
        first = apart[0]
        text += (f"{len(apart)} streams differ, first {first['stream']} of layer {first['layer']} "
                 f"in {first['mismatches']:,} numbers.")  # fmt: skip
    else:
        text += "none differs."
    return f"<p>{html.escape(text)}</p>"


def _cycles(build: Manifest, report: dict) -> list[str]:
    """A table of measured and predicted cycles, of those that were measured."""
    some = [("cycles a frame", report["cycles_per_frame"], build.cycles_per_frame),
            ("latency in cycles", report.get("latency_cycles"), build.latency_cycles)]  # fmt: skip
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td>{measured:,.10g}</td><td>{predicted:,.10g}</td></tr>'
        for name, measured, predicted in some
        if measured is not None
    )
    if not rows:
        return []
    head = (f'<th></th><th scope="col">measured{_MEASURED}</th>'
            f'<th scope="col">predicted{_PREDICTED}</th>')  # fmt: skip
    return [f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"]


def _put(folder: Path, text: str) -> None:
    """Replace the block of the page, if there are both."""
    page = folder / "report.html"
    try:
        before, begin, rest = page.read_text().partition(BEGIN)
    except (OSError, UnicodeDecodeError):
        return
    _, end, after = rest.partition(END)
    if begin and end:
        found = f"{before}{BEGIN}\n{text}\n{END}{after}"
        with suppress(BuildError):
            write(page, lambda file: file.write(found.encode()))
