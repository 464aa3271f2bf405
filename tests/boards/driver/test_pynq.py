import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from boards import driver
from boards.driver.connect import connect
from boards.driver.pynq import Pynq
from tests.boards.driver import model
from tests.boards.driver.test_bitstream import bit

SIZE = 1 << 24


class Memory(np.ndarray):
    """PYNQ's buffer: what the processor writes is there after flush, what it reads, invalidate."""

    @staticmethod
    def make(hardware, first: int, count: int) -> "Memory":
        buffer = np.zeros(count, np.uint8).view(Memory)
        buffer.hardware, buffer.first, buffer.freed = hardware, first, False
        buffer.device_address = hardware.address + first
        return buffer

    def flush(self):
        self.hardware.memory[self.first : self.first + len(self)] = self.tobytes()

    def invalidate(self):
        data = self.hardware.memory[self.first : self.first + len(self)]
        self[:] = np.frombuffer(bytes(data), np.uint8)

    def freebuffer(self):
        self.freed = True


@pytest.fixture
def package(monkeypatch):
    """A package pynq whose registers and buffers are those of a model."""
    hardware = model.Model(model.manifest(), size=SIZE)
    buffers, loaded = [], []

    def allocate(shape, dtype):
        assert dtype == "u1"
        first = sum(-(-len(one) // 4096) * 4096 for one in buffers)
        buffers.append(Memory.make(hardware, first, shape[0]))
        return buffers[-1]

    def mmio(base, size):
        assert (base, size) == (0x40000000, 0x1000)
        return SimpleNamespace(read=hardware.read32, write=hardware.write32)

    def bitstream(path):
        return SimpleNamespace(download=lambda: loaded.append(path))

    fake = SimpleNamespace(MMIO=mmio, allocate=allocate, Bitstream=bitstream, buffers=buffers,
                           Clocks=SimpleNamespace(fclk0_mhz=50.0), loaded=loaded)  # fmt: skip
    monkeypatch.setitem(sys.modules, "pynq", fake)
    return fake


def test_hundred_frames(package, tmp_path):
    (tmp_path / "a.bit").write_bytes(bit())
    transport = connect(model.manifest(), "pynq", tmp_path / "a.bit")
    assert package.loaded == [str(tmp_path / "a.bit")] and package.Clocks.fclk0_mhz == 100.0
    frames = np.random.default_rng(0).integers(0, 256, (100, 12))
    with driver.Accelerator(model.manifest(), transport) as accelerator:
        accelerator.selftest()
        np.testing.assert_array_equal(accelerator.run(frames), model.thirds(frames))
        assert accelerator.capacity == (4 << 20) // 12
    assert len(package.buffers) == 4 and all(buffer.freed for buffer in package.buffers)


def test_other_part(package, tmp_path):
    (tmp_path / "a.bit").write_bytes(bit("7z010clg400"))
    message = f"{tmp_path / 'a.bit'}: Bitstream must be for xc7z020clg400-1, not for 7z010clg400"
    with pytest.raises(driver.BitstreamError, match=f"^{re.escape(message)}$"):
        connect(model.manifest(), "pynq", tmp_path / "a.bit")
    message = f"{tmp_path / 'b.bit'}: File cannot be read: No such file or directory"
    with pytest.raises(driver.BitstreamError, match=f"^{re.escape(message)}$"):
        connect(model.manifest(), "pynq", tmp_path / "b.bit")
    assert not package.loaded and package.Clocks.fclk0_mhz == 50.0


def test_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynq", None)
    message = ("Package pynq must be installed for this transport; use --transport linux, or a "
               "PYNQ image")  # fmt: skip
    with pytest.raises(driver.TransportError, match=f"^{message}$"):
        Pynq(0x40000000)


@pytest.mark.parametrize("name", ["usb", "uart:", "tcp:here", "linux:0"])
def test_unknown_transport(name):
    message = ("Transport must be auto, linux, pynq, uart:DEVICE or tcp:HOST:PORT, "
               f"not '{name}'")  # fmt: skip
    with pytest.raises(driver.InputError, match=f"^{message}$"):
        connect(model.manifest(), name)


def test_nothing_to_load_by():
    message = ("A bitstream is loaded by linux or pynq only, not by uart: python -m boards flash "
               "BUILD")  # fmt: skip
    with pytest.raises(driver.InputError, match=f"^{message}$"):
        connect(model.manifest(), "uart:/dev/null", "a.bit")


def test_automatic(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    message = ("A u-dma-buf device or the package pynq must be there for buffers: modprobe "
               "u-dma-buf udmabuf0=16777216 (github.com/ikwzm/udmabuf)")  # fmt: skip
    with pytest.raises(driver.TransportError, match=f"^{re.escape(message)}$"):
        connect(model.manifest(), root=tmp_path)


def test_automatic_port(tmp_path):
    document = model.manifest(board={"name": "ulx3s_85f", "host": "uart"})
    message = ("One serial port must be there, or one be named (--transport uart:DEVICE): there is "
               "none")  # fmt: skip
    with pytest.raises(driver.TransportError, match=f"^{re.escape(message)}$"):
        connect(document, root=tmp_path)


def test_automatic_pynq(package, tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: package)
    assert isinstance(connect(model.manifest(), root=tmp_path), Pynq)
