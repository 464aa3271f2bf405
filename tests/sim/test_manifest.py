import dataclasses
import json
import re

import numpy as np
import pytest

from sim import manifest
from sim.golden.formats import integer
from tests.sim import tiny

TYPES = ["bipolar", "ternary", "uint1", "uint3", "int4", "uint8", "int9", "uint16", "int32",
         "uint32"]


def port(kind, items, lanes, **changes):
    """A port for frames of items, as narrow as it may be."""
    bits = 1 << (integer.parse(kind).width - 1).bit_length()
    fields = dict(port="m_axis", type=kind, shape=(items,), items=items, element_bits=bits,
                  lanes=lanes, width=lanes * bits, beats=-(-items // lanes))
    return manifest.Port(**fields | changes)


def values(kind, shape, seed):
    form = integer.parse(kind)
    steps = np.random.default_rng(seed).integers(0, (form.high - form.low) // form.step, shape,
                                                 endpoint=True)
    steps.ravel()[:2] = 0, (form.high - form.low) // form.step
    return form.low + form.step * steps


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(("items", "lanes"), [(1, 1), (7, 4), (8, 4), (10, 16), (5, 1)])
def test_beats_hold_the_items(kind, items, lanes):
    edge = port(kind, items, lanes)
    frames = values(kind, (3, items), seed=items)

    beats = edge.pack(frames)

    expected = []
    for frame in frames.tolist():
        words = [0] * edge.beats
        for i, value in enumerate(frame):
            code = int(value > 0) if kind == "bipolar" else value % (1 << edge.element_bits)
            words[i // lanes] |= code << i % lanes * edge.element_bits
        expected += words
    assert manifest.integers(beats) == expected
    np.testing.assert_array_equal(edge.unpack(beats), frames)


def test_wider_than_its_lanes():
    edge = port("int3", 5, 3, width=16)
    frames = values("int3", (4, 5), seed=3)
    assert max(manifest.integers(edge.pack(frames))) < 1 << 12
    np.testing.assert_array_equal(edge.unpack(edge.pack(frames)), frames)


def test_many_frames(monkeypatch):
    edge = port("int5", 9, 4)
    frames = values("int5", (50, 9), seed=5)
    whole = edge.pack(frames)
    monkeypatch.setattr(manifest, "CHUNK", 200)
    np.testing.assert_array_equal(edge.pack(frames), whole)
    np.testing.assert_array_equal(edge.unpack(whole), frames)


def test_no_frames():
    edge = port("int5", 9, 4)
    assert edge.unpack(edge.pack(np.zeros((0, 9), int))).shape == (0, 9)


def test_all_element_bits_count():
    assert port("int3", 1, 1, element_bits=8, width=8).unpack(np.array([[0x07]], np.uint8)) == 7
    assert port("uint3", 1, 1, element_bits=8, width=8).unpack(np.array([[0xFF]], np.uint8)) == 255


@pytest.mark.parametrize("bit", [4, 11, 12, 23])
def test_dirty_padding(bit):
    edge = port("int4", 4, 3, width=24)
    beats = edge.pack(np.zeros((300, 4), int))
    beats[2 * 277 + 1, bit // 8] |= 1 << bit % 8
    message = "m_axis_tdata must be zero outside the items, in frame 277"
    with pytest.raises(ValueError, match=f"^{message}$"):
        edge.unpack(beats)


@pytest.mark.parametrize(("changes", "message"), [
    ({"items": 0}, "items must be a positive integer, not 0"),
    ({"lanes": 2.0}, "lanes must be a positive integer, not 2.0"),
    ({"shape": (5,)}, "items must be those of shape [5], not 4"),
    ({"element_bits": 2}, "element_bits must be a power of two from 3 (int3) to 32, not 2"),
    ({"element_bits": 6}, "element_bits must be a power of two from 3 (int3) to 32, not 6"),
    ({"width": 7}, "width must be at least lanes * element_bits, not 7"),
    ({"beats": 3}, "beats must be items / lanes rounded up, not 3"),
])
def test_impossible_port(changes, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        dataclasses.replace(port("int3", 4, 2), **changes)


def test_read(tmp_path):
    build = manifest.read(tiny.make(tmp_path / "build"))
    assert (build.name, build.top, build.cycles_per_frame) == ("tiny", "top", tiny.CYCLES)
    assert build.frames_per_batch == 1
    assert build.input.shape == (4, 2, 2)
    assert build.output.form == integer.parse("int6")


def test_parts_of_a_cycle(tmp_path):
    folder = tiny.make(tmp_path / "build")
    tiny.seal(folder, cycles_per_frame=7.5, frames_per_batch=2)
    build = manifest.read(folder)
    assert (build.cycles_per_frame, build.frames_per_batch) == (7.5, 2)


def refusal(folder):
    with pytest.raises(manifest.BuildError) as caught:
        manifest.read(folder)
    return str(caught.value)


def test_no_build(tmp_path):
    message = "Folder must be a build with a manifest.json: No such file or directory"
    assert refusal(tmp_path) == f"{tmp_path}: {message}"
    (tmp_path / "manifest.json").write_text("{")
    assert refusal(tmp_path) == f"{tmp_path}/manifest.json: File must be JSON; build again"


@pytest.mark.parametrize(("changes", "message"), [
    ({"bitloom": 2}, 'File must be a manifest with "bitloom": 1; build again'),
    ({"latency_cycles": "1"}, "latency_cycles must be a positive integer, not '1'; build again"),
    ({"frames_per_batch": 0}, "frames_per_batch must be a positive integer, not 0; build again"),
    ({"cycles_per_frame": -0.5}, "cycles_per_frame must be a positive integer, not -0.5; "
                                 "build again"),
    ({"input": {}}, "input must have the fields beats, element_bits, items, lanes, port, shape, "
                    "type, width; build again"),
    ({"files": {}}, "files must name top.v, model.json, weights.npz; build again"),
    ({"top": None}, "top must be a string, not None; build again"),
])
def test_bad_manifest(tmp_path, changes, message):
    folder = tiny.make(tmp_path / "build")
    tiny.seal(folder, **changes)
    assert refusal(folder) == f"{folder}/manifest.json: {message}"


def test_missing_field(tmp_path):
    folder = tiny.make(tmp_path / "build")
    document = json.loads((folder / "manifest.json").read_text())
    del document["output"]
    (folder / "manifest.json").write_text(json.dumps(document))
    assert refusal(folder) == f"{folder}/manifest.json: Field 'output' is missing; build again"


@pytest.mark.parametrize("name", ["top.v", "model.json", "weights.npz"])
def test_changed_file(tmp_path, name):
    folder = tiny.make(tmp_path / "build")
    (folder / name).write_bytes((folder / name).read_bytes() + b"\n")
    message = f"File '{name}' does not match its digest in manifest.json; build again"
    assert refusal(folder) == f"{folder}: {message}"
    (folder / name).unlink()
    message = f"File '{name}' cannot be read: No such file or directory; build again"
    assert refusal(folder) == f"{folder}: {message}"
