"""Which circuits stand for convolutions, pools and branches."""

import pytest

from generators.finn import limits, lower
from generators.finn.part import Choice, Flow
from generators.finn.pipeline import Pipeline
from generators.network.error import ModelError
from hdl.number import Number
from tests.generators.finn import nets
from tests.generators.finn.map_nets import conv, layer, model

SAME = [1, 1, 1, 1]


def circuits(document: dict, unfolded: int = 1, **choices) -> list[tuple[str, str, int]]:
    """Each part's name, what it reads and its lanes out."""
    picked = {name: Choice(*fold, "lut", "mvtu") for name, fold in choices.items()}
    _, parts, _ = lower.parts(nets.network(document), picked, unfolded)
    return [(part.name, " ".join(part.inputs), part.flow.lanes) for part in parts]


def part(document: dict, kind: str, **choices):
    """The part of a kind."""
    picked = {name: Choice(*fold, "lut", "mvtu") for name, fold in choices.items()}
    _, parts, _ = lower.parts(nets.network(document), picked, 64)
    (found,) = (part for part in parts if part.kind == kind)
    return found


def test_convolution():
    document = model(conv("c", "input", (6, 3, 3, 4), padding=SAME, stride=[1, 2]))
    found = circuits(document, c=(3, 2))
    assert found[:3] == [("c_converter", "input", 2), ("c_window", "c_converter", 2),
                         ("c_mvtu", "c_window", 3)]  # fmt: skip
    window = part(document, "window", c=(3, 2)).config
    assert (window.repeats, window.blocks, window.padding) == (2, 1, (1, 1, 1, 1))
    mvtu = part(document, "mvtu", c=(3, 2))
    assert mvtu.interval == 6 * 3 * 2 * 18 == window.interval
    assert (mvtu.flow.items, mvtu.flow.vectors) == (6, 18)


def test_pointwise_convolutions_need_no_line_buffer():
    found = circuits(model(conv("c", "input", (6, 1, 1, 4))), c=(3, 3))
    assert [name for name, _, _ in found][:3] == ["c_converter", "c_converter_2", "c_mvtu"]
    strided = model(conv("c", "input", (6, 1, 1, 4), stride=[2, 2]))
    assert part(strided, "window", c=(3, 4)).config.depth >= 1


def test_taps_side_by_side():
    """All three taps of a kernel's row at once, for half of the channels."""
    document = model(conv("c", "input", (6, 3, 3, 4)))
    found = circuits(document, c=(6, 6))
    assert [entry[0] for entry in found][1:4] == ["c_window", "c_columns", "c_mvtu"]
    window = part(document, "window", c=(6, 6)).config
    assert (window.kernel, window.stride, window.lanes) == ((3, 1), (1, 1), 2)
    assert part(document, "columns", c=(6, 6)).interval == 4 * 6 * 3 * 2
    assert part(document, "mvtu", c=(6, 6)).interval == 16 * 6


def test_depthwise():
    document = model(conv("c", "input", (8, 3, 3, 1), groups=4, padding=SAME))
    window, mvtu = (part(document, kind, c=(4, 1)).config for kind in ("window", "mvtu"))
    assert (window.lanes, window.blocks, window.repeats) == (2, 2, 1)
    assert (mvtu.rows, mvtu.groups, mvtu.group_lanes, mvtu.pe, mvtu.simd) == (2, 4, 2, 2, 1)
    window, mvtu = (part(document, kind, c=(1, 1)).config for kind in ("window", "mvtu"))
    assert (window.lanes, window.blocks, window.repeats, mvtu.group_lanes) == (1, 4, 2, 1)


def test_pools():
    plain = part(model(layer("p", "maxpool", "input", kernel=[2, 3])), "pool").config
    assert (plain.height, plain.width, plain.kernel) == (6, 6, (2, 3))
    document = model(layer("p", "maxpool", "input", kernel=[3, 3], stride=[2, 2], padding=SAME))
    behind = part(document, "pool")
    assert (behind.config.kernel, behind.config.height) == ((1, 9), 1)
    assert part(document, "window").config.pad_code == 0
    assert behind.interval == part(document, "window").config.o_beats


def test_branches():
    document = model(
        conv("a", "input", (4, 3, 3, 4), padding=SAME),
        layer("sum", "add", "a", "input"),
        layer("cat", "concat", "sum", "input"),
    )
    found = circuits(document, a=(2, 2))
    assert found[0] == ("input_fork", "input", 16)
    reads = {name: inputs for name, inputs, _ in found}
    assert reads["sum_add"] == "sum_converter sum_converter_2"
    assert (reads["sum_converter"], reads["sum_converter_2"]) == ("a_mvtu", "input_fork")
    assert reads["cat_concat"] == "cat_converter cat_converter_2"
    assert reads["cat_converter_2"] == "input_fork"


@pytest.mark.parametrize(("flow", "lanes", "items", "expected"), [
    ((2, 6, 4), 2, 6, []),
    ((2, 6, 4), 2, 24, []),  # no gaps: only called otherwise
    ((4, 6, 4), 4, 6, [(4, 6)]),  # zeros in the last transfer's two lanes
    ((4, 24, 1), 3, 3, [(3, 24)]),  # pixels of three channels out of beats of four
    ((4, 6, 4), 4, 24, [(6, 6), (4, 24)]),  # the gaps of pixels first
    ((4, 7, 1), 1, 1, [(1, 7)]),
    ((3, 12, 2), 5, 12, [(5, 12)]),
    ((4, 24, 1), 4, 6, [(6, 24), (4, 6)]),
])  # fmt: skip
def test_regroup(flow, lanes, items, expected):
    pipeline = Pipeline(nets.network(model(conv("c", "input", (2, 1, 1, 4)))), 1)
    start = Flow("input", Number(width=2), *flow)
    end = pipeline.regroup("x", start, lanes, items)
    made = [(part.config.o_lanes, part.config.items) for part in pipeline.parts]
    assert made == expected
    assert (end.lanes, end.items, end.total) == (lanes, items, start.total)


@pytest.mark.parametrize(("layers", "kind", "sentence"), [
    ([layer("p", "pad", "input", padding=SAME, value=-1)], "uint2",
     "net: layer 'p': Padding of a map of type uint2 must be from 0 to 3, not -1"),
    ([conv("c", "input", (2, 1, 1, 4), padding=[1, 0, 0, 0], stride=[9, 1])], "uint2",
     "net: layer 'c': Windows must read the map, not only its padding"),
    ([layer("s", "sumpool", "input", kernel=[1, 1], padding=[0, 1, 0, 0], stride=[1, 9])], "uint2",
     "net: layer 's': Windows must read the map, not only its padding"),
    ([conv("c", "input", (2, 3, 3, 4), weights="int17")], "uint2",
     "net: layer 'c': Weights of a convolution must be at most 16 bits wide, not 17"),
])  # fmt: skip
def test_refused(layers, kind, sentence):
    with pytest.raises(ModelError) as caught:
        limits.refuse(nets.network(model(*layers, kind=kind)))
    assert str(caught.value) == sentence
