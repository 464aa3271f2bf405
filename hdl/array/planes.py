"""Bit-plane engine: integer matrix products, their precision chosen at run time."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.accumulate.planes import PlaneAccumulator
from hdl.array.planes_operands import PLANE_BITS, Operands
from hdl.array.planes_steps import Steps
from hdl.checks import positive
from hdl.dot.popcount import BIT, Popcount
from hdl.number import BIPOLAR, Number
from hdl.shared import Shared
from hdl.stream.delay import delay, skew

__all__ = ["BitPlanes"]


class BitPlanes(wiring.Component):
    r"""Tiles of frames x pe dot products of integers of 1 to 8 bits, bit plane by bit plane.

    Only popcounts of simd lanes and DSP48E1 lanes are there, one of each a product. An integer
    comes as the planes of its bits, unsigned or two's complement; with x of a and w of b bits, N
    columns, and :math:`\pm` negative if one of i = a - 1, j = b - 1 is the sign of a signed number,

    .. math:: o = \sum_{i<a} \sum_{j<b} \pm 2^{i+j} popcount(and(x_i, w_j)) = \sum x w,

    by Horner's rule over i + j, modulo 2^24. The signs cost nothing: the DSP48E1s subtract, see
    :class:`hdl.accumulate.planes.Op`. A signed number has 2 bits at least.

    With ``gate`` "xnor", w is bipolar (one bit, 1 for +1 and 0 for -1), which ANDs cannot tell:
    :math:`o = \sum_i \pm 2^i popcount(xnor(x_i, w))` is :math:`\sum x w + M k` with M the number
    of -1 in the row and k = 2^a - 1, or -1 if x is signed; and :math:`(\sum x w + N) / 2` where x
    is bipolar too. These are constants of a row, to be part of its bias or its thresholds, as is
    :math:`\sum x w = 2 o - \sum w` for bipolar x and AND.

    A column of padding is zero in all planes of x and of w, or one in those of w for XNOR: it
    counts nothing.

    A job is a tile: ``more_words``, ``more_x``, ``more_w`` are its words of simd columns and its
    bits a and b, less one each, ``x_signed`` and ``w_signed`` what their highest planes are;
    ``keep_x`` and ``keep_w`` use the operands of the tile before again. ``config.code`` makes one.
    For each job, in order, ``i_x`` and ``i_w`` bring its operands (but what is kept), of each word
    all planes, plane 0 first, in lanes of a frame or of a row each, column 0 in bit 0. Its sums
    leave in ``config.drain`` transfers, the first of rows 0 to pe / drain - 1; in each, all rows
    of frame 0 come first.

    A tile takes ``config.interval`` cycles: a b cycles a word, and drain - 1. Operands of the next
    one come meanwhile, in max(a, b) cycles a word, so tiles follow each other without a gap unless
    these last longer than the tile before. Its first output comes ``config.latency`` + interval -
    (drain - 1) cycles after its last operand. A stalled output stops all but the operands and the
    jobs, of which two wait; all ready signals of inputs are registers.

    Members
    -------
    i_job : ``In(stream.Signature(config.job))``
    i_x : ``In(stream.Signature(data.ArrayLayout(config.simd, config.frames)))``
    i_w : ``In(stream.Signature(data.ArrayLayout(config.simd, config.pe)))``
    o : ``Out(stream.Signature(data.ArrayLayout(signed(24), config.o_lanes)))``
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Sizes of an engine.

        pe, frames, simd : rows, columns of operands x, and columns that are summed at once.
        words : the most words of simd columns.
        drain : output transfers of a tile; the sums leave through chains of as many DSP48E1s.
        gate : the product of two bits, "and", or "xnor" for bipolar w.
        """

        pe: int
        frames: int
        simd: int = 128
        words: int = 32
        drain: int = 1
        gate: Literal["and", "xnor"] = "and"

        def __post_init__(self) -> None:
            positive("BitPlanes", pe=self.pe, frames=self.frames, simd=self.simd)
            positive("BitPlanes", words=self.words, drain=self.drain)
            if self.pe % (2 * self.drain):
                what = f"must be a multiple of twice its drain {self.drain}, not {self.pe}"
                raise ValueError(f"BitPlanes pe {what}")
            if self.gate not in ("and", "xnor"):
                raise ValueError(f"BitPlanes gate must be and or xnor, not {self.gate!r}")

        @property
        def o_lanes(self) -> int:
            """Sums of an output transfer."""
            return self.frames * self.pe // self.drain

        @cached_property
        def dot(self) -> Popcount.Config:
            """A product of planes."""
            kind = {"and": BIT, "xnor": BIPOLAR}[self.gate]
            return Popcount.Config(lanes=self.simd, x=kind, w=kind)

        @property
        def acc(self) -> PlaneAccumulator.Config:
            """Two sums."""
            return PlaneAccumulator.Config(lanes=2)

        @property
        def x(self) -> Operands.Config:
            """The memory of x."""
            return Operands.Config(width=self.frames * self.simd, words=self.words)

        @property
        def w(self) -> Operands.Config:
            """The memory of w."""
            return Operands.Config(width=self.pe * self.simd, words=self.words)

        @property
        def job(self) -> data.StructLayout:
            """What is said of a tile."""
            sizes = {"more_words": self.x.word_bits, "more_x": PLANE_BITS, "more_w": PLANE_BITS}
            flags = ("x_signed", "w_signed", "keep_x", "keep_w")
            return data.StructLayout(sizes | dict.fromkeys(flags, 1))

        def code(self, words: int, x: Number, w: Number, *, keep_x: bool = False,
                 keep_w: bool = False) -> int:  # fmt: skip
            """The bits of a job: a tile of so many words of x and w."""
            self._check(words, x, w)
            fields = {"more_words": words - 1, "more_x": x.width - 1, "more_w": w.width - 1,
                      "x_signed": x.signed, "w_signed": w.signed, "keep_x": keep_x,
                      "keep_w": keep_w}  # fmt: skip
            return sum(int(value) << self.job[name].offset for name, value in fields.items())

        def _check(self, words: int, x: Number, w: Number) -> None:
            if not 1 <= words <= self.words:
                raise ValueError(f"BitPlanes words must be from 1 to {self.words}, not {words}")
            for number in (x, w):
                low, high = 1 + number.signed, 1 << PLANE_BITS
                if not low <= number.width <= high:
                    what = f"from {low} to {high} bits wide, not {number.width}"
                    kind = "signed" if number.signed else "unsigned"
                    raise ValueError(f"BitPlanes {kind} operands must be {what}")
            if w.bipolar != (self.gate == "xnor"):
                need = "bipolar" if self.gate == "xnor" else "no bipolar number"
                raise ValueError(f"BitPlanes w must be {need} for {self.gate}, not {w!r}")

        @property
        def dsp(self) -> int:
            """DSP48E1s."""
            return self.frames * self.pe // 2

        @property
        def latency(self) -> int:
            """Cycles from a step to its sum."""
            return self.x.latency + self.dot.latency + self.acc.latency

        def interval(self, words: int, x_bits: int, w_bits: int) -> int:
            """Cycles a tile."""
            return words * x_bits * w_bits + self.drain - 1

    i_job: stream.Interface
    i_x: stream.Interface
    i_w: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        sums = data.ArrayLayout(signed(config.acc.width), config.o_lanes)
        super().__init__({
            "i_job": In(stream.Signature(config.job)),
            "i_x": In(stream.Signature(data.ArrayLayout(config.simd, config.frames))),
            "i_w": In(stream.Signature(data.ArrayLayout(config.simd, config.pe))),
            "o": Out(stream.Signature(sums)),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        en = Signal()
        m.d.comb += en.eq(self.o.ready | ~self.o.valid)
        m.submodules.x = x = Operands(config.x)
        m.submodules.w = w = Operands(config.w)
        m.submodules.steps = steps = Steps(config.x.word_bits, config.drain)
        self._jobs(m, en, x, w, steps)

        ahead = config.x.latency + config.dot.latency
        op = delay(m, en, steps.op.as_value(), ahead - 1, "op")
        done = delay(m, en, steps.valid, config.latency, "done", reset=True)
        m.d.comb += self.o.valid.eq(done)
        rows = [skew(m, en, w.o.word_select(row, config.simd), config.dot.stages, f"w{row}")
                for row in range(config.pe)]  # fmt: skip
        for frame in range(config.frames):
            columns = x.o.word_select(frame, config.simd)
            late = skew(m, en, columns, config.dot.stages, f"x{frame}")
            counts = [self._count(m, en, f"dot{frame}_{k}", late, row)
                      for k, row in enumerate(rows)]  # fmt: skip
            sums = self._sums(m, en, op, frame, counts)
            m.d.comb += [self.o.payload[frame * len(sums) + k].eq(o) for k, o in enumerate(sums)]
        return m

    def _jobs(self, m: Module, en: Value, x: Operands, w: Operands, steps: Steps) -> None:
        """A job is loaded while the one before it is worked at; another may wait before them.

        So ``i_job.ready`` is a register, and a job that finds room is loaded at once even so.
        """
        waits, can, take, accept, moves = (Signal() for _ in range(5))
        job, kept, offered = (Signal(self.config.job, name=name)
                              for name in ("job", "kept", "offered"))  # fmt: skip
        ready = Signal(init=1)  # whether nothing is kept
        m.d.comb += [
            self.i_job.ready.eq(ready),
            offered.eq(Mux(ready, self.i_job.payload, kept)),
            can.eq(x.loaded & w.loaded & steps.free),
            take.eq(waits & can),
            moves.eq(~waits | can),
            accept.eq(moves & (self.i_job.valid | ~ready)),
            x.load.eq(accept & ~offered.keep_x),
            w.load.eq(accept & ~offered.keep_w),
        ]
        m.d.sync += ready.eq(moves | (ready & ~self.i_job.valid))
        with m.If(ready):
            m.d.sync += kept.eq(self.i_job.payload)
        # Equations, not choices: moves is too late for a clock enable.
        mask = moves.replicate(len(Value.cast(job)))
        m.d.sync += [
            waits.eq(accept | ~moves),
            job.eq((offered.as_value() & mask) | (job.as_value() & ~mask)),
        ]
        for memory, source, more, plane in (
            (x, self.i_x, offered.more_x, steps.x_plane),
            (w, self.i_w, offered.more_w, steps.w_plane),
        ):
            m.d.comb += [
                memory.i.payload.eq(source.payload.as_value()),
                memory.i.valid.eq(source.valid),
                source.ready.eq(memory.i.ready),
                memory.more_planes.eq(more),
                memory.more_words.eq(offered.more_words),
                memory.take.eq(take),
                memory.en.eq(en),
                memory.plane.eq(plane),
                memory.word.eq(steps.word),
            ]
        m.d.comb += [
            steps.en.eq(en),
            steps.take.eq(take),
            steps.more_x.eq(job.more_x),
            steps.more_w.eq(job.more_w),
            steps.more_words.eq(job.more_words),
            steps.x_signed.eq(job.x_signed),
            steps.w_signed.eq(job.w_signed),
        ]

    def _count(self, m: Module, en: Value, name: str, x: Value, w: Value) -> Value:
        """A product of planes."""
        m.submodules[name] = dot = Shared(self.config.dot.build())
        m.d.comb += [dot.en.eq(en), dot.x.eq(x), dot.w.eq(w)]
        return dot.o

    def _sums(self, m: Module, en: Value, op: Value, frame: int, counts: list[Value]) -> list:
        """Sums of a frame: those of the first pe / drain rows, then, by SHIFT, of the next."""
        beat, found = self.config.pe // self.config.drain, []
        for first in range(0, beat, 2):
            neighbour = 0
            for row in reversed(range(first, self.config.pe, beat)):
                acc = Shared(PlaneAccumulator(self.config.acc))
                m.submodules[f"acc{frame}_{row}"] = acc
                m.d.comb += [acc.en.eq(en), acc.op.as_value().eq(op)]
                m.d.comb += [acc.c[k].eq(count) for k, count in enumerate(counts[row : row + 2])]
                m.d.comb += acc.neighbour.eq(neighbour)
                neighbour = acc.cascade
            found += list(acc.o)
        return found
