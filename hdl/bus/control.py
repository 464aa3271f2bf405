"""What happens in a run, one step after the other, and what is told of it."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.bus.lengths import Lengths
from hdl.bus.registers import REGISTERS
from hdl.counter import walk

__all__ = ["REASONS", "Control"]

_STATUS = {f.name: f.bit for r in REGISTERS if r.name == "STATUS" for f in r.fields}

REASONS = tuple(name for name, bit in _STATUS.items() if bit >= 8)
"""The fields of STATUS that say what went wrong."""


class Control(wiring.Component):
    """Checks a run, starts both ends of the DMA, waits for them, and cleans up after what failed.

    A start is looked at for :py:`config.check_cycles`, in which ``hold`` keeps the host from
    changing what is checked; then ``go`` starts both ends. The run has ended when both are idle.
    An error or an abort stops both, waits until they have completed what they had begun, and resets
    the core and all between for :py:`config.reset_cycles`; the core is reset in this way after a
    reset of all, too. A good run resets nothing: the frames of the next follow its own.

    Members
    -------
    start, abort : ``In(1)``
        Strobes of the host; a start with an abort is none.
    loopback : ``In(1)``
        With start.
    i_address, o_address : ``In(3)``
        The lowest bits.
    frames, i_room, o_room : ``In(32)``
        As the host gave them.
    i_idle, o_idle : ``In(1)``
        Of the ends that read and write: falls the cycle after ``go``.
    refused, read_slverr, read_decerr, write_slverr, write_decerr : ``In(1)``
        Strobes; ``refused`` is an address whose bytes are not all in 32 bits of address.
    i_frame : ``In(1)``
        A strobe: a frame has gone into the core.
    o_all : ``In(1)``
        Whether as many results have come as frames have gone; the cycle after one or the other.
    go : ``Out(1)``
        A strobe, with which ``i_bytes`` and ``o_bytes`` are right.
    i_bytes, o_bytes : ``Out(32)``
        To be read and written.
    copies : ``Out(1)``
        Whether the run passes by the core.
    more : ``Out(1)``
        Whether frames are to go into the core; at the end of a word there may be bytes of none.
    finish : ``Out(1)``
        Whether all results of the run have come.
    stop : ``Out(1)``
        Whether both ends must stop.
    clear : ``Out(1)``
        Whether what lies between the ends and the core forgets all.
    core_reset : ``Out(1)``
    hold : ``Out(1)``
        Whether the host's writes wait.
    busy : ``Out(1)``
    status : ``Out(32)``
        The register STATUS.
    status_clear : ``In(32)``
    began, done, failed : ``Out(1)``
        Strobes: a run begins, has ended well, has ended otherwise.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Lengths that are multiplied, and how long the core is reset."""

        lengths: Lengths.Config
        reset_cycles: int = 16

        def __post_init__(self) -> None:
            if not isinstance(self.reset_cycles, int) or self.reset_cycles < 1:
                what = f"a positive integer, not {self.reset_cycles!r}"
                raise TypeError(f"Control reset_cycles must be {what}")

        @property
        def check_cycles(self) -> int:
            """Cycles from start to go."""
            return self.lengths.latency + 1

    def __init__(self, config: Config) -> None:
        self.config = config
        strobes = ("read_slverr", "read_decerr", "write_slverr", "write_decerr")
        super().__init__({
            "start": In(1), "abort": In(1), "loopback": In(1), "i_address": In(3),
            "o_address": In(3), "frames": In(32), "i_room": In(32), "o_room": In(32),
            "i_idle": In(1), "o_idle": In(1), "refused": In(1), **dict.fromkeys(strobes, In(1)),
            "i_frame": In(1), "o_all": In(1), "more": Out(1), "go": Out(1), "i_bytes": Out(32),
            "o_bytes": Out(32), "copies": Out(1), "finish": Out(1), "stop": Out(1),
            "clear": Out(1, init=1), "core_reset": Out(1, init=1), "hold": Out(1), "busy": Out(1),
            "status": Out(32), "status_clear": In(32), "began": Out(1), "done": Out(1),
            "failed": Out(1),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.lengths = lengths = Lengths(self.config.lengths)
        m.d.comb += [
            self.began.eq(self.start & ~self.abort & ~self.busy),
            lengths.start.eq(self.began), lengths.copies.eq(self.loopback),
            lengths.frames.eq(self.frames), lengths.i_room.eq(self.i_room),
            lengths.o_room.eq(self.o_room), lengths.gone.eq(self.i_frame),
            self.i_bytes.eq(lengths.i_bytes), self.o_bytes.eq(lengths.o_bytes),
            self.more.eq(lengths.more),
        ]  # fmt: skip
        with m.If(self.began):
            m.d.sync += self.copies.eq(self.loopback)
        # Frames go with the register that more is, and o_all is right a cycle later.
        more = Signal()
        m.d.sync += [more.eq(lengths.more), self.finish.eq(~lengths.more & ~more & self.o_all)]
        address = Signal()
        m.d.sync += address.eq((self.i_address | self.o_address).any())
        happens = {name: Signal(name=f"{name}_now") for name in REASONS}
        m.d.comb += [happens[name].eq(getattr(self, name)) for name in REASONS if "err" in name]
        m.d.comb += happens["start_while_busy"].eq(self.start & ~self.abort & self.busy)
        wrong = {"input_length": lengths.i_wrong, "output_length": lengths.o_wrong,
                 "address": address}  # fmt: skip
        for name, is_wrong in wrong.items():
            m.d.comb += happens[name].eq(lengths.ready & is_wrong)
        with m.If(self.refused):
            m.d.comb += happens["address"].eq(1)
        m.d.comb += happens["aborted"].eq(self.busy & self.abort)
        # Of the steps: shorter than what happens, as each is looked at in one of them.
        failing = [happens[name] for name in REASONS if "err" in name]
        self._steps(m, lengths.ready, Cat(wrong.values()).any(),
                    Cat(*failing, self.refused, self.abort).any())  # fmt: skip
        self._tell(m, happens)
        return m

    def _steps(self, m: Module, checked: Value, wrong: Value, bad: Value) -> None:
        ended = Signal()
        m.d.comb += ended.eq(self.i_idle & self.o_idle)
        clear, reset, waits = Signal(), Signal(), Signal()
        _, _, last = walk(m, waits, self.config.reset_cycles, "wait")
        m.d.sync += [self.clear.eq(clear), self.core_reset.eq(reset)]
        with m.FSM(name="run", init="BOOT"):
            with m.State("BOOT"):
                m.d.comb += [clear.eq(1), reset.eq(1), self.hold.eq(1), waits.eq(1)]
                with m.If(last):
                    m.next = "IDLE"
            with m.State("IDLE"), m.If(self.began):
                m.next = "CHECK"
            with m.State("CHECK"):
                m.d.comb += [self.busy.eq(1), self.hold.eq(1), clear.eq(1)]
                with m.If(checked):
                    m.next = "STOP"
                    with m.If(~wrong):
                        m.next = "GO"
            with m.State("GO"):
                m.d.comb += [self.busy.eq(1), self.hold.eq(1), self.go.eq(1)]
                m.next = "RUN"
            with m.State("RUN"):
                m.d.comb += self.busy.eq(1)
                with m.If(bad):
                    m.next = "STOP"
                with m.Elif(ended):
                    m.d.comb += self.done.eq(1)
                    m.next = "IDLE"
            with m.State("STOP"):
                m.d.comb += [self.busy.eq(1), clear.eq(1), reset.eq(1), self.stop.eq(1)]
                with m.If(ended):
                    m.next = "RESET"
            with m.State("RESET"):
                m.d.comb += [self.busy.eq(1), clear.eq(1), reset.eq(1), waits.eq(1)]
                with m.If(last):
                    m.d.comb += self.failed.eq(1)
                    m.next = "IDLE"

    def _tell(self, m: Module, happens: dict[str, Signal]) -> None:
        happens = happens | {"done": self.done, "error": self.failed}
        m.d.comb += self.status[_STATUS["idle"]].eq(~self.busy)
        for name, now in happens.items():
            bit, kept, clears = _STATUS[name], Signal(name=f"{name}_seen"), Signal()
            m.d.comb += self.status[bit].eq(kept)
            m.d.sync += [
                clears.eq(self.began | self.status_clear[bit]),
                kept.eq(now | (kept & ~clears)),
            ]
