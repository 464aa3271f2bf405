import re

import numpy as np
import pytest

from hdl.bus.axi import DECERR, OKAY
from hdl.zynq.bridge import Bridge
from sim.stream import simulate
from tests.hdl.zynq.masters import INCR, Burst, Registers, Sink, Source, channel, draw

ADDRESS = "addr id len size burst lock cache prot qos"


class World:
    """The processor and the registers around a bridge; what either saw."""

    def __init__(self, dut, rng, stall, writes, reads):
        self.rng, self.stall, self.cycle = rng, stall, 0
        self.registers, self.accesses = Registers(), {"w": [], "r": []}
        self.writes, self.reads = writes, reads
        self.ended = {"w": [], "r": []}
        self.channels = {
            "aw": channel(Source, dut.i, "aw", ADDRESS),
            "ar": channel(Source, dut.i, "ar", ADDRESS),
            "w": channel(Source, dut.i, "w", "data strb id last"),
            "b": channel(Sink, dut.i, "b", "id resp"),
            "r": channel(Sink, dut.i, "r", "data id resp last"),
            "lite aw": channel(Sink, dut.o, "aw", "addr"),
            "lite w": channel(Sink, dut.o, "w", "data strb"),
            "lite ar": channel(Sink, dut.o, "ar", "addr"),
            "lite b": channel(Source, dut.o, "b", "resp"),
            "lite r": channel(Source, dut.o, "r", "data resp"),
        }  # fmt: skip
        self.addresses, self.words, self.beats = [], [], []
        for name, bursts in (("aw", writes), ("ar", reads)):
            self.channels[name].queue = [
                {"addr": b.address, "id": b.ident, "len": b.beats - 1, "size": b.size,
                 "burst": b.burst, "lock": 0, "cache": 3} for b in bursts]  # fmt: skip
        self.channels["w"].queue = [
            {"data": b.data[n], "strb": b.strobes[n], "id": b.ident, "last": n == b.beats - 1}
            for b in writes for n in range(b.beats)]  # fmt: skip

    def noise(self, bits):
        return int.from_bytes(self.rng.bytes(-(-bits // 8)), "little") & (1 << bits) - 1

    async def step(self, ctx):
        for one in self.channels.values():
            one.drive(ctx, bool(self.stall) and self.rng.random() < self.stall, self.noise)
        ports = [port for one in self.channels.values() for port in one.sampled()]
        values = list((await ctx.tick().sample(*ports))[2:])
        for name, one in self.channels.items():
            taken = one.edge(tuple(values[: len(one.sampled())]))
            del values[: len(one.sampled())]
            if taken is not None and hasattr(self, name.replace(" ", "_")):
                getattr(self, name.replace(" ", "_"))(taken)
        self.cycle += 1

    def aw(self, taken):
        self.writes[len(self.ended["w"])].begun = self.cycle

    def ar(self, taken):
        self.reads[len(self.ended["r"])].begun = self.cycle

    def b(self, taken):
        burst = self.writes[len(self.ended["w"])]
        assert taken["id"] == burst.ident
        burst.responses.append(taken["resp"])
        self.ended["w"].append(self.cycle)

    def r(self, taken):
        burst = self.reads[len(self.ended["r"])]
        assert taken["id"] == burst.ident
        burst.data.append(taken["data"])
        burst.responses.append(taken["resp"])
        assert taken["last"] == (len(burst.data) == burst.beats)
        if taken["last"]:
            self.ended["r"].append(self.cycle)

    def lite_aw(self, taken):
        self.addresses.append(taken["addr"])
        self._written()

    def lite_w(self, taken):
        self.words.append(taken)
        self._written()

    def _written(self):
        if self.addresses and self.words:
            address, word = self.addresses.pop(0), self.words.pop(0)
            answer = self.registers.write(address, word["data"], word["strb"])
            self.accesses["w"].append((address, word["data"], word["strb"], answer))
            self.channels["lite b"].queue.append({"resp": answer})

    def lite_ar(self, taken):
        data, answer = self.registers.read(taken["addr"])
        self.accesses["r"].append((taken["addr"], data, answer))
        self.channels["lite r"].queue.append({"data": data, "resp": answer})


def run(writes, reads, rng, stall):
    dut = Bridge(Bridge.Config())
    world = World(dut, rng, stall, writes, reads)

    async def bench(ctx):
        while len(world.ended["w"]) < len(writes) or len(world.ended["r"]) < len(reads):
            await world.step(ctx)
            assert world.cycle < 20_000
        for _ in range(20):  # and nothing comes behind it
            await world.step(ctx)

    simulate(dut, bench)
    return world


def inside(burst):
    return not burst.address & 0x3FFF_F000


@pytest.mark.parametrize("stall", [0.0, 0.3, 0.7])
def test_random_bursts(stall):
    """Every beat reaches its register once, in order, and its answer comes back."""
    rng = np.random.default_rng(round(10 * stall))
    writes, reads = ([draw(rng, write) for _ in range(40)] for write in (True, False))
    world = run(writes, reads, rng, stall)

    expected = []
    for burst in writes:
        answers = [DECERR]
        if inside(burst):
            beats = list(zip(burst.places(), burst.data, burst.strobes))
            made = [(place & 0xFFC, data, strobes, Registers.response(place & 0xFFC))
                    for place, data, strobes in beats]  # fmt: skip
            expected += made
            answers = [answer for *_, answer in made]
        assert burst.responses == [max(answers)]
    assert world.accesses["w"] == expected

    seen = iter(world.accesses["r"])
    for burst in reads:
        for place, data, answer in zip(burst.places(), burst.data, burst.responses, strict=True):
            if inside(burst):
                assert next(seen) == (place & 0xFFC, data, answer)
            else:
                assert (data, answer) == (0, DECERR)
    assert next(seen, None) is None


@pytest.mark.parametrize("beats", [1, 5, 16])
def test_cycles(beats):
    config = Bridge.Config()
    writes = [Burst(5, 0x100, 2, INCR, beats, [7] * beats, [15] * beats) for _ in range(3)]
    reads = [Burst(5, 0x100, 2, INCR, beats) for _ in range(3)]
    run(writes, reads, np.random.default_rng(0), 0.0)
    for bursts, write in ((writes, True), (reads, False)):
        starts = [burst.begun for burst in bursts]
        assert np.diff(starts).tolist() == [config.cycles(beats, write=write)] * 2
    assert all(burst.responses[-1] == OKAY for burst in writes + reads)


@pytest.mark.parametrize("address", [11, 31])
def test_wrong_address(address):
    message = re.escape(f"Bridge address must be of 12 to 30 bits, not {address}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        Bridge.Config(address=address)


def test_wrong_ids():
    with pytest.raises(TypeError, match=r"^Bridge ids must be a positive integer, not 0$"):
        Bridge.Config(ids=0)
