"""Bitstreams on a Zynq board's Linux: from .bit to what the kernel takes, and into the FPGA."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from .errors import BitstreamError

__all__ = ["Bit", "convert", "load", "load_manager", "load_overlay", "overlay", "parse", "read"]

SYNC = 0xAA995566
MANAGER = "sys/class/fpga_manager/fpga0"
OVERLAYS = "sys/kernel/config/device-tree/overlays"
REGIONS = ("fpga-full", "fpga-region", "fpga-region0", "base_fpga_region")
NAME = "bitloom"


class Bit(NamedTuple):
    """A .bit file: the words of the header, and the configuration data."""

    design: str
    part: str
    date: str
    time: str
    data: bytes


def parse(bit: bytes, where: str = "bitstream") -> Bit:
    """Read a .bit file.

    Its header is a field of 9 bytes, the length 1, then fields with the keys a (design), b (part),
    c (date) and d (time), each a 16-bit length and a text that ends in zero, then e, a 32-bit
    length and the data; all lengths big-endian.

    Raises
    ------
    BitstreamError
        If it is no .bit file or is cut off.
    """
    texts, place = {}, 0
    try:
        place = 2 + struct.unpack_from(">H", bit)[0] + 2
        while (key := bit[place : place + 1]) != b"e":
            if key not in (b"a", b"b", b"c", b"d"):
                raise BitstreamError(f"{where}: File must be a .bit with the fields a to e, "
                                     f"not {key!r} at {place}")
            size = struct.unpack_from(">H", bit, place + 1)[0]
            texts[key] = bit[place + 3 : place + 3 + size].rstrip(b"\0").decode("ascii", "replace")
            place += 3 + size
        size = struct.unpack_from(">I", bit, place + 1)[0]
    except struct.error:
        what = "File must be a .bit, not one cut off in its header"
        raise BitstreamError(f"{where}: {what}") from None
    data = bit[place + 5 : place + 5 + size]
    if len(data) != size or size % 4:
        what = f"{size} bytes of data in words of 4, as its header says, not {len(data)}"
        raise BitstreamError(f"{where}: File must have {what}")
    return Bit(*(texts.get(key, "") for key in (b"a", b"b", b"c", b"d")), data)


def convert(bit: bytes, part: str | None = None, where: str = "bitstream") -> bytes:
    """What the kernel's Zynq driver takes (.bit.bin): no header, the bytes of each word swapped.

    Takes a .bit, whose header's part is compared with ``part``, a .bin, or what is converted
    already.

    Raises
    ------
    BitstreamError
        If it is none of these, is cut off, or is for another part.
    """
    data = bit
    if bit[:2] == b"\0\x09":
        parsed = parse(bit, where)
        data = parsed.data
        if part is not None and _bare(parsed.part) != _bare(part):
            what = f"{part}, not for {parsed.part}"
            raise BitstreamError(f"{where}: Bitstream must be for {what}")
    if len(data) % 4:
        raise BitstreamError(f"{where}: File must be words of 4 bytes, not {len(data)} bytes")
    words = struct.unpack(f">{len(data) // 4}I", data)
    if SYNC in words[:1024]:
        return struct.pack(f"<{len(words)}I", *words)
    if int.from_bytes(SYNC.to_bytes(4, "little"), "big") in words[:1024]:
        return data
    raise BitstreamError(f"{where}: File must be a bitstream: no sync word 0x{SYNC:08X} is in it")


def read(path: str | Path, part: str | None = None) -> bytes:
    """A bitstream's file, converted; see :func:`convert`."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise BitstreamError(f"{path}: File cannot be read: {error.strerror}") from None
    return convert(data, part, str(path))


def load(path: str | Path, part: str | None = None, root: str | Path = "/") -> str:
    """Load a bitstream by the FPGA manager, else by a device-tree overlay; gives the way.

    The manager's ``firmware`` file is there in the kernels of Xilinx, PYNQ and PetaLinux; others
    may have overlays through configfs.

    Raises
    ------
    BitstreamError
        If the file is not for this board, the kernel has neither, or the FPGA does not start.
    """
    data, root = read(path, part), Path(root)
    firmware = root / "lib/firmware" / f"{NAME}.bit.bin"
    try:
        firmware.parent.mkdir(parents=True, exist_ok=True)
        firmware.write_bytes(data)
        if (root / MANAGER / "firmware").exists():
            load_manager(firmware.name, root)
            return "fpga_manager"
        if (root / OVERLAYS).is_dir():
            load_overlay(firmware.name, root)
            return "overlay"
    except PermissionError as error:
        what = f"be run as root: {error.strerror} ({error.filename})"
        raise BitstreamError(f"Loading a bitstream must {what}") from None
    what = (f"/{MANAGER}/firmware (kernels of Xilinx and PYNQ) or /{OVERLAYS} (mount -t configfs "
            "none /sys/kernel/config); or load it by JTAG or from U-Boot (fpga loadb)")
    raise BitstreamError(f"Linux must have {what}")


def load_manager(name: str, root: str | Path = "/") -> None:
    """Load a file of /lib/firmware by the FPGA manager; its driver sees to level shifters."""
    manager = Path(root, MANAGER)
    if (manager / "flags").exists():
        (manager / "flags").write_text("0")
    try:
        (manager / "firmware").write_text(name)
    except PermissionError:
        raise
    except OSError as error:
        raise BitstreamError(f"FPGA must take {name}, but the kernel says {error.strerror}; see "
                             "dmesg") from None
    _operating(manager)


def load_overlay(name: str, root: str | Path = "/", compiler: Callable | None = None) -> None:
    """Load a file of /lib/firmware by a device-tree overlay of :func:`overlay`'s text."""
    root = Path(root)
    tree = root / "proc/device-tree"
    regions = [region for region in REGIONS if (tree / region).exists()]
    if not regions:
        what = "one of " + ", ".join(f"/{region}" for region in REGIONS)
        raise BitstreamError(f"Device tree must have an FPGA region, {what}")
    blob = (compiler or _compile)(overlay(name, regions[0]))
    folder = root / OVERLAYS / NAME
    if folder.exists():
        folder.rmdir()  # configfs takes the old overlay out of the tree
    folder.mkdir()
    (folder / "dtbo").write_bytes(blob)
    status = folder / "status"
    if status.exists() and status.read_text().strip() == "0":  # dtbocfg's, which waits for a 1
        with suppress(OSError):
            status.write_text("1")
    if status.exists() and status.read_text().strip() not in ("applied", "1"):
        what = f"but its status is {status.read_text().strip()!r}; see dmesg"
        raise BitstreamError(f"Overlay must be applied, {what}")
    _operating(root / MANAGER)


def overlay(name: str, region: str = "fpga-full", base: int | None = None,
            interrupt: int | None = None) -> str:
    """The source of an overlay that loads a file of /lib/firmware into an FPGA region.

    With a ``base`` it also makes a UIO device of the registers there (``uio_pdrv_genirq.of_id=
    generic-uio`` on the kernel's command line), with an ``interrupt`` of the shared peripheral
    interrupts: IRQ_F2P[0] is 29, level high.
    """
    lines = ["/dts-v1/;", "/plugin/;", "/ {", "\tfragment@0 {", f'\t\ttarget-path = "/{region}";',
             "\t\t__overlay__ {", "\t\t\t#address-cells = <1>;", "\t\t\t#size-cells = <1>;",
             f'\t\t\tfirmware-name = "{name}";']
    if base is not None:
        lines += ["\t\t\tranges;", f"\t\t\tbitloom@{base:x} {{",
                  '\t\t\t\tcompatible = "generic-uio";',
                  f"\t\t\t\treg = <0x{base:08x} 0x1000>;"]
        if interrupt is not None:
            lines += ["\t\t\t\tinterrupt-parent = <&intc>;",
                      f"\t\t\t\tinterrupts = <0 {interrupt} 4>;"]
        lines.append("\t\t\t};")
    return "\n".join([*lines, "\t\t};", "\t};", "};", ""])


def _compile(source: str) -> bytes:
    """The overlay's blob, by the device-tree compiler."""
    tool = shutil.which("dtc")
    if tool is None:
        what = "apt-get install device-tree-compiler"
        raise BitstreamError(f"Program dtc must be installed to load by an overlay: {what}")
    done = subprocess.run([tool, "-@", "-I", "dts", "-O", "dtb", "-q"], input=source.encode(),
                          capture_output=True)
    if done.returncode:
        last = (done.stderr.decode(errors="replace").strip().splitlines() or [""])[-1]
        raise BitstreamError(f"Program dtc must compile the overlay, but says: {last}")
    return done.stdout


def _operating(manager: Path) -> None:
    try:
        state = (manager / "state").read_text().strip()
    except OSError:
        return  # a kernel without it: the registers will tell
    if state != "operating":
        raise BitstreamError(f"FPGA must be operating after loading, not {state!r}; see dmesg")


def _bare(part: str) -> str:
    """Device and package, without the speed grade: 7z020clg400."""
    return part.lower().partition("-")[0].replace("xc", "", 1)
