"""The pipeline drawn: every box and stream, branches in lanes that do not meet; both ways."""

import itertools
import re
from xml.etree import ElementTree

from generators.emit import across, down, pipeline, svg
from generators.emit.pipeline import Box, Link

LINES = ("8 × 4 bit", "1.5 a cycle", "busy 25 %", "queue 37")


def link(source: str, target: str, *lines: str) -> Link:
    return Link(source=source, target=target, lines=lines or LINES)


def boxes(names: str, **fields) -> list[Box]:
    return [Box(name=name, lines=("conv", "12 cycles"), share=0.5, **fields) for name in names]


RESIDUAL = (boxes("abcd"), [link("a", "b"), link("b", "c"), link("c", "d"), link("a", "c"),
                            link("a", "d"), link("b", "d")])  # fmt: skip


def test_streams_beside_the_boxes_share_a_lane_by_source():
    direct, lanes = pipeline.layout(*RESIDUAL)
    assert {place: one.source for place, one in direct.items()} == {1: "a", 2: "b", 3: "c"}
    assert [(lane.track, lane.source, lane.end) for lane in lanes] == [(0, 0, 3), (1, 1, 3)]
    assert [place for place, _ in lanes[0].links] == [2, 3]


def test_a_lane_is_used_again_where_the_one_before_has_ended():
    some = [link("a", "c"), link("c", "e"), link("b", "d")]
    _, lanes = pipeline.layout(boxes("abcde"), some)
    assert [(lane.source, lane.track) for lane in lanes] == [(0, 0), (1, 1), (2, 0)]


def test_both_inputs_of_a_box_from_the_one_before():
    direct, lanes = pipeline.layout(boxes("ab"), [link("a", "b"), link("a", "b")])
    assert list(direct) == [1] and len(lanes) == 1


def drawings() -> tuple[list[ElementTree.Element], ElementTree.Element]:
    """The pictures of the rows, and that of the column."""
    wide = ElementTree.fromstring(across.across(*RESIDUAL))
    return list(wide), ElementTree.fromstring(down.down(*RESIDUAL))


def test_everything_is_drawn_in_both():
    cells, column = drawings()
    for some in (cells, [column]):
        said = [text.text for cell in some for text in cell.iter("text")]
        assert [text for text in said if text in "abcd"] == list("abcd")
        joined = " ".join(said)
        assert joined.count("8 × 4 bit") == 6 and joined.count("queue 37") == 6
        heads = [one for cell in some for one in cell.iter("polygon")]
        assert len(heads) == 6
        starts = [one for cell in some for one in cell.iter("circle")]
        assert len(starts) == 2  # where branches leave a and b
    titles = [cell.find("title").text for cell in cells]
    assert titles[2] == ("c: conv, 12 cycles; from b: 8 × 4 bit, 1.5 a cycle, busy 25 %, queue 37; "
                         "from a: 8 × 4 bit, 1.5 a cycle, busy 25 %, queue 37")  # fmt: skip


def test_lanes_go_on_from_cell_to_cell():
    """At the same height at the right edge of each and the left edge of the next."""
    cells, _ = drawings()
    for one, other in itertools.pairwise(cells):
        right = {line.get("y1") for line in one.iter("line") if line.get("x2") == "268"}
        left = {line.get("y1") for line in other.iter("line") if line.get("x1") == "0"}
        assert right == left and right
    assert len({cell.get("viewBox") for cell in cells}) == 1


def test_all_stands_within_the_pictures():
    cells, column = drawings()
    for picture in [*cells, column]:
        _, _, width, height = map(float, picture.get("viewBox").split())
        for line in picture.iter("line"):
            assert all(0 <= float(line.get(name)) <= width for name in ("x1", "x2"))
            assert all(0 <= float(line.get(name)) <= height for name in ("y1", "y2"))
        for box in picture.iter("rect"):
            assert float(box.get("x")) + float(box.get("width")) <= width
            assert float(box.get("y")) + float(box.get("height")) <= height


def test_boxes_of_the_column_do_not_meet():
    _, column = drawings()
    shapes = [one for one in column.iter("rect") if one.get("class") == "box"]
    spans = [(float(one.get("y")), float(one.get("height"))) for one in shapes]
    assert all(y + tall < later for (y, tall), (later, _) in itertools.pairwise(spans))


def test_bottleneck_is_said_and_not_only_coloured():
    slow = boxes("a", binds=True)
    for drawn in (across.across(slow, []), down.down(slow, [])):
        assert re.search(r">(▲ )?bottleneck</text>", drawn) and "; the bottleneck" in drawn
        assert 'class="layer slowest"' in drawn
    assert "bottleneck" not in across.across(boxes("a"), [])


def test_share_is_the_width_of_a_bar():
    cell = ElementTree.fromstring(across.across(boxes("a"), []))[0]
    wide = {one.get("class"): float(one.get("width")) for one in cell.iter("rect")}
    assert wide["share"] == wide["trough"] / 2
    over = [Box(name="a", lines=(), share=7.0)]
    cell = ElementTree.fromstring(across.across(over, []))[0]
    wide = {one.get("class"): float(one.get("width")) for one in cell.iter("rect")}
    assert wide["share"] == wide["trough"]


def test_long_lines_of_a_branch_are_shortened_to_what_fits():
    many = link("a" * 40, "c", "1,024 × 16 bit", "1.5 a cycle", "busy 25.5 %", "queue 1024 + 37")
    some = [Box(name="a" * 40, lines=()), *boxes("bc")]
    label = re.findall(r'class="label">(from [^<]*)<', across.across(some, [many]))
    assert label == [f"from {svg.fit('a' * 40, 100, 11)}: 1,024 × 16 bit"]
    assert len(label[0]) <= across.WIDE
