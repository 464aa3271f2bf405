"""Static time of netlists by hand: every figure is added up here from the tables' delays."""

import json
import re
from dataclasses import asdict

import pytest

from generators.emit.verilog import run_yosys, scratch
from generators.synth import timing_cells
from generators.synth.timing import Timing, analyse
from tests.generators.synth.netlists import Net, design

Q, D, LUT, WIRE = 456, 60, 124, 500


def time(net: Net, **modules: Net) -> Timing:
    return analyse(design(net, **modules))


def worst(net: Net, **modules: Net) -> int:
    return time(net, **modules).reg_to_reg_ps


def test_lut_chain():
    """Each LUT has a wire before it, a flip-flop none after a LUT."""
    net = Net()
    net.ff("d", "q")
    net.lut("a", "q", "x")
    net.lut("b", "a", "q", "1")
    net.lut("d", "b")
    path = time(net).reg_to_reg
    assert path.ps == Q + 3 * (WIRE + LUT) + D
    assert (path.lut_levels, path.carry4, path.start, path.end) == (3, 0, "q", "q")
    assert path.cells == ("FDRE", "LUT2", "LUT3", "LUT1", "FDRE.D")
    assert analyse(design(net), wire_ps=0).reg_to_reg_ps == Q + 3 * LUT + D


@pytest.mark.parametrize(("pins", "ps"), [
    ({"d": "q"}, WIRE + D), ({"d": "0", "CE": "q"}, WIRE + 109), ({"d": "0", "R": "q"}, WIRE + 404),
    ({"d": "lut"}, WIRE + LUT + D), ({"d": "0", "CE": "lut"}, 2 * WIRE + LUT + 109),
])  # fmt: skip
def test_ends_of_a_flip_flop(pins, ps):
    net = Net()
    net.ff("x", "q")
    net.lut("lut", "q")
    net.ff(q="end", **pins)
    found = time(net).reg_to_reg
    assert (found.ps, found.start, found.end) == (Q + ps, "q", "end")


def test_constants_do_not_arrive():
    net = Net(i="i")
    net.lut("a", "0", "1", "x")
    net.ff("a", "q")
    net.output("o", "a 1")
    assert time(net) == Timing(WIRE)
    net.ff("i", "r", CE="1", R="0")
    assert {i: path.ps for i, path in time(net).setup.items()} == {"i": D}


def carry(net: Net, s: str, di: str, ci: str, o: str, co: str, init: str = "0") -> None:
    net.cell("CARRY4", S=s, DI=di, CI=ci, CYINIT=init, O=o, CO=co)


def test_carry_chain():
    """LUT6_2 into S and DI without a wire, CARRY4 to CARRY4 and to D neither."""
    net = Net()
    net.ff("0", "a")
    net.cell("LUT6_2", I0="a", I1="0", O5="g", O6="p")
    carry(net, "p 0 0 0", "g 0 0 0", "0", "- - - -", "- - - c")
    carry(net, "0 0 0 0", "0 0 0 0", "c", "- d - -", "- - - -")
    net.ff("d", "q")
    path = time(net).reg_to_reg
    assert path.ps == Q + WIRE + LUT + 526 + 334 + D
    assert (path.lut_levels, path.carry4) == (1, 2)


@pytest.mark.parametrize(("pins", "ps"), [
    ({"s": "a 0 0 0"}, WIRE + LUT + 582),  # passed on by a LUT, which S is behind
    ({"di": "a 0 0 0"}, WIRE + 615), ({"init": "a"}, WIRE + 642), ({"ci": "a"}, WIRE + 313),
    ({"s": "0 0 0 a"}, WIRE + LUT + 227), ({"di": "0 0 0 a"}, None),
])  # fmt: skip
def test_a_carry_chain_from_flip_flops(pins, ps):
    net = Net()
    net.ff("0", "a")
    ties = {"s": "0 0 0 0", "di": "0 0 0 0", "ci": "0"}
    carry(net, o="- - - d", co="- - - -", **ties | pins)
    net.ff("d", "q")
    assert worst(net) == (0 if ps is None else Q + ps + D)


def test_a_carry_to_the_fabric_takes_a_wire():
    net = Net()
    net.ff("0", "a")
    net.lut("p", "a")
    carry(net, "p 0 0 0", "0 0 0 0", "0", "- - - -", "- - - c")
    net.lut("d", "c")
    net.ff("d", "q")
    assert worst(net) == Q + WIRE + LUT + 508 + WIRE + LUT + D


def test_wide_multiplexers():
    net = Net()
    net.ff("0", "a")
    net.lut("x0", "a")
    net.cell("MUXF7", I0="x0", I1="a", S="0", O="x1")
    net.cell("MUXF8", I0="x1", I1="0", S="0", O="x2")
    net.ff("x2", "q")
    assert worst(net) == Q + WIRE + LUT + 223 + 104 + D
    net.cell("MUXF8", I0="0", I1="0", S="x1", O="x3")
    net.ff("x3", "q3")
    assert worst(net) == Q + WIRE + LUT + 223 + WIRE + 273 + D


@pytest.mark.parametrize(("registered", "ps"), [("0", 2454), ("1", 882)])
def test_block_ram(registered, ps):
    net = Net()
    net.ff("0", "a")
    net.cell("RAMB18E1", "", {"DOA_REG": f"000{registered}"}, ADDRARDADDR="a 0", DOADO="d e")
    net.ff("d", "q")
    found = time(net)
    assert found.reg_to_reg_ps == max(ps + WIRE + D, Q + WIRE + 566)


def test_lut_ram_and_shift_registers():
    net = Net(a="a")
    net.cell("RAM32M", DIA="d d", WE="we", ADDRA="a a a a a", ADDRD="d 0 0 0 0", DOA="o0 o1")
    net.output("o", "o0 o1")
    net.ff("0", "we")
    net.cell("SRL16E", D="we", CE="1", A0="a", Q="d")
    found = time(net)
    assert found.clk_to["o"].ps == 1190
    assert found.through["a"]["o"].ps == LUT
    assert found.reg_to_reg_ps == 1472 + WIRE + 461
    assert found.setup["a"].ps == LUT + WIRE + 461


DSP = {"AREG": "1", "BREG": "1", "CREG": "1", "MREG": "1", "PREG": "1", "USE_MULT": "MULTIPLY"}


@pytest.mark.parametrize(("parameters", "ways"), [
    ({}, {"a": 254, "b": 324, "c": 168, "inside": 1606, "p": 329}),
    ({"AREG": "0", "BREG": "0"}, {"a": 1416, "b": 1285, "c": 168, "inside": 1606, "p": 329}),
    ({"MREG": "0"}, {"a": 254, "b": 324, "c": 168, "inside": 2868, "p": 329}),
    ({"MREG": "0", "PREG": "0"}, {"a": 254, "b": 324, "c": 168, "inside": 0, "p": 2952}),
    ({"AREG": "0", "BREG": "0", "CREG": "0", "MREG": "0", "PREG": "0"},
     {"a->p": 2823, "b->p": 2690, "c->p": 1325}),
    ({"USE_MULT": "NONE", "AREG": "0", "CREG": "0"},
     {"a": 1441, "b": 324, "c": 1244, "inside": 1606, "p": 329}),
    ({"USE_DPORT": "TRUE", "AREG": "0", "MREG": "1"},
     {"a": 2400, "b": 324, "c": 168, "inside": 2439, "p": 329}),
])  # fmt: skip
def test_dsp(parameters, ways):
    net = Net(a="a", b="b", c="c")
    net.cell("DSP48E1", "", DSP | parameters, A="a", B="b", C="c", P="p")
    net.output("p", "p")
    found = time(net)
    seen = {i: path.ps for i, path in found.setup.items()}
    seen |= {o: path.ps for o, path in found.clk_to.items()}
    seen |= {f"{i}->{o}": path.ps for i, to in found.through.items() for o, path in to.items()}
    assert seen | ({"inside": found.reg_to_reg_ps} if "p" in seen else {}) == ways


def test_dsp_cascade_and_controls():
    net = Net(i="i")
    net.cell("DSP48E1", "", DSP, A="0", PCOUT="c")
    net.cell("DSP48E1", "", DSP, PCIN="c", OPMODE="i", CEP="i", P="p")
    found = time(net)
    assert (found.reg_to_reg_ps, found.setup["i"].ps) == (max(477 + 1026, 1606), 600)


def test_ports():
    """Ways from and to ports are without the wires outside."""
    net = Net(i="i0 i1", ready="ready")
    net.lut("d", "i0", "i1")
    net.ff("d", "q", CE="ready")
    net.lut("o", "q", "ready")
    net.output("o", "o")
    net.output("copy", "i1")
    found = time(net)
    assert {i: path.ps for i, path in found.setup.items()} == {"i": LUT + D, "ready": 109}
    assert {o: path.ps for o, path in found.clk_to.items()} == {"o": Q + WIRE + LUT}
    crossed = {(i, o): path.ps for i, to in found.through.items() for o, path in to.items()}
    assert crossed == {("ready", "o"): LUT, ("i", "copy"): -WIRE}
    assert found.reg_to_reg is None and found.reg_to_reg_ps == 0
    assert json.loads(json.dumps(asdict(found)))["setup"]["i"]["end"] == "q"


def block() -> Net:
    """A LUT6_2 before outputs, a LUT before a register, one behind it, and a wire."""
    net = Net(a="a", b="b0 b1", w="w")
    net.cell("LUT6_2", I0="a", I1="b0", O5="g", O6="p")
    net.lut("d", "b1")
    net.ff("d", "r")
    net.lut("e", "r")
    for port, text in (("g", "g"), ("p", "p"), ("e", "e"), ("v", "w"), ("one", "1")):
        net.output(port, text)
    return net


def around(net: Net, use) -> None:
    """What stands around two blocks; use(net, k, …) puts one there."""
    net.ff("e0", "x")
    net.ff("g1", "y")
    use(net, 0, a="x", b=("y", "x"), w="x")
    carry(net, "p0 0 0 0", "g0 0 0 0", "0", "s - - -", "- - - -")
    use(net, 1, a="s", b=("v0", "one0"), w="v0")
    net.ff("v1", "z")
    net.lut("far", "v1", "p1")
    net.output("o", "far")


def test_modules_are_as_if_they_were_flat():
    def instance(net, k, a, b, w):
        net.cell("block", f"block{k}", a=a, b=" ".join(b), w=w, clk="clk",
                 **{name: f"{name}{k}" for name in ("g", "p", "e", "v", "one")})  # fmt: skip

    wires = {"v0": "x", "v1": "x", "one0": "1"}

    def flat(net, k, a, b, w):
        a, b0, b1 = (wires.get(name, name) for name in (a, *b))
        net.cell("LUT6_2", I0=a, I1=b0, O5=f"g{k}", O6=f"p{k}")
        net.lut(f"d{k}", b1)
        net.ff(f"d{k}", f"r{k}")
        net.lut(f"e{k}", f"r{k}")

    deep, shallow = Net(), Net()
    around(deep, instance)
    around(shallow, flat)
    text = json.dumps(design(shallow))
    v = {name: shallow.bit(name) for name in ("v1", "x")}
    text = re.sub(rf"\[{v['v1']}\]", f"[{v['x']}]", text)
    kept, whole = time(deep, block=block()), analyse(json.loads(text))
    for one in (kept, whole):
        assert one.reg_to_reg.ps == Q + WIRE + LUT + 223 + WIRE + LUT + D
        assert one.reg_to_reg.cells == ("FDRE", "LUT6_2", "CARRY4", "LUT6_2", "FDRE.D")
        assert one.clk_to["o"].ps == Q + WIRE + LUT + 223 + 2 * (WIRE + LUT)
    assert (kept.setup, kept.through) == (whole.setup, whole.through) == ({}, {})


def test_names_inside_modules():
    inner = Net(i="i")
    inner.ff("i", "q")
    inner.lut("d", "q")
    inner.ff("d", "r")
    inner.output("o", "r")
    net = Net()
    net.cell("inner", "one", i="b", o="a", clk="clk")
    net.cell("inner", "two", i="a", o="b", clk="clk")
    found = time(net, inner=inner).reg_to_reg
    assert (found.ps, found.start, found.end) == (Q + WIRE + LUT + D, "one.q", "one.r")


def test_an_input_that_a_module_passes_on_may_be_open():
    inner = Net(i="i")
    inner.output("o", "i")
    net = Net()
    net.cell("inner", "one", o="a")
    net.ff("a", "q")
    assert time(net, inner=inner) == Timing(WIRE)


def test_no_loop():
    net = Net()
    net.lut("a", "b")
    net.lut("b", "a")
    net.ff("b", "q")
    with pytest.raises(ValueError, match=r"^Netlist must have no loop without a register, but "
                                         r"[ab] of top is in one$"):  # fmt: skip
        time(net)


def test_unknown_cell():
    net = Net()
    net.cell("LUT7", O="a", I0="a")
    with pytest.raises(ValueError, match=r"^Cell must be one of xc7's, not 'LUT7'$"):
        time(net)


COMBINATIONAL = """
module top(input [15:0] a, b, c, input [3:0] s, output [15:0] o, output p, q);
assign o = (a & b) + (b ^ c) - s; assign p = a[7:0] * c[7:0] < b;
endmodule
"""


def test_logic_is_as_long_as_yosys_says(monkeypatch):
    """Without wires, with yosys' own delays of LUTs: its sta knows nothing of CARRY4 and FDRE."""
    monkeypatch.setattr(timing_cells, "LUT", (642, 631, 472, 407, 238, 127))
    monkeypatch.setattr(timing_cells, "LUT_BYPASS", 0)
    with scratch() as folder:
        (folder / "top.v").write_text(COMBINATIONAL)
        run_yosys("read_verilog top.v\nsynth_xilinx -family xc7 -noiopad -flatten -nodsp -nocarry\n"
                  "write_json -selected netlist.json\ntee -q -o sta.txt sta\n", folder)  # fmt: skip
        netlist = json.loads((folder / "netlist.json").read_text())
        log = (folder / "sta.txt").read_text()
    found = analyse(netlist, wire_ps=0)
    latest = int(re.search(r"Latest arrival time .* is (\d+)", log)[1])
    assert max(path.ps for to in found.through.values() for path in to.values()) == latest
