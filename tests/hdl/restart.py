"""Run tests from a reset in the middle of work, not from the first cycle."""

from contextlib import contextmanager
from types import ModuleType

import numpy as np
from amaranth.hdl import ClockDomain, Module, Value
from amaranth.lib.wiring import In
from amaranth.sim import Simulator

from sim import stream

__all__ = ["after_reset"]

CYCLES = (60, 20)
"""Of noise before each reset: the second comes in the middle of other work."""


class _Restarted(Simulator):
    """A circuit that is stopped in whatever it did, before its testbench begins."""

    cycles = CYCLES

    def __init__(self, dut) -> None:
        top = Module()
        top.domains.sync = self._domain = ClockDomain()
        top.submodules.dut = dut
        self._inputs = [Value.cast(value).as_unsigned() for _, member, value in
                        dut.signature.flatten(dut) if member.flow == In]  # fmt: skip
        super().__init__(top)

    def add_testbench(self, bench) -> None:
        async def begin(ctx):
            rng = np.random.default_rng(len(self._inputs))
            for cycles in self.cycles:
                for _ in range(cycles):
                    for value in self._inputs:
                        noise = int.from_bytes(rng.bytes(len(value) // 8 + 1), "little")
                        ctx.set(value, noise & (1 << len(value)) - 1)
                    await ctx.tick()
                ctx.set(self._domain.rst, 1)
                await ctx.tick()
                ctx.set(self._domain.rst, 0)
            for value in self._inputs:
                ctx.set(value, 0)
            await bench(ctx)

        super().add_testbench(begin)


def _simulate(dut, bench) -> None:
    sim = _Restarted(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()


@contextmanager
def after_reset(*modules: ModuleType, cycles: tuple[int, ...] = CYCLES):
    """Every simulation by ``sim.stream`` begins with noise at all inputs and a reset, twice.

    A testbench then begins as ever, with all inputs 0.

    modules : those that have imported ``simulate`` or ``Simulator``: theirs, too
    cycles : of noise before each reset
    """
    places = [(stream, "simulate", _simulate)]
    places += [(module, name, other) for module in modules
               for name, other, own in (("simulate", _simulate, stream.simulate),
                                        ("Simulator", _Restarted, Simulator))
               if getattr(module, name, None) is own]  # fmt: skip
    kept = [(module, name, getattr(module, name)) for module, name, _ in places]
    for module, name, other in places:
        setattr(module, name, other)
    _Restarted.cycles = cycles
    try:
        yield
    finally:
        _Restarted.cycles = CYCLES
        for module, name, value in kept:
            setattr(module, name, value)
