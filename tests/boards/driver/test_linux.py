import mmap
import os
import re
import socket

import numpy as np
import pytest

from boards import driver
from boards.driver import slcr
from boards.driver.connect import connect
from boards.driver.linux import Linux
from tests.boards.driver import model

BASE, ADDRESS, SIZE = 0x40000000, 0x1F000000, 1 << 16
CONTROLS = {0x170: 0x00400800, 0x108: 0x0001E008, 0x240: 0, 0x900: 0xF}  # IO PLL: x 30


@pytest.fixture
def tree(tmp_path):
    """A board's Linux: u-dma-buf, /dev/mem with the SLCR, and the device tree's clock."""
    for folder in ("dev", "sys/class/u-dma-buf/udmabuf0", "proc/device-tree/axi/slcr@f8000000/"
                   "clkc@100"):  # fmt: skip
        (tmp_path / folder).mkdir(parents=True)
    clock = tmp_path / "proc/device-tree/axi/slcr@f8000000/clkc@100/ps-clk-frequency"
    clock.write_bytes((33_333_333).to_bytes(4, "big"))
    entry = tmp_path / "sys/class/u-dma-buf/udmabuf0"
    (entry / "phys_addr").write_text(f"0x{ADDRESS:08x}\n")
    (entry / "size").write_text(f"{SIZE}\n")
    (tmp_path / "dev/udmabuf0").write_bytes(bytes(SIZE))
    with open(tmp_path / "dev/mem", "wb") as file:
        file.truncate(slcr.BASE + 0x1000)  # it has holes: nearly no byte is stored
        for offset, value in CONTROLS.items():
            file.seek(slcr.BASE + offset)
            file.write(value.to_bytes(4, "little"))
    return tmp_path


def word(tree, address: int) -> int:
    with open(tree / "dev/mem", "rb") as file:
        file.seek(address)
        return int.from_bytes(file.read(4), "little")


def hardware(tree) -> model.Model:
    """The accelerator that reads and writes the memory of the device file."""
    with open(tree / "dev/udmabuf0", "r+b") as file:
        memory = mmap.mmap(file.fileno(), SIZE)
    return model.Model(model.manifest(), address=ADDRESS, memory=memory)


def check(transport) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (100, 12))
    with driver.Accelerator(model.manifest(), transport) as accelerator:
        accelerator.selftest()
        np.testing.assert_array_equal(accelerator.run(frames), model.thirds(frames))


def test_hundred_frames(tree):
    transport = Linux(BASE, registers=hardware(tree), root=tree)
    assert transport.memory_bytes == SIZE and not transport.interrupt
    check(transport)


def test_cached(tree):
    """Each copy is followed or led by the cache operation of just its bytes."""
    entry = tree / "sys/class/u-dma-buf/udmabuf0"
    for name in ("sync_for_cpu", "sync_for_device"):
        (entry / name).write_text("")

    def told(name):
        files = ("offset", "size", "direction", name)
        return [(entry / f"sync_{one}").read_text() for one in files]

    with Linux(BASE, registers={}, root=tree) as transport:
        transport.allocate(100)
        buffer = transport.allocate(256)
        assert buffer.address == ADDRESS + 128
        buffer.write(4, b"abcde")
        assert told("for_device") == ["132", "5", "1", "1"]
        assert (entry / "sync_for_cpu").read_text() == ""
        assert buffer.read(3, 6) == b"\0abcde"
        assert told("for_cpu") == ["131", "6", "2", "1"]
    check(Linux(BASE, registers=hardware(tree), root=tree))
    check(Linux(BASE, registers=hardware(tree), root=tree, cached=False))


def test_memory_ends(tree):
    with Linux(BASE, registers={}, root=tree) as transport:
        transport.allocate(1000)
        message = ("Memory for buffers must hold what is asked for: 65536 bytes, of which 1024 are "
                   "taken, not 65000 more")  # fmt: skip
        with pytest.raises(driver.TransportError, match=f"^{message}$"):
            transport.allocate(65000)


def test_registers_by_dev_mem(tree):
    with Linux(BASE, root=tree) as transport:
        transport.write32(0x1C, 0x12345678)
        assert transport.read32(0x1C) == 0x12345678 == word(tree, BASE + 0x1C)


def test_reserved_memory(tree):
    with Linux(BASE, root=tree, reserved=(0x10000000, 4096)) as transport:
        transport.allocate(64).write(0, b"\x78\x56\x34\x12")
        assert word(tree, 0x10000000) == 0x12345678
        assert transport.memory_bytes == 4096


def test_uio(tree):
    """A UIO device's registers, and its interrupt: enabled by a write, awaited by a read."""
    maps = tree / "sys/class/uio/uio0/maps/map0"
    maps.mkdir(parents=True)
    (maps / "addr").write_text(f"0x{BASE:08x}\n")
    (tree / "dev/uio0").write_bytes(bytes(0x1000))
    with Linux(BASE, root=tree) as transport:
        transport.write32(0x1C, 7)
        assert (tree / "dev/uio0").read_bytes()[0x1C] == 7
        assert transport.interrupt
        os.close(transport._uio)
        ours, kernels = socket.socketpair()
        transport._uio = ours.detach()
        transport.wait(0.01)
        kernels.send(b"\1\0\0\0")
        transport.wait(100)
        assert kernels.recv(100) == b"\1\0\0\0" * 2
        kernels.close()


def test_ports_off(tree):
    """A read of the FPGA would hang the processor."""
    control = dict(CONTROLS) | {0x900: 0}
    message = ("FPGA's ports must be on before its registers are read; load a bitstream first "
               "(--load FILE.bit)")  # fmt: skip
    with pytest.raises(driver.TransportError, match=f"^{re.escape(message)}$"):
        Linux(BASE, control=control, root=tree)
    with pytest.raises(driver.TransportError):
        Linux(BASE, control=dict(CONTROLS) | {0x240: 1}, root=tree)


def test_clock(tree):
    with Linux(BASE, clock_mhz=100.0, registers={}, root=tree) as transport:
        assert transport.clock_mhz == pytest.approx(1000 / 10, rel=1e-6)
    first, second = (word(tree, slcr.BASE + 0x170) >> shift & 0x3F for shift in (8, 20))
    assert first * second == 10
    assert word(tree, slcr.BASE + 0x004) == 0x767B and word(tree, slcr.BASE + 0x008) == 0xDF0D


class Log(dict):
    """Registers that remember in what order they were written."""

    def __init__(self, values):
        super().__init__(values)
        self.order = []

    def __setitem__(self, offset, value):
        self.order.append((offset, value))
        super().__setitem__(offset, value)


def test_clock_changes_in_reset():
    control = Log({0x170: 0x00400800, 0x108: 0x0001E008, 0x240: 0xE, 0x178: 1})
    slcr.set_fclk0(control, 100.0, 100 / 3)
    offsets = [offset for offset, _ in control.order]
    assert offsets == [0x008, 0x240, 0x170, 0x178, 0x240, 0x004]
    assert [value for offset, value in control.order if offset == 0x240] == [0xF, 0xE]
    assert control[0x178] == 0  # it runs
    control.order.clear()
    assert slcr.set_fclk0(control, 100.0, 100 / 3) == pytest.approx(100)
    assert not control.order  # a running accelerator is left alone


@pytest.mark.parametrize(("source", "register"), [(2, 0x100), (3, 0x104)])
def test_clock_of_other_plls(source, register):
    control = {0x170: source << 4, register: 32 << 12, 0x178: 0, 0x240: 0}
    assert slcr.set_fclk0(control, 120.0, 50.0) == pytest.approx(1600 / 14)
    assert control[0x170] >> 4 & 3 == source


def test_clock_out_of_reach():
    message = "FCLK0 must be 300 MHz or at most 10 % less from a PLL of 50 MHz, not 50"
    with pytest.raises(driver.TransportError, match=f"^{message}$"):
        slcr.set_fclk0({0x170: 0, 0x108: 30 << 12 | 1 << 4}, 300.0, 50.0)  # bypassed


def test_no_clock(tree):
    (tree / "proc/device-tree/axi/slcr@f8000000/clkc@100/ps-clk-frequency").unlink()
    message = ("Device tree must have ps-clk-frequency, the processing system's clock, to set "
               "FCLK0 by")  # fmt: skip
    with pytest.raises(driver.TransportError, match=f"^{message}$"):
        Linux(BASE, clock_mhz=100.0, registers={}, root=tree)
    Linux(BASE, clock_mhz=100.0, ps_mhz=50.0, registers={}, root=tree).close()


def test_no_buffers(tree):
    for name in ("phys_addr", "size"):
        (tree / "sys/class/u-dma-buf/udmabuf0" / name).unlink()
    (tree / "sys/class/u-dma-buf/udmabuf0").rmdir()
    message = ("Linux must have a u-dma-buf device for buffers: modprobe u-dma-buf "
               "udmabuf0=16777216 (github.com/ikwzm/udmabuf), or give reserved memory")  # fmt: skip
    with pytest.raises(driver.TransportError, match=f"^{re.escape(message)}$"):
        Linux(BASE, registers={}, root=tree)


def test_no_dev_mem(tree):
    (tree / "dev/mem").unlink()
    message = f"{tree / 'dev/mem'}: File cannot be opened: No such file or directory"
    with pytest.raises(driver.TransportError, match=f"^{re.escape(message)}$"):
        Linux(BASE, root=tree)


def test_unmappable(tree):
    (tree / "dev/udmabuf0").write_bytes(b"short")
    with pytest.raises(driver.TransportError, match=r"udmabuf0: File cannot be mapped at 0x0: "):
        Linux(BASE, registers={}, root=tree)


def test_connects(tree):
    """As the command does: FCLK0 set, registers found."""
    with connect(model.manifest(), "auto", root=tree) as transport:
        assert isinstance(transport, Linux) and transport.clock_mhz
