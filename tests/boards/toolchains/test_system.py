"""The scripts on what stands around a real core: system.v and accelerator.v, without the core."""

import pytest

from boards import devices, toolchains
from boards.toolchains.package_ip import M_AXI, S_AXI
from generators.emit import system
from hdl.bus.shell import Shell
from tests.boards.toolchains import made, tcl

BOARD = devices.find("pynq_z2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("system")
    config = Shell.Config(digest="0" * 64, i_width=64, i_frame_bytes=98, i_beats=13, o_width=32,
                          o_frame_bytes=10, o_beats=3, batch=1, parameters=False)  # fmt: skip
    texts = system.files(BOARD, config, 100.0) | toolchains.files(BOARD, 100.0, "net")
    for name, text in ({"top.v": made.TOP} | texts).items():
        (path / name).write_text(text)
    return path


def test_ports(folder):
    accelerator = (folder / "accelerator.v").read_text()
    assert made.ports(accelerator, "accelerator") == {"clk", "rst", "irq", *S_AXI, *M_AXI}
    assert made.ports((folder / "system.v").read_text(), "system") == {"leds"}


def test_names_do_not_meet(folder):
    """Modules of system.v, accelerator.v and the core are read side by side."""
    names = []
    for file in ("top.v", "system.v", "accelerator.v"):
        text = (folder / file).read_text()
        names += [line.split("(")[0] for line in text.splitlines() if line.startswith("module ")]
    assert len(set(names)) == len(names) > 10


@pytest.mark.parametrize("script", ["build_vivado.tcl", "build_ooc.tcl", "package_ip.tcl",
                                    "system.xdc", "build_ooc.xdc"])  # fmt: skip
def test_scripts(folder, script):
    status, calls = tcl.run(folder / script)
    assert status == "0"
    for call in calls:
        for word in call.words:
            if word.endswith((".v", ".xdc")):
                assert all((folder / name).is_file() for name in word.split())


def test_clock_net(folder):
    """The net that the constraints name is one of the module system, before the global buffer."""
    _, calls = tcl.run(folder / "system.xdc")
    (net,) = (call.arguments[0] for call in calls if call.name == "get_nets")
    text = (folder / "system.v").read_text()
    body = text[text.index("\nmodule system("):].partition("endmodule")[0]
    assert f"  wire {net};" in body and f".I({net})" in body
