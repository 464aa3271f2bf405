"""What stands round a network on every board: registers, DMA, and packing."""

import re
from dataclasses import dataclass

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.bus import axi, axis
from hdl.bus.control import Control
from hdl.bus.dma_read import DMARead
from hdl.bus.dma_write import DMAWrite
from hdl.bus.lengths import Lengths
from hdl.bus.meters import Meters
from hdl.bus.pack import Pack
from hdl.bus.register_file import RegisterFile
from hdl.bus.registers import DIGEST_WORDS, IDENTITY, REGISTERS, VERSION, Register
from hdl.bus.unpack import Unpack

__all__ = ["Shell"]

_LOAD = ("LOAD_ADDRESS", "LOAD_DATA")


class Shell(wiring.Component):
    """Runs frames from one place of a memory through a network to another place.

    Frames lie in memory without a gap, the first at a multiple of 8, and so do results. The host
    does a run by the registers of :mod:`hdl.bus.registers`; what is not right ends a run with a
    reason in STATUS, and the next start works. The first address of a run is offered
    :py:`config.ask_cycles` after its start is written, and STATUS shows the end
    :py:`config.end_cycles` after the last response of the memory, as ``irq`` does one cycle later.

    Parameters
    ----------
    config : :class:`Shell.Config`

    Members
    -------
    regs : ``In(axi.lite(12))``
    memory : ``Out(axi.axi3(64, 6))``
    irq : ``Out(1)``
        Whether what is set in IRQ_STATUS is also set in IRQ_ENABLE.
    s_axis, m_axis : ``Out(axis.signature(config.i_width))``, ``In(axis.signature(config.o_width))``
        To the network, and from it.
    core_reset : ``Out(1)``
        Resets the network: after a reset, and after a run that went wrong.
    load_address, load_data, load_valid : ``Out(32)``, ``Out(32)``, ``Out(1)``
        A word for the network's memories; never while a run is under way, and where not
        ``config.parameters`` never at all.
    busy, error : ``Out(1)``
        Whether a run is under way; whether the last one went wrong.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Digest of the build, and its streams: bits and beats of the bus, bytes of a frame.

        ``parameters`` is whether the network has memories that the host writes.
        """

        digest: str
        i_width: int
        i_frame_bytes: int
        i_beats: int
        o_width: int
        o_frame_bytes: int
        o_beats: int
        batch: int = 1
        parameters: bool = False

        def __post_init__(self) -> None:
            if not re.fullmatch("[0-9a-f]{64}", self.digest):
                raise ValueError(f"Shell digest must be 64 hexadecimal digits, not {self.digest!r}")
            for side, part in (("i", self.unpack), ("o", self.pack)):
                beats = getattr(self, f"{side}_beats")
                right = -(-8 * part.frame_bytes // part.width)
                if beats != right:
                    raise ValueError(f"Shell {side}_beats must be {right}, not {beats}")
            self.control  # noqa: B018  refuses what it cannot take

        @property
        def registers(self) -> tuple[Register, ...]:
            """Those there are: without parameters none that loads any."""
            return tuple(r for r in REGISTERS if self.parameters or r.name not in _LOAD)

        @property
        def unpack(self) -> Unpack.Config:
            """From memory to the network."""
            return Unpack.Config(frame_bytes=self.i_frame_bytes, width=self.i_width)

        @property
        def pack(self) -> Pack.Config:
            """From the network to memory."""
            return Pack.Config(frame_bytes=self.o_frame_bytes, width=self.o_width)

        @property
        def control(self) -> Control.Config:
            """Of a run."""
            sizes = {"i_frame_bytes": self.i_frame_bytes, "o_frame_bytes": self.o_frame_bytes}
            return Control.Config(lengths=Lengths.Config(**sizes, batch=self.batch))

        @property
        def ask_cycles(self) -> int:
            """Cycles from the address and data of the write that starts a run to ARVALID."""
            return 2 + self.control.check_cycles + DMARead.Config.latency

        end_cycles = 3

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "regs": In(axi.lite(12)), "memory": Out(axi.axi3(64, 6)), "irq": Out(1),
            "s_axis": Out(axis.signature(config.i_width)),
            "m_axis": In(axis.signature(config.o_width)), "core_reset": Out(1),
            "load_address": Out(32), "load_data": Out(32), "load_valid": Out(1),
            "busy": Out(1), "error": Out(1),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        counters = ("LOAD_ADDRESS",) if self.config.parameters else ()
        file = RegisterFile.Config(registers=self.config.registers, counters=counters)
        m.submodules.registers = registers = RegisterFile(file)
        m.submodules.control = control = Control(self.config.control)
        m.submodules.read = read = DMARead(DMARead.Config())
        m.submodules.write = write = DMAWrite(DMAWrite.Config())
        wiring.connect(m, wiring.flipped(self.regs), registers.bus)
        axi.connect_part(m, self.memory, read.bus)
        axi.connect_part(m, self.memory, write.bus)
        self._data(m, control, read, write)
        self._run(m, registers, control, read, write)
        self._count(m, registers, control)
        self._interrupt(m, registers, control)
        self._load(m, registers, control)
        words = [int(self.config.digest[8 * n : 8 * n + 8], 16) for n in range(DIGEST_WORDS)]
        m.d.comb += [registers.id.eq(IDENTITY), registers.version.eq(VERSION)]
        m.d.comb += [getattr(registers, f"digest{n}").eq(word) for n, word in enumerate(words)]
        return m

    def _data(self, m: Module, control: Control, read: DMARead, write: DMAWrite) -> None:
        """From the memory through the network, or past it, to the memory."""
        m.submodules.unpack = unpack = Unpack(self.config.unpack)
        m.submodules.pack = pack = Pack(self.config.pack)
        wiring.connect(m, unpack.o, wiring.flipped(self.s_axis))
        wiring.connect(m, wiring.flipped(self.m_axis), pack.i)
        past = control.copies
        m.d.comb += [
            unpack.clear.eq(control.clear), unpack.stop.eq(~control.more),
            pack.clear.eq(control.clear), pack.finish.eq(control.finish),
            unpack.i.payload.eq(read.o.payload),
            unpack.i.valid.eq(read.o.valid & ~past),
            read.o.ready.eq(Mux(past, write.i.ready, unpack.i.ready)),
            write.i.payload.eq(Mux(past, read.o.payload, pack.o.payload)),
            write.i.valid.eq(Mux(past, read.o.valid, pack.o.valid)),
            pack.o.ready.eq(write.i.ready & ~past),
        ]  # fmt: skip

    def _run(self, m: Module, registers, control: Control, read: DMARead, write: DMAWrite) -> None:
        """Between the host, the control of runs, and the two ends of the DMA."""
        asks = Signal(2, name="asks")  # a register: much follows from it
        m.d.sync += asks.eq(Mux(registers.control_valid, registers.control[:2], 0))
        m.d.comb += [
            Cat(control.start, control.abort).eq(asks),
            control.loopback.eq(registers.mode[0]),
            control.i_address.eq(registers.input_address),
            control.o_address.eq(registers.output_address),
            control.frames.eq(registers.frames),
            control.i_room.eq(registers.input_bytes),
            control.o_room.eq(registers.output_bytes),
            control.status_clear.eq(registers.status_clear),
            control.i_frame.eq(_ends(self.s_axis)),
            registers.status.eq(control.status),
            registers.hold.eq(control.hold),
            control.refused.eq(read.refused | write.refused),
            control.i_idle.eq(read.idle), control.o_idle.eq(write.idle),
            control.read_slverr.eq(read.slverr), control.read_decerr.eq(read.decerr),
            control.write_slverr.eq(write.slverr), control.write_decerr.eq(write.decerr),
            read.address.eq(registers.input_address), read.length.eq(control.i_bytes),
            write.address.eq(registers.output_address), write.length.eq(control.o_bytes),
            self.core_reset.eq(control.core_reset),
            self.busy.eq(control.busy), self.error.eq(control.status[2]),
        ]  # fmt: skip
        for end in (read, write):
            m.d.comb += [end.start.eq(control.go), end.abort.eq(control.stop)]

    def _count(self, m: Module, registers, control: Control) -> None:
        i, o = self.s_axis, self.m_axis
        m.submodules.meters = meters = Meters()
        m.d.comb += [
            meters.start.eq(control.began), meters.runs.eq(control.busy),
            meters.i_frame.eq(_ends(i)),
            meters.o_frame.eq(_ends(o)),
            meters.i_wait.eq(i.tready & ~i.tvalid & control.more),
            meters.o_wait.eq(o.tvalid & ~o.tready & control.busy),
            control.o_all.eq(meters.i_frames == meters.o_frames),
            Cat(registers.cycles_low, registers.cycles_high).eq(meters.cycles),
            registers.frames_in.eq(meters.i_frames), registers.frames_out.eq(meters.o_frames),
            registers.input_wait.eq(meters.i_waits), registers.output_wait.eq(meters.o_waits),
        ]  # fmt: skip

    def _interrupt(self, m: Module, registers, control: Control) -> None:
        """A register, as the processor looks at it without a clock of its own."""
        seen, clears = Signal(2, name="irq_status"), Signal(2, name="irq_clears")
        m.d.sync += [
            clears.eq(registers.irq_status_clear),
            seen.eq((seen & ~clears) | Cat(control.done, control.failed)),
            self.irq.eq((seen & registers.irq_enable[:2]).any()),
        ]
        m.d.comb += registers.irq_status.eq(seen)

    def _load(self, m: Module, registers, control: Control) -> None:
        """Never into a run, which would be of neither network."""
        if self.config.parameters:
            m.d.comb += [
                self.load_address.eq(registers.load_address),
                self.load_data.eq(registers.load_data),
                self.load_valid.eq(registers.load_data_valid),
                registers.load_address_step.eq(registers.load_data_valid),
                registers.load_data_refuse.eq(control.busy),
            ]


def _ends(port) -> Value:
    """Whether the last beat of a frame goes over."""
    return port.tvalid & port.tready & port.tlast
