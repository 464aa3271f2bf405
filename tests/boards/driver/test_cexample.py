"""The C driver's example program, and its back end for Linux."""

import ctypes
import os
import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest

from boards import cdriver
from boards.driver.remote import Server
from tests.boards.driver import model
from tests.boards.driver.cside import Memory, Ops, written

FRAMES = np.random.default_rng(0).integers(0, 256, (20, 12))


@pytest.mark.parametrize("fault", [0, 1])
def test_example(tmp_path, fault):
    """The program classifies the known frames; the board is a stub, FAULT a bit of its results."""
    vectors = FRAMES, model.thirds(FRAMES)
    folder = written(tmp_path, model.manifest(), vectors)
    stub = Path(__file__).with_name("stub.c").read_text()
    (folder / "bitloom_linux.c").write_text(stub.replace("FAULT", str(fault)))
    program = cdriver.compile(folder, tmp_path / "a.out", main=True)
    done = subprocess.run([program], capture_output=True, text=True)
    assert done.stdout == f"frames 20\nmismatches {fault}\ncycles 70\n"
    message = "A known frame gave another result; check the clock, and load the bitstream again\n"
    assert (done.returncode, done.stderr) == (fault, message * fault)


def test_linux(tmp_path):
    """Registers in /dev/mem, memory in a u-dma-buf, of a folder that looks like a board's."""
    document = model.manifest()
    document["system"] = document["system"] | {"base": 0x1000}
    folder = written(tmp_path, document)
    program = cdriver.compile(folder, tmp_path / "a.out", main=True)
    assert subprocess.run([program, tmp_path], capture_output=True, text=True).stderr == (
        "The accelerator's memory must be there: No such file or directory; modprobe u-dma-buf "
        "udmabuf0=16777216, and be root\n")  # fmt: skip
    for name, text in (("phys_addr", "0x10000000\n"), ("size", "65536\n")):
        path = tmp_path / "sys/class/u-dma-buf/udmabuf0" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/mem").write_bytes(bytes(0x1000) + b"\x42\x49\x54\x4c" + bytes(0xFFC))
    (tmp_path / "dev/udmabuf0").write_bytes(bytes(1 << 16))
    subprocess.run(["cc", *cdriver.FLAGS, "-shared", "-fPIC", "-o", tmp_path / "linux.so",
                    "bitloom_linux.c"], cwd=folder, check=True)  # fmt: skip
    library = ctypes.CDLL(str(tmp_path / "linux.so"))
    way, memory = (ctypes.c_uint64 * 8)(), Memory()
    args = way, ctypes.byref(memory), os.fsencode(tmp_path), b"udmabuf0", ctypes.c_double(0.01)
    assert library.bitloom_linux_open(*args) == 0
    found = [getattr(memory, name) for name, _ in Memory._fields_]
    assert found == [0x10000000, 0x8000, 0x10008000, 0x8000]
    ops = Ops.in_dll(library, "bitloom_linux_ops")
    assert ops.read32(way, 0) == 0x4C544942
    ops.write32(way, 0x1C, 0x12345678)
    assert (tmp_path / "dev/mem").read_bytes()[0x101C:0x1020] == b"\x78\x56\x34\x12"
    data = ctypes.create_string_buffer(b"frames", 6)
    ops.write(way, 0x10008001, data, 6)
    assert (tmp_path / "dev/udmabuf0").read_bytes()[0x8001:0x8007] == b"frames"
    back = ctypes.create_string_buffer(6)
    ops.read(way, 0x10008001, back, 6)
    assert back.raw == b"frames"
    assert ops.wait(way, 1) == 0
    polls = iter(range(2, 10_000_000))
    assert next(polls for polls in polls if ops.wait(way, polls)) > 2
    library.bitloom_linux_close(way)
    # It opens, and is refused: nobody answers with this build's digest.
    done = subprocess.run([program, tmp_path], capture_output=True, text=True)
    what = "The registers are of another version; use the driver of the build that is loaded\n"
    assert (done.returncode, done.stderr) == (2, what)


def test_over_tcp(tmp_path, monkeypatch):
    """The program against a server of the registers, as simulations are."""
    document = model.manifest()
    folder = written(tmp_path, document, (FRAMES, model.thirds(FRAMES)))
    shutil.copy(Path(__file__).with_name("tcp.c"), folder / "bitloom_linux.c")
    program = cdriver.compile(folder, tmp_path / "a.out", main=True)
    server = Server(model.Direct(model.Model(document)))
    thread = threading.Thread(target=server.serve_once)
    thread.start()
    monkeypatch.setenv("BITLOOM_TRANSPORT", f"tcp:localhost:{server.port}")
    done = subprocess.run([program], capture_output=True, text=True, timeout=60)
    thread.join()
    server.close()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "frames 20\nmismatches 0\ncycles 70\n"
