"""What is put into the FPGA, as yosys sees it."""

import json
import re

import pytest

from boards import devices
from generators.emit.system import component, convert
from generators.emit.verilog import run_yosys, scratch
from hdl.zynq.system import Lights, System
from sim.stream import simulate
from tests.hdl.zynq.tiny import CONFIG, CORE

ZYNQ = [board for board in devices.BOARDS if board.family == "zynq7000"]

SYNTHESIS = """
read_verilog top.v system.v
synth_xilinx -family xc7 -flatten -top system
check -assert
tee -q -o cells.json stat -json
write_json -selected -noscopeinfo netlist.json
"""

HIERARCHY = """
read_verilog -lib +/xilinx/cells_sim.v +/xilinx/cells_xtra.v
read_verilog top.v system.v
hierarchy -check -top system
proc
opt_clean
check -assert
tee -q -o cells.json stat -json
"""


def run(board, script: str) -> tuple[dict[str, int], dict]:
    """The cells of a board's system, and its netlist where the script writes one."""
    with scratch() as folder:
        (folder / "top.v").write_text(CORE)
        (folder / "system.v").write_text(convert(component(board, CONFIG, board.clock)))
        run_yosys(script, folder)
        cells = json.loads((folder / "cells.json").read_text())["design"]["num_cells_by_type"]
        netlist = folder / "netlist.json"
        return cells, json.loads(netlist.read_text()) if netlist.exists() else {}


def synthesized(board) -> None:
    cells, netlist = run(board, SYNTHESIS)
    assert (cells["PS7"], cells["BUFG"]) == (1, 1)
    assert cells.get("OBUF", 0) == len(board.leds)
    assert not {name for name in cells if name.startswith("$") and name != "$scopeinfo"}
    module = netlist["modules"]["system"]
    assert set(module["ports"]) == ({"leds"} if board.leds else set())
    ps7, bufg = (next(cell for cell in module["cells"].values() if cell["type"] == kind)
                 for kind in ("PS7", "BUFG"))  # fmt: skip
    # The constraints' net, where place and route look for it.
    (net,) = module["netnames"]["fclk0"]["bits"]
    assert ps7["connections"]["FCLKCLK"][0] == net and bufg["connections"]["I"] == [net]
    # One clock, of the processor's ports too.
    (clock,) = bufg["connections"]["O"]
    assert ps7["connections"]["MAXIGP0ACLK"] == [clock] == ps7["connections"]["SAXIHP0ACLK"]
    flops = [cell for cell in module["cells"].values() if re.fullmatch("FD.E", cell["type"])]
    assert {cell["connections"]["C"][0] for cell in flops} == {clock}


def test_synthesis():
    """Of the board without LEDs, which has no ports at all."""
    synthesized(devices.find("zynq7020"))


@pytest.mark.slow
@pytest.mark.parametrize("board", ZYNQ, ids=lambda board: board.name)
def test_synthesis_of_every_board(board):
    synthesized(board)


def test_library():
    """The system of a board with LEDs, whose cells are as the library has them."""
    cells, _ = run(devices.find("zedboard"), HIERARCHY)
    assert (cells["PS7"], cells["BUFG"]) == (1, 1)


def test_acp():
    """The coherent port in place of the other, by the board's file."""
    text = convert(System(System.Config(shell=CONFIG, port="acp")))
    assert re.search(r"\.SAXIACPACLK\(clk\)", text) and re.search(r"\.SAXIHP0ACLK\(1'h0\)", text)


def test_lights():
    seen = []

    async def bench(ctx):
        for cycle, (busy, error) in enumerate([(0, 0)] * 9 + [(1, 0)] * 3 + [(0, 0)] * 2
                                              + [(0, 1)] * 2):  # fmt: skip
            ctx.set(dut.busy, busy)
            ctx.set(dut.error, error)
            await ctx.tick()
            seen.append((cycle, ctx.get(dut.leds)))

    dut = Lights(Lights.Config(leds=6, beat=2))
    simulate(dut, bench)
    states = [0b0000] * 9 + [0b0010] * 3 + [0b0100] * 2 + [0b1000] * 2
    assert seen == [(n, state | n >> 2 & 1) for n, state in enumerate(states)]


def test_wrong_port():
    with pytest.raises(ValueError, match=r"^System port must be hp0 or acp, not 'gp1'$"):
        System.Config(shell=CONFIG, port="gp1")


def test_wrong_leds():
    with pytest.raises(TypeError, match=r"^System leds must be a number of LEDs, not -1$"):
        System.Config(shell=CONFIG, leds=-1)
