"""Drive Unpack or Pack in the Amaranth simulator."""

import numpy as np
from amaranth.hdl import Value

from sim.stream import simulate


class Side:
    """A port of words or of beats as bits, valid and ready."""

    def __init__(self, port):
        stream = hasattr(port, "payload")
        self.bits = Value.cast(port.payload) if stream else port.tdata
        self.valid, self.ready = (port.valid, port.ready) if stream else (port.tvalid, port.tready)
        self.last = None if stream else port.tlast
        self.rows, self.times, self.ends, self.held = [], [], [], None


async def _spoil(ctx, dut, i, o, rng, cycles):
    """Cycles of noise, then a clear."""
    for _ in range(cycles):
        ctx.set(i.bits, int.from_bytes(rng.bytes(len(i.bits) // 8), "little"))
        for port in (i.valid, o.ready):
            ctx.set(port, int(rng.integers(4)) > 0)
        await ctx.tick()
    ctx.set(dut.clear, 1)
    await ctx.tick()
    ctx.set(dut.clear, 0)


def run(dut, rows, count, *, rng, stall=0.0, finish=False, wait=0, noise=(), deadline=20_000):
    """Push rows of bytes, pull count ones; and any of ``wait`` more cycles.

    Returns the rows that came, their edges and TLASTs. With finish, a Pack's is set when all were
    taken; else an Unpack's stop, when all were given. Before that come so many cycles of
    ``noise``, each time with a clear behind them.
    """
    i, o = Side(dut.i), Side(dut.o)
    words = [int.from_bytes(bytes(row), "little") for row in np.asarray(rows, np.uint8)]

    async def bench(ctx):
        for cycles in noise:
            await _spoil(ctx, dut, i, o, rng, cycles)
        offered, quiet = False, 0
        for edge in range(deadline):
            taken = len(i.times)
            if not offered and taken < len(words):
                offered = not stall or rng.random() >= stall
            other = int.from_bytes(rng.bytes(len(i.bits) // 8), "little")
            ctx.set(i.bits, words[taken] if offered else other)
            ctx.set(i.valid, offered)
            if finish:
                ctx.set(dut.finish, taken == len(words))
            else:
                ctx.set(dut.stop, len(o.rows) == count)
            ready = not stall or rng.random() >= stall
            # Behind noise the reader waits for valid, which must not wait for ready.
            ready = ready and (not noise or bool(ctx.get(o.valid)))
            ctx.set(o.ready, ready)
            sampled = [i.ready, o.valid, o.bits, *([] if o.last is None else [o.last])]
            *_, accepted, valid, bits, last = await ctx.tick().sample(*sampled, *(
                [o.valid] if o.last is None else []))  # fmt: skip
            if o.held is not None:
                assert valid and bits == o.held, f"Output must be stable, at edge {edge}"
            o.held = bits if valid and not ready else None
            if offered and accepted:
                i.times.append(edge)
                offered = False
            if valid and ready:
                o.rows.append(list(bits.to_bytes(len(o.bits) // 8, "little")))
                o.times.append(edge)
                o.ends.append(last)
            quiet += len(o.rows) >= count
            if quiet > wait:
                return
        raise TimeoutError(f"{len(o.rows)} of {count} rows after {deadline} cycles")

    simulate(dut, bench)
    return np.array(o.rows), np.array(o.times) - i.times[0], o.ends
