"""Pictures of a report: well-formed, to scale, with every layer's name, nothing outside."""

import copy
import xml.etree.ElementTree as ElementTree

import pytest

from generators.emit import gantt, roofline, svg
from generators.emit.io import io
from hdl.bus.axis import Edge
from hdl.number import Number
from tests.generators.emit.pages import PERFORMANCE, ROOF


def parsed(text: str) -> ElementTree.Element:
    root = ElementTree.fromstring(text)
    assert root.tag == "svg"
    for outside in ("http", "//", "href", "url(", "style"):
        assert outside not in text
    return root


def said(root: ElementTree.Element) -> list[str]:
    return [one.text for one in root.iter("text")]


def test_pipeline():
    root = parsed(gantt.draw(PERFORMANCE["timeline"]))
    assert [name for name in said(root) if name in ("fc0", "top")] == ["fc0", "top"]
    assert "1,000" in said(root) and "3,000" in said(root)
    titles = [one.text for one in root.iter("title")]
    assert "fc0, batch 2: cycles 1,044 to 2,094, first out at 2,044" in titles
    groups = [one.get("class") for one in root.iter("g")]
    assert groups.count("work") == 2
    assert [groups.count(f"batch{n}") for n in range(3)] == [2, 2, 2]


def test_bars_are_to_scale():
    root = parsed(gantt.draw(PERFORMANCE["timeline"]))
    spans = [one for one in root.iter("rect") if one.get("class") == "span"]
    fills = [one for one in root.iter("rect") if one.get("class") == "fill"]
    for span, fill in zip(spans[:3], fills[:3]):
        assert fill.get("x") == span.get("x")
        pale, whole = float(fill.get("width")), float(span.get("width"))
        assert pale / whole == pytest.approx(1000 / 1050, 0.01)
    start = [float(span.get("x")) for span in spans[:3]]
    assert start[1] - start[0] == pytest.approx(start[2] - start[1], abs=0.2)
    width = float(root.get("viewBox").split()[2])
    assert all(float(one.get("x")) + float(one.get("width")) <= width for one in spans)


def test_names_are_escaped_and_cut():
    timeline = copy.deepcopy(PERFORMANCE["timeline"])
    timeline["rows"][0]["name"] = "<a & b>" + "x" * 40
    root = parsed(gantt.draw(timeline))
    (name,) = [text for text in said(root) if text.startswith("<a & b>x")]
    assert 10 < len(name) < 25 and name.endswith("…")


def test_roofline():
    root = parsed(roofline.draw(ROOF))
    for name in roofline.NAMES.values():
        assert name in said(root)
    assert "784 BitOPs a cycle" in said(root)
    (point,) = root.iter("circle")
    lines = {group.get("class"): group.find("line") for group in root.iter("g")
             if group.get("class").startswith("ceiling")}  # fmt: skip
    assert len(lines) == 5
    flat = lines["ceiling compute"]  # at which the design works
    assert flat.get("y1") == flat.get("y2") == point.get("cy")
    rising = lines["ceiling dma"]
    assert float(rising.get("y1")) > float(rising.get("y2"))
    heights = [float(lines[f"ceiling {name}"].get("y1")) for name in ("board", "compute")]
    assert heights == sorted(heights)  # downwards


def test_ceilings_that_there_are_not():
    found = copy.deepcopy(ROOF)
    found["ceilings"] |= {"weights": None, "board": None}
    assert roofline.NAMES["weights"] not in said(parsed(roofline.draw(found)))


@pytest.mark.parametrize(("cycles", "each"), [(100, 32.0), (50, 64.0)])
def test_record(cycles, each):
    """3200 BitOPs of 100 bytes of 8 bits, 4 a cycle."""
    i = Edge(number=Number(width=8, signed=False), items=100, width=32)
    o = Edge(number=Number(width=8, signed=False), items=10, width=32)
    found = roofline.record(bitops=3200, cycles=cycles, clock_mhz=200.0, compute=70.0, board=None,
                            weight_bits=640, weight_bandwidth=16, moved=io((i, o)),
                            edges=(i, o))  # fmt: skip
    assert found["bitops_per_cycle"] == each
    assert found["bitops_per_second"] == each * 2e8
    assert (found["bitops_per_byte"], found["bitops_per_weight_bit"]) == (32, 5)
    assert found["ceilings"] == {"compute": 70.0, "board": None, "weights": 80.0, "edges": 128.0,
                                 "dma": 256.0}  # fmt: skip


def test_numbers_are_short():
    assert [svg.number(value) for value in (1, 2.0, 0.25, 12.345)] == ["1", "2", "0.2", "12.3"]


def test_numbers_of_four_digits():
    some = (47370.2, 6.98777e12, 0.0984, 1, 0.00012345, 1044)
    assert [svg.digits(value) for value in some] == ["47,370", "6,988,000,000,000", "0.0984", "1",
                                                     "0.0001234", "1,044"]  # fmt: skip


def test_text_that_fits():
    assert svg.fit("fc0", 30) == "fc0"
    assert svg.fit("a long name of a layer", 60) == "a long…"
    assert len(svg.fit("W" * 40, 100)) < len(svg.fit("i" * 40, 100))
    assert svg.fit("W", 1) == "…"
