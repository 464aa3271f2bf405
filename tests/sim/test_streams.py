"""Streams between layers: what the manifest says of them, and what their probes leave."""

import numpy as np
import pytest

from sim import __main__ as cli
from sim import manifest, streams
from sim.streams import Stream
from sim.variant import Variant
from tests.sim import tiny

RECORD = {"layer": "fc0", "signals": "fc0_mvtu_o", "lanes": 2, "width": 5, "signed": True,
          "bipolar": False, "items": 3, "vectors": 2, "shape": [2, 3]}  # fmt: skip


def stream(**fields) -> Stream:
    return Stream(**RECORD | {"shape": (2, 3)} | fields)


def lines(some: Stream, lanes: list[list[int]]) -> str:
    """Transfers as the probes write them."""
    mask = (1 << some.width) - 1
    words = (sum((value & mask) << k * some.width for k, value in enumerate(one)) for one in lanes)
    return "".join(f"{word:0{2 * some.bytes}x}\n" for word in words)


def test_vectors_and_lanes(tmp_path):
    """Two vectors of three numbers in two lanes: the fourth lane is anything."""
    some, file = stream(), tmp_path / "stream0.hex"
    frame = [[-16, 15], [7, 9], [0, -1], [3, 8]]
    file.write_text(lines(some, frame + frame[::-1] + frame[:3]))
    found = streams.seen(some, file, 0, 4)
    np.testing.assert_array_equal(found.values[:2], [[-16, 15, 7, 0, -1, 3], [3, 8, 0, 7, 9, -16]])
    assert found.values[2, :5].tolist() == [-16, 15, 7, 0, -1]
    assert found.there.tolist() == [[True] * 6] * 2 + [[True] * 5 + [False]] + [[False] * 6]
    assert not found.unknown.any()
    assert found.transfers == 11
    later = streams.seen(some, file, 1, 1)
    np.testing.assert_array_equal(later.values, found.values[1:2])
    assert not streams.seen(some, file, 3, 2).there.any()
    assert not streams.seen(some, tmp_path / "none", 0, 1).there.any()


@pytest.mark.parametrize("width", [1, 7, 31, 62, 63, 130])
def test_widths(tmp_path, width):
    some = stream(lanes=3, width=width, signed=False, items=5, vectors=1, shape=(5,))
    rng = np.random.default_rng(width)
    values = [int.from_bytes(rng.bytes(17)) >> 136 - width for _ in range(5)]
    (tmp_path / "x").write_text(lines(some, [values[:3], [*values[3:], 0]]))
    assert streams.seen(some, tmp_path / "x", 0, 1).values[0].tolist() == values


def test_bipolar(tmp_path):
    some = stream(width=1, lanes=3, signed=False, bipolar=True, vectors=1)
    (tmp_path / "x").write_text(lines(some, [[1, 0, 1]]))
    assert streams.seen(some, tmp_path / "x", 0, 1).values.tolist() == [[1, -1, 1]]


def test_unknown_bits(tmp_path):
    """As Icarus writes them: digits that are x, or in part."""
    some = stream(width=4, items=2, vectors=1, signed=False)
    (tmp_path / "x").write_text("x3\n1Z\n12\n")
    found = streams.seen(some, tmp_path / "x", 0, 3)
    assert found.unknown.tolist() == [[False, True], [True, False], [False, False]]
    assert found.values[2].tolist() == [2, 1]


def test_probes_stand_in_the_top():
    text = "module top2(a);\nendmodule\nmodule top(clk, rst);\n  wire x;\nendmodule\nmodule b;\n"
    inside = streams.probes([stream(width=4)])
    made = Variant(inside=inside).top(text + "endmodule\n", "top")
    assert made.index("wire x") < made.index("$fdisplay") < made.index("module b")
    assert made.count("endmodule") == 3
    assert "{\\fc0_mvtu_o_payload }" in inside
    assert "3'd0, " in streams.probes([stream(width=5, lanes=1)])


def build(tmp_path, **changes):
    folder = tiny.make(tmp_path / "build")
    tiny.seal(folder, **changes)
    return folder


def refused(capsys, folder, *arguments):
    status = cli.main([str(folder), *arguments])
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    return err


@pytest.mark.parametrize(("changes", "what"), [
    ({}, "Manifest must name the streams between the layers, which older builds did not"),
    ({"streams": {}}, "streams must be a list, not {}"),
    ({"streams": 3}, "streams must be a list, not 3"),
    ({"streams": [3]}, "streams must have the fields bipolar, items, lanes, layer, shape, signals, "
                       "signed, vectors, width"),
    ({"streams": [{**RECORD, "more": 1}]}, "streams must have the fields bipolar, items, lanes, "
                                           "layer, shape, signals, signed, vectors, width"),
    ({"streams": [RECORD | {"lanes": 0}]}, "streams must have positive sizes, not lanes 0"),
    ({"streams": [RECORD | {"shape": [2, -3]}]}, "streams must have positive sizes, not shape -3"),
    ({"streams": [RECORD | {"width": True}]}, "streams must have positive sizes, not width True"),
    ({"streams": [RECORD | {"shape": 3}]}, "streams must have a list of sizes as shape, not 3"),
    ({"streams": [RECORD | {"signed": 1}]}, "streams must have signed true or false, not 1"),
    ({"streams": [RECORD | {"layer": 1}]}, "streams must have a text as layer, not 1"),
])  # fmt: skip
def test_refused_manifest(capsys, tmp_path, changes, what):
    folder = build(tmp_path, **changes)
    message = f"{folder}/manifest.json: {what}; build again\n"
    assert refused(capsys, folder, "--per-layer") == message


def test_layers_that_share_an_array(capsys, tmp_path):
    folder = build(tmp_path, streams=[])
    what = ("Build must have a stream for each layer, not one array that all layers share; without "
            "--per-layer its outputs are compared")  # fmt: skip
    assert refused(capsys, folder, "--per-layer") == f"{folder}/manifest.json: {what}\n"


def test_layer_that_the_network_has_not(capsys, tmp_path):
    folder = build(tmp_path, streams=[RECORD | {"layer": "fc7"}])
    what = "streams must be of layers of model.json, not of 'fc7'"
    expected = f"{folder}/manifest.json: {what}; build again\n"
    assert refused(capsys, folder, "--per-layer") == expected


def test_items_that_are_not_those_of_the_layer(capsys, tmp_path):
    folder = build(tmp_path, streams=[RECORD | {"shape": [4]}])  # 3 items twice
    what = "streams must have as many items as layer fc0 gives, 4, not 6"
    expected = f"{folder}/manifest.json: {what}; build again\n"
    assert refused(capsys, folder, "--per-layer") == expected


@pytest.mark.parametrize("option", [["--per-layer"], ["--wave", "x.fst"]])
@pytest.mark.parametrize("other", [["--golden"], ["--driver", "c"], ["--serve", "0"]])
def test_without_a_run_of_the_top(capsys, tmp_path, option, other):
    message = f"argument {option[0]}: must stand without --golden, --driver, --serve\n"
    assert refused(capsys, build(tmp_path), *option, *other) == message


@pytest.mark.parametrize("name", ["wave", "wave.txt", "x.fst.gz", ".fst", ""])
def test_waveform_of_another_kind(capsys, tmp_path, name):
    message = f"argument --wave: must be a file that ends in .fst or .vcd, not {name!r}\n"
    assert refused(capsys, build(tmp_path), "--wave", name) == message


def test_waveform_in_no_folder(capsys, tmp_path):
    file = tmp_path / "none" / "x.vcd"
    message = f"{file}: File must stand in a folder that exists\n"
    assert refused(capsys, build(tmp_path), "--wave", str(file)) == message


def test_manifest_keeps_the_streams(tmp_path):
    found = streams.read(manifest.read(build(tmp_path, streams=[RECORD])))
    assert found == [stream()]
