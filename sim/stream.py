"""Drive one stream component in the Amaranth simulator."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import ClockDomain, Module, Shape, Value
from amaranth.lib import data
from amaranth.sim import Simulator

__all__ = ["Lanes", "Run", "run", "simulate"]


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run gave; times are numbers of clock edges, the first edge is 0.

    ``cycles`` counts from the first input transfer to the last output transfer (0 when both
    happen at the same edge), ``i_times`` and ``o_times`` hold the edge of every transfer.
    """

    outputs: np.ndarray
    cycles: int
    i_times: np.ndarray
    o_times: np.ndarray


class Lanes:
    """Packs rows of integers into the bits of a payload and back."""

    def __init__(self, payload) -> None:
        layout = payload.shape()
        self.plain = not isinstance(layout, data.ArrayLayout)
        self.shape = Shape.cast(layout if self.plain else layout.elem_shape)
        self.lanes = 1 if self.plain else layout.length
        self.bits = self.shape.width * self.lanes

    def pack(self, rows) -> list[int]:
        rows = np.asarray(rows)
        table = rows.reshape(len(rows), -1)
        if table.size and (rows.ndim != 2 - self.plain or table.shape[1] != self.lanes):
            wanted = "(transfers,)" if self.plain else f"(transfers, {self.lanes})"
            raise ValueError(f"Inputs must have shape {wanted}, not {rows.shape}")
        width, low = self.shape.width, -1 if self.shape.signed else 0
        if any(int(x) >> width - self.shape.signed not in (0, low) for x in table.flat):
            raise ValueError(f"Inputs must fit {self.shape!r}")
        mask = (1 << width) - 1
        return [sum((int(x) & mask) << width * k for k, x in enumerate(row)) for row in table]

    def unpack(self, words: list[int]) -> np.ndarray:
        width, sign = self.shape.width, self.shape.signed << self.shape.width >> 1
        mask = (1 << width) - 1
        values = [[((word >> width * k & mask) ^ sign) - sign for k in range(self.lanes)]
                  for word in words]
        table = np.array(values, np.int64 if width < 64 else object)
        return table.ravel() if self.plain else table.reshape(len(words), self.lanes)


def run(dut, inputs, count, *, rng, stall=0.0, arrivals=None, deadline=10_000) -> Run:
    """Push inputs into ``dut.i`` and pull count outputs from ``dut.o``.

    A payload is an array of lanes, inputs and outputs (transfers, lanes), or a plain shape,
    inputs and outputs (transfers,). Each side pauses with probability ``stall`` at every edge;
    transfer k is not offered before edge ``arrivals[k]``; without stalls and arrivals the source
    is always valid while it has data and the sink always ready. While nothing is offered the
    payload is noise. The sink is ready without looking at valid.

    Raises
    ------
    AssertionError
        If ``dut.o`` takes back valid or changes its payload before the transfer.
    TimeoutError
        If fewer than count outputs came before the deadline, in clock edges.
    """
    words = Lanes(dut.i.payload).pack(inputs)
    arrivals = np.zeros(len(words), int) if arrivals is None else arrivals
    i_times, o_times, outputs = [], [], []
    i_bits, o_bits = Value.cast(dut.i.payload), Value.cast(dut.o.payload)

    async def bench(ctx):
        offered, held = False, None
        for edge in range(deadline):
            done = len(i_times)
            if not offered and done < len(words) and edge >= arrivals[done]:
                offered = not stall or rng.random() >= stall
            noise = int.from_bytes(rng.bytes(-(-len(i_bits) // 8)), "little")
            ctx.set(i_bits, words[done] if offered else noise & (1 << len(i_bits)) - 1)
            ctx.set(dut.i.valid, offered)
            ready = not stall or rng.random() >= stall
            ctx.set(dut.o.ready, ready)
            sampled = await ctx.tick().sample(dut.i.ready, dut.o.valid, o_bits)
            accepted, valid, word = sampled[-3:]
            if held is not None:
                assert valid, f"Valid must not drop before the transfer, at edge {edge}"
                assert word == held, f"Payload must be stable until the transfer, at edge {edge}"
            held = word if valid and not ready else None
            if offered and accepted:
                i_times.append(edge)
                offered = False
            if valid and ready:
                o_times.append(edge)
                outputs.append(word)
            if len(outputs) == count:
                return
        raise TimeoutError(f"{len(outputs)} of {count} outputs after {deadline} cycles")

    simulate(dut, bench)
    return Run(outputs=Lanes(dut.o.payload).unpack(outputs), cycles=o_times[-1] - i_times[0],
               i_times=np.array(i_times), o_times=np.array(o_times))


def simulate(dut, bench) -> None:
    """Run a testbench on a component, to its end."""
    top = Module()
    top.domains.sync = ClockDomain()  # a circuit of wires alone has none
    top.submodules.dut = dut
    sim = Simulator(top)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
