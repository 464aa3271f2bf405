"""The netlist that we count computes what the circuit says.

abc9 takes the aliases that Amaranth makes of each lane (o__payload[0]) for wires of their own and
drops flip-flops (yosys issue 4349), which our scripts prevent by hiding these names. So circuits
with lanes are compared with their netlists: no input of STEPS cycles from reset tells them apart.
"""

import re

import pytest

from generators.emit.verilog import convert, run_yosys, scratch, to_rtlil
from generators.finn.synthesize import SCRIPT
from generators.network.error import ModelError
from tests.synth.configs import CIRCUITS, converter

STEPS = 6
HIDE = "rename -hide w:*[*\n"
PROVE = f"""
read_rtlil circuit.il
{HIDE}
prep -flatten -top top
rename top gold
design -stash gold
read_verilog netlist.v
read_verilog +/xilinx/cells_sim.v
hierarchy -top top
check -assert
prep -flatten -top top
rename top gate
design -stash gate
design -copy-from gold gold
design -copy-from gate gate
miter -equiv -flatten gold gate miter
async2sync miter
opt_clean miter
sat -verify -prove trigger 0 -seq {STEPS} miter
"""


def netlist(rtlil, script=SCRIPT):
    """The Verilog of what a synthesis script makes of RTLIL."""
    with scratch() as folder:
        (folder / "top.il").write_text(rtlil)
        run_yosys(f"{script}\nwrite_verilog -noattr netlist.v\n", folder)
        return (folder / "netlist.v").read_text()


def prove(rtlil, verilog):
    """Prove that a netlist does what the RTLIL says.

    Raises
    ------
    ModelError
        If it does not, with what yosys found.
    """
    with scratch() as folder:
        (folder / "circuit.il").write_text(rtlil)
        (folder / "netlist.v").write_text(verilog)
        run_yosys(PROVE, folder)


@pytest.mark.parametrize("name", ["converter 16 to 8", "converter 3 to 7", "register slice 32"])
def test_netlist_is_the_circuit(name):
    rtlil = to_rtlil(CIRCUITS[name]())
    prove(rtlil, netlist(rtlil))


def test_verilog_for_others_is_the_circuit():
    """What Vivado reads, and what becomes of it in yosys."""
    circuit = CIRCUITS["converter 16 to 8"]()
    rtlil, verilog = to_rtlil(circuit), convert(circuit)
    assert HIDE in SCRIPT
    prove(rtlil, verilog)
    with scratch() as folder:
        (folder / "top.v").write_text(verilog)
        script = SCRIPT.replace("read_rtlil top.il", "read_verilog top.v").replace(HIDE, "")
        run_yosys(f"{script}\nwrite_verilog -noattr netlist.v\n", folder)
        prove(rtlil, (folder / "netlist.v").read_text())


def test_proof_sees_another_circuit():
    """Frames of 64 items are not frames of 20, of which the last transfer is half empty."""
    with pytest.raises(ModelError, match="proof did fail"):
        prove(to_rtlil(converter(16, 8, 20)), convert(converter(16, 8, 64)))


def test_proof_sees_a_lost_flip_flop():
    """As the aliases lose it: its output has no driver."""
    rtlil = to_rtlil(CIRCUITS["converter 16 to 8"]())
    whole = netlist(rtlil)
    broken = re.sub(r"  FDRE #\([^;]*?\.Q\(store\[9\]\)[^;]*?;\n", "", whole)
    assert broken != whole
    with pytest.raises(ModelError, match="Found 1 problems in 'check -assert'"):
        prove(rtlil, broken)
