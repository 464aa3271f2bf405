import json
import random
import re

import pytest

from boards import devices
from boards.parts import PARTS
from boards.toolchains import openxc7
from boards.toolchains.scripts import files
from generators.emit.verilog import run_yosys, scratch
from generators.network.error import ModelError
from tests.boards.toolchains import made

ZYNQ = [board for board in devices.BOARDS if board.family == "zynq7000"]


@pytest.fixture(scope="module")
def netlist():
    """What the script of yosys makes of a tiny system."""
    with scratch() as folder:
        made.build(folder, "pynq_z2")
        (folder / "build" / "openxc7").mkdir(parents=True)
        run_yosys(openxc7.yosys_script(), folder)
        return json.loads((folder / "build" / "openxc7" / "system.json").read_text())


def test_netlist(netlist):
    """PS7 and BUFG stay, and LUT6_2 is two LUTs."""
    system = netlist["modules"]["system"]
    kinds = [cell["type"] for cell in system["cells"].values()]
    assert kinds.count("PS7") == kinds.count("BUFG") == 1
    assert kinds.count("OBUF") == 4 and "CARRY4" in kinds and "FDRE" in kinds
    assert not {"LUT6_2", "$scopeinfo"} & set(kinds) and kinds.count("LUT5") == 2
    assert "fclk0" in system["netnames"]


def test_split():
    """The two LUTs are the LUT6_2: all six inputs free, and the last one constant."""
    rng = random.Random(0)
    cells = "\n".join(
        f"  LUT6_2 #(.INIT(64'h{rng.getrandbits(64):016x})) l{k} (.O6(o[{2 * k}]), "
        f".O5(o[{2 * k + 1}]), .I0(i[0]), .I1(i[1]), .I2(i[2]), .I3(i[3]), .I4(i[4]), .I5({last}));"
        for k, last in enumerate(("i[5]", "1'b0", "1'b1"))
    )
    script = """
        read_verilog test.v
        read_verilog -lib +/xilinx/cells_sim.v
        hierarchy -top gold
        copy gold gate
        techmap -map split_lut6_2.v gate
        select -assert-none gate/t:LUT6_2
        select -assert-count 5 gate/t:LUT5
        select -assert-count 1 gate/t:LUT6
        miter -equiv gold gate miter
        read_verilog -overwrite +/xilinx/cells_sim.v
        prep -top miter -flatten
        sat -verify -prove trigger 0 miter
    """
    with scratch() as folder:
        text = f"module gold(input [5:0] i, output [5:0] o);\n{cells}\nendmodule\n"
        (folder / "test.v").write_text(text)
        made_of = files(devices.find("zynq7020"), 100.0, "net")
        (folder / "split_lut6_2.v").write_text(made_of["split_lut6_2.v"])
        log = run_yosys(script, folder)
    assert "SAT proof finished - no model found: SUCCESS!" in log


def test_single_port_ram_is_refused():
    """nextpnr-xilinx would stop at it later, and say less."""
    check = next(line for line in openxc7.yosys_script().splitlines()
                 if line.startswith("select -assert-none"))  # fmt: skip
    with scratch() as folder:
        (folder / "test.v").write_text("module top; RAM64X1S ram (); endmodule\n")
        with pytest.raises(ModelError, match=r"Assertion failed: selection is not empty: "):
            run_yosys(f"read_verilog -lib +/xilinx/cells_sim.v\nread_verilog test.v\n{check}\n",
                      folder)  # fmt: skip


def test_script_of_yosys():
    lines = openxc7.yosys_script().splitlines()
    assert lines[1] == "synth_xilinx -family xc7 -flatten -abc9 -top system"
    assert not any("nobram" in line or "noiopad" in line for line in lines)
    assert lines[-1] == "write_json build/openxc7/system.json"


@pytest.mark.parametrize("board", ZYNQ, ids=lambda board: board.name)
def test_shell(board):
    """Each board's part, in all three places, and the clock; nothing of one machine."""
    text = files(board, 125.0, "net")["build_openxc7.sh"]
    assert re.findall(r"--part (\S+)|--part_name (\S+)", text) == [(board.part, ""),
                                                                  ("", board.part)]  # fmt: skip
    part = PARTS[board.part]
    assert f"CHIPDB=$CHIPDB_DIR/{part.device}{part.package}.bin\n" in text
    assert f'"${{DB_DIR}}/zynq7/{board.part}/part.yaml"' in text
    assert "--freq 125 " in text and text.startswith("#!/bin/sh\n")
    assert text.endswith("\nmv build/openxc7/system.bit system.bit\n")
    assert "/home" not in text and "/work" not in text


def test_feed_throughs_are_documented():
    assert "feed-through" in openxc7.__doc__ and "161" in openxc7.__doc__
