"""Networks on an array: a run of their RTL in Amaranth's simulator, with the cycles promised."""

import numpy as np
from amaranth.sim import Simulator

from boards import devices
from generators.emit import manifest
from generators.network import run
from generators.systolic import schedule
from generators.systolic.assemble import Design, Top, design
from generators.systolic.plan import Plan, Wish, plan
from generators.systolic.shape import Shape
from generators.systolic.stage import Chain
from tests.generators.systolic import nets
from tests.networks import predicted
from tests.networks.pipeline import as_port

__all__ = ["check", "planned", "simulate"]


def planned(chain: Chain, shape: Shape, cells: str = "auto") -> Plan:
    """A plan of a given size."""
    wish = Wish(board=devices.find("zynq7020"), clock_mhz=100.0, rows=shape.rows, cols=shape.cols,
                lanes=shape.lanes, batch=shape.batch, cells=cells, part_of={})  # fmt: skip
    return plan(chain, wish)


def simulate(made: Design, chain: Chain, frames: np.ndarray, *, deadline: int, rng,
             stall: float = 0.0) -> tuple[np.ndarray, list[int], list[int]]:  # fmt: skip
    """Stream frames back to back through the top.

    Returns the outputs, the cycle of each frame's first input beat, and that of its last output
    beat.
    """
    i_port, o_port = map(as_port, manifest.ports(chain.network, made.edges))
    words = [int.from_bytes(bytes(beat), "little")
             for beat in i_port.pack(frames.reshape(len(frames), -1))]  # fmt: skip
    count, top, got, i_times, o_times = len(frames) * o_port.beats, Top(made), [], [], []

    async def bench(ctx):
        offered, held = False, None
        for cycle in range(deadline):
            if not offered and len(i_times) < len(words):
                offered = not stall or rng.random() >= stall
            if offered:
                ctx.set(top.s_axis_tdata, words[len(i_times)])
            ctx.set(top.s_axis_tvalid, offered)
            ready = not stall or rng.random() >= stall
            ctx.set(top.m_axis_tready, ready)
            sampled = await ctx.tick().sample(
                top.s_axis_tready, top.m_axis_tvalid, top.m_axis_tdata, top.m_axis_tlast)
            accepted, valid, word, last = sampled[-4:]
            assert held is None or (valid and (word, last) == held)
            held = (word, last) if valid and not ready else None
            if offered and accepted:
                i_times.append(cycle)
                offered = False
            if valid and ready:
                assert bool(last) == (len(got) % o_port.beats == o_port.beats - 1)
                got.append(word)
                o_times.append(cycle)
            if len(got) == count:
                return
        raise TimeoutError(f"{len(got)} of {count} beats after {deadline} cycles")

    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    data = np.frombuffer(b"".join(word.to_bytes(o_port.width // 8, "little") for word in got),
                         np.uint8)  # fmt: skip
    outputs = o_port.unpack(data.reshape(count, -1))
    return outputs, i_times[:: i_port.beats], o_times[o_port.beats - 1 :: o_port.beats]


def check(chain: Chain, shape: Shape, rng, *, batches: int = 3, cells: str = "auto") -> Plan:
    """The RTL gives what the golden model gives, at the cycles promised; with stalls as well."""
    found = planned(chain, shape, cells)
    made = design(found)
    times = schedule.times(found, made)
    frames = nets.frames(rng, chain, batches * shape.batch)
    expected = run.run(chain.network, frames).reshape(len(frames), -1)
    deadline = 1000 + 2 * times.latency + 2 * batches * times.interval

    outputs, first, last = simulate(made, chain, frames, deadline=deadline, rng=rng)
    np.testing.assert_array_equal(outputs, expected)
    predicted.check_cycles(times, shape.batch, first, last)

    outputs, *_ = simulate(made, chain, frames, deadline=4 * deadline, rng=rng, stall=0.4)
    np.testing.assert_array_equal(outputs, expected)
    return found
