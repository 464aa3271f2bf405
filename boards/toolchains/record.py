"""What a tool found, kept in a build's report.json and report.html."""

import contextlib
import html
import json
import os
import tempfile
from pathlib import Path

__all__ = ["PLACE", "replace", "section", "write"]

_BEGIN, _END = "<!-- implementation -->", "<!-- /implementation -->"
PLACE = "<!-- place and route -->\n"
"""Behind which a page wants the section; else it stands at the end of the body."""


def write(folder: Path, key: str, found: dict | None) -> None:
    """Put ``found`` under a key of report.json (None: take it away), and both into report.html.

    A report that is not there, or is no JSON, is begun anew; a page that is not there is not.
    """
    file = folder / "report.json"
    try:
        report = json.loads(file.read_text())
    except (OSError, ValueError):
        report = {}
    if found is None:
        report.pop(key, None)
    else:
        report[key] = found
    replace(file, json.dumps(report, indent=1) + "\n")
    page = folder / "report.html"
    if page.exists():
        replace(page, _with(page.read_text(), section(report)))


def replace(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(text)
        mode = file.stat().st_mode if file.exists() else 0o644
        os.chmod(name, mode & 0o777)
        os.replace(name, file)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def section(report: dict) -> str:
    """The paragraphs of a page for ``implementation`` and ``out_of_context``; "" without both."""
    named = (("implementation", "Bitstream"), ("out_of_context", "The core alone"))
    found = [_paragraph(title, report[key]) for key, title in named if key in report]
    return "\n".join(found)


def _paragraph(title: str, found: dict) -> str:
    met = "met" if found["timing_met"] else "not met"
    used = ", ".join(f"{name.upper()} {found[name]:,}" for name in ("lut", "ff", "bram18", "dsp"))
    file = f" {html.escape(found['bitstream'])}." if found["bitstream"] else ""
    return (f"<p>{title}: {found['clock_mhz']:g} MHz {met} (at most {found['fmax_mhz']:.1f} MHz, "
            f"slack {found['wns_ns']:.3f} ns); {used}; {html.escape(found['source'])}.{file}</p>")


def _with(page: str, text: str) -> str:
    """The page with the section where it belongs, in the place of an older one."""
    before, begin, rest = page.partition(_BEGIN)
    if begin:
        page = before + rest.partition(f"{_END}\n")[2]
    if not text:
        return page
    block = f"{_BEGIN}\n{text}\n{_END}\n"
    if PLACE in page:
        return page.replace(PLACE, PLACE + block, 1)
    head, end, tail = page.rpartition("</body>")
    return f"{head}{block}{end}{tail}"
