"""TFC_1W1A on a ULX3S by tools from PyPI alone: its bitstream, and the netlist that was placed."""

import json
import re

import numpy as np
import pytest

from boards import devices, toolchains
from boards.driver.host import prepare
from generators.emit.verilog import scratch
from generators.finn.__main__ import main as generate
from hdl.ecp5.pll import FILTER
from sim.__main__ import main as simulate
from tests import data
from tests.boards.netlist import build_of

BOARD = devices.find("ulx3s_85f")
CYCLES = 196
"""A frame, at most; the UART brings one in 16,000."""
FRAMES = 20


@pytest.fixture(scope="module")
def made():
    """A build, and what its toolchain found."""
    model = data.folder() / "models" / "tfc_1w1a" / "TFC_1W1A.onnx"
    with scratch() as folder:  # not in /tmp, which the tools do not see
        build = folder / "tfc"
        options = ["--cycles", str(CYCLES), "--pack-input", "--board", BOARD.name]
        assert generate([str(model), *options, "-o", str(build)]) == 0
        yield build, toolchains.build(build, timeout=1800)


def test_bitstream(made):
    """The clock asked is met by a third, and the PLL has its filter."""
    build, found = made
    assert found["timing_met"] and found["fmax_mhz"] > 4 / 3 * BOARD.clock
    assert found["lut"] < 0.12 * BOARD.lut and found["ff"] < 0.06 * BOARD.ff
    bitstream = (build / "system.bit").read_bytes()
    assert BOARD.device.encode() in bitstream[:200] and len(bitstream) > 300_000
    config = (build / "build" / "ecp5" / "system.config").read_text()
    words = dict(re.findall(r"^word: (\w+) ([01]+)$", config, re.MULTILINE))
    for name, value in FILTER.items():
        assert int(words[name], 2) == int(value), name


def test_netlist(made, tmp_path):
    """The netlist is asked over its UART, by the host's driver, for the digits in images."""
    build, _ = made
    images, _ = data.mnist("t10k")
    document = json.loads((build / "manifest.json").read_text())
    np.save(tmp_path / "frames.npy", prepare(document, images[:FRAMES]))
    with scratch() as folder:
        netlist = build_of(build, folder)
        report = tmp_path / "report.json"
        status = simulate([str(netlist), "--driver", "python", "--input",
                           str(tmp_path / "frames.npy"), "--json", str(report)])  # fmt: skip
        assert status == 0
        found = json.loads(report.read_text())
    assert found["frames"] == FRAMES and found["mismatches"] == 0
