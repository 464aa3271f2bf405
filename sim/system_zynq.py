"""The processing system of a Zynq in the bench: sim/ps7.v with what cocotb plays around it."""

import logging
import random
from dataclasses import replace

import cocotb
from cocotb.task import resume
from cocotb.triggers import First, Timer
from cocotbext.axi import AxiBus, AxiMaster, AxiResp

from sim.axi3 import CHANNELS, Limits, Rules
from sim.bench import PERIOD
from sim.system_memory import Memory, attach, pause
from sim.transport import BusError, Simulated

__all__ = ["Port"]

PORTS = ("gp0", "hp0", "acp")  # lowest first in the bench's vector of valids
IDS = 1 << 12  # of M_AXI_GP0
HP = Limits(id=0, cache=0b0011, only_incr=True, outstanding=8, early=False)
ACP = replace(HP, cache=0b1111)  # the caches must look


class Port:
    """Clock, reset and interrupt, the manager of M_AXI_GP0, the memory, and the rules of all."""

    def __init__(self, host) -> None:
        dut, job = host.dut, host.job
        self.host, self.dut, self.clock = host, dut, dut.fclk
        self.base = host.manifest["system"]["base"]
        self.memory = Memory(host.fault)
        stall, seed = job["stall"], job["seed"]
        for port in PORTS[1:]:
            attach(dut, port, self.memory, latency=job["latency"], stall=stall, seed=seed)
        bus = AxiBus.from_prefix(dut, "gp0")
        self.master = AxiMaster(bus, dut.fclk, dut.fclkresetn, reset_active_level=False,
                                max_burst_len=16)  # fmt: skip
        write, read = self.master.write_if, self.master.read_if
        for half in (write, read):
            half.log.setLevel(logging.WARNING)
        pause([write.aw_channel, write.w_channel, write.b_channel, read.ar_channel,
               read.r_channel], stall, f"{seed} gp0")  # fmt: skip
        self.random = random.Random(seed)
        memory = {"written": self.memory.checked_write, "read": self.memory.checked_read}
        self.rules = {
            "gp0": Rules("M_AXI_GP0", Limits(bytes=4), host.fault),
            "hp0": Rules("S_AXI_HP0", HP, host.fault, **memory),
            "acp": Rules("S_AXI_ACP", ACP, host.fault, **memory),
        }
        self.read_blocking, self.write_blocking = resume(self.read), resume(self.write)
        self.transport = Simulated(self)
        cocotb.start_soon(self._watch())

    async def reset(self, cycles: int) -> None:
        """Pulse FCLKRESETN; the system may take a few cycles more to come out of it."""
        self.dut.fclkresetn.value = 0
        await Timer(cycles * PERIOD, "step")
        for rules in self.rules.values():
            rules.reset()
        self.dut.fclkresetn.value = 1
        await Timer(cycles * PERIOD, "step")

    async def read(self, offset: int, count: int = 4) -> bytes:
        """Read bytes of the registers, in bursts where there are more than 4."""
        ident = self.random.randrange(IDS)
        done = await self.host.until(self.master.read(self.base + offset, count, arid=ident))
        self._answered("Read", offset, done.resp)
        return bytes(done.data)

    async def write(self, offset: int, data: bytes) -> None:
        """Write bytes of the registers."""
        ident = self.random.randrange(IDS)
        self.dut.gp0_wid.value = ident  # which AXI4's model does not know
        done = await self.host.until(self.master.write(self.base + offset, data, awid=ident))
        self._answered("Write", offset, done.resp)

    async def pause(self, cycles: int) -> None:
        """Let cycles pass, or fewer until an interrupt."""
        if int(self.dut.irq.value):
            cycles = 1
        await self.host.until(First(Timer(max(1, cycles) * PERIOD, "step"),
                                    self.dut.irq.value_change))  # fmt: skip

    def slack(self, frames: int) -> int:
        """Cycles that so many frames take besides those in core and memory."""
        return 100_000

    def settled(self) -> None:
        """Complain of what is still under way."""
        for rules in self.rules.values():
            if not rules.idle:
                self.host.fault(f"{rules.name}: every burst must be over after the last run")

    def _answered(self, what: str, offset: int, code) -> None:
        if code != AxiResp.OKAY:
            what = f"{what} of register 0x{offset:02X}"
            raise BusError(f"{what} must be answered OKAY, not {AxiResp(code).name}")

    async def _watch(self) -> None:
        """Show the rules every cycle in which a valid is 1, or was."""
        dut, host, edge = self.dut, self.host, self.dut.fclk.rising_edge
        valids, resetn = dut.valids, dut.fclkresetn
        ports = []
        for port in PORTS:
            handles = [(channel, getattr(dut, f"{port}_{channel}")) for channel in CHANNELS]
            ports.append((self.rules[port], handles))
        while True:
            await edge
            shown = int(valids.value)
            if not shown and all(not rules.waiting for rules, _ in ports):
                continue
            if not int(resetn.value):
                continue
            for rules, handles in ports:
                if shown & 31 or rules.waiting:
                    vectors = {channel: int(handle.value)
                               for bit, (channel, handle) in enumerate(handles) if shown >> bit & 1}
                    rules.cycle(host.cycle, vectors)
                shown >>= 5
