"""Registers behind AXI4-Lite."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.bus import axi
from hdl.bus.registers import Register

__all__ = ["RegisterFile"]

_BYTES = 4
_ACCESSES = ("r", "rw", "w", "w1c")


class RegisterFile(wiring.Component):
    """Reads and writes the registers of a list; the two ways do not wait for each other.

    An access of each way every :py:`config.interval` cycles; a write is answered 2 cycles after
    address and data came, a read 3. Write address and data may come in any order. The two lowest
    bits of an address are not looked at. Answered SLVERR, and nothing is changed: where there is no
    register, writing one that can only be read, writing a ``w`` register with a byte strobe that is
    0 or while it is refused. A write of an ``rw`` register changes the bytes whose strobes are 1.
    Reading a ``w`` register gives 0. Of a register with fields only the fields' bits exist.

    Members
    -------
    bus : ``In(axi.lite(config.address))``
    hold : ``In(1)``
        Writes wait.
    NAME : for each register, its name in lower case
        ``In(32)`` of an ``r`` or ``w1c`` register: what is read. ``Out(32)`` of an ``rw`` register:
        what it holds, 0 at first. ``Out(32)`` of a ``w`` register: what is written.
    NAME_clear : ``Out(32)``
        Of a ``w1c`` register: the bits that are written 1 in this cycle.
    NAME_valid : ``Out(1)``
        Of a ``w`` register: whether it is written in this cycle.
    NAME_refuse : ``In(1)``
        Of a ``w`` register: whether it cannot be written.
    NAME_step : ``In(1)``
        Of the ``rw`` registers in ``config.counters``: counts up, where nothing is written.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """The list, bits of an address, and names of ``rw`` registers that count."""

        registers: tuple[Register, ...]
        address: int = 12
        counters: tuple[str, ...] = ()

        interval = 2

        def __post_init__(self) -> None:
            seen: dict[int, str] = {}
            for register in self.registers:
                name, place = register.name, register.offset
                if register.access not in _ACCESSES:
                    what = f"one of {', '.join(_ACCESSES)}, not {register.access!r}"
                    raise ValueError(f"Register {name} access must be {what}")
                if place % _BYTES or not 0 <= place < 1 << self.address:
                    what = f"a multiple of {_BYTES} below {1 << self.address}, not {place}"
                    raise ValueError(f"Register {name} offset must be {what}")
                if place in seen:
                    what = f"its own, not {place}, which {seen[place]} has"
                    raise ValueError(f"Register {name} offset must be {what}")
                seen[place] = name
            for name in self.counters:
                if name not in (r.name for r in self.registers if r.access == "rw"):
                    raise ValueError(f"RegisterFile counter must be an rw register, not {name!r}")

    def __init__(self, config: Config) -> None:
        self.config = config
        members: dict = {"bus": In(axi.lite(config.address)), "hold": In(1)}
        for register in config.registers:
            name, access = register.name.lower(), register.access
            members[name] = (In if access in ("r", "w1c") else Out)(32)
            if access == "w1c":
                members[f"{name}_clear"] = Out(32)
            elif access == "w":
                members |= {f"{name}_valid": Out(1), f"{name}_refuse": In(1)}
        members |= {f"{name.lower()}_step": In(1) for name in config.counters}
        super().__init__(members)

    def elaborate(self, platform) -> Module:
        m = Module()
        for name in map(str.lower, self.config.counters):
            with m.If(getattr(self, f"{name}_step")):
                m.d.sync += getattr(self, name).eq(getattr(self, name) + 1)
        self._read(m)
        self._write(m)
        return m

    def _read(self, m: Module) -> None:
        """Address, what stands in each four registers, and what stands there: three stages."""
        bus = self.bus
        asked, staged, there = Signal(), Signal(), Signal()
        goes, moves = Signal(), Signal()
        number, group = Signal(self.config.address - 2), Signal(self.config.address - 4)
        m.d.comb += [
            bus.arready.eq(~asked),
            goes.eq(asked & ~staged),
            moves.eq(staged & (~bus.rvalid | bus.rready)),
        ]
        with m.If(~asked):
            m.d.sync += number.eq(bus.araddr[2:])
        values = {register.offset // _BYTES: Const(0) if register.access == "w" else
                  getattr(self, register.name.lower())
                  for register in self.config.registers}  # fmt: skip
        fours = {}
        for place in sorted({n // 4 for n in values}):
            fours[place] = four = Signal(32, name=f"four{place}", reset_less=True)
            with m.If(goes):
                among = {n % 4: value for n, value in values.items() if n // 4 == place}
                m.d.sync += four.eq(_select(among, number[:2]))
        with m.If(goes):
            m.d.sync += [
                group.eq(number[2:]),
                there.eq(Cat(number == n for n in values).any()),
            ]
        with m.If(moves):
            m.d.sync += [bus.rdata.eq(_select(fours, group)),
                         bus.rresp.eq(Mux(there, axi.OKAY, axi.SLVERR))]  # fmt: skip
        m.d.sync += [
            asked.eq(Mux(asked, ~goes, bus.arvalid)),
            staged.eq(goes | (staged & ~moves)),
            bus.rvalid.eq(moves | (bus.rvalid & ~bus.rready)),
        ]

    def _place(self, m: Module, asked: Value) -> dict[str, Signal]:
        """Whether an address is of each register: registers, as much follows from them."""
        at = {}
        for register in self.config.registers:
            name = f"at_{register.name.lower()}"
            at[register.name] = here = Signal(name=name, reset_less=True)
            with m.If(~asked):
                m.d.sync += here.eq(self.bus.awaddr[2:] == register.offset // _BYTES)
        return at

    def _write(self, m: Module) -> None:
        """Address and data wait for each other in registers, and then for the response's."""
        bus = self.bus
        asked, given, writes = Signal(), Signal(), Signal()
        at = self._place(m, asked)
        word, strobes = Signal(32, reset_less=True), Signal(_BYTES, reset_less=True)
        m.d.comb += [
            bus.awready.eq(~asked),
            bus.wready.eq(~given),
            writes.eq(asked & given & ~bus.bvalid & ~self.hold),
        ]
        with m.If(~given):
            m.d.sync += [word.eq(bus.wdata), strobes.eq(bus.wstrb)]
        m.d.sync += [
            asked.eq(Mux(asked, ~writes, bus.awvalid)),
            given.eq(Mux(given, ~writes, bus.wvalid)),
        ]
        taken = Signal()
        for register in self.config.registers:
            here = at[register.name]
            with m.If(here):
                m.d.comb += taken.eq(self._take(m, register, writes & here, word, strobes))
        with m.If(writes):
            m.d.sync += [bus.bvalid.eq(1), bus.bresp.eq(Mux(taken, axi.OKAY, axi.SLVERR))]
        with m.Elif(bus.bready):
            m.d.sync += bus.bvalid.eq(0)

    def _take(self, m: Module, register: Register, writes: Value, word, strobes) -> Value:
        """What a write does to a register; returns whether it is allowed."""
        name = register.name.lower()
        port = getattr(self, name)
        if register.access == "r":
            return Const(0)
        if register.access == "w":
            allowed = strobes.all() & ~getattr(self, f"{name}_refuse")
            m.d.comb += [port.eq(word), getattr(self, f"{name}_valid").eq(writes & allowed)]
            return allowed
        mask = Cat((writes & strobe).replicate(8) for strobe in strobes)
        if register.access == "w1c":
            m.d.comb += getattr(self, f"{name}_clear").eq(word & mask)
            return Const(1)
        for byte in range(_BYTES):
            bits = [bit for bit in _bits(register) if bit // 8 == byte]
            with m.If(writes & strobes[byte]):
                m.d.sync += [port[bit].eq(word[bit]) for bit in bits]
        return Const(1)


def _select(values: dict[int, Value], number: Value) -> Value:
    """The value of a number, and of a number that has none another's: a tree of multiplexers."""
    if len(values) == 1:
        return next(iter(values.values()))
    bit = (max(values) ^ min(values)).bit_length() - 1
    low, high = ({n: value for n, value in values.items() if n >> bit & 1 == side}
                 for side in (0, 1))  # fmt: skip
    return Mux(number[bit], _select(high, number), _select(low, number))


def _bits(register: Register) -> list[int]:
    """The bits that exist."""
    return [field.bit for field in register.fields] or list(range(8 * _BYTES))
