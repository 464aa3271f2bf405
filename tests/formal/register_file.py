"""What is proved of a register file: every access is answered once, by what the list says."""

from amaranth.hdl import Cat, Mux, Signal

from hdl.bus import axi
from hdl.bus.register_file import RegisterFile
from hdl.bus.registers import Register
from tests.formal.contract import Port, stable, within

__all__ = ["describe", "make"]

KINDS = ("rw", "r", "w", "w1c")
"""Of registers 0 to 3; there are no others."""


def make() -> RegisterFile:
    """One register of each kind."""
    registers = tuple(Register(name=f"R{number}", offset=4 * number, access=kind, doc="")
                      for number, kind in enumerate(KINDS))  # fmt: skip
    return RegisterFile(RegisterFile.Config(registers=registers, address=5))


def describe(bench) -> None:
    """Reads and writes against registers that are written and read at once."""
    dut, bus = bench.dut, bench.dut.bus
    ports = {name: Port.channel(bus, name) for name in ("aw", "w", "b", "ar", "r")}
    for name in ("aw", "w", "ar"):
        bench.assume(stable(bench, ports[name]))
    for name in ("b", "r"):
        bench.claim("stable", stable(bench, ports[name]))
    value = _writes(bench, ports)
    _reads(bench, ports, value)
    bench.cover("written", ports["b"].moves & (dut.r0 != 0))


def _begins(bench, port: Port) -> Signal:
    """Whether a channel offers something that it did not offer before."""
    waits, new = Signal(name=f"{port.name}_offers"), Signal(name=f"{port.name}_new")
    bench.m.d.sync += waits.eq(port.valid & ~port.ready)
    bench.m.d.comb += new.eq(port.valid & ~waits)
    return new


def _keep(bench, port: Port, done: Signal, *values):
    """What a channel has taken that is not answered; whether there is something."""
    there, kept = Signal(name=f"{port.name}_there"), [Signal.like(value) for value in values]
    bench.claim("order", ~port.moves | ~there | done)
    bench.m.d.sync += there.eq(port.moves | (there & ~done))
    with bench.m.If(port.moves):
        bench.m.d.sync += [one.eq(value) for one, value in zip(kept, values)]
    return there, kept


def _writes(bench, ports: dict[str, Port]) -> Signal:
    """Claim of writes; the value of register 0."""
    m, dut, bus = bench.m, bench.dut, bench.dut.bus
    new = _begins(bench, ports["b"])
    asked, (address,) = _keep(bench, ports["aw"], new, bus.awaddr)
    given, (data, strobes) = _keep(bench, ports["w"], new, bus.wdata, bus.wstrb)
    bench.claim("order", ~new | (asked & given))
    waits = asked & given & ~new & ~bus.bvalid & ~dut.hold
    bench.claim("progress", within(bench, "b", waits, 2))

    number, mask = address[2:], Cat(bit.replicate(8) for bit in strobes)
    names = ("r2_valid", "r2", "r3_clear", "r2_refuse")
    before = {name: Signal.like(getattr(dut, name), name=f"{name}_before") for name in names}
    m.d.sync += [kept.eq(getattr(dut, name)) for name, kept in before.items()]
    strobe = strobes.all() & ~before["r2_refuse"]
    allowed = (number == 0) | ((number == 2) & strobe) | (number == 3)
    bench.claim("response", ~new | (bus.bresp == Mux(allowed, axi.OKAY, axi.SLVERR)))

    value, after = Signal(32, name="value"), Signal(32, name="value_after")
    m.d.comb += after.eq(value)
    with m.If(new & (number == 0)):
        m.d.comb += after.eq((value & ~mask) | (data & mask))
    m.d.sync += value.eq(after)
    bench.claim("value", dut.r0 == after)
    # What is written and not kept is seen in the cycle before the answer, and in no other.
    bench.claim("strobe", before["r2_valid"] == (new & (number == 2) & strobe))
    bench.claim("strobe", ~before["r2_valid"] | (before["r2"] == data))
    cleared = Mux(new & (number == 3), data & mask, 0)
    bench.claim("strobe", before["r3_clear"] == cleared)
    return after


def _reads(bench, ports: dict[str, Port], value: Signal) -> None:
    """Claim of any read, that is chosen as its address is taken: those before it are answered."""
    m, dut, bus = bench.m, bench.dut, bench.dut.bus
    comes, goes = ports["ar"].moves, ports["r"].moves
    inside, before = Signal(2, name="reads"), Signal(2, name="reads_before")
    chosen, chooses = Signal(name="read_chosen"), Signal(name="read_chooses")
    bench.claim("order", (inside != 3) | goes | ~comes)
    bench.claim("order", ~bus.rvalid | (inside != 0))
    bench.claim("progress", within(bench, "r", (inside != 0) & ~bus.rvalid, 3))
    m.d.sync += inside.eq(inside + comes - goes)
    m.d.comb += chooses.eq(bench.free(1, "choose") & comes & ~chosen)
    mine = chosen & (before == 0)
    address, was = Signal.like(bus.araddr), Signal(32, name="value_was")
    changed = Signal(name="value_changed")
    m.d.sync += was.eq(value)
    with m.If(chooses):
        m.d.sync += [chosen.eq(1), address.eq(bus.araddr), changed.eq(0),
                     before.eq(inside - goes)]  # fmt: skip
    with m.Elif(chosen):
        m.d.sync += [chosen.eq(~(goes & mine)), before.eq(before - (goes & ~mine)),
                     changed.eq(changed | (value != was))]  # fmt: skip
    # What is read of those while they do not change; register 0 may, and then it is either value.
    bench.assume(dut.r1 == bench.fixed(32, "r1"))
    bench.assume(dut.r3 == bench.fixed(32, "r3"))
    number, right = address[2:], Signal(name="read_right")
    m.d.comb += right.eq(1)
    for place, expected in enumerate((value, dut.r1, 0, dut.r3)):
        with m.If(number == place):
            m.d.comb += right.eq(bus.rdata == expected)
    held = ~changed & (value == was)
    bench.claim("value", ~bus.rvalid | ~mine | right | ((number == 0) & ~held))
    there = number < len(KINDS)
    bench.claim("response", ~bus.rvalid | ~mine
                | (bus.rresp == Mux(there, axi.OKAY, axi.SLVERR)))  # fmt: skip
    bench.cover("read_value", mine & held & goes & (number == 0) & (value != 0))
