"""What system.v takes beside its core, part by part, and with it, by synthesis for 7 series."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, connect, flipped

from generators.emit.verilog import run_yosys, scratch
from generators.synth.synthesize import measure as synthesized
from generators.synth.synthesize import resources
from hdl.bus.control import Control
from hdl.bus.dma_read import DMARead
from hdl.bus.dma_write import DMAWrite
from hdl.bus.meters import Meters
from hdl.bus.pack import Pack
from hdl.bus.register_file import RegisterFile
from hdl.bus.registers import DIGEST_WORDS, IDENTITY, VERSION
from hdl.bus.shell import Shell
from hdl.bus.unpack import Unpack
from hdl.zynq.bridge import Bridge
from tests.benchmarks.arithmetic import worst
from tests.benchmarks.onboard_cases import ZYNQ, built, without_core

__all__ = ["SHELL", "WHOLE", "measure"]

SHELL = Shell.Config(digest=hashlib.sha256().hexdigest(), i_width=64, i_frame_bytes=98, i_beats=13,
                     o_width=32, o_frame_bytes=10, o_beats=3)  # fmt: skip
"""That of TFC_1W1A at 13 cycles a frame: 98 bytes in, 64 bits wide, 10 bytes out, 32 bits."""



class Registers(wiring.Component):
    """The registers, those that never change with the values that they have in a shell."""

    def __init__(self) -> None:
        config = RegisterFile.Config(registers=SHELL.registers)
        self.file = RegisterFile(config)
        self.fixed = {"id": IDENTITY, "version": VERSION} | {
            f"digest{n}": int(SHELL.digest[8 * n : 8 * n + 8], 16) for n in range(DIGEST_WORDS)}
        super().__init__({name: member for name, member in self.file.signature.members.items()
                          if name not in self.fixed})  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.file = self.file
        for name, member in self.signature.members.items():
            inside, outside = getattr(self.file, name), getattr(self, name)
            if not member.is_port:
                connect(m, flipped(outside), inside)
            elif member.flow is In:
                m.d.comb += inside.eq(outside)
            else:
                m.d.comb += outside.eq(inside)
        m.d.comb += [getattr(self.file, name).eq(value) for name, value in self.fixed.items()]
        return m


PARTS: dict[str, Callable[[], wiring.Component]] = {
    "bridge, AXI3 to AXI4-Lite": lambda: Bridge(Bridge.Config()),
    "registers": Registers,
    "control of runs": lambda: Control(SHELL.control),
    "counters of a run": Meters,
    "read DMA": lambda: DMARead(DMARead.Config()),
    "write DMA": lambda: DMAWrite(DMAWrite.Config()),
    "unpack 98 bytes to 64 bits": lambda: Unpack(SHELL.unpack),
    "pack 10 bytes of 32 bits": lambda: Pack(SHELL.pack),
    "registers to packing together": lambda: Shell(SHELL),
}
"""By name, the function that makes each; the last is all of them but the bridge."""

WITHOUT, WHOLE = "system.v with an empty core", "system.v with {}"

_SCRIPT = """
read_verilog core.v system.v
hierarchy -top system
rename -hide w:*[*
synth_xilinx -family xc7 -noiopad -nosrl -flatten -top system
check -assert
tee -q -o cells.json stat -json
"""


def measure() -> Iterator[dict]:
    """A row for each part, and for the whole system with its core."""
    for name, make in PARTS.items():
        found = synthesized(make())
        ns = round(worst(found.timing).ps / 1000, 2)
        yield {"name": name, **_used(found.cost), "ns": ns}
    case = next(one for one in ZYNQ if one.key == "bits")
    build = built(case)
    yield {"name": WITHOUT, **_system(build, without_core(build)), "ns": None}
    yield {"name": WHOLE.format(case.name), **_system(build, (build / "top.v").read_text()),
           "ns": None}  # fmt: skip


def _system(build: Path, core: str) -> dict[str, int]:
    """All of system.v, with this as its core."""
    with scratch() as folder:
        shutil.copy(build / "system.v", folder)
        (folder / "core.v").write_text(core)
        run_yosys(_SCRIPT, folder)
        cells = json.loads((folder / "cells.json").read_text())["design"]["num_cells_by_type"]
    return _used(resources(cells))


def _used(cost) -> dict[str, int]:
    return {name: getattr(cost, name) for name in ("lut", "ff", "bram18", "dsp")}
