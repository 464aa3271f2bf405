import json

import pytest

from boards.toolchains import record

FOUND = {"clock_mhz": 50.0, "fmax_mhz": 62.5, "wns_ns": 4.0, "timing_met": True, "lut": 9000,
         "ff": 8, "bram18": 0, "dsp": 1, "source": "place and <route>",
         "bitstream": "system.bit"}  # fmt: skip
PAGE = "<html><body>\n<p>old</p>\n</body></html>\n"
SECTION = """\
<!-- implementation -->
<p>Bitstream: 50 MHz met (at most 62.5 MHz, slack 4.000 ns); LUT 9,000, FF 8, BRAM18 0, DSP 1; \
place and &lt;route&gt;. system.bit.</p>
<!-- /implementation -->
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "report.json").write_text('{\n "network": "n"\n}\n')
    (tmp_path / "report.html").write_text(PAGE)
    return tmp_path


def test_write(folder):
    record.write(folder, "implementation", FOUND)
    assert json.loads((folder / "report.json").read_text()) == {"network": "n",
                                                               "implementation": FOUND}  # fmt: skip
    page = PAGE.replace("</body>", f"{SECTION}</body>")
    assert (folder / "report.html").read_text() == page
    record.write(folder, "implementation", FOUND)
    assert (folder / "report.html").read_text() == page


def test_take_away(folder):
    """All is as it was, byte for byte."""
    record.write(folder, "implementation", FOUND)
    record.write(folder, "implementation", None)
    assert (folder / "report.html").read_text() == PAGE
    assert (folder / "report.json").read_text() == '{\n "network": "n"\n}\n'
    record.write(folder, "implementation", None)
    assert (folder / "report.html").read_text() == PAGE
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "report.json"]


def test_without_reports(tmp_path):
    record.write(tmp_path, "implementation", FOUND)
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    assert json.loads((tmp_path / "report.json").read_text()) == {"implementation": FOUND}


def test_section():
    both = {"implementation": FOUND, "out_of_context": {**FOUND, "timing_met": False,
                                                        "bitstream": None}}  # fmt: skip
    text = record.section(both)
    assert text.splitlines()[1].startswith("<p>The core alone: 50 MHz not met (at most ")
    assert record.section({}) == "" and "None" not in text
