"""Drive a component with several input or output streams in the Amaranth simulator."""

import numpy as np
from amaranth.hdl import Value

from sim import stream
from sim.stream import Lanes

__all__ = ["run"]


def run(dut, inputs, counts, *, rng, stall=0.0, arrivals=None, deadline=10_000):
    """Push inputs[port] into each input, pull counts[port] transfers from each output.

    Returns what came by output port and the clock edges of all transfers by port. Stalls,
    arrivals, noise and checks are those of ``sim.stream.run``, each port by itself.
    """
    arrivals = arrivals or {}
    words = {name: Lanes(getattr(dut, name).payload).pack(rows) for name, rows in inputs.items()}
    ports = {name: getattr(dut, name) for name in (*inputs, *counts)}
    bits = {name: Value.cast(port.payload) for name, port in ports.items()}
    times, outputs = {name: [] for name in ports}, {name: [] for name in counts}
    held = dict.fromkeys(counts)

    async def bench(ctx):
        offered = dict.fromkeys(inputs, False)
        for edge in range(deadline):
            for name, rows in words.items():
                done = len(times[name])
                if not offered[name] and done < len(rows) and (
                        name not in arrivals or edge >= arrivals[name][done]):
                    offered[name] = not stall or rng.random() >= stall
                noise = int.from_bytes(rng.bytes(-(-len(bits[name]) // 8)), "little")
                noise &= (1 << len(bits[name])) - 1
                ctx.set(bits[name], rows[done] if offered[name] else noise)
                ctx.set(ports[name].valid, offered[name])
            ready = {name: not stall or rng.random() >= stall for name in counts}
            for name, now in ready.items():
                ctx.set(ports[name].ready, now)
            seen = await ctx.tick().sample(*(ports[name].ready for name in inputs),
                                           *(ports[name].valid for name in counts),
                                           *(bits[name] for name in counts))  # fmt: skip
            seen = list(seen[-len(inputs) - 2 * len(counts):])
            for name in inputs:
                if seen.pop(0) and offered[name]:
                    times[name].append(edge)
                    offered[name] = False
            valid = {name: seen.pop(0) for name in counts}
            for name in counts:
                word = seen.pop(0)
                if held[name] is not None:
                    assert valid[name], f"Valid of {name} must not drop, at edge {edge}"
                    assert word == held[name], f"Payload of {name} must be stable, at edge {edge}"
                held[name] = word if valid[name] and not ready[name] else None
                if valid[name] and ready[name]:
                    times[name].append(edge)
                    outputs[name].append(word)
            if all(len(outputs[name]) == count for name, count in counts.items()):
                return
        raise TimeoutError(f"Not all outputs after {deadline} cycles")

    stream.simulate(dut, bench)
    values = {name: Lanes(ports[name].payload).unpack(rows) for name, rows in outputs.items()}
    return values, {name: np.array(edges) for name, edges in times.items()}
