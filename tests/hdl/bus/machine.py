# amaranth: UnusedElaboratable=no
"""A shell with a memory, a host and a small network, in the Amaranth simulator."""

import numpy as np
from amaranth.hdl import Cat, Module, ResetInserter, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from hdl.bus import axi, axis
from hdl.bus.axi import OKAY
from hdl.bus.registers import REGISTERS, offset
from hdl.bus.shell import Shell
from tests.hdl.bus.ddr import DDR
from tests.hdl.bus.lite import Manager

__all__ = ["INPUT", "OUTPUT", "Machine", "Network", "config", "names"]

INPUT, OUTPUT = 0x1F08, 0x8008
"""Where frames and results lie: bursts are cut short there, and cross 4 KB soon."""

_STATUS = {f.bit: f.name for r in REGISTERS if r.name == "STATUS" for f in r.fields}
_WAIT = 6


def config(i_width=64, i_frame_bytes=98, o_width=32, o_frame_bytes=4, **others) -> Shell.Config:
    """Of a shell, and of the network behind it."""
    return Shell.Config(
        digest="0123456789abcdef" * 4, i_width=i_width, i_frame_bytes=i_frame_bytes,
        i_beats=-(-8 * i_frame_bytes // i_width), o_width=o_width, o_frame_bytes=o_frame_bytes,
        o_beats=-(-8 * o_frame_bytes // o_width), **others,
    )  # fmt: skip


def names(status: int) -> set[str]:
    """The fields of STATUS that are set."""
    return {name for bit, name in _STATUS.items() if status >> bit & 1}


class Network(wiring.Component):
    """Beat k of the result of frame n is the sum of the frame's beats plus k + 17 n.

    n counts from the reset on, so that a reset, a lost or a left beat are seen in every result.
    """

    def __init__(self, config: Shell.Config) -> None:
        self.config = config
        super().__init__({
            "i": In(axis.signature(config.i_width)),
            "o": Out(axis.signature(config.o_width)),
            "wrong": Out(1),
        })

    @staticmethod
    def results(config: Shell.Config, frames: np.ndarray, first: int) -> np.ndarray:
        """The bytes of the results of frames (frames, bytes), the first since reset being n."""
        rows, mask = [], (1 << config.o_width) - 1
        step = config.i_width // 8
        for n, frame in enumerate(frames, first):
            beats = [int.from_bytes(frame[k : k + step].tobytes(), "little")
                     for k in range(0, len(frame), step)]  # fmt: skip
            out = b"".join(((sum(beats) + k + 17 * n) % (1 << config.i_width) & mask)
                           .to_bytes(config.o_width // 8, "little")
                           for k in range(config.o_beats))  # fmt: skip
            rows.append(np.frombuffer(out[: config.o_frame_bytes], np.uint8))
        return np.array(rows)

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        total, number = Signal(config.i_width), Signal(16)
        i_beat, o_beat, waits = Signal(16), Signal(16), Signal(range(_WAIT + 1))
        ends = Signal()
        m.d.comb += ends.eq(i_beat == config.i_beats - 1)
        with m.FSM():
            with m.State("TAKE"):
                m.d.comb += self.i.tready.eq(1)
                with m.If(self.i.tvalid):
                    m.d.sync += [total.eq(total + self.i.tdata), i_beat.eq(i_beat + 1)]
                    with m.If(self.i.tlast != ends):
                        m.d.sync += self.wrong.eq(1)
                    with m.If(ends):
                        m.d.sync += waits.eq(_WAIT)
                        m.next = "WAIT"
            with m.State("WAIT"):
                m.d.sync += waits.eq(waits - 1)
                with m.If(waits == 0):
                    m.next = "GIVE"
            with m.State("GIVE"):
                m.d.comb += [
                    self.o.tvalid.eq(1),
                    self.o.tdata.eq((total + o_beat + 17 * number)[: config.i_width]),
                    self.o.tlast.eq(o_beat == config.o_beats - 1),
                ]
                with m.If(self.o.tready):
                    m.d.sync += o_beat.eq(o_beat + 1)
                    with m.If(self.o.tlast):
                        m.d.sync += [o_beat.eq(0), i_beat.eq(0), total.eq(0),
                                     number.eq(number + 1)]  # fmt: skip
                        m.next = "TAKE"
        return m


class _Pins:
    """Ports as slices of one signal: the simulator settles once a cycle, not once a port."""

    def __init__(self, ports: dict[str, Value]) -> None:
        self.word = Signal(sum(len(port) for port in ports.values()))
        self.slices, begin = {}, 0
        for name, port in ports.items():
            self.slices[name] = port, begin, (1 << len(port)) - 1
            begin += len(port)
        self._begins = {id(port): begin for port, begin, _ in self.slices.values()}
        self.level = 0

    def set(self, port: Value, value: int) -> None:
        """What a testbench context's set does, when the word is driven."""
        begin, mask = self._begins[id(port)], (1 << len(port)) - 1
        self.level = self.level & ~(mask << begin) | (int(value) & mask) << begin


class Machine:
    """All of it; ``simulate(body)`` runs ``await body(machine)``."""

    def __init__(self, shell: Shell.Config, *, seed=0, stall=0.0, latency=4) -> None:
        self.config, self.rng = shell, np.random.default_rng(seed)
        self.dut, self.network = Shell(shell), Network(shell)
        self.ddr = DDR(self.dut.memory, self.rng, stall, latency)
        self.host = Manager(self.dut.regs, self.rng, stall)
        self._reset, self._stuck = Signal(), Signal()
        self.now = self.resets = self.longest_reset = self.frames = 0
        self.loads: list[tuple[int, int]] = []

    def _ports(self) -> tuple[_Pins, _Pins]:
        """What is driven, and what is seen."""
        dut, driven, seen = self.dut, {"reset": self._reset, "stuck": self._stuck}, {}
        for bus, signature in (("regs", axi.lite(12)), ("memory", axi.axi3(64, 6))):
            for name, member in signature.members.items():
                port = getattr(getattr(dut, bus), name)
                # The shell is the manager of the memory, and of registers the subordinate.
                out = (member.flow is Out) == (bus == "memory")
                (seen if out else driven)[f"{bus}.{name}"] = port
                if bus == "regs":
                    seen[f"regs.{name}"] = port
        names = ("irq", "core_reset", "busy", "error", "load_valid", "load_address", "load_data")
        seen |= {name: getattr(dut, name) for name in names} | {"wrong": self.network.wrong}
        return _Pins(driven), _Pins(seen)

    def simulate(self, body) -> None:
        top, inner = Module(), Module()
        dut, network = self.dut, self.network
        inner.submodules.dut = dut
        inner.submodules.network = ResetInserter(dut.core_reset)(network)
        wiring.connect(inner, dut.m_axis, network.o)
        inner.d.comb += [
            network.i.tdata.eq(dut.s_axis.tdata), network.i.tlast.eq(dut.s_axis.tlast),
            network.i.tvalid.eq(dut.s_axis.tvalid & ~self._stuck),
            dut.s_axis.tready.eq(network.i.tready & ~self._stuck),
        ]  # fmt: skip
        top.submodules.inner = ResetInserter(self._reset)(inner)
        self.drive, self._seen = self._ports()
        drives, sees = self.drive.slices.values(), self._seen.slices.values()
        top.d.comb += Cat(port for port, *_ in drives).eq(self.drive.word)
        top.d.comb += self._seen.word.eq(Cat(port for port, *_ in sees))

        async def bench(ctx):
            self._ctx = ctx
            await body(self)
            await self.steps(40)
            assert self.ddr.idle and not self.values["wrong"]

        sim = Simulator(top)
        sim.add_clock(1e-8)
        sim.add_testbench(bench)
        sim.run()

    async def step(self) -> None:
        """One cycle of everything."""
        self.ddr.before(self.drive)
        self.host.before(self.drive)
        self._ctx.set(self.drive.word, self.drive.level)
        word = (await self._ctx.tick().sample(self._seen.word))[-1]
        self.values = {name: word >> begin & mask
                       for name, (_, begin, mask) in self._seen.slices.items()}  # fmt: skip
        self.ddr.after(lambda name: self.values[f"memory.{name}"])
        self.host.after(lambda name: self.values[f"regs.{name}"])
        self.resets = self.resets + 1 if self.values["core_reset"] else 0
        self.longest_reset = max(self.longest_reset, self.resets)
        if self.resets:
            self.frames = 0
        if self.values["load_valid"]:
            self.loads.append((self.values["load_address"], self.values["load_data"]))
        self.now += 1

    async def steps(self, cycles: int) -> None:
        for _ in range(cycles):
            await self.step()

    async def access(self) -> None:
        """Until all accesses are answered."""
        deadline = self.now + 2000
        while self.host.busy:
            assert self.now < deadline, "The host must be answered"
            await self.step()

    async def write(self, **registers: int) -> None:
        """Registers by name, in that order."""
        begin = len(self.host.answers)
        self.host.writes += [(offset(name), value, 15) for name, value in registers.items()]
        await self.access()
        assert self.host.answers[begin:] == [OKAY] * len(registers)

    async def read(self, *registers: str) -> list[int]:
        begin = len(self.host.values)
        self.host.reads += [offset(name) for name in registers]
        await self.access()
        assert all(response == OKAY for _, response in self.host.values[begin:])
        return [value for value, _ in self.host.values[begin:]]

    async def start(self, frames: np.ndarray, **others: int) -> None:
        """Put frames (frames, bytes) into memory and start a run; others: registers set else."""
        room = frames.size if others.get("MODE") else len(frames) * self.config.o_frame_bytes
        registers = {
            "INPUT_ADDRESS": INPUT, "INPUT_BYTES": frames.size, "OUTPUT_ADDRESS": OUTPUT,
            "OUTPUT_BYTES": room, "FRAMES": len(frames), "MODE": 0,
        } | others  # fmt: skip
        self.expected = Network.results(self.config, frames, self.frames).ravel().tolist()
        self.ddr.new_run()
        self.ddr.content = {INPUT + n: int(byte) for n, byte in enumerate(frames.ravel())}
        self.ddr.words = set(range(INPUT, INPUT + frames.size, 8))
        self.ddr.room = range(OUTPUT, OUTPUT + room)
        await self.write(**registers)
        self.begin = self.now
        self.host.writes.append((offset("CONTROL"), 1, 15))
        await self.access()

    async def finish(self) -> set[str]:
        """Until STATUS says idle; returns what it says."""
        deadline = self.now + 20000
        while True:
            status = names((await self.read("STATUS"))[0])
            if "idle" in status:
                self.ddr.read_faults.clear()
                self.ddr.write_faults.clear()
                return status
            assert self.now < deadline, "A run must end"

    def stick(self, stuck: bool) -> None:
        """Whether the network takes nothing."""
        self.drive.set(self._stuck, stuck)

    async def reset(self) -> None:
        """For a cycle, of shell, network and whatever stands on their buses."""
        self.drive.set(self._reset, 1)
        await self.step()
        self.drive.set(self._reset, 0)
        self.ddr.reset()
        self.host = Manager(self.dut.regs, self.rng, self.host.stall)

    def written(self) -> list[int | None]:
        """The bytes of the room, None where nothing was written."""
        return [self.ddr.content.get(place) for place in self.ddr.room]

    async def good(self, count: int) -> None:
        """A run of so many random frames, which must be right."""
        frames = self.random(count)
        await self.start(frames)
        assert await self.finish() == {"idle", "done"}
        assert self.written() == self.expected
        self.frames += count
        assert await self.read("FRAMES_IN", "FRAMES_OUT") == [count, count]

    def random(self, count: int) -> np.ndarray:
        return self.rng.integers(256, size=(count, self.config.i_frame_bytes)).astype(np.uint8)
