"""The picture: well-formed, to scale, the same bytes each time."""

from xml.etree import ElementTree

import pytest

from generators.explore import draw

SVG = "{http://www.w3.org/2000/svg}"
DOTS = (draw.Dot(1000, 800, "100", "a & <b>"), draw.Dot(10_000, 3000, "10", "c", 2900))
FRONT = draw.Panel("speed", "frames a second", "LUT", DOTS, 4000, rising=True)


def read(*panels) -> ElementTree.Element:
    return ElementTree.fromstring(draw.svg("net & more", panels))


def texts(tree) -> list[str]:
    return [text.text or "" for text in tree.iter(f"{SVG}text")]


def test_every_design_is_a_dot_with_its_label_and_tip():
    tree = read(FRONT)
    assert len(list(tree.iter(f"{SVG}circle"))) == 2
    assert {"speed", "frames a second", "LUT", "100", "10"} <= set(texts(tree))
    assert [title.text for title in tree.iter(f"{SVG}title")] == ["net & more", "a & <b>", "c"]
    assert draw.svg("net", [FRONT]) == draw.svg("net", [FRONT])


def test_scales_are_logarithmic():
    tree = read(FRONT)
    x = [float(dot.get("cx")) for dot in tree.iter(f"{SVG}circle")]
    ticks = {text.text: float(text.get("x")) for text in tree.iter(f"{SVG}text")
             if text.get("text-anchor") == "middle"}  # fmt: skip
    assert x == [ticks["1k"], ticks["10k"]]
    assert ticks["2k"] - ticks["1k"] == pytest.approx(0.301 * (x[1] - x[0]), abs=0.2)


@pytest.mark.parametrize("rising", [True, False])
def test_between_designs_the_better_one_counts(rising):
    dots = DOTS if rising else (draw.Dot(1000, 3000, "", ""), draw.Dot(10_000, 800, "", ""))
    tree = read(draw.Panel("", "", "", dots, 9, rising=rising))
    corners = [tuple(map(float, pair.split(",")))
               for pair in next(tree.iter(f"{SVG}polyline")).get("points").split()]  # fmt: skip
    (x1, y1), (x2, y2), (x3, y3) = corners
    assert (x2, y2) == ((x1, y3) if rising else (x3, y1))


def test_synthesis_and_limit_are_drawn():
    tree = read(FRONT)
    assert len([one for one in tree.iter(f"{SVG}line") if one.get("class") == "synthesis"]) == 2
    assert "4,000 LUT may be used" in texts(tree)
    far = draw.Panel("", "", "LUT", DOTS, 10**6, rising=True)
    assert not any("may be used" in text for text in texts(read(far)))


@pytest.mark.parametrize("dots", [
    (draw.Dot(1, 1, "", ""),), (draw.Dot(1, 7, "", ""), draw.Dot(10**9, 7, "", "")),
    (draw.Dot(0.02, 3, "", ""), draw.Dot(5, 2, "", "")),
])  # fmt: skip
def test_any_range(dots):
    tree = read(draw.Panel("", "", "", dots, 53_200, rising=True), FRONT)
    for dot in tree.iter(f"{SVG}circle"):
        assert draw.LEFT <= float(dot.get("cx")) <= draw.WIDTH - draw.RIGHT
        assert draw.TOP <= float(dot.get("cy")) <= draw.HEIGHT - draw.BOTTOM
    assert "50k" not in texts(tree)
