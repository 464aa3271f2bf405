"""Builds with primitives in modules of many instances, in every simulator."""

import shutil

import numpy as np
import pytest

from sim import cosim, manifest
from sim import hierarchy as room
from sim.hierarchy import hierarchy
from tests.sim import tiny


def table(function) -> int:
    return sum(function(n & 1, n >> 1 & 1, n >> 2 & 1, n >> 3 & 1) << n for n in range(16))


BOTH = table(lambda a, b, c, d: 1 ^ a ^ b) << 32 | table(lambda a, b, c, d: 1 ^ c ^ d)
MODULE = f"""
module agree_2_0badcafe(x, w, o);
  input [1:0] x, w;
  output [1:0] o;
  LUT6_2 #(.INIT(64'd{BOTH})) both (
    .I0(x[0]), .I1(w[0]), .I2(x[1]), .I3(w[1]), .I4(1'b0), .I5(1'b1), .O6(o[0]), .O5(o[1])
  );
endmodule
"""


def shared(folder):
    """The tiny build with its 64 products in 32 instances."""
    tiny.make(folder)
    text = (folder / "top.v").read_text()
    cells = ""
    for row in range(4):
        code = text.split(f"wire [7:0] y{row} = " if row in (0, 2) else f", y{row} = ")[1]
        weights = code[len("dot(~(x ^ ") : code.index("))")]
        text = text.replace(f"dot(~(x ^ {weights}))", f"dot(match{row})", 1)
        cells += f"  wire [15:0] match{row};\n  wire [15:0] w{row} = {weights};\n"
        cells += "".join(f"""  agree_2_0badcafe p{row}_{k} (
    .x(x[{k}+:2]),
    .w(w{row}[{k}+:2]),
    .o(match{row}[{k}+:2])
  );\n""" for k in range(0, 16, 2))  # fmt: skip
    place = text.index("  wire [7:0] y0")
    (folder / "top.v").write_text(MODULE + text[:place] + cells + text[place:])
    tiny.seal(folder)
    return manifest.read(folder)


@pytest.mark.parametrize(("simulator", "harness", "crowd", "kind"), [
    ("verilator", "batch", 10, "hier_block"), ("icarus", "cocotb", 100, "no_inline"),
    pytest.param("verilator", "batch", 100, "no_inline", marks=pytest.mark.slow),
    pytest.param("verilator", "cocotb", 10, "hier_block", marks=pytest.mark.slow),
])  # fmt: skip
def test_every_harness(simulator, harness, crowd, kind, tmp_path, monkeypatch):
    if simulator == "icarus" and shutil.which("iverilog") is None:
        pytest.skip("needs iverilog")
    monkeypatch.setattr(room, "CROWD", crowd)
    build = shared(tmp_path / "a build")
    lines, options = hierarchy((build.folder / "top.v").read_text())
    assert lines == f'{kind} -module "agree_2_0badcafe"\n'
    assert options == (["--hierarchical"] if kind == "hier_block" else [])
    x = np.random.default_rng(3).choice([-1, 1], (30, 16))
    found = cosim.simulate(build, x, simulator=simulator, harness=harness, stall=0.2)
    np.testing.assert_array_equal(found.outputs, x @ tiny.WEIGHTS.T)


NESTED = """
module inner_1_00000001(x, o);
endmodule

module outer_1_00000002(x, o);
  inner_1_00000001 a (
    .x(x)
  );
  inner_1_00000001 b (
    .x(x)
  );
endmodule

module \\top.part (x);
  outer_1_00000002 a (
    .x(x)
  );
endmodule

module top(x);
  \\top.part  a (
    .x(x)
  );
  \\top.part  b (
    .x(x)
  );
  outer_1_00000002 #(
    .N(1)
  ) c (
    .x(x)
  );
endmodule
"""


@pytest.mark.parametrize(("crowd", "inner", "outer"), [(3, 1, 1), (4, 1, 0), (6, 1, 0), (7, 0, 0)])
def test_instances_multiply(crowd, inner, outer, monkeypatch):
    monkeypatch.setattr(room, "CROWD", crowd)
    kinds = ["hier_block" if one else "no_inline" for one in (inner, outer)]
    assert hierarchy(NESTED) == (
        f'{kinds[0]} -module "inner_1_00000001"\n{kinds[1]} -module "outer_1_00000002"\n',
        ["--hierarchical"] if inner else [])  # fmt: skip
