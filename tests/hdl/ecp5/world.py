"""A host, registers and a memory around a link, with pauses, and the requests of its protocol."""

import binascii
import struct

import numpy as np
from amaranth.sim import Simulator

from hdl.bus import axi
from hdl.ecp5.link import Link

SIZE, SILENCE, AHEAD = 256, 120, 64
READ_REGISTER, READ_MEMORY, WRITE_REGISTER, WRITE_MEMORY = 1, 2, 9, 10
DONE, LOST, PAYLOAD, COMMAND, RANGE, SLVERR, DECERR = range(7)


def crc(data: bytes) -> bytes:
    return struct.pack(">H", binascii.crc_hqx(data, 0xFFFF))


def request(sequence, command, address, length, payload=None) -> bytes:
    head = struct.pack("<BIH", sequence << 4 | command, address, length)
    body = b"" if payload is None else payload + crc(payload)
    return b"\xa5" + head + crc(head) + body


def reply(sequence, status, data=b"") -> bytes:
    body = bytes([sequence << 4 | status]) + data
    return b"\x5a" + body + crc(body)


class World:
    """A link between a line of bytes, registers and a memory, each with pauses."""

    def __init__(self, seed=0, stall=0.3):
        self.dut = Link(Link.Config(memory=SIZE, silence=SILENCE, ahead=AHEAD))
        self.rng, self.stall = np.random.default_rng(seed), stall
        self.registers, self.written = {}, []
        self.memory = self.rng.integers(0, 256, SIZE).astype(np.uint8)
        self.out, self.takes = bytearray(), True

    def value(self, address):
        """Of a register."""
        return self.registers.get(address, address * 0x01010101 & 0xFFFFFFFF)

    def pauses(self):
        return self.rng.random() < self.stall

    async def registers_of(self, ctx):
        """AXI4-Lite: offset 0xFF0 answers SLVERR, above that DECERR."""
        regs = self.dut.regs

        def answer(address):
            return axi.OKAY if address < 0xFF0 else axi.SLVERR if address == 0xFF0 else axi.DECERR

        async def respond(channel, **values):
            while self.pauses():
                await ctx.tick()
            for name, value in values.items():
                ctx.set(getattr(regs, name), value)
            ctx.set(getattr(regs, f"{channel}valid"), 1)
            await ctx.tick().until(getattr(regs, f"{channel}ready"))
            ctx.set(getattr(regs, f"{channel}valid"), 0)

        while True:
            taken = dict.fromkeys(("aw", "w", "ar"), False)
            # A read, or both halves of a write in any order, each taken once.
            while not taken["ar"] and not (taken["aw"] and taken["w"]):
                ready = {name: not done and not self.pauses() for name, done in taken.items()}
                for name, value in ready.items():
                    ctx.set(getattr(regs, f"{name}ready"), value)
                seen = [getattr(regs, f"{name}valid") for name in taken]
                values = (regs.awaddr, regs.wdata, regs.wstrb, regs.araddr)
                _, _, *valid, place, data, strobe, address = await ctx.tick().sample(*seen, *values)
                for name, there in zip(taken, valid, strict=True):
                    taken[name] |= bool(ready[name] and there)
                    ctx.set(getattr(regs, f"{name}ready"), 0)
            if taken["ar"]:
                assert not taken["aw"] and not taken["w"]
                await respond("r", rdata=self.value(address), rresp=answer(address))
                continue
            assert strobe == 0xF
            self.written.append((place, data))
            if answer(place) == axi.OKAY:
                self.registers[place] = data
            await respond("b", bresp=answer(place))

    async def memory_of(self, ctx):
        port, coming = self.dut.memory, []
        sampled = (port.read, port.write, port.address, port.data)
        async for _, _, read, write, address, data in ctx.tick().sample(*sampled):
            if write:
                self.memory[address] = data
            coming.append(int(self.memory[address]) if read else None)
            now = coming.pop(0) if len(coming) == 3 else None
            ctx.set(port.ready, now is not None)
            ctx.set(port.value, now or 0)

    async def listen(self, ctx):
        while True:
            ready = self.takes and not self.pauses()
            ctx.set(self.dut.o.ready, ready)
            _, _, valid, byte = await ctx.tick().sample(self.dut.o.valid, self.dut.o.payload)
            if valid and ready:
                self.out.append(byte)

    async def send(self, ctx, text, wrong=()):
        """Bytes of a line; those of the places in ``wrong`` are framing errors."""
        for k, byte in enumerate(text):
            ctx.set(self.dut.data, byte)
            ctx.set(self.dut.error if k in wrong else self.dut.valid, 1)
            await ctx.tick()
            ctx.set(self.dut.error, 0)
            ctx.set(self.dut.valid, 0)
            await ctx.tick().repeat(3)

    async def answer(self, ctx, count, patience=SILENCE + 400):
        """The next bytes that the link sends, fewer where they do not come."""
        for _ in range(patience):
            if len(self.out) >= count:
                break
            await ctx.tick()
        text, self.out = bytes(self.out[:count]), self.out[count:]
        return text

    def run(self, testbench):
        sim = Simulator(self.dut)
        sim.add_clock(1e-6)
        sim.add_testbench(testbench)
        for other in (self.registers_of, self.memory_of, self.listen):
            sim.add_testbench(other, background=True)
        sim.run()

    def draw(self, sequence):
        """A request, the reply to it, and what it does."""
        rng = self.rng
        command = int(rng.choice([READ_REGISTER, READ_MEMORY, WRITE_REGISTER, WRITE_MEMORY]))
        if command in (READ_REGISTER, WRITE_REGISTER):
            address = 4 * int(rng.integers(0, 0x3FC))
            if command == READ_REGISTER:
                text = reply(sequence, DONE, struct.pack("<I", self.value(address)))
                return request(sequence, command, address, 4), text, None
            value = int(rng.integers(1 << 32))
            payload = struct.pack("<I", value)
            return (request(sequence, command, address, 4, payload), reply(sequence, DONE),
                    ("register", address, value))  # fmt: skip
        address = int(rng.integers(0, SIZE))
        length = int(rng.integers(1, min(SIZE - address, 40) + 1))
        if command == READ_MEMORY:
            data = bytes(self.memory[address : address + length])
            return request(sequence, command, address, length), reply(sequence, DONE, data), None
        payload = rng.bytes(length)
        return (request(sequence, command, address, length, payload), reply(sequence, DONE),
                ("memory", address, payload))  # fmt: skip

    def check(self, effect, expected):
        """That what was done is what was asked for, and once."""
        if effect and effect[0] == "register":
            expected.append(effect[1:])
        if effect and effect[0] == "memory":
            _, address, payload = effect
            assert bytes(self.memory[address : address + len(payload)]) == payload
        assert self.written == expected
