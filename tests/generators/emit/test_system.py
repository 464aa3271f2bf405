"""system.v and accelerator.v: names that meet no other's, and the same bytes each time."""

import re

import pytest
from amaranth.hdl import Shape

from boards import devices
from generators.emit.system import component, convert, files, shell
from generators.emit.verilog import to_rtlil
from hdl.bus import axi
from hdl.ecp5.system import System as ECP5System
from hdl.zynq.system import System as ZynqSystem
from tests.hdl.zynq.tiny import CONFIG


def modules(text: str) -> list[str]:
    return re.findall(r"^module \\?([^\s(]+)", text, re.MULTILINE)


def instances(text: str) -> set[str]:
    return set(re.findall(r"^  \\?(\S+) +\\?\w+ +\($", text, re.MULTILINE))


def test_shell():
    manifest = {
        "digest": CONFIG.digest,
        "frames_per_batch": 3,
        "input": {"width": 64, "frame_bytes": 98, "beats": 13},
        "output": {"width": 32, "frame_bytes": 4, "beats": 1},
    }
    found = shell(manifest)
    assert (found.i_width, found.i_frame_bytes, found.i_beats) == (64, 98, 13)
    assert (found.o_width, found.o_frame_bytes, found.o_beats) == (32, 4, 1)
    assert (found.batch, found.digest, found.parameters) == (3, CONFIG.digest, False)
    assert shell(manifest | {"system": {"parameters": [{}]}}).parameters


def test_component():
    zynq = component(devices.find("zedboard"), CONFIG, 100.0)
    assert isinstance(zynq, ZynqSystem)
    assert (zynq.config.leds, zynq.config.port) == (8, "hp0")
    ecp5 = component(devices.find("ulx3s_85f"), CONFIG, 50.0)
    assert isinstance(ecp5, ECP5System)
    assert (ecp5.config.input_mhz, ecp5.config.clock_mhz) == (25.0, 50.0)
    for made in (zynq, ecp5):
        to_rtlil(made, "system")


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return files(devices.find("pynq_z1"), CONFIG, 100.0)


def test_files(made):
    assert list(made) == ["system.v", "accelerator.v"]
    assert made["system.v"] == convert(component(devices.find("pynq_z2"), CONFIG, 100.0))
    for name, text in made.items():
        top = name.removesuffix(".v")
        names = modules(text)
        assert len(set(names)) == len(names)
        assert top in names and all(re.match(rf"{top}(\.|$)", one) for one in names)
        assert instances(text) - set(names) == {"top", *(["PS7", "BUFG"] * (top == "system"))}


def test_accelerator(made):
    """The names of a block design's interfaces, with their widths."""
    text = made["accelerator.v"]
    body = text[text.index("module accelerator(") :]
    body = body[: body.index("endmodule")]
    found = re.findall(r"^  (input|output) (?:\[(\d+):0\] )?(\w+);", body, re.MULTILINE)
    told = {name: (way, int(last or 0) + 1) for way, last, name in found}
    wanted = {"clk": ("input", 1), "rst": ("input", 1), "irq": ("output", 1)}
    for prefix, members, outward in (("s_axi", axi.lite(12).members, "input"),
                                     ("m_axi", axi.axi3(64, 6).members, "output")):  # fmt: skip
        inward = {"input": "output", "output": "input"}[outward]
        for name, member in members.items():
            bits = 3 if name.endswith("size") else Shape.cast(member.shape).width
            way = outward if member.flow.name == "Out" else inward
            wanted[f"{prefix}_{name}"] = (way, bits)
    assert told == wanted
