import re
import struct
import sys
from pathlib import Path

import pytest

from boards.driver import bitstream
from boards.driver.errors import BitstreamError

WORDS = [0xFFFFFFFF] * 16 + [0xAA995566, 0x20000000, 0x01234567]
RAW = struct.pack(f">{len(WORDS)}I", *WORDS)
SWAPPED = struct.pack(f"<{len(WORDS)}I", *WORDS)


def bit(part: str = "7z020clg400", data: bytes = RAW) -> bytes:
    text = b"\0\x09" + bytes.fromhex("0ff00ff00ff00ff000") + b"\0\x01"
    for key, value in (("a", "system;Version=2024.1"), ("b", part), ("c", "2026/11/21"),
                       ("d", "10:00:00")):  # fmt: skip
        text += key.encode() + struct.pack(">H", len(value) + 1) + value.encode() + b"\0"
    return text + b"e" + struct.pack(">I", len(data)) + data


def test_parse():
    parsed = bitstream.parse(bit())
    assert parsed == ("system;Version=2024.1", "7z020clg400", "2026/11/21", "10:00:00", RAW)


@pytest.mark.parametrize("given", [bit(), bit("xc7z020clg400-1"), RAW, SWAPPED])
def test_convert(given):
    assert bitstream.convert(given, "xc7z020clg400-1") == SWAPPED


@pytest.mark.parametrize(("given", "what"), [
    (bit("7z010clg400"), "Bitstream must be for xc7z020clg400-1, not for 7z010clg400"),
    (bit()[:40], "File must be a .bit, not one cut off in its header"),
    (bit()[:-4], "File must have 76 bytes of data in words of 4, as its header says, not 72"),
    (bit(data=RAW + b"x"),
     "File must have 77 bytes of data in words of 4, as its header says, not 77"),
    (bit().replace(b"c\0\x0b", b"x\0\x0b"),
     "File must be a .bit with the fields a to e, not b'x' at 53"),
    (bytes(64), "File must be a bitstream: no sync word 0xAA995566 is in it"),
    (bytes(63), "File must be words of 4 bytes, not 63 bytes"),
])  # fmt: skip
def test_refuses(given, what):
    with pytest.raises(BitstreamError, match=f"^{re.escape('a.bit: ' + what)}$"):
        bitstream.convert(given, "xc7z020clg400-1", "a.bit")


@pytest.fixture
def tree(tmp_path):
    """A kernel with an FPGA manager that is content."""
    manager = tmp_path / bitstream.MANAGER
    manager.mkdir(parents=True)
    for name, text in (("flags", "1"), ("firmware", ""), ("state", "operating\n")):
        (manager / name).write_text(text)
    (tmp_path / "a.bit").write_bytes(bit())
    return tmp_path


def test_manager(tree):
    assert bitstream.load(tree / "a.bit", "xc7z020clg400-1", tree) == "fpga_manager"
    assert (tree / "lib/firmware/bitloom.bit.bin").read_bytes() == SWAPPED
    manager = tree / bitstream.MANAGER
    assert (manager / "flags").read_text() == "0"
    assert (manager / "firmware").read_text() == "bitloom.bit.bin"


def test_manager_fails(tree):
    (tree / bitstream.MANAGER / "state").write_text("write error\n")
    message = "FPGA must be operating after loading, not 'write error'; see dmesg"
    with pytest.raises(BitstreamError, match=f"^{message}$"):
        bitstream.load(tree / "a.bit", None, tree)


def test_manager_refuses(tree):
    firmware = tree / bitstream.MANAGER / "firmware"
    firmware.unlink()
    firmware.mkdir()
    message = "FPGA must take bitloom.bit.bin, but the kernel says Is a directory; see dmesg"
    with pytest.raises(BitstreamError, match=f"^{message}$"):
        bitstream.load(tree / "a.bit", None, tree)


@pytest.fixture
def overlays(tree, monkeypatch):
    """A kernel without the manager's file, with overlays, and a compiler that copies."""
    (tree / bitstream.MANAGER / "firmware").unlink()
    (tree / bitstream.OVERLAYS).mkdir(parents=True)
    (tree / "proc/device-tree/fpga-full").mkdir(parents=True)
    tool = tree / "bin/dtc"
    tool.parent.mkdir()
    tool.write_text(f"#!{sys.executable}\nimport sys\ntext = sys.stdin.read()\n"
                    "sys.stderr.write('bad\\nworse\\n' if 'fail' in text else '')\n"
                    "sys.stdout.write(text)\nsys.exit('fail' in text)\n")  # fmt: skip
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tool.parent))
    return tree


def test_overlay(overlays):
    assert bitstream.load(overlays / "a.bit", None, overlays) == "overlay"
    text = (overlays / bitstream.OVERLAYS / "bitloom/dtbo").read_text()
    assert text == bitstream.overlay("bitloom.bit.bin")


def test_overlay_text():
    assert bitstream.overlay("a.bin", "fpga-full", 0x40000000, 29).splitlines() == [
        "/dts-v1/;", "/plugin/;", "/ {", "\tfragment@0 {", '\t\ttarget-path = "/fpga-full";',
        "\t\t__overlay__ {", "\t\t\t#address-cells = <1>;", "\t\t\t#size-cells = <1>;",
        '\t\t\tfirmware-name = "a.bin";', "\t\t\tranges;", "\t\t\tbitloom@40000000 {",
        '\t\t\t\tcompatible = "generic-uio";', "\t\t\t\treg = <0x40000000 0x1000>;",
        "\t\t\t\tinterrupt-parent = <&intc>;", "\t\t\t\tinterrupts = <0 29 4>;",
        "\t\t\t};", "\t\t};", "\t};", "};",
    ]  # fmt: skip


def test_overlay_fails(overlays, monkeypatch):
    message = "Program dtc must compile the overlay, but says: worse"
    with pytest.raises(BitstreamError, match=f"^{message}$"):
        bitstream.load_overlay("fail", overlays)
    monkeypatch.setenv("PATH", "")
    message = ("Program dtc must be installed to load by an overlay: apt-get install "
               "device-tree-compiler")  # fmt: skip
    with pytest.raises(BitstreamError, match=f"^{message}$"):
        bitstream.load_overlay("a.bin", overlays)
    (overlays / "proc/device-tree/fpga-full").rmdir()
    message = ("Device tree must have an FPGA region, one of /fpga-full, /fpga-region, "
               "/fpga-region0, /base_fpga_region")  # fmt: skip
    with pytest.raises(BitstreamError, match=f"^{message}$"):
        bitstream.load_overlay("a.bin", overlays)


def test_overlay_is_not_applied(overlays, monkeypatch):
    """The kernel makes the files of an overlay's folder with it."""
    make = Path.mkdir

    def mkdir(path):
        make(path)
        (path / "status").write_text("unapplied\n")

    monkeypatch.setattr(Path, "mkdir", mkdir)
    message = "Overlay must be applied, but its status is 'unapplied'; see dmesg"
    with pytest.raises(BitstreamError, match=f"^{message}$"):
        bitstream.load_overlay("a.bin", overlays)


def test_overlay_by_dtbocfg(overlays, monkeypatch):
    """Its overlays are applied when a 1 is written, and stay at 0 where that fails."""
    make = Path.mkdir

    def mkdir(path):
        make(path)
        (path / "status").write_text("0\n")

    monkeypatch.setattr(Path, "mkdir", mkdir)
    bitstream.load_overlay("a.bin", overlays)
    folder = overlays / bitstream.OVERLAYS / "bitloom"
    assert (folder / "status").read_text() == "1"
    for name in ("status", "dtbo"):
        (folder / name).unlink()
    write = Path.write_text

    def refuse(path, text):
        if text == "1":
            raise OSError(22, "Invalid argument")
        return write(path, text)

    monkeypatch.setattr(Path, "write_text", refuse)
    message = "Overlay must be applied, but its status is '0'; see dmesg"
    with pytest.raises(BitstreamError, match=f"^{message}$"):
        bitstream.load_overlay("a.bin", overlays)


def test_no_way(tree):
    (tree / bitstream.MANAGER / "firmware").unlink()
    message = ("Linux must have /sys/class/fpga_manager/fpga0/firmware (kernels of Xilinx and "
               "PYNQ) or /sys/kernel/config/device-tree/overlays (mount -t configfs none "
               "/sys/kernel/config); or load it by JTAG or from U-Boot (fpga loadb)")  # fmt: skip
    with pytest.raises(BitstreamError, match=f"^{re.escape(message)}$"):
        bitstream.load(tree / "a.bit", None, tree)


def test_no_file(tree):
    message = f"{tree / 'b.bit'}: File cannot be read: No such file or directory"
    with pytest.raises(BitstreamError, match=f"^{re.escape(message)}$"):
        bitstream.load(tree / "b.bit", None, tree)


def test_not_root(tree, monkeypatch):
    def refuse(path, data):
        raise PermissionError(13, "Permission denied", str(path.name))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    message = ("Loading a bitstream must be run as root: Permission denied "
               "(bitloom.bit.bin)")  # fmt: skip
    with pytest.raises(BitstreamError, match=f"^{re.escape(message)}$"):
        bitstream.load(tree / "a.bit", None, tree)
