"""The blocks of a page that others replace: the check, the simulation's verdict."""

import json

import pytest

from boards.toolchains import record
from generators.emit import agreement, report
from sim import verdict
from tests.generators.emit.pages import REPORT, Reader

PAIR = {"stages": ["ONNX", "golden"], "equal": 7, "arg_max": 8, "integers": False,
        "largest_difference": 0.0123}  # fmt: skip
WHOLE = {"stages": ["golden", "RTL"], "equal": 8, "arg_max": None, "integers": True,
         "largest_difference": None}  # fmt: skip
CHECK = {"frames": 8, "agree": False, "pairs": [PAIR, WHOLE], "original": None, "rtl": None}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "report.json").write_text(json.dumps(REPORT))
    (tmp_path / "report.html").write_text(report.page(REPORT))
    return tmp_path


def words(page: str) -> str:
    return " ".join(Reader(page).text.split())


def test_comments_are_those_that_the_simulation_looks_for():
    assert (agreement.BEGIN, agreement.END) == (verdict.BEGIN, verdict.END)
    page = report.page(REPORT)
    assert page.count(verdict.BEGIN) == page.count(verdict.END) == 1
    assert "Not simulated yet: run python -m sim BUILD , which compares the RTL" in words(page)


def test_check():
    text = words(report.page(REPORT | {"check": CHECK}))
    assert ("✗ ONNX, golden, RTL do not agree (generators.finn --check: the original graph, the "
            "golden model, the RTL) ONNX = golden: 7 of 8 frames equal, arg max in 8, largest "
            "difference 0.0123 golden = RTL: 8 of 8 frames equal (integers, bit for bit)") in text
    fine = CHECK | {"agree": True, "pairs": [WHOLE], "original": "model.json is <it>"}
    text = words(report.page(REPORT | {"check": fine}))
    assert "✓ golden, RTL agree in all 8 frames" in text and "model.json is <it>" in text
    assert "--check" not in words(report.page(REPORT))


def test_renewed(folder):
    """As if the page had been made with it, and again when it changes."""
    for found in (CHECK, CHECK | {"agree": True}, None):
        made = REPORT | ({"check": found} if found else {})
        (folder / "report.json").write_text(json.dumps(made))
        agreement.renew(folder)
        assert (folder / "report.html").read_text() == report.page(made)
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "report.json"]


def test_a_page_without_the_block_is_left_alone(folder):
    (folder / "report.html").write_text("<p>old</p>")
    agreement.renew(folder)
    assert (folder / "report.html").read_text() == "<p>old</p>"


def test_place_and_route_stand_above_the_pipeline(folder):
    found = {"clock_mhz": 50.0, "fmax_mhz": 62.5, "wns_ns": 4.0, "timing_met": True, "lut": 9000,
             "ff": 8, "bram18": 0, "dsp": 1, "source": "place", "bitstream": None}  # fmt: skip
    before = (folder / "report.html").read_text()
    record.write(folder, "implementation", found)
    page = (folder / "report.html").read_text()
    assert page.index("Not simulated yet") < page.index("Bitstream: 50 MHz met")
    assert page.index("Bitstream: 50 MHz met") < page.index("<h2>Pipeline")
    Reader(page)
    record.write(folder, "implementation", None)
    assert (folder / "report.html").read_text() == before
