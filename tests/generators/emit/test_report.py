"""The page: self-contained, everything escaped, and every number of the report with its source."""

import copy
import itertools
import re

import pytest

from generators.emit import report, sources, style
from tests.generators.emit.pages import REPORT, Reader, chain, missing


def words(page: str) -> str:
    return " ".join(Reader(page).text.split())


def test_numbers():
    text = words(report.page(REPORT))
    for shown in ("net on zynq7020", "frames a second 120,211 schedule, at an assumed 125.5 MHz",
                  "cycles a frame 1,044 schedule", "cycles of latency 2,988 schedule; 23.81 µs",
                  "No faster: 1,000 cycles a frame would take LUT 54,321",
                  "bram 1,044 × 784", "lut 256 × 32", "LUT 43,210 estimate; budget 47,880",
                  "LUT 43,210 of 47,880 (90.2%); room 53,200; system 1,450",
                  "A frame is 785 bytes in and 2 out N , 99 cycles of the DMA S ."):  # fmt: skip
        assert shown in text
    assert "None" not in text


@pytest.mark.parametrize("made", [REPORT, chain(22)], ids=["small", "long"])
def test_no_number_is_left_out(made):
    assert missing(made, Reader(report.page(made)).text) == []
    assert missing({"left": [out := 987654]}, report.page(made)) == [(".left", out)]


def test_sources():
    """A letter that stands beside a number is in the legend, and the other way round."""
    page = report.page(REPORT)
    used = set(re.findall(r'<sup title="([a-z ]+)">', page))
    told = {name for name, letter in sources.LETTERS.items() if f"<dt>{letter} · {name}<" in page}
    assert used <= told
    assert told - used == {"assumption", "simulation"}  # in words; when it is simulated
    text = words(page)
    assert ("against syntheses of 74 circuits of these kinds that no fit has seen, they are off "
            "by: LUTs 3.3% (median) to 12.5% (95th percentile), flip-flops 0.1% (median) to 8.1% "
            "(95th percentile). Block RAMs and DSP slices are exact.") in text
    assert "Y · synthesis" not in text


def test_synthesis_and_static_time():
    made = copy.deepcopy(REPORT)
    made["static_time"] = {"ns": 2.857, "wire_ps": 500, "at": "a to <b>", "lut_levels": 4,
                           "carry4": 1}  # fmt: skip
    made["layers"][0]["static_ns"] = 2.304
    made |= {"estimate_error": None, "synthesis_tool": "Yosys 0.99",
             "totals": REPORT["totals"] | {"source": "synthesis"}}  # fmt: skip
    text = words(report.page(made))
    assert ("125.5 MHz (7.97 ns) is an assumption; static time 2.86 ns T at a to <b> (4 LUTs, "
            "1 CARRY4): logic, and 500 ps on every wire; no place and route was run.") in text
    assert "2.30" in text.split() and "synthesis; budget 47,880" in text
    assert "Cells after synthesis for the device by Yosys 0.99; no place and route." in text
    assert "static time" not in words(report.page(REPORT))
    assert missing(made, text) == []


def test_performance():
    text = words(report.page(REPORT))
    for shown in ("fc0 binds: 1,044 cycles a frame; pe 32 would take 522.",
                  "latency of 2,988 cycles S is io 100, compute 2,800, fill 88, stall 0; on the "
                  "critical path of the schedule: input 100, fc0 2,888. Of the 1,044 cycles "
                  "between batches S , what binds spends: io 0, compute 1,044, gaps 0.",
                  "818,496 BitOPs a frame", "0.0984 T a second", "1,044 a byte",
                  "1 a bit of the 818,496 bits of weights read, of which the memories give at most "
                  "784 a cycle"):
        assert shown in text


def test_without_weights():
    page = copy.deepcopy(REPORT)
    page["performance"]["roofline"] |= {"weight_bits": 0, "bitops_per_weight_bit": None}
    page["performance"]["roofline"]["ceilings"]["weights"] = None
    assert "; all weights are constants." in Reader(report.page(page)).text
    page["performance"]["roofline"] = None
    assert "Roofline" not in report.page(page)


def test_nothing_used_at_all():
    empty = copy.deepcopy(REPORT)
    for one in (empty["totals"], *(layer["resources"] for layer in empty["layers"])):
        one |= {"bram18": 0, "dsp": 0}
    assert "Nothing uses BRAM18 or DSP." in words(report.page(empty))


def test_self_contained():
    page = report.page(REPORT)
    found = Reader(page)
    assert page.startswith("<!doctype html>")
    assert not {"script", "link", "img", "iframe", "object"} & set(found.tags)
    names = {name for name, _ in found.attributes}
    assert not {name for name in names if name in ("src", "href") or name.startswith("on")}
    for outside in ("http:", "https:", "//", "src=", "url(", "@import", "<script"):
        assert outside not in page
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in found.attributes
    assert ("content", "width=device-width,initial-scale=1") in found.attributes
    assert report.page(copy.deepcopy(REPORT)) == page


def test_headings_are_in_order_and_pictures_have_titles():
    page = report.page(chain(5))
    levels = [int(tag[1]) for tag in Reader(page).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    for picture in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        assert 'aria-hidden="true"' in picture or ('role="img"' in picture and "<title>" in picture)


def test_names_are_escaped():
    evil = '<script>alert("&")</script><!-- verdict -->'
    made = copy.deepcopy(REPORT)
    made["network"] = made["layers"][0]["name"] = made["board"] = evil
    made["layers"][0] |= {"op": evil, "datapath": evil, "weight_storage": evil}
    for link in made["links"][:2]:
        link[{"input": "target", "fc0": "source"}[link["source"]]] = evil
        link["type"] = evil
    made["performance"]["bottleneck"] |= {"at": [evil], "sentence": evil}
    made["performance"]["timeline"]["rows"][0]["name"] = evil
    made["performance"]["latency"]["path"][0]["at"] = evil
    page = report.page(made)
    found = Reader(page)
    assert "script" not in found.tags and page.count("<!-- verdict -->") == 1
    assert found.text.count(evil) >= 9


def luminance(colour: str) -> float:
    """WCAG 2, relative luminance."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
              for part in parts]  # fmt: skip
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear))


def test_contrast():
    """Text as WCAG AA asks for it, 4.5 to 1; shapes 3 to 1, light and dark."""
    found = re.findall(r"--(\w+):(#\w+)", style.STYLE)
    half = [n for n, (name, _) in enumerate(found) if name == "ink"]
    assert len(half) == 3  # light, dark, and paper
    for colours in (dict(found[: half[1]]), dict(found[half[1] : half[2]])):
        for paper in ("paper", "soft"):
            low = luminance(colours[paper])
            for name, colour in colours.items():
                least = 4.5 if name in ("ink", "quiet", "binds", "good", "bad", "point") else 3
                high, dark = max(luminance(colour), low), min(luminance(colour), low)
                if name not in ("paper", "soft", "rule", "cycles2", "lut2"):
                    assert (high + 0.05) / (dark + 0.05) >= least, (name, paper)
