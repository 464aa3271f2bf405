import re

import pytest

from boards.parts import PARTS
from boards.toolchains.package_ip import M_AXI, S_AXI, package_ip_tcl
from hdl.bus import axi
from tests.boards.toolchains import made, tcl

INTERFACES = {"clk": "signal:clock", "rst": "signal:reset", "irq": "signal:interrupt",
              "s_axi": "interface:aximm", "m_axi": "interface:aximm"}  # fmt: skip


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    status, found = tcl.run(made.build(tmp_path_factory.mktemp("ip")) / "package_ip.tcl")
    assert status == "0"
    return found


def values(calls, target):
    """The properties of one object, in the order of the calls."""
    return {call.words[0]: call.words[1] for call in calls
            if call.name == "set_property" and call.words[2] == target}  # fmt: skip


def test_ports(calls):
    """Each port of the module is mapped once, to the signal of its name."""
    verilog = made.accelerator()
    mapped = {call.words[1]: call.words[2].removeprefix("port_map:") for call in calls
              if call.name == "set_property" and call.words[0] == "physical_name"}  # fmt: skip
    assert set(mapped) == made.ports(verilog, "accelerator")
    for port in (*S_AXI, *M_AXI):
        assert mapped[port] == port[len("s_axi_"):].upper()
    assert (mapped["clk"], mapped["rst"], mapped["irq"]) == ("CLK", "RST", "INTERRUPT")
    assert sum(call.name == "ipx::add_port_map" for call in calls) == len(mapped)


def test_ports_are_those_of_the_buses():
    assert {f"s_axi_{name}" for name in axi.lite(12).members} == set(S_AXI)
    assert {f"m_axi_{name}" for name in axi.axi3(64, 6).members} == set(M_AXI)


def test_interfaces(calls):
    made_here = [call.words[0] for call in calls if call.name == "ipx::add_bus_interface"]
    assert made_here == list(INTERFACES)
    for name, kind in INTERFACES.items():
        found = values(calls, f"bus_interface:{name}")
        assert found["bus_type_vlnv"] == f"xilinx.com:{kind}:1.0"
        assert found["abstraction_type_vlnv"] == f"xilinx.com:{kind}_rtl:1.0"
        assert found["interface_mode"] == ("master" if name in ("irq", "m_axi") else "slave")
    parameters = [(call.words[0], call.words[1].partition(":")[2]) for call in calls
                  if call.name == "ipx::add_bus_parameter"]  # fmt: skip
    assert ("PROTOCOL", "s_axi") in parameters and ("PROTOCOL", "m_axi") in parameters
    assert ("POLARITY", "rst") in parameters and ("ASSOCIATED_BUSIF", "clk") in parameters


def test_addresses(calls):
    assert values(calls, "bus_interface:s_axi")["slave_memory_map_ref"] == "s_axi"
    assert values(calls, "bus_interface:m_axi")["master_address_space_ref"] == "m_axi"
    block = values(calls, "address_block:registers")
    assert (block["range"], block["width"], block["usage"]) == ("4096", "32", "register")
    assert values(calls, "address_space:m_axi")["range"] == "4G"


def test_guesses_are_removed_first(calls):
    names = [call.name for call in calls]
    removed = ("ipx::remove_bus_interface", "ipx::remove_memory_map", "ipx::remove_address_space")
    for name in removed:
        assert names.count(name) == 2
        assert names.index(name) < names.index("ipx::add_bus_interface")
    assert names[-5:] == ["ipx::create_xgui_files", "ipx::update_checksums", "ipx::check_integrity",
                          "ipx::save_core", "close_project"] or names[-1] == "puts"  # fmt: skip


@pytest.mark.parametrize(("name", "plain"), [("TFC_1W1A", "TFC_1W1A"), ("tiny net-1", "tiny_net_1"),
                                             ("3 layers", "n_3_layers"), ("", "n_"),
                                             ("a}b{$[exit]", "a_b___exit_")])  # fmt: skip
def test_names(tmp_path, name, plain):
    """A name cannot break out of the script."""
    file = tmp_path / "package_ip.tcl"
    file.write_text(package_ip_tcl(PARTS["xc7z020clg400-1"], name))
    status, calls = tcl.run(file)
    assert status == "0"
    assert values(calls, "core")["name"] == plain
    assert re.fullmatch(r"[A-Za-z]\w*", plain)
