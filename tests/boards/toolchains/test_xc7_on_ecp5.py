"""The 7-series primitives on an ECP5: proven equal to models that are not those of the map."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import boards
from generators.emit.verilog import run_yosys, scratch
from generators.network.error import ModelError
from sim.models import PRIMITIVES

MAP = Path(boards.__file__).parent / "toolchains" / "xc7_on_ecp5.v"

READ = """
read_verilog bench.v
{cells}
prep -flatten -top bench
rename bench {name}
design -stash {name}
design -reset
"""
BOTH = """
design -copy-from gold gold
design -copy-from gate gate
miter -equiv -flatten gold gate miter
hierarchy -top miter
"""
ECP5 = "read_verilog -icells xc7_on_ecp5.v\nread_verilog -overwrite +/ecp5/cells_sim.v"

# Both multiply the same operands with one multiplier, or there would be two; what a multiplier
# does is nothing to prove.
MULTIPLIER = """
module cut (A, B, Y);
  parameter A_WIDTH = 1, B_WIDTH = 1, Y_WIDTH = 1, A_SIGNED = 0, B_SIGNED = 0;
  input [A_WIDTH-1:0] A;
  input [B_WIDTH-1:0] B;
  output [Y_WIDTH-1:0] Y;
  assign Y = {B, A};
endmodule
"""
DSP = """\
module bench (input clk, en, input [29:0] a, input [17:0] b, input [47:0] c, pcin,
              input [24:0] d, input [6:0] op, input [3:0] alu, input [4:0] mode, output [47:0] p);
  DSP48E1 #(%s) it (.CLK(clk), .A(a), .B(b), .C(c), .D(d), .PCIN(pcin), .OPMODE(%s),
    .ALUMODE({2'b00, alu[1:0]}), .INMODE({1'b0, mode[3:2], 2'b00}), .P(p),
    .CEA2(en), .CEB2(en), .CEC(en), .CED(en), .CEAD(en), .CEM(en), .CEP(en), .CECTRL(en),
    .CEALUMODE(en), .CEINMODE(en), .RSTA(1'b0), .RSTB(1'b0), .RSTC(1'b0), .RSTD(1'b0),
    .RSTM(1'b0), .RSTP(1'b0), .RSTCTRL(1'b0), .RSTALUMODE(1'b0), .RSTINMODE(1'b0));
endmodule
"""
DEPTHS = ("A", "B", "C", "D", "AD", "M", "P", "INMODE", "OPMODE", "ALUMODE")


def prove(bench: str, gold: str, script: str, wrong: tuple[str, str] = ("", "")) -> None:
    """That a bench with the cells of gold is that with the map's; raises with yosys' words.

    ``wrong`` is a text of the map and what it is replaced by.
    """
    with scratch() as folder:
        (folder / "bench.v").write_text(bench)
        (folder / "multiplier.v").write_text(f'(* techmap_celltype = "$mul" *){MULTIPLIER}')
        (folder / MAP.name).write_text(MAP.read_text().replace(*wrong))
        shutil.copy(PRIMITIVES, folder)
        text = READ.format(cells=gold, name="gold") + READ.format(cells=ECP5, name="gate")
        run_yosys(f"{text}{BOTH}{script}", folder)


def test_lut6_2_and_carry4():
    """Against yosys' own models, for all inputs."""
    rng = np.random.default_rng(1)
    tables = [0x6996966996696996, *(int(n) for n in rng.integers(0, 1 << 63, 5))]
    luts = "".join(
        f"  LUT6_2 #(.INIT(64'h{table:016x})) lut{k} (.O6(o6[{k}]), .O5(o5[{k}]), .I0(i[0]), "
        f".I1(i[1]), .I2(i[2]), .I3(i[3]), .I4(i[4]), .I5(i[5]));\n"
        for k, table in enumerate(tables)
    )
    bench = f"""\
module bench (input [5:0] i, input ci, cyinit, input [3:0] di, s, output [5:0] o6, o5,
              output [3:0] co, o);
{luts}  CARRY4 carry (.CI(ci), .CYINIT(cyinit), .DI(di), .S(s), .CO(co), .O(o));
endmodule
"""
    prove(bench, "read_verilog +/xilinx/cells_sim.v", "sat -verify -prove trigger 0 miter\n")


@pytest.mark.parametrize(("use", "registers", "opmode"), [
    ({"MULT": "MULTIPLY", "DPORT": "TRUE", "SIMD": "ONE48"},
     ("A", "B", "C", "D", "AD", "M", "P"), "{op[6:4], 4'b0101}"),
    ({"MULT": "MULTIPLY", "DPORT": "FALSE", "SIMD": "ONE48"}, ("M", "P"), "{op[6:4], 4'b0101}"),
    ({"MULT": "NONE", "DPORT": "FALSE", "SIMD": "FOUR12"}, ("A", "B", "C", "P"),
     "{op[6:4], 2'b11, 2'b11}"),
    ({"MULT": "NONE", "DPORT": "FALSE", "SIMD": "TWO24"}, ("P",),
     "{op[6:4], 4'b0010}"),
])  # fmt: skip
def test_dsp48e1(use, registers, opmode):
    """Against the model of the simulations, from zero on and for all inputs, by induction."""
    parameters = [f'.USE_{name}("{value}")' for name, value in use.items()]
    parameters += [f".{name}REG({int(name in registers)})" for name in DEPTHS]
    count = int(use["MULT"] != "NONE")
    prove(DSP % (", ".join(parameters), opmode), "read_verilog primitives.v", f"""
opt -full -share_all
select -assert-count {count} t:$mul
techmap -map multiplier.v
dffunmap
sat -verify -tempinduct -seq 1 -maxsteps 3 -set-init-zero -set-def-inputs -prove trigger 0 miter
""")


def test_a_wrong_map_is_found():
    bench = """\
module bench (input ci, input [3:0] di, s, output [3:0] co, o);
  CARRY4 carry (.CI(ci), .CYINIT(1'b0), .DI(di), .S(s), .CO(co), .O(o));
endmodule
"""
    with pytest.raises(ModelError, match="Called with -verify and proof did fail"):
        prove(bench, "read_verilog +/xilinx/cells_sim.v", "sat -verify -prove trigger 0 miter\n",
              wrong=("16'hCCCA", "16'hCCC8"))  # fmt: skip
