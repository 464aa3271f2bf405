from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.bus import axi
from sim.stream import simulate

ADDRESS = ("addr", "id", "len", "size", "burst", "lock", "cache", "prot", "qos", "valid", "ready")


def names(signature):
    return {name: (member.flow, member.shape) for name, member in signature.members.items()}


def test_axi3_is_its_two_halves():
    whole, read, write = (make(64, 6) for make in (axi.axi3, axi.axi3_read, axi.axi3_write))
    assert names(whole) == names(read) | names(write)
    assert not names(read).keys() & names(write).keys()


def test_axi3_members():
    """Those of S_AXI_HP0 of a Zynq-7000, seen from the manager."""
    members = names(axi.axi3(64, 6))
    assert members.keys() == {
        *(channel + name for channel in ("aw", "ar") for name in ADDRESS),
        "wdata", "wstrb", "wid", "wlast", "wvalid", "wready", "bid", "bresp", "bvalid", "bready",
        "rdata", "rid", "rresp", "rlast", "rvalid", "rready",
    }  # fmt: skip
    ins = {name for name, (flow, _) in members.items() if flow is In}
    assert ins == {"awready", "wready", "arready", "bid", "bresp", "bvalid",
                   "rdata", "rid", "rresp", "rlast", "rvalid"}  # fmt: skip
    assert members["wstrb"] == (Out, 8) and members["arid"] == (Out, 6)


def test_lite_members():
    members = names(axi.lite(12))
    assert {name: shape for name, (flow, shape) in members.items() if flow is Out} == {
        "awaddr": 12, "awprot": 3, "awvalid": 1, "wdata": 32, "wstrb": 4, "wvalid": 1, "bready": 1,
        "araddr": 12, "arprot": 3, "arvalid": 1, "rready": 1,
    }  # fmt: skip
    assert {name: shape for name, (flow, shape) in members.items() if flow is In} == {
        "awready": 1, "wready": 1, "bresp": 2, "bvalid": 1, "arready": 1, "rdata": 32, "rresp": 2,
        "rvalid": 1,
    }  # fmt: skip


class Half(wiring.Component):
    """A manager of reads that shows what it gets."""

    bus: Out(axi.axi3_read(64, 6))
    seen: Out(64)

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [self.bus.araddr.eq(0x1234_5678), self.seen.eq(self.bus.rdata)]
        return m


class Whole(wiring.Component):
    """A port of both directions, of which one is used."""

    memory: Out(axi.axi3(64, 6))
    seen: Out(64)

    def elaborate(self, platform):
        m = Module()
        m.submodules.half = half = Half()
        axi.connect_part(m, self.memory, half.bus)
        m.d.comb += self.seen.eq(half.seen)
        return m


def test_connect_part():
    dut = Whole()

    async def bench(ctx):
        ctx.set(dut.memory.rdata, 99)
        await ctx.delay(1e-9)
        assert ctx.get(dut.memory.araddr) == 0x1234_5678
        assert ctx.get(dut.seen) == 99

    simulate(dut, bench)
