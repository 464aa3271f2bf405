"""Bars: to scale, with the budget's line where it belongs, and the number beside."""

import re
from xml.etree import ElementTree

from generators.emit import bars
from tests.generators.emit.pages import REPORT, Reader


def shapes(drawn: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawn)


def widths(drawn: str) -> dict[str, float]:
    return {one.get("class"): float(one.get("width")) for one in shapes(drawn).iter("rect")}


def test_to_scale():
    root = shapes(bars.bar((30, 10, 0), 80, 60, 80))
    parts = {one.get("class"): one for one in root.iter("rect")}
    assert (parts["s0"].get("x"), parts["s0"].get("width")) == ("0", "375")
    assert (parts["s1"].get("x"), parts["s1"].get("width")) == ("375", "125")
    assert parts["room"].get("width") == "1000" and "s2" not in parts
    (line,) = root.iter("line")
    assert line.get("x1") == line.get("x2") == "750"


def test_a_limit_beyond_the_scale_is_not_drawn():
    assert not list(shapes(bars.bar((1,), 10, 11)).iter("line"))
    assert list(shapes(bars.bar((1,), 10, 10)).iter("line"))
    assert widths(bars.bar((0,), 0)) == {}


def test_longest_row_is_the_whole_width():
    rows = [bars.Row(name="a & b", parts=(3, 1), text="4", binds=True),
            bars.Row(name="c", parts=(2,), text="2")]  # fmt: skip
    drawn = bars.chart("Cycles <x>", "schedule", rows, 4)
    pictures = re.findall(r"<svg.*?</svg>", drawn)
    assert widths(pictures[0]) == {"s0": 750, "s1": 250} and widths(pictures[1]) == {"s0": 500}
    text = Reader(drawn).text
    assert text.split() == ["Cycles", "<x>", "S", "a", "&", "b", "◄", "4", "c", "2"]


def test_budget():
    drawn = bars.budget(REPORT)
    text = " ".join(Reader(drawn).text.split())
    assert text == ("LUT 43,210 of 47,880 (90.2%); room 53,200; system 1,450 "
                    "FF 5,678 of 106,400 (5.3%); system 1,426 BRAM18 9 of 280 (3.2%) "
                    "DSP 11 of 220 (5.0%)")  # fmt: skip
    lut = re.findall(r"<svg.*?</svg>", drawn)[0]
    assert widths(lut) == {"room": 1000, "s0": 812.2, "s3": 27.3}
    (line,) = shapes(lut).iter("line")
    assert line.get("x1") == "900"


def test_more_than_the_room_is_still_to_scale():
    """As of a network that does not fit: the bar is the whole width, the room a part of it."""
    made = REPORT | {"totals": REPORT["totals"] | {"dsp": 440}}
    dsp = re.findall(r"<svg.*?</svg>", bars.budget(made))[-1]
    assert widths(dsp) == {"room": 500, "s0": 1000}


def test_a_resource_that_the_board_has_not():
    none = {name: 0 for name in REPORT["available"]}
    made = REPORT | {"available": none, "budget": none, "totals": none | {"source": "estimate"},
                     "system": None}  # fmt: skip
    assert "LUT 0 of 0" in " ".join(Reader(bars.budget(made)).text.split())
