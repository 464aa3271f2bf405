"""Our models of the primitives do what yosys' own models of them do."""

import re
import shutil
from itertools import product

import numpy as np
import pytest

from generators.emit.verilog import run_yosys, scratch
from generators.network.error import ModelError
from sim.models import PRIMITIVES
from tests.hdl.primitives import CELLS, simulate

OURS = re.sub(r"\bmodule (LUT6_2|CARRY4|DSP48E1)\b", r"module our_\1", PRIMITIVES.read_text())

PROVE = """
read_verilog ours.v cells_sim.v
prep -flatten -top miter
sat -verify -prove different 0 miter
"""

LUTS = """
  LUT6_2 #(.INIT(64'h{init:016x})) t{k} (.I0(i[0]), .I1(i[1]), .I2(i[2]), .I3(i[3]), .I4(i[4]),
    .I5(i[5]), .O6(theirs[{k}]), .O5(theirs[{k} + {count}]));
  our_LUT6_2 #(.INIT(64'h{init:016x})) o{k} (.I0(i[0]), .I1(i[1]), .I2(i[2]), .I3(i[3]), .I4(i[4]),
    .I5(i[5]), .O6(ours[{k}]), .O5(ours[{k} + {count}]));
"""

CHAIN = """module miter (input CI, input CYINIT, input [3:0] DI, input [3:0] S, output different);
  wire [7:0] theirs, ours;
  CARRY4 t (.CI(CI), .CYINIT(CYINIT), .DI(DI), .S(S), .O(theirs[3:0]), .CO(theirs[7:4]));
  our_CARRY4 o (.CI(CI), .CYINIT(CYINIT), .DI(DI), .S(S), .O(ours[3:0]), .CO(ours[7:4]));
  assign different = theirs != ours;
endmodule
"""


def prove(miter: str, ours: str = OURS) -> None:
    with scratch() as folder:
        (folder / "ours.v").write_text(miter + ours)
        shutil.copy(CELLS, folder / "cells_sim.v")
        run_yosys(PROVE, folder)


def luts(count: int = 40) -> str:
    """A miter of tables: random ones, and ones of a single bit."""
    rng = np.random.default_rng(7)
    tables = [1 << int(k) for k in rng.integers(0, 64, count // 2)]
    tables += [int(k) for k in rng.integers(0, 2**64, count - len(tables), np.uint64)]
    body = "".join(LUTS.format(k=k, init=init, count=count) for k, init in enumerate(tables))
    wires = f"  wire [{2 * count - 1}:0] theirs, ours;"
    head = f"module miter (input [5:0] i, output different);\n{wires}"
    return f"{head}{body}  assign different = theirs != ours;\nendmodule\n"


@pytest.mark.parametrize("miter", [luts(), CHAIN], ids=["LUT6_2", "CARRY4"])
def test_same_function(miter):
    prove(miter)


@pytest.mark.parametrize(("miter", "old", "new"), [
    (luts(), "I5 ? upper", "I4 ? upper"), (CHAIN, "S[2] ? c2", "S[2] ? c1"),
])  # fmt: skip
def test_proof_sees_another_function(miter, old, new):
    assert OURS.count(old) == 1
    with pytest.raises(ModelError, match="proof did fail"):
        prove(miter, OURS.replace(old, new))


WIDTHS = {"A": 30, "B": 18, "C": 48, "D": 25, "PCIN": 48, "OPMODE": 7, "ALUMODE": 4, "INMODE": 5}
ENABLES = ("CEA1", "CEA2", "CEAD", "CEALUMODE", "CEB1", "CEB2", "CEC", "CECTRL", "CED", "CEINMODE",
           "CEM", "CEP")  # fmt: skip
RESETS = ("RSTA", "RSTALUMODE", "RSTB", "RSTC", "RSTCTRL", "RSTD", "RSTINMODE", "RSTM", "RSTP")
PORTS = WIDTHS | dict.fromkeys((*ENABLES, *RESETS), 1)
ZEROS = {"ACIN": 30, "BCIN": 18, "CARRYCASCIN": 1, "CARRYIN": 1, "CARRYINSEL": 3, "CECARRYIN": 1,
         "MULTSIGNIN": 1, "RSTALLCARRYIN": 1}  # fmt: skip
REGISTERS = ("ADREG", "ALUMODEREG", "AREG", "BREG", "CREG", "DREG", "INMODEREG", "MREG",
             "OPMODEREG")  # fmt: skip


def dsp(kinds: tuple[str, ...], preg: int, registers: int, **strings: str) -> str:
    """A top whose o holds the P of each kind of DSP48E1."""
    values = dict.fromkeys(REGISTERS, registers) | {"ACASCREG": registers, "BCASCREG": registers}
    values |= {"PREG": preg, "CARRYINREG": 0, "CARRYINSELREG": 0}
    values |= {name: f'"{value}"' for name, value in strings.items()}
    parameters = ", ".join(f".{name}({value})" for name, value in values.items())
    pins = [f".{name}({name})" for name in PORTS] + [".CLK(clk)"]
    pins += [f".{name}({bits}'d0)" for name, bits in ZEROS.items()]
    cells = "".join(
        f"  {kind} #({parameters}) dsp{k} ({', '.join(pins)}, .P(o[{48 * k}+:48]));\n"
        for k, kind in enumerate(kinds))  # fmt: skip
    names = ", ".join(("clk", *PORTS, "o"))
    declared = "".join(f"  input [{bits - 1}:0] {name};\n" for name, bits in PORTS.items())
    return (f"module top({names});\n  input clk;\n{declared}"
            f"  output [{48 * len(kinds) - 1}:0] o;\n{cells}endmodule\n{OURS}")  # fmt: skip


def drawn(rng, opmodes, alumodes, inmodes, count=400):
    """Random rows, of which some reset something and some enable not all."""
    rows = []
    for _ in range(count):
        row = {name: int.from_bytes(rng.bytes(8), "little") & (1 << bits) - 1
               for name, bits in WIDTHS.items()}  # fmt: skip
        if rng.random() < 0.3:  # lanes of all ones wrap
            row["C"] = (1 << 48) - 1
        row |= {"OPMODE": int(rng.choice(opmodes)), "ALUMODE": int(rng.choice(alumodes)),
                "INMODE": int(rng.choice(inmodes))}  # fmt: skip
        row |= {name: int(rng.random() < 0.95) for name in ENABLES}
        row |= {name: int(rng.random() < 0.02) for name in RESETS}
        rows.append(row)
    return rows


def compare(rng, opmodes, alumodes, inmodes, preg, registers, **strings):
    rows = drawn(rng, opmodes, alumodes, inmodes)
    text = dsp(("our_DSP48E1", "DSP48E1"), preg, registers, **strings)
    found = simulate(text, PORTS, 96, rows)
    ours = [one & (1 << 48) - 1 for one in found]
    assert ours == [one >> 48 for one in found]
    assert len(set(ours)) > len(rows) // 4


@pytest.mark.parametrize("registers", [0, 1])
@pytest.mark.parametrize("simd", ["ONE48", "TWO24", "FOUR12"])
def test_adder(simd, registers):
    opmodes = [z << 4 | y << 2 | x for z, y, x in product(range(4), (0, 3), (0, 2, 3))]
    compare(np.random.default_rng(registers), opmodes, range(4), [0], 1, registers,
            USE_SIMD=simd, USE_MULT="NONE", USE_DPORT="FALSE")  # fmt: skip


def test_adder_without_register():
    opmodes = [z << 4 | y << 2 | x for z, y, x in product((0, 1, 3), (0, 3), (0, 3))]
    compare(np.random.default_rng(2), opmodes, [0, 3], [0], 0, 0,
            USE_SIMD="FOUR12", USE_MULT="NONE", USE_DPORT="FALSE")  # fmt: skip


@pytest.mark.parametrize("registers", [0, 1])
@pytest.mark.parametrize(("dport", "inmodes"), [("FALSE", [0]), ("TRUE", [0, 0b00100, 0b01100])])
def test_multiplier(dport, inmodes, registers):
    opmodes = [z << 4 | 0b0101 for z in range(4)]
    compare(np.random.default_rng(registers), opmodes, [0, 3], inmodes, 1, registers,
            USE_SIMD="ONE48", USE_MULT="MULTIPLY", USE_DPORT=dport)  # fmt: skip


@pytest.mark.parametrize(("change", "strings", "message"), [
    ({"OPMODE": 0b0001000}, {}, "OPMODE with Y = 0, M or C"),
    ({"OPMODE": 0b0000001}, {}, "OPMODE with X = M and Y = M"),
    ({"OPMODE": 0b0000101}, {}, "a multiplier for OPMODE with M"),
    ({"OPMODE": 0b1000000}, {}, "OPMODE with Z = 0, PCIN, P or C"),
    ({"ALUMODE": 0b0100}, {}, "ALUMODE 0000 to 0011"),
    ({}, {"A_INPUT": "CASCADE"}, "A_INPUT and B_INPUT DIRECT"),
    ({}, {"USE_MULT": "DYNAMIC"}, "USE_MULT NONE or MULTIPLY"),
    ({}, {"USE_MULT": "MULTIPLY", "USE_SIMD": "FOUR12"}, "USE_SIMD ONE48 with a multiplier"),
    ({}, {"USE_SIMD": "FOUR8"}, "USE_SIMD ONE48, TWO24 or FOUR12"),
    ({}, {"USE_PATTERN_DETECT": "PATDET"}, "USE_PATTERN_DETECT NO_PATDET"),
    ({"OPMODE": 0b0000101, "INMODE": 0b00010}, {"USE_MULT": "MULTIPLY", "USE_DPORT": "TRUE"},
     "INMODE 00000, 00100 or 01100"),
    ({"OPMODE": 0b0000101, "INMODE": 0b00100}, {"USE_MULT": "MULTIPLY"}, "INMODE 0 without D"),
])  # fmt: skip
def test_refused(change, strings, message):
    """What is not modelled says so and ends the simulation."""
    text = dsp(("our_DSP48E1",), 1, 0, **{"USE_MULT": "NONE", "USE_DPORT": "FALSE"} | strings)
    rows = [dict.fromkeys(PORTS, 0) | change] * 3
    what = re.escape(f"ERROR: bench.dut.dsp0.refuse: DSP48E1 in simulation must have {message}\n")
    with pytest.raises(AssertionError, match=what):
        simulate(text, PORTS, 48, rows)
