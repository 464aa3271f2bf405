"""Pages in a real browser: nothing loaded, nothing said on the console, no wider than a phone."""

import html
import json
import re
import shutil
import subprocess

import pytest

from generators.emit import report
from generators.systolic import page as systolic
from tests.generators.emit.pages import REPORT, chain
from tests.generators.systolic.test_page import REPORT as ARRAY

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason=f"none of {', '.join(NAMES)} is on PATH")

OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
           "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND")  # fmt: skip
WIDE_NAME = "Wide_MMMMWWWW_<b>_"
PAGES = {"finn": report.page(REPORT), "long": report.page(chain(22, WIDE_NAME)),
         "systolic": systolic.page(ARRAY)}  # fmt: skip

# Of a page in a frame: how wide it is, and which texts are not within the box that they stand in.
MEASURE = """
function outside(document) {
  const found = [];
  for (const group of document.querySelectorAll("g.layer")) {
    const box = group.querySelector(".box").getBoundingClientRect();
    if (!box.width) continue;
    for (const text of group.querySelectorAll("text:not(.tag)")) {
      const at = text.getBoundingClientRect();
      if (at.right > box.right || at.left < box.left || at.bottom > box.bottom + 1)
        found.push(text.textContent);
    }
  }
  for (const label of document.querySelectorAll(".stream .label")) {
    const at = label.getBoundingClientRect();
    const boxes = [...label.closest("svg").querySelectorAll(".box")];
    for (const box of boxes.map(box => box.getBoundingClientRect()))
      if (at.width && at.right > box.left && at.left < box.right && at.bottom > box.top + 1
          && at.top + 1 < box.bottom) found.push(label.textContent);
  }
  return found;
}
window.onload = () => {
  const found = {};
  for (const frame of document.querySelectorAll("iframe")) {
    const root = frame.contentDocument.documentElement;
    const shown = [...root.querySelectorAll(".across,.down")].map(one => one.clientHeight > 0
      || one.getBoundingClientRect().height > 0);
    found[frame.width] = {wide: root.scrollWidth, shown, outside: outside(frame.contentDocument)};
  }
  document.documentElement.dataset.found = JSON.stringify(found);
};
"""


def browse(page, *options: str) -> subprocess.CompletedProcess:
    """Let the browser open a file, with a profile of its own beside it."""
    command = [BROWSER, *OPTIONS, f"--user-data-dir={page.parent / 'profile'}", *options,
               page.as_uri()]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.fixture(params=PAGES, ids=str)
def page(request, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(PAGES[request.param])
    return file


def printed(page) -> tuple[int, list[str]]:
    """How many pages of paper it takes, and what the browser says on its console."""
    paper = page.with_suffix(".pdf")
    done = browse(page, "--enable-logging=stderr", f"--print-to-pdf={paper}")
    assert paper.exists(), done.stderr
    said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())), said


def test_prints_and_says_nothing(page):
    pages, said = printed(page)
    assert 1 <= pages <= 16
    assert said == []


def test_whatever_a_page_asked_for_would_be_refused_and_said(tmp_path):
    """The check above can fail: the browser tells of requests and of scripts."""
    page = tmp_path / "report.html"
    more = '<img src="http://host.invalid/a.png"><script>let a = 1</script></body>'
    page.write_text(PAGES["finn"].replace("</body>", more))
    _, said = printed(page)
    assert any("host.invalid" in line and "Content Security Policy" in line for line in said)
    assert any("script" in line for line in said)


def test_fits_a_phone_and_a_desk(page, tmp_path):
    text = re.sub(r"<meta http-equiv[^>]*>", "", page.read_text())
    frames = "".join(f'<iframe width="{width}" height="800" srcdoc="{html.escape(text)}"></iframe>'
                     for width in (360, 700, 1200))  # fmt: skip
    outer = tmp_path / "outer.html"
    outer.write_text(f'<meta charset="utf-8"><script>{MEASURE}</script>{frames}')
    dumped = browse(outer, "--dump-dom").stdout
    found = json.loads(html.unescape(re.search(r'data-found="([^"]*)"', dumped)[1]))
    for width, measured in found.items():
        assert measured["wide"] <= int(width)
        assert measured["outside"] == []
    assert [found[width]["shown"] for width in ("360", "700", "1200")] == [
        [False, True], [True, False], [True, False]]  # fmt: skip
