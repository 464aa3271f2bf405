"""Host link: requests of a host in bytes, done on the registers and the memory, and answered."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.crc.catalog import CRC16_IBM_3740
from amaranth.lib.wiring import In, Out

from hdl.bus import axi
from hdl.checks import positive
from hdl.ecp5.inbox import Inbox
from hdl.ecp5.ram import bytes_signature

__all__ = ["Link"]

REQUEST, REPLY = 0xA5, 0x5A
"""The first byte of each."""

READ_REGISTER, READ_MEMORY, WRITE_REGISTER, WRITE_MEMORY = 1, 2, 9, 10
"""Commands; bit 3 tells whether a payload follows, also of those that are unknown."""

DONE, LOST, PAYLOAD, COMMAND, RANGE, SLVERR, DECERR = range(7)
"""Statuses."""

HEADER, CHECK = 7, 2
"""Bytes behind the first one of a request, and of each CRC."""


class Link(wiring.Component):
    """Does one request after the other, and answers each with one reply.

    A request is ``A5 | seq << 4 | command | address (4) | length (2) | crc (2)``; where bit 3 of
    the command is set ``length`` bytes of payload and their crc (2) follow. A reply is
    ``5A | seq << 4 | status | data | crc (2)``, with data where a read has status 0: ``length``
    bytes. Integers are little-endian. Each CRC is CRC-16/IBM-3740, high byte first, of what stands
    behind the first byte, or behind the CRC before.

    ======= ============== ===============================================================
    command                address and length
    ======= ============== ===============================================================
    1       read register  the register's byte offset, a multiple of 4; length is 4
    9       write register the same; done after the payload's CRC was right
    2       read memory    any byte and any number of them, at least one, within the memory
    10      write memory   the same; bytes are written as they come
    ======= ============== ===============================================================

    Status 0: done; 1: lost; 2: the payload's CRC is wrong; 3: the command is unknown; 4: address or
    length are not as in the table, and nothing was done; 5 and 6: the register answered SLVERR or
    DECERR. A write of a register with the ``seq`` of the last request that was done is not done
    again: the reply alone was not seen.

    What does not begin with A5, has a wrong CRC in its header, an error in a byte, too many bytes
    ahead of the replies, or a pause of ``config.silence`` cycles within it is lost: all that comes
    is thrown away until nothing has come for so long, and one reply with status 1 and seq 0 is
    sent. So no byte that is lost, changed or added makes the link wait for ever.

    Parameters
    ----------
    config : :class:`Link.Config`

    Members
    -------
    valid, data, error : ``In(1)``, ``In(8)``, ``In(1)``
        Of a :class:`hdl.ecp5.uart.Receiver`.
    o : ``Out(stream.Signature(8))``
        To a transmitter.
    regs : ``Out(axi.lite(12))``
    memory : ``Out(bytes_signature(config.address))``
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Bytes of memory, cycles of silence, and how many bytes may come ahead of a reply."""

        memory: int
        silence: int
        ahead: int = 2048

        def __post_init__(self) -> None:
            positive("Link", memory=self.memory, silence=self.silence, ahead=self.ahead)
            if self.memory & self.memory - 1 or self.memory > 1 << 16:
                what = f"a power of two of at most 65536, not {self.memory}"
                raise ValueError(f"Link memory must be {what}")

        @property
        def address(self) -> int:
            """Bits of a byte's address in the memory."""
            return (self.memory - 1).bit_length()

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "valid": In(1), "data": In(8), "error": In(1),
            "o": Out(stream.Signature(8)),
            "regs": Out(axi.lite(12)),
            "memory": Out(bytes_signature(config.address)),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.inbox = self._inbox = inbox = Inbox(self.config.ahead, self.config.silence)
        m.d.comb += [inbox.valid.eq(self.valid), inbox.data.eq(self.data),
                     inbox.error.eq(self.error)]  # fmt: skip
        m.submodules.crc = self._crc = CRC16_IBM_3740().create()
        self._header = Signal(8 * HEADER)
        sequence = self._header[4:8]
        self._command, self._address = self._header[:4], self._header[8:40]
        self._length = self._header[40:56]
        self._status, self._value = Signal(3), Signal(32)
        self._count = Signal(16)  # bytes that are still to come or to go
        last, any_last, status_last = Signal(4), Signal(), Signal(3)
        self._again = Signal()
        m.d.comb += self._again.eq(any_last & (last == sequence))
        self._last_status = status_last
        with m.FSM():
            self._request(m)
            self._payload(m)
            self._registers(m)
            self._reply(m)
            with m.State("END"):
                with m.If((self._status == DONE) | (self._status >= SLVERR)):
                    m.d.sync += [last.eq(sequence), any_last.eq(1), status_last.eq(self._status)]
                m.next = "IDLE"
        return m

    def _take(self, m: Module) -> None:
        """Take a byte, if there is one, and put it into the CRC."""
        inbox, crc = self._inbox, self._crc
        m.d.comb += [inbox.take.eq(1), crc.data.eq(inbox.byte), crc.valid.eq(inbox.there)]

    def _lost(self, m: Module) -> None:
        """Where a byte must come: go to LOST if it is wrong, or none comes."""
        inbox = self._inbox
        with m.If(Mux(inbox.there, inbox.wrong, inbox.silent)):
            m.next = "LOST"

    def _request(self, m: Module) -> None:
        crc = self._crc
        with m.State("IDLE"):
            m.d.comb += [self._inbox.take.eq(1), crc.start.eq(1)]
            m.d.sync += self._count.eq(HEADER + CHECK - 1)
            with m.If(self._inbox.there):
                m.next = "HEADER"
                with m.If(self._inbox.wrong | (self._inbox.byte != REQUEST)):
                    m.next = "LOST"
        with m.State("HEADER"):
            self._take(m)
            with m.If(self._inbox.there):
                m.d.sync += self._count.eq(self._count - 1)
                with m.If(self._count >= CHECK):
                    m.d.sync += self._header.eq(Cat(self._header[8:], self._inbox.byte))
                with m.If(self._count == 0):
                    m.next = "DECIDE"
            self._lost(m)
        with m.State("DECIDE"):
            m.d.comb += crc.start.eq(1)
            m.d.sync += [self._count.eq(self._length), self._status.eq(self._decide(m))]
            with m.If(~crc.match_detected):
                m.next = "LOST"
            with m.Elif(~self._command[3]):
                m.next = "READ"
            with m.Elif(self._length == 0):
                m.d.sync += self._count.eq(CHECK - 1)
                m.next = "CHECK"
            with m.Else():
                m.next = "PAYLOAD"
        with m.State("LOST"):
            m.d.comb += [self._inbox.take.eq(1), crc.start.eq(1)]
            m.d.sync += [self._status.eq(LOST), self._header[:8].eq(0)]
            with m.If(self._inbox.silent):
                m.next = "REPLY"

    def _decide(self, m: Module) -> Value:
        """The status of a request by its header."""
        config, known = self.config, Signal()
        memory, register = Signal(), Signal()
        end = self._address[: config.address] + self._length
        within = ~self._address[config.address :].any() & (end <= config.memory)
        m.d.comb += [
            known.eq((self._command[:3] == READ_REGISTER) | (self._command[:3] == READ_MEMORY)),
            memory.eq(within & (self._length != 0)),
            register.eq((self._length == 4) & ~self._address[:2].any() & ~self._address[12:].any()),
        ]
        right = Mux(self._command[0], register, memory)
        return Mux(known, Mux(right, DONE, RANGE), COMMAND)

    def _payload(self, m: Module) -> None:
        crc, memory = self._crc, self.memory
        m.d.comb += [memory.address.eq(self._address), memory.data.eq(self._inbox.byte)]
        with m.State("PAYLOAD"):
            self._take(m)
            wanted = (self._status == DONE) & (self._command == WRITE_MEMORY)
            m.d.comb += memory.write.eq(self._inbox.there & ~self._inbox.wrong & wanted)
            with m.If(self._inbox.there):
                m.d.sync += [self._count.eq(self._count - 1),
                             self._value.eq(Cat(self._value[8:], self._inbox.byte))]  # fmt: skip
                with m.If(self._command == WRITE_MEMORY):
                    m.d.sync += self._address.eq(self._address + 1)
                with m.If(self._count == 1):
                    m.d.sync += self._count.eq(CHECK - 1)
                    m.next = "CHECK"
            self._lost(m)
        with m.State("CHECK"):
            self._take(m)
            with m.If(self._inbox.there):
                m.d.sync += self._count.eq(self._count - 1)
                with m.If(self._count == 0):
                    m.next = "CHECKED"
            self._lost(m)
        with m.State("CHECKED"):
            m.d.comb += crc.start.eq(1)
            m.next = "REPLY"
            with m.If(self._status == DONE):
                with m.If(~crc.match_detected):
                    m.d.sync += self._status.eq(PAYLOAD)
                with m.Elif(self._command == WRITE_REGISTER):
                    m.next = "WRITE"
                    with m.If(self._again):
                        m.d.sync += self._status.eq(self._last_status)
                        m.next = "REPLY"
                    with m.Else():
                        m.d.sync += [self.regs.awvalid.eq(1), self.regs.wvalid.eq(1)]

    def _registers(self, m: Module) -> None:
        regs = self.regs

        def answer(response: Value) -> Value:
            return Mux(response[1], Mux(response[0], DECERR, SLVERR), DONE)

        m.d.comb += [regs.awaddr.eq(self._address), regs.araddr.eq(self._address),
                     regs.wdata.eq(self._value), regs.wstrb.eq(0xF)]  # fmt: skip
        with m.State("WRITE"):
            m.d.comb += regs.bready.eq(1)
            with m.If(regs.awready):
                m.d.sync += regs.awvalid.eq(0)
            with m.If(regs.wready):
                m.d.sync += regs.wvalid.eq(0)
            with m.If(regs.bvalid):
                m.d.sync += self._status.eq(answer(regs.bresp))
                m.next = "REPLY"
        with m.State("READ"):
            m.next = "REPLY"
            with m.If((self._status == DONE) & (self._command == READ_REGISTER)):
                m.d.sync += regs.arvalid.eq(1)
                m.next = "REGISTER"
        with m.State("REGISTER"):
            m.d.comb += regs.rready.eq(1)
            with m.If(regs.arready):
                m.d.sync += regs.arvalid.eq(0)
            with m.If(regs.rvalid):
                m.d.sync += [self._status.eq(answer(regs.rresp)), self._value.eq(regs.rdata)]
                m.next = "REPLY"

    def _reply(self, m: Module) -> None:
        crc, memory = self._crc, self.memory

        def send(byte: Value, *, checked: bool = False) -> Value:
            """Offer a byte; returns whether it is taken."""
            m.d.comb += [self.o.valid.eq(1), self.o.payload.eq(byte)]
            if checked:
                m.d.comb += [crc.data.eq(byte), crc.valid.eq(self.o.ready)]
            return self.o.ready

        with m.State("REPLY"):
            m.d.comb += crc.start.eq(1)
            with m.If(send(Const(REPLY, 8))):
                m.next = "STATUS"
        with m.State("STATUS"):
            reads = ~self._command[3] & (self._status == DONE)
            with m.If(send(Cat(self._status, Const(0, 1), self._header[4:8]), checked=True)):
                m.next = "HIGH"
                with m.If(reads):
                    m.next = "FETCH"
                    with m.If(self._command == READ_REGISTER):
                        m.next = "DATA"
        with m.State("FETCH"):
            m.d.comb += memory.read.eq(1)
            m.next = "WAIT"
        with m.State("WAIT"), m.If(memory.ready):
            m.d.sync += self._value[:8].eq(memory.value)
            m.next = "DATA"
        with m.State("DATA"), m.If(send(self._value[:8], checked=True)):
            m.d.sync += [self._value.eq(self._value[8:]), self._count.eq(self._count - 1),
                         self._address.eq(self._address + 1)]  # fmt: skip
            m.next = "FETCH"
            with m.If(self._command == READ_REGISTER):
                m.next = "DATA"
            with m.If(self._count == 1):
                m.next = "HIGH"
        with m.State("HIGH"), m.If(send(crc.crc[8:])):
            m.next = "LOW"
        with m.State("LOW"), m.If(send(crc.crc[:8])):
            m.next = "END"
