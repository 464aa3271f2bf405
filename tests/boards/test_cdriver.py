import ctypes
import re
import subprocess

import numpy as np
import pytest

from boards import cdriver, driverfiles
from boards.driver.frames import Port
from boards.error import BoardError
from hdl.bus.registers import REGISTERS
from tests.boards.driver import model
from tests.boards.driver.cside import C, written

FRAMES = np.random.default_rng(0).integers(0, 256, (100, 12))


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """The small build's driver, compiled once."""
    folder = tmp_path_factory.mktemp("small")
    return cdriver.compile(written(folder, model.manifest()), folder / "bitloom.so")


@pytest.fixture
def hardware():
    return model.Model(model.manifest())


def test_registers_are_the_hardware_s():
    """What the tests' model has is what the system has."""
    assert {one.name: one.offset for one in REGISTERS} == model.NAMES
    fields = {one.name: {field.name: field.bit for field in one.fields}
              for one in REGISTERS if one.fields}  # fmt: skip
    assert fields == model.FIELDS


@pytest.mark.parametrize("rooms", [(8192, 8192), (100, 100), (12, 6)])
def test_hundred_frames(library, hardware, rooms):
    device = C(library, hardware, *rooms)
    assert device.open() == "No error"
    message, results = device.run(FRAMES)
    assert message == "No error"
    np.testing.assert_array_equal(results, model.thirds(FRAMES))
    assert hardware.runs == -(-100 // min(rooms[0] // 12, rooms[1] // 6))
    assert device.library.bitloom_cycles(device.device) == 10 + 3 * (
        100 % min(rooms[0] // 12, rooms[1] // 6) or min(rooms[0] // 12, rooms[1] // 6))  # fmt: skip


@pytest.mark.parametrize("count", [1, 7, 8, 50])
def test_batches(tmp_path, count):
    document = model.manifest(frames_per_batch=8)
    path = cdriver.compile(written(tmp_path, document), tmp_path / "bitloom.so")
    device = C(path, model.Model(document), 20 * 12, 20 * 6)
    device.open()
    message, results = device.run(FRAMES[:count])
    assert message == "No error"
    np.testing.assert_array_equal(results, model.thirds(FRAMES[:count]))


FORMS = [("bipolar", 1), ("int2", 2), ("uint4", 4), ("int8", 8), ("uint16", 16), ("int20", 32)]


@pytest.mark.parametrize(("form", "bits"), FORMS)
def test_packs(tmp_path, form, bits):
    """13 items tight, both ways, as the Python driver does."""
    entry = model.port(form, (13,), bits)
    document = model.manifest(entry, entry)
    library = cdriver.compile(written(tmp_path, document), tmp_path / "bitloom.so")
    library, port = ctypes.CDLL(str(library)), Port(entry)
    rng = np.random.default_rng(bits)
    frames = rng.integers(port.low, port.high, (20, 13), endpoint=True)
    frames = np.where(frames == 0, 1, frames) if port.bipolar else frames
    for frame, expected in zip(frames.astype(np.int32), port.pack(frames)):
        packed = np.full(port.frame_bytes, 0xAA, np.uint8)
        library.bitloom_pack(frame.ctypes, packed.ctypes)
        np.testing.assert_array_equal(packed, expected)
        back = np.zeros(13, np.int32)
        library.bitloom_unpack(packed.ctypes, back.ctypes)
        np.testing.assert_array_equal(back, frame)


REASONS = {
    "read_slverr": "The memory answered a read with SLVERR; check the input buffer's address",
    "read_decerr": "There is no memory where the input was read; check the input buffer's address",
    "write_slverr": "The memory answered a write with SLVERR; check the output buffer's address",
    "write_decerr": "There is no memory where the output was written; check the output buffer's "
                    "address",
    "start_while_busy": "A run was started before the last one had ended; wait for that or abort "
                        "it first",
    "input_length": "INPUT_BYTES must be FRAMES times the bytes of an input frame",
    "output_length": "OUTPUT_BYTES must be at least FRAMES times the bytes of an output frame, "
                     "FRAMES at least 1",
    "address": "INPUT_ADDRESS and OUTPUT_ADDRESS must be multiples of 8",
    "aborted": "The run was aborted",
}  # fmt: skip


@pytest.mark.parametrize("reason", list(REASONS))
def test_reasons(library, hardware, reason):
    device = C(library, hardware)
    device.open()
    hardware.fail = (reason,)
    assert device.run(FRAMES)[0] == REASONS[reason]
    message, results = device.run(FRAMES)
    assert message == "No error"
    np.testing.assert_array_equal(results, model.thirds(FRAMES))


def test_error_without_a_reason(library, hardware):
    device = C(library, hardware)
    device.open()
    hardware._wrong = lambda *run: ("error",)
    message = "A run failed without a reason; load the bitstream again"
    assert device.run(FRAMES)[0] == message


def test_timeout(library, hardware):
    device = C(library, hardware, polls=5)
    device.open()
    hardware.polls = None
    message = "A run did not end in time and was aborted; check the clock and the memory port"
    assert device.run(FRAMES)[0] == message
    hardware.polls = 2
    assert device.run(FRAMES)[0] == "No error"
    hardware.polls, hardware.stuck = None, True
    message = "The accelerator stays busy after an abort; load the bitstream again"
    assert device.run(FRAMES)[0] == message


def test_left_running(library):
    hardware = model.Model(model.manifest(), polls=None)
    hardware.write32(model.NAMES["CONTROL"], 1)
    assert C(library, hardware).open() == "No error"
    assert hardware.get("STATUS") == 1


@pytest.mark.parametrize(("name", "message"), [
    ("ID", "No Bitloom bitstream is loaded, or its clock does not run; load this build's"),
    ("VERSION", "The registers are of another version; use the driver of the build that is loaded"),
    ("DIGEST3", "The bitstream of another build is loaded; load this build's"),
])  # fmt: skip
def test_identity(library, hardware, name, message):
    hardware.set(name, 0x12345678)
    assert C(library, hardware).open() == message


def test_memory(library, hardware):
    message = "The memory must be at multiples of 8 and hold one batch of frames each way"
    device = C(library, hardware, 11, 100)
    device.open()
    assert device.run(FRAMES)[0] == message
    assert C(library, hardware, shift=4).open() == message
    assert device.message(99) == device.message(-1) == "Unknown result"


def test_load(library, hardware, tmp_path):
    device = C(library, hardware)
    device.open()
    words = (ctypes.c_uint32 * 3)(7, 8, 9)
    load = device.library.bitloom_load
    assert load(device.device, 64, words, 3) == 0
    assert hardware.words == {64: 7, 65: 8, 66: 9}
    hardware.polls = hardware.set("STATUS", 0)  # busy, for ever
    assert "before the last one had ended" in device.message(load(device.device, 64, words, 3))
    plain = model.manifest()
    kept = [one for one in model.REGISTERS if not one["name"].startswith("LOAD")]
    plain["system"] = plain["system"] | {"registers": kept}
    path = cdriver.compile(written(tmp_path, plain), tmp_path / "bitloom.so")
    load = ctypes.CDLL(str(path)).bitloom_load
    assert "without a reason" in device.message(load(device.device, 64, words, 3))


def test_selftest(library, hardware):
    device = C(library, hardware)
    device.open()
    assert device.selftest() == "No error"
    assert hardware.runs == 9 and hardware.get("MODE") == 0


def test_selftest_fails(library, hardware):
    device = C(library, hardware)
    device.open()
    read32 = hardware.read32
    hardware.read32 = lambda offset: read32(offset) & (~0x10 if offset == 0x1C else ~0)
    message = "A register does not hold what was written; check the clock and the base address"
    assert device.selftest() == message
    hardware.read32 = read32
    end = hardware._end

    def spoil(*names):
        end(*names)
        hardware.memory[hardware.get("OUTPUT_ADDRESS") - hardware.address] ^= 1

    hardware._end = spoil
    message = ("Bytes through the memory came back changed; check the buffers' addresses and the "
               "caches")  # fmt: skip
    assert device.selftest() == message and hardware.get("MODE") == 0


def test_bare_metal_compiles(tmp_path):
    folder = written(tmp_path, model.manifest())
    text = "int f(void){return bitloom_bare_ops.read32 != 0;}\n"
    (folder / "bare.c").write_text(f'#include "bitloom_bare.h"\n{text}')
    done = subprocess.run(["cc", *cdriver.FLAGS, "-c", "-o", str(tmp_path / "bare.o"), "bare.c"],
                          cwd=folder, capture_output=True, text=True)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_files_are_the_same_each_time(tmp_path):
    vectors = FRAMES[:8], model.thirds(FRAMES[:8])
    made = driverfiles.files(model.manifest(), vectors)
    assert made == driverfiles.files(model.manifest(), vectors)
    assert {"driver/__main__.py", "driver/c/bitloom.c", "driver/c/bitloom_build.h",
            "driver/vectors.npz"} <= set(made)  # fmt: skip
    (tmp_path / "v.npz").write_bytes(made["driver/vectors.npz"])
    with np.load(tmp_path / "v.npz") as arrays:
        np.testing.assert_array_equal(arrays["inputs"], vectors[0])
        np.testing.assert_array_equal(arrays["outputs"], vectors[1])
        assert arrays["inputs"].dtype == np.uint8


def test_refuses_to_compile(tmp_path, monkeypatch):
    folder = written(tmp_path, model.manifest())
    (folder / "bitloom.c").write_text("int f(void) { return x; }\n")
    with pytest.raises(BoardError, match=r"C driver must compile, but bitloom\.c:1:\d+: error: "):
        cdriver.compile(folder, tmp_path / "a.so")
    monkeypatch.setenv("PATH", "")
    message = re.escape("cc: C compiler must be installed: apt-get install gcc")
    with pytest.raises(BoardError, match=f"^{message}$"):
        cdriver.compile(folder, tmp_path / "a.so")
