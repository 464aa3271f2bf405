import re
import termios

import numpy as np
import pytest

from boards import driver
from boards.driver.connect import connect
from tests.boards.driver import model
from tests.boards.driver.link import Link, crc

SIZE = 1 << 15


def document():
    plain = model.manifest(board={"name": "ulx3s_85f", "host": "uart"})
    return plain | {"system": plain["system"] | {"baud": 3_000_000, "memory_bytes": SIZE}}


@pytest.fixture
def link():
    link = Link(model.Model(document(), address=0, size=SIZE))
    yield link
    link.close()


@pytest.fixture
def uart(link, monkeypatch):
    monkeypatch.setattr("boards.driver.uart.PATIENCE", 0.05)
    with connect(document(), f"uart:{link.path}") as uart:
        yield uart


def test_hundred_frames(link, uart):
    frames = np.random.default_rng(0).integers(0, 256, (100, 12))
    accelerator = driver.Accelerator(document(), uart)
    accelerator.selftest()
    np.testing.assert_array_equal(accelerator.run(frames), model.thirds(frames))
    assert accelerator.capacity == (SIZE - 256) // 18


def test_memory(link, uart):
    data = np.random.default_rng(0).integers(0, 256, 20_001, np.uint8).tobytes()
    uart.allocate(77)
    buffer = uart.allocate(21_000)
    assert buffer.address == 128
    buffer.write(3, data)
    assert link.hardware.memory[131 : 131 + len(data)] == data
    assert buffer.read(3, len(data)) == data
    assert link.requests.count(10) == -(-len(data) // 488) and link.requests.count(2) == 5
    buffer.write(0, b"")
    assert buffer.read(0, 0) == b""


FAULTS = {
    "no header": lambda data: b"\0" + data[1:],
    "bit": lambda data: data[:3] + bytes([data[3] ^ 4]) + data[4:],
    "byte lost": lambda data: data[:5] + data[6:],
    "all lost": lambda data: b"",
}


@pytest.mark.parametrize("fault", list(FAULTS))
@pytest.mark.parametrize("side", ["spoil", "spoil_reply"])
def test_recovers(link, uart, side, fault):
    """What is damaged on either way is sent again; a register is written once."""
    data = bytes(range(256)) * 12
    buffer = uart.allocate(len(data))

    def spoil(number, given):
        return FAULTS[fault](given) if number in (bad, bad + 1) else given

    for step in range(4):
        bad = (link._number if side == "spoil" else link._replies) + 2 - (step == 3)
        setattr(link, side, spoil)
        if step < 2:
            uart.write32(model.NAMES["LOAD_ADDRESS"], 5)
            uart.write32(model.NAMES["LOAD_DATA"], 77 + step)
            assert uart.read32(model.NAMES["LOAD_ADDRESS"]) == 6
        elif step == 2:
            buffer.write(0, data)
            assert link.hardware.memory[: len(data)] == data
        else:
            assert buffer.read(0, len(data)) == data


def test_payload_damaged(link, uart):
    """The FPGA says so; the write is done with a new number."""
    port, left = uart._port, [1]
    write = port.write

    def damaged(frame):
        if len(frame) > 10 and left and left.pop():
            frame = frame[:-1] + bytes([frame[-1] ^ 1])
        write(frame)

    port.write = damaged
    uart.write32(model.NAMES["SCRATCH"], 123)
    assert link.hardware.get("SCRATCH") == 123
    left.append(1)
    uart.allocate(2000).write(0, b"abc" * 600)
    assert link.hardware.memory[:1800] == b"abc" * 600


def test_silent(link, uart):
    link.spoil_reply = lambda number, data: b""
    message = (f"{link.path}: FPGA must answer, but there was no reply 6 times; check the port, "
               "the baud rate, and that the board runs this build's bitstream")  # fmt: skip
    with pytest.raises(driver.TransportError, match=f"^{re.escape(message)}$"):
        uart.read32(0)


def test_cable(link, uart):
    def damaged(number, data):
        body = bytes([data[1] & 0xF0 | 2])
        return b"\x5a" + body + crc(body)

    link.spoil_reply = damaged
    message = (f"{link.path}: Bytes must arrive as they were sent, but 6 times did not; check the "
               "cable")  # fmt: skip
    with pytest.raises(driver.TransportError, match=f"^{re.escape(message)}$"):
        uart.write32(0x1C, 1)


@pytest.mark.parametrize(("request_", "what"), [
    (lambda uart: uart.read32(0x100),
     "4 bytes at 0x100 was refused: the register answered SLVERR"),
    (lambda uart: uart.read_memory(SIZE - 1, 2),
     f"2 bytes at 0x{SIZE - 1:X} was refused: the address or the length is outside the memory"),
])  # fmt: skip
def test_refused(link, uart, request_, what):
    with pytest.raises(driver.TransportError,
                       match=f"^{re.escape(f'{link.path}: Request for {what}')}$"):  # fmt: skip
        request_(uart)
    assert uart.read32(0) == 0x4C544942


def test_no_port(tmp_path):
    message = f"{tmp_path / 'tty'}: Port cannot be opened: No such file or directory"
    with pytest.raises(driver.TransportError, match=f"^{re.escape(message)}$"):
        connect(document(), f"uart:{tmp_path / 'tty'}")
    (tmp_path / "tty").write_text("")
    message = f"{tmp_path / 'tty'}: Port must be a serial port: Inappropriate ioctl for device"
    with pytest.raises(driver.TransportError, match=f"^{re.escape(message)}$"):
        connect(document(), f"uart:{tmp_path / 'tty'}")


def test_baud(tmp_path, monkeypatch):
    monkeypatch.delattr(termios, "B3000000")
    message = "/dev/null: This system must know 3000000 baud; use Linux"
    with pytest.raises(driver.TransportError, match=f"^{message}$"):
        connect(document(), "uart:/dev/null")
