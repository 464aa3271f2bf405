"""Bit-plane engine: integer matrix products, their precision chosen at run time."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.accumulate.planes import PlaneAccumulator
from hdl.array.planes_operands import PLANE_BITS, Operands
from hdl.array.planes_steps import Steps
from hdl.checks import positive
from hdl.dot.bitcount import BitCount
from hdl.dot.popcount import Popcount
from hdl.shared import Shared
from hdl.stream.delay import delay, skew

__all__ = ["BitPlanes"]


class BitPlanes(wiring.Component):
    r"""Tiles of frames x pe dot products of integers of 1 to 8 bits, bit plane by bit plane.

    Only XNOR-popcounts of simd lanes and DSP48E1 lanes are there, one of each a product. An integer
    comes as n bits :math:`u_i`, meant as digits :math:`d_i = 2 u_i - 1 = \pm 1`: as the odd number
    :math:`V = \sum_i 2^i d_i`. One bit is a bipolar number itself; the bits of an unsigned number v
    are :math:`V = 2 v + 1 - 2^n`; of a two's complement number **with its sign bit inverted**
    (v + 2^(n-1)) they are :math:`V = 2 v + 1`. With x of a bits and w of b bits, :math:`A = 2^a -
    1`, :math:`B = 2^b - 1`, N columns and :math:`p_{ij}` = popcount(xnor(x_i, w_j)),

    .. math:: P = \sum_{ij} 2^{i+j} p_{ij} = \frac{\sum X W + N A B}{2}, \quad
        Q = \sum_i 2^i popcount(x_i) = \frac{\sum X + N A}{2}

    are integers, P by Horner's rule over i + j, Q once for all pe of a frame. What leaves is,
    modulo 2^24,

    - b = 1: :math:`o = P`, so with bipolar w :math:`\sum X w = 2 o - N A`; a = 1 is binary;
    - b > 1: :math:`o = P - Q = \sum X w + N A (2^{b-1} - 1)`, for signed w.

    So for signed x, :math:`\sum x w = (o - \sum w - N A (2^{b-1} - 1)) / 2`, for unsigned x with
    :math:`+ A \sum w` instead of :math:`- \sum w`: constants of a row, to be part of its bias or
    its thresholds. The sum is right if it lies within 23 bits. A column of padding has zeros in
    all planes of x and ones in those of w: it counts nothing.

    A job is a tile: ``more_words``, ``more_x``, ``more_w`` are its words of simd columns and its
    bits a and b, less one each; ``keep_x`` and ``keep_w`` use the operands of the tile before
    again. For each job, in order, ``i_x`` and ``i_w`` bring its operands (but what is kept), of
    each word all planes, plane 0 first, in lanes of a frame or of a row each, column 0 in bit 0.
    Its sums leave in ``config.drain`` transfers, the first of rows 0 to pe / drain - 1; in each,
    all rows of frame 0 come first.

    A tile takes ``config.interval`` cycles: a b cycles a word, one more if b > 1, and drain - 1.
    Operands of the next one come meanwhile, in max(a, b) cycles a word, so tiles follow each other
    without a gap unless these last longer than the tile before. Its first output comes
    ``config.latency`` + interval - (drain - 1) cycles after its last operand. A stalled output
    stops all but the operands and the jobs, of which two wait; all ready signals of inputs are
    registers.

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
        """

        pe: int
        frames: int
        simd: int = 128
        words: int = 32
        drain: int = 1

        def __post_init__(self) -> None:
            positive("BitPlanes", pe=self.pe, frames=self.frames, simd=self.simd)
            positive("BitPlanes", words=self.words, drain=self.drain)
            if self.pe % (2 * self.drain):
                what = f"must be a multiple of twice its drain {self.drain}, not {self.pe}"
                raise ValueError(f"BitPlanes pe {what}")

        @property
        def o_lanes(self) -> int:
            """Sums of an output transfer."""
            return self.frames * self.pe // self.drain

        @cached_property
        def dot(self) -> Popcount.Config:
            """A product of planes."""
            return Popcount.Config(lanes=self.simd)

        @cached_property
        def ones(self) -> BitCount.Config:
            """What counts the ones of a plane."""
            return BitCount.Config(stages=(self.simd,))

        @property
        def count_latency(self) -> int:
            """Enabled cycles from operands to counts, at the sums."""
            return max(self.dot.latency, self.ones.latency)

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
            return data.StructLayout(sizes | {"keep_x": 1, "keep_w": 1})

        @property
        def dsp(self) -> int:
            """DSP48E1s."""
            return self.frames * self.pe // 2 + -(-self.frames // 2)

        @property
        def latency(self) -> int:
            """Cycles from a step to its sum."""
            return self.x.latency + self.count_latency + self.acc.latency

        def interval(self, words: int, x_bits: int, w_bits: int) -> int:
            """Cycles a tile."""
            return words * x_bits * w_bits + (w_bits > 1) + self.drain - 1

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

        ahead = config.x.latency + config.count_latency
        op, x_op = (delay(m, en, value.as_value(), ahead, name)
                    for name, value in (("op", steps.op), ("x_op", steps.x_op)))  # fmt: skip
        done = delay(m, en, steps.valid, config.latency, "done", reset=True)
        m.d.comb += self.o.valid.eq(done)
        rows = [skew(m, en, w.o.word_select(row, config.simd), config.dot.stages, f"w{row}")
                for row in range(config.pe)]  # fmt: skip
        for frame in range(config.frames):
            columns = x.o.word_select(frame, config.simd)
            late = skew(m, en, columns, config.dot.stages, f"x{frame}")
            counts = [self._count(m, en, f"dot{frame}_{k}", late, row)
                      for k, row in enumerate(rows)]  # fmt: skip
            if frame % 2 == 0:
                some = x.o[frame * config.simd :][: 2 * config.simd]
                ones = self._ones(m, en, some, x_op, frame)
            sums = self._sums(m, en, op, frame, counts, ones[frame % 2])
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
        ]

    def _count(self, m: Module, en: Value, name: str, x: Value, w: Value) -> Value:
        """A product of planes."""
        m.submodules[name] = dot = Shared(self.config.dot.build())
        m.d.comb += [dot.en.eq(en), dot.x.eq(x), dot.w.eq(w)]
        return delay(m, en, dot.o, self.config.count_latency - self.config.dot.latency, name)

    def _ones(self, m: Module, en: Value, x: Value, op: Value, frame: int) -> list[Value]:
        """Q of a frame, and of the next one if there is one."""
        config, counts = self.config, []
        for k in range(len(x) // config.simd):
            name = f"ones{frame + k}"
            m.submodules[name] = ones = Shared(BitCount(config.ones))
            m.d.comb += [ones.en.eq(en), ones.x.eq(x.word_select(k, config.simd))]
            counts.append(delay(m, en, ones.o, config.count_latency - config.ones.latency, name))
        acc = self._accumulator(m, en, op, f"total{frame}", counts)
        return [total.as_unsigned() for total in acc.o]

    def _sums(self, m: Module, en: Value, op: Value, frame: int, counts, ones: Value):
        """Sums of a frame: those of the first pe / drain rows, then, by SHIFT, of the next."""
        beat, found = self.config.pe // self.config.drain, []
        for first in range(0, beat, 2):
            neighbour = 0
            for row in reversed(range(first, self.config.pe, beat)):
                pair = counts[row : row + 2]
                acc = self._accumulator(m, en, op, f"acc{frame}_{row}", pair)
                m.d.comb += acc.neighbour.eq(neighbour)
                m.d.comb += [lane.eq(ones) for lane in acc.a]
                neighbour = acc.cascade
            found += list(acc.o)
        return found

    def _accumulator(self, m: Module, en: Value, op: Value, name: str, counts) -> Shared:
        """A DSP48E1 for two sums."""
        m.submodules[name] = acc = Shared(PlaneAccumulator(self.config.acc))
        m.d.comb += [acc.en.eq(en), acc.op.as_value().eq(op)]
        m.d.comb += [acc.c[k].eq(count) for k, count in enumerate(counts)]
        return acc
