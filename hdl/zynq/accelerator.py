"""Shell and core alone, for a block design that has its own processing system."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from hdl.bus import axi
from hdl.bus.core import shell_with_core
from hdl.bus.shell import Shell

__all__ = ["Accelerator"]

_REGISTERS, _MEMORY = "s_axi_", "m_axi_"


class Accelerator(wiring.Component):
    """The module accelerator: the names of ports from which block designs know interfaces.

    Clock ``clk`` and reset ``rst``, high and in the clock's domain, come with the domain sync.

    Members
    -------
    s_axi_… : the signals of ``axi.lite(12)``, as the registers see them
    m_axi_… : those of ``axi.axi3(64, 6)``, with the three bits of SIZE that AXI3 has elsewhere
    irq : ``Out(1)``
    """

    def __init__(self, config: Shell.Config) -> None:
        self.config = config
        registers, memory = axi.lite(12).members.items(), axi.axi3(64, 6).members.items()
        members = {_REGISTERS + name: member.flip() for name, member in registers}
        members |= {_MEMORY + name: member for name, member in memory}
        members |= {f"{_MEMORY}{channel}size": Out(3) for channel in ("aw", "ar")}
        super().__init__({**members, "irq": Out(1)})

    def elaborate(self, platform) -> Module:
        m = Module()
        shell = shell_with_core(m, self.config)
        for prefix, bus in ((_REGISTERS, shell.regs), (_MEMORY, shell.memory)):
            for name, member in self.signature.members.items():
                if name.startswith(prefix):
                    inner, port = getattr(bus, name.removeprefix(prefix)), getattr(self, name)
                    m.d.comb += port.eq(inner) if member.flow is Out else inner.eq(port)
        m.d.comb += self.irq.eq(shell.irq)
        return m
