"""The network of a build, which stands in a Verilog file of its own."""

from amaranth.hdl import ClockSignal, Instance, Module, ResetSignal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from hdl.bus import axis
from hdl.bus.shell import Shell

__all__ = ["Core", "shell_with_core"]


class Core(wiring.Component):
    """An instance of module ``top``, as generators write it.

    Members
    -------
    s_axis : ``In(axis.signature(config.i_width))``
    m_axis : ``Out(axis.signature(config.o_width))``
    reset : ``In(1)``
        Resets the network alone.
    load_address, load_data, load_valid : ``In(32)``, ``In(32)``, ``In(1)``
        Where ``config.parameters``: a word for the network's memories, taken in every cycle.
    """

    def __init__(self, config: Shell.Config) -> None:
        self.config = config
        load = {"load_address": In(32), "load_data": In(32), "load_valid": In(1)}
        super().__init__({
            "s_axis": In(axis.signature(config.i_width)),
            "m_axis": Out(axis.signature(config.o_width)),
            "reset": In(1),
            **(load if config.parameters else {}),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        ports = {"i_clk": ClockSignal(), "i_rst": ResetSignal() | self.reset}
        for name in ("tdata", "tvalid", "tlast"):
            ports[f"i_s_axis_{name}"] = getattr(self.s_axis, name)
            ports[f"o_m_axis_{name}"] = getattr(self.m_axis, name)
        ports |= {"o_s_axis_tready": self.s_axis.tready, "i_m_axis_tready": self.m_axis.tready}
        if self.config.parameters:
            ports |= {f"i_{name}": getattr(self, name)
                      for name in ("load_address", "load_data", "load_valid")}  # fmt: skip
        m.submodules.top = Instance("top", **ports)
        return m


def shell_with_core(m: Module, config: Shell.Config) -> Shell:
    """Make a shell and the core that it serves, and wire one to the other; returns the shell."""
    m.submodules.shell = shell = Shell(config)
    m.submodules.core = core = Core(config)
    connect(m, shell.s_axis, core.s_axis)
    connect(m, core.m_axis, shell.m_axis)
    m.d.comb += core.reset.eq(shell.core_reset)
    if config.parameters:
        m.d.comb += [
            core.load_address.eq(shell.load_address),
            core.load_data.eq(shell.load_data),
            core.load_valid.eq(shell.load_valid),
        ]
    return shell
