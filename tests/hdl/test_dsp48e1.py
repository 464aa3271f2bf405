"""The instance alone: what it computes is tested in hdl/dot, hdl/accumulate and hdl/quant."""

import re

import pytest
from amaranth.hdl import Const, Signal

from hdl.dsp48e1 import PORTS, dsp48e1
from sim.models import PRIMITIVES

PARAMETERS = {"USE_MULT": "NONE", "USE_DPORT": "FALSE", "USE_SIMD": "ONE48"}
MODEL = re.search(r"\bmodule DSP48E1 \((.*?)\bendmodule", PRIMITIVES.read_text(), re.DOTALL)[1]


def made(en, registers=("P",), **inputs):
    return dsp48e1(en=en, registers=registers, parameters=PARAMETERS, inputs=inputs,
                   outputs={"P": Signal(48)})  # fmt: skip


def test_every_input_of_the_model_is_connected():
    found = re.findall(r"^  input (?:\[(\d+):0\] )?(\w+)", MODEL, re.MULTILINE)
    expected = {name: int(high or 0) + 1 for high, name in found}
    ports = made(Signal()).ports.items()
    assert {name: len(value) for name, (value, kind) in ports if kind == "i"} == expected


@pytest.mark.parametrize(("registers", "enables", "depths"), [
    ((), (), ()),
    (("A", "B", "C", "P", "OPMODE", "ALUMODE"), ("A2", "B2", "C", "P", "CTRL", "ALUMODE"),
     ("A", "ACASC", "ALUMODE", "B", "BCASC", "C", "OPMODE", "P")),
    (("A", "B", "C", "D", "M", "P"), ("A2", "B2", "C", "D", "M", "P"),
     ("A", "ACASC", "B", "BCASC", "C", "D", "M", "P")),
    (("AD", "INMODE"), ("AD", "INMODE"), ("AD", "INMODE")),
])  # fmt: skip
def test_enables_and_depths_are_of_the_registers_in_use(registers, enables, depths):
    en = Signal()
    instance = made(en, registers)
    enabled = {name for name, (value, _) in instance.ports.items() if value is en}
    assert enabled == {f"CE{name}" for name in enables}
    deep = {name for name, value in instance.parameters.items() if value == 1}
    assert deep == {f"{name}REG" for name in depths}


def test_what_is_not_said_is_zero():
    a = Signal(30)
    instance = made(Signal(), A=a)
    assert instance.ports["A"][0] is a
    rest = {name: value for name, (value, _) in instance.ports.items()
            if name in PORTS and name != "A"}  # fmt: skip
    assert all(isinstance(value, Const) and value.value == 0 for value in rest.values())
    assert instance.parameters.items() >= PARAMETERS.items()


def test_wrong_width():
    with pytest.raises(ValueError, match=r"^DSP48E1 input B must be 18 bits wide, not 17$"):
        made(Signal(), B=Signal(17))
