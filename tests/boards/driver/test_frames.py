import re

import numpy as np
import pytest

from boards.driver.errors import InputError
from boards.driver.frames import Port
from boards.driver.host import prepare
from sim import manifest as reader
from tests.boards.driver import model

FORMS = [("bipolar", 1), ("uint1", 1), ("ternary", 2), ("int2", 2), ("uint2", 2), ("int3", 4),
         ("uint4", 4), ("int8", 8), ("uint5", 8), ("uint8", 8), ("int9", 16), ("uint16", 16),
         ("int20", 32), ("uint32", 32)]  # fmt: skip


def frames_of(port: Port, count: int, rng) -> np.ndarray:
    if port.bipolar:
        return rng.choice([-1, 1], (count, port.items))
    return rng.integers(port.low, port.high, (count, port.items), endpoint=True)


@pytest.mark.parametrize("items", [1, 7, 24, 785])
@pytest.mark.parametrize(("form", "bits"), FORMS)
def test_tight(form, bits, items):
    port = Port(model.port(form, (items,), bits))
    frames = frames_of(port, 9, np.random.default_rng(items))
    packed = port.pack(port.check(frames))
    assert packed.shape == (9, -(-items * bits // 8)) == (9, port.frame_bytes)
    whole = [int.from_bytes(frame.tobytes(), "little") for frame in packed]
    for frame, number in zip(frames.tolist(), whole):
        codes = [(value + 1) // 2 if port.bipolar else value % (1 << bits) for value in frame]
        assert number == sum(code << bits * k for k, code in enumerate(codes))
    back = port.unpack(packed.tobytes(), 9)
    assert back.dtype == (np.int64 if form == "uint32" else np.int32)
    np.testing.assert_array_equal(back, frames)


@pytest.mark.parametrize(("form", "bits"), FORMS)
def test_as_the_streams(form, bits):
    """One beat that is as wide as the frame holds the same bytes."""
    items = 24
    entry = model.port(form, (items,), bits)
    del entry["frame_bytes"]
    wide = reader.Port(**entry | {"port": "s_axis", "shape": (items,), "lanes": items,
                                  "width": items * bits, "beats": 1})  # fmt: skip
    port = Port(entry)
    frames = frames_of(port, 5, np.random.default_rng(2))
    np.testing.assert_array_equal(port.pack(port.check(frames)), wide.pack(frames))


def test_values_outside_the_type_come_back():
    port = Port(model.port("int6", (2,), 8))
    assert port.unpack(b"\x7f\x80", 1).tolist() == [[127, -128]]


@pytest.mark.parametrize("shape", [(5, 4, 3, 1), (5, 12), (5, 12, 1), (5, 2, 6)])
def test_shapes(shape):
    port = Port(model.port("uint8", (4, 3, 1), 8))
    assert port.check(np.ones(shape, np.uint8)).shape == (5, 12)


def test_no_frames():
    port = Port(model.port("uint8", (4, 3, 1), 8))
    assert port.check(np.ones((0, 12), int)).shape == (0, 12)
    with pytest.raises(InputError):
        port.check(np.ones((0, 11), int))


def test_booleans():
    bits = np.array([[True, False, True]])
    assert Port(model.port("bipolar", (3,), 1)).check(bits).tolist() == [[1, -1, 1]]
    assert Port(model.port("uint1", (3,), 1)).check(bits).tolist() == [[1, 0, 1]]


ACCEPTED = "(frames, 4, 3, 1) or another with 12 elements a frame"


@pytest.mark.parametrize(("form", "frames", "message"), [
    ("uint8", np.ones((2, 12)), "Frames must be integers or booleans, not float64"),
    ("uint8", np.ones((2, 11), int), f"Frames must have the shape {ACCEPTED}, not (2, 11)"),
    ("uint8", np.ones(12, int), f"Frames must have the shape {ACCEPTED}, not (12,)"),
    ("uint8", np.array(1), f"Frames must have the shape {ACCEPTED}, not ()"),
    ("uint8", np.full((2, 12), 256),
     "Frames must be uint8 values, 0 to 255, not 256 (item 0 of frame 0)"),
    ("int4", np.arange(24).reshape(2, 12) - 6,
     "Frames must be int4 values, -8 to 7, not 8 (item 2 of frame 1)"),
    ("bipolar", np.zeros((1, 12), int),
     "Frames must be bipolar values, -1 and +1, not 0 (item 0 of frame 0)"),
])  # fmt: skip
def test_refuses_frames(form, frames, message):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        Port(model.port(form, (4, 3, 1), 8)).check(frames)


@pytest.mark.parametrize(("changes", "message"), [
    ({"type": "float32"},
     "Manifest's type must be bipolar, ternary, intN or uintN with N from 1 to 32, not 'float32'"),
    ({"type": "int33"},
     "Manifest's type must be bipolar, ternary, intN or uintN with N from 1 to 32, not 'int33'"),
    ({"element_bits": 3}, "Manifest's element_bits must be 1, 2, 4, 8, 16 or 32, not 3"),
    ({"frame_bytes": 7}, "Manifest's frame_bytes must be that of its items, 3 bytes, not 7"),
])  # fmt: skip
def test_refuses_manifests(changes, message):
    entry = model.port("uint8", (3,), 8) | changes
    if "element_bits" in changes:
        del entry["frame_bytes"]
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        Port(entry)


def hosted(thresholds) -> dict:
    host = {"type": "uint8", "thresholds": thresholds, "base": -1, "step": 2}
    return model.manifest(model.port("bipolar", (2, 2, 3), 1), host=host)


def test_host_thresholds():
    pixels = np.random.default_rng(0).integers(0, 256, (4, 2, 2, 3)).astype(np.uint8)
    one = prepare(hosted([[128]]), pixels)
    np.testing.assert_array_equal(one, np.where(pixels >= 128, 1, -1).reshape(4, 12))
    each = prepare(hosted([[50], [100], [256]]), pixels)
    expected = np.where(pixels >= np.array([50, 100, 256]), 1, -1)
    np.testing.assert_array_equal(each, expected.reshape(4, 12))
    plain = model.manifest()
    assert prepare(plain, pixels) is pixels


def test_refuses_host_thresholds():
    message = "Manifest's host thresholds must have the shape (1 or 3, levels), not (2, 1)"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        prepare(hosted([[1], [2]]), np.zeros((1, 12), int))
