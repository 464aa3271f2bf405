"""The netlist that we count computes what the circuit says.

abc9 takes the aliases that Amaranth makes of each lane (o__payload[0]) for wires of their own and
drops flip-flops (yosys issue 4349), which our scripts prevent by hiding these names. So circuits
with lanes are compared with their netlists: no input of STEPS cycles from reset tells them apart,
nor one of as many as a small map takes.
"""

import re
import shutil
from functools import partial

import pytest
from amaranth.back import rtlil as equations

from generators.emit.verilog import convert, run_yosys, scratch, to_rtlil
from generators.network.error import ModelError
from generators.synth.synthesize import SCRIPT
from hdl.dot.popcount import Popcount, RowsPopcount
from hdl.number import BIPOLAR
from sim.models import PRIMITIVES
from tests.hdl.shared import COUNTERS
from tests.synth.circuits import CIRCUITS
from tests.synth.configs import FEW, TERNARY, converter, fork, pool, upsample, window

STEPS = 6
HIDE = "rename -hide w:*[*\n"
PROVE = """
read_rtlil circuit.il
read_verilog primitives.v
setattr -mod -unset keep_hierarchy *
rename -hide w:*[*
prep -flatten -top top
memory_map
rename top gold
design -stash gold
read_verilog netlist.v
read_verilog +/xilinx/cells_sim.v
hierarchy -top top
check -assert
prep -flatten -top top
memory_map
rename top gate
design -stash gate
design -copy-from gold gold
design -copy-from gate gate
miter -equiv -flatten gold gate miter
async2sync miter
opt_clean miter
sat -verify -prove trigger 0 -seq {steps} miter
"""


def netlist(rtlil, script=SCRIPT):
    """The Verilog of what a synthesis script makes of RTLIL."""
    with scratch() as folder:
        (folder / "top.il").write_text(rtlil)
        run_yosys(f"{script}\nwrite_verilog -noattr netlist.v\n", folder)
        return (folder / "netlist.v").read_text()


def prove(rtlil, verilog, steps=STEPS):
    """Prove that a netlist does what the RTLIL says, in so many cycles from reset.

    Primitives in the RTLIL are our models of them, those in the netlist yosys' own.

    Raises
    ------
    ModelError
        If it does not, with what yosys found.
    """
    with scratch() as folder:
        (folder / "circuit.il").write_text(rtlil)
        (folder / "netlist.v").write_text(verilog)
        shutil.copy(PRIMITIVES, folder)
        run_yosys(PROVE.format(steps=steps), folder)


@pytest.mark.parametrize("name", ["converter 16 to 8", "converter 3 to 7", "register slice 32"])
def test_netlist_is_the_circuit(name):
    rtlil = to_rtlil(CIRCUITS[name]())
    prove(rtlil, netlist(rtlil))


MAPS = {
    "fork": (partial(fork, 4, 2, 2), STEPS),
    "add": (CIRCUITS["add 16 of uint4"], STEPS),
    "pool max": (partial(pool, 2, 4, 1, 2, (2, 2), FEW), 10),
    "pool max of bits": (partial(pool, 2, 4, 2, 2, (2, 2), BIPOLAR), 18),
    "pool sum": (partial(pool, 2, 2, 1, 2, (2, 2), FEW, "sum"), 8),
    "upsample": (partial(upsample, 2, 2, 1, 2, (2, 2), TERNARY), 12),
    "window": (partial(window, 1, 3, 1, 1, (1, 2), BIPOLAR), 7),
    "window padded": (partial(window, 2, 2, 1, 1, (2, 2), BIPOLAR, padding=(1, 1, 0, 0)), 7),
}
"""Small circuits of maps, and cycles from reset in which most of a map passes."""


@pytest.mark.parametrize("name", MAPS)
def test_netlist_of_a_map_is_the_circuit(name):
    build, steps = MAPS[name]
    rtlil = to_rtlil(build())
    prove(rtlil, netlist(rtlil), steps)


@pytest.mark.parametrize("name", COUNTERS)
def test_netlist_of_shared_primitives_is_the_circuit(name):
    rtlil = to_rtlil(COUNTERS[name]())
    found = netlist(rtlil)
    prove(rtlil, found)
    assert found.count("  LUT6_2 #(") == rtlil.count("cell \\LUT6_2 ") > 0


TREES = {
    "popcount": Popcount.Config(lanes=16),
    "popcount of LUTs": Popcount.Config(lanes=12, fabric="lut"),
    "rows with a bias": RowsPopcount.Config(lanes=12, words=1),
}


@pytest.mark.parametrize("name", TREES)
def test_primitives_are_the_equations(name):
    """What Amaranth's simulator runs, and LUT6_2s and CARRY4s as yosys says they are."""
    text = equations.convert(TREES[name].build(), name="top", emit_src=False)
    assert "LUT6_2" not in text
    verilog = convert(TREES[name].build())
    assert "LUT6_2" in verilog
    prove(text, verilog)


def test_proof_sees_another_init():
    text = equations.convert(Popcount(Popcount.Config(lanes=8)), name="top", emit_src=False)
    verilog = convert(Popcount(Popcount.Config(lanes=8)))
    broken = re.sub(r"64'h9669", "64'h9668", verilog, count=1)
    assert broken != verilog
    with pytest.raises(ModelError, match="proof did fail"):
        prove(text, broken)


def test_verilog_for_others_is_the_circuit():
    """What Vivado reads, and what becomes of it in yosys."""
    circuit = CIRCUITS["converter 16 to 8"]()
    rtlil, verilog = to_rtlil(circuit), convert(circuit)
    assert HIDE in SCRIPT
    prove(rtlil, verilog)
    with scratch() as folder:
        (folder / "top.v").write_text(verilog)
        script = SCRIPT.format(name="top").replace("read_rtlil top.il", "read_verilog top.v")
        script = script.replace(HIDE, "")
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
