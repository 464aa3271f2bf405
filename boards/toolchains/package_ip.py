"""The shell and the core as an IP for Vivado's block designs."""

import re

from boards.parts import Part

__all__ = ["M_AXI", "S_AXI", "package_ip_tcl"]

_LITE = ("awaddr awprot awvalid awready wdata wstrb wvalid wready bresp bvalid bready "
         "araddr arprot arvalid arready rdata rresp rvalid rready")  # fmt: skip
_ADDRESS = ("id", "addr", "len", "size", "burst", "lock", "cache", "prot", "qos", "valid", "ready")
_AXI3 = " ".join([
    *(f"{way}{name}" for way in ("aw", "ar") for name in _ADDRESS),
    "wid wdata wstrb wlast wvalid wready bid bresp bvalid bready rid rdata rresp rlast rvalid",
    "rready",
])  # fmt: skip

S_AXI = tuple(f"s_axi_{name}" for name in _LITE.split())
"""Ports of the registers: AXI4-Lite, 32 bits."""
M_AXI = tuple(f"m_axi_{name}" for name in _AXI3.split())
"""Ports of the memory: AXI3, 64 bits."""

_TCL = """\
# Packages the registers, the DMA and the core as an IP for block designs, in folder ip:
#     vivado -mode batch -notrace -nojournal -source package_ip.tcl
# Add that folder to the IP repositories of a project. s_axi (AXI4-Lite) goes to M_AXI_GP0 of the
# processing system, m_axi (AXI3, 64 bits) to S_AXI_HP0, irq to IRQ_F2P; rst is active high. The
# driver needs the base address that the address editor gives to s_axi.
set out build/ip
file mkdir $out
file delete -force ip
create_project -force accelerator $out -part @PART@
add_files -norecurse {top.v accelerator.v}
set_property top accelerator [current_fileset]
update_compile_order -fileset sources_1
ipx::package_project -root_dir ip -vendor bitloom -library user -taxonomy /UserIP -import_files \\
    -force
set core [ipx::current_core]
set_property name @NAME@ $core
set_property version 1.0 $core
set_property display_name {@TITLE@} $core
set_property description {@TITLE@: a neural network in hardware, by Bitloom} $core
set_property supported_families {zynq Production} $core

# What Vivado guessed from the names of ports gives way to what follows.
foreach guessed [ipx::get_bus_interfaces -of_objects $core] {
    ipx::remove_bus_interface [get_property NAME $guessed] $core
}
foreach guessed [ipx::get_memory_maps -of_objects $core] {
    ipx::remove_memory_map [get_property NAME $guessed] $core
}
foreach guessed [ipx::get_address_spaces -of_objects $core] {
    ipx::remove_address_space [get_property NAME $guessed] $core
}

proc add_interface {core name kind mode} {
    set made [ipx::add_bus_interface $name $core]
    set_property bus_type_vlnv xilinx.com:$kind:1.0 $made
    set_property abstraction_type_vlnv xilinx.com:${kind}_rtl:1.0 $made
    set_property interface_mode $mode $made
    return $made
}
proc map_port {made logical physical} {
    set_property physical_name $physical [ipx::add_port_map $logical $made]
}
proc set_parameter {made name value} {
    set_property value $value [ipx::add_bus_parameter $name $made]
}

set clk [add_interface $core clk signal:clock slave]
map_port $clk CLK clk
set_parameter $clk ASSOCIATED_BUSIF s_axi:m_axi
set_parameter $clk ASSOCIATED_RESET rst
set rst [add_interface $core rst signal:reset slave]
map_port $rst RST rst
set_parameter $rst POLARITY ACTIVE_HIGH
set irq [add_interface $core irq signal:interrupt master]
map_port $irq INTERRUPT irq
set_parameter $irq SENSITIVITY LEVEL_HIGH

set s_axi [add_interface $core s_axi interface:aximm slave]
foreach signal {
@LITE@
} {
    map_port $s_axi [string toupper $signal] s_axi_$signal
}
set_parameter $s_axi PROTOCOL AXI4LITE
set_parameter $s_axi DATA_WIDTH 32
set_parameter $s_axi ADDR_WIDTH 12
set registers [ipx::add_memory_map s_axi $core]
set_property slave_memory_map_ref s_axi $s_axi
set block [ipx::add_address_block registers $registers]
set_property base_address 0 $block
set_property range 4096 $block
set_property width 32 $block
set_property usage register $block
set_property access read-write $block

set m_axi [add_interface $core m_axi interface:aximm master]
foreach signal {
@AXI3@
} {
    map_port $m_axi [string toupper $signal] m_axi_$signal
}
set_parameter $m_axi PROTOCOL AXI3
set_parameter $m_axi DATA_WIDTH 64
set_parameter $m_axi ADDR_WIDTH 32
set_parameter $m_axi ID_WIDTH 6
set_parameter $m_axi MAX_BURST_LENGTH 16
set_parameter $m_axi SUPPORTS_NARROW_BURST 0
set space [ipx::add_address_space m_axi $core]
set_property range 4G $space
set_property width 32 $space
set_property master_address_space_ref m_axi $m_axi

ipx::create_xgui_files $core
ipx::update_checksums $core
ipx::check_integrity $core
ipx::save_core $core
close_project
puts "The IP bitloom:user:@NAME@:1.0 is in folder ip"
"""


def package_ip_tcl(part: Part, name: str) -> str:
    """From top.v and accelerator.v to an IP in folder ip, ``bitloom:user:NAME:1.0``.

    Module ``accelerator`` has the ports clk, rst (active high), irq, S_AXI and M_AXI. The IP's name
    is the network's, with _ for what Vivado takes in no name.
    """
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    plain = plain if plain[:1].isalpha() else f"n_{plain}"
    title = re.sub(r"[^\w .+:/-]", " ", name, flags=re.ASCII)
    text = _TCL.replace("@LITE@", _wrapped(_LITE)).replace("@AXI3@", _wrapped(_AXI3))
    text = text.replace("@PART@", part.name).replace("@NAME@", plain)
    return text.replace("@TITLE@", title)


def _wrapped(names: str) -> str:
    """The names in lines of eleven."""
    words = names.split()
    return "\n".join("    " + " ".join(words[k : k + 11]) for k in range(0, len(words), 11))
