"""A block of several transfers: kept until its step is known, then quantised and put together."""

from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import or_

import numpy as np
from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl import memory
from hdl.checks import positive
from hdl.number import Number
from hdl.quant.choice import Choice
from hdl.quant.statistic_error import Errors, joined
from hdl.quant.statistic_lane import Mantissa
from hdl.quant.statistic_step import BlockCode
from hdl.stream import halves
from hdl.stream.delay import delay
from hdl.stream.skid import skid

__all__ = ["SerialBlock"]


class SerialBlock(wiring.Component):
    r"""Words of blocks of ``steps`` transfers of ``lanes`` sums, see :class:`Block`.

    A block's transfers are written into one half of a buffer while the one before is read from
    the other, so that one comes each cycle without end. The exponent is known with a block's last
    transfer. What is read is quantised, a transfer a cycle, and goes into a shift register; the
    errors of several steps are added up on the way, and the best word leaves.

    The first word leaves ``config.latency`` cycles after the first transfer came. There is no
    combinational path between the two sides.

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(code.x.shape, lanes)))``
    o : ``Out(stream.Signature(ArrayLayout(config.word.shape, 1)))``
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Lanes and transfers of a block, its code, and how many steps are tried."""

        lanes: int
        steps: int
        code: BlockCode
        ways: int = 1

        def __post_init__(self) -> None:
            positive("SerialBlock", lanes=self.lanes, steps=self.steps, ways=self.ways)

        @property
        def word(self) -> Number:
            """Mantissas, the first lowest, and the exponent."""
            width = self.steps * self.lanes * self.code.bits + self.code.exponent
            return Number(width=width)

        @property
        def dropped(self) -> int:
            """Lowest bits of a sum that nothing depends on: all but one of those below 1."""
            spare = self.code.x.width - 1 - self.code.x.signed
            return 0 if self.ways > 1 else max(0, min(self.code.right - 1, spare))

        @property
        def kept(self) -> BlockCode:
            """The code of what is kept of the sums."""
            code, dropped = self.code, self.dropped
            x = replace(code.x, width=code.x.width - dropped)
            return replace(code, x=x, right_shift=code.right_shift - dropped)

        def lane(self, way: int) -> Mantissa.Config:
            """The quantiser of a lane."""
            return Mantissa.Config(code=self.kept, fits=way == 0, errors=self.ways > 1)

        @cached_property
        def errors(self) -> Errors.Config:
            """What a transfer's mantissas miss."""
            return Errors.Config(lanes=self.lanes, code=self.kept)

        @property
        def error(self) -> int:
            """Bits of the error of a block."""
            return self.errors.width + (self.steps - 1).bit_length()

        @property
        def choice(self) -> Choice.Config:
            """Which word is best."""
            return Choice.Config(ways=self.ways, error=self.error, width=self.word.width)

        @property
        def late(self) -> int:
            """Cycles from mantissas to the sum of their errors, where these matter."""
            return self.errors.latency if self.ways > 1 else 0

        @property
        def depth(self) -> int:
            """Words of the buffer."""
            return 2 * self.steps

        @property
        def storage_bits(self) -> int:
            """Bits of the buffer."""
            return self.depth * self.lanes * self.kept.x.width

        @property
        def behind(self) -> int:
            """Cycles from the register that is read into to the output: of a block's last sums."""
            choice = self.choice.latency if self.ways > 1 else 0
            return Mantissa.Config.latency + self.late + 1 + choice

        @property
        def latency(self) -> int:
            """Cycles from the first input transfer to the first output transfer."""
            return 2 * self.steps + self.behind

        def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Cycle of each input and output transfer, the consumer always ready."""
            accepted, read = halves.depart(arrivals, self.steps, self.steps)
            return accepted, read[self.steps - 1 :: self.steps] + self.behind

        def build(self) -> "SerialBlock":
            """The circuit."""
            return SerialBlock(self)

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "i": In(stream.Signature(data.ArrayLayout(config.code.x.shape, config.lanes))),
            "o": Out(stream.Signature(data.ArrayLayout(config.word.shape, 1))),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        en = self._en = Signal()
        take, go = Signal(), Signal()
        i_address, _, written = halves.address(m, take, config.steps, 1, "i")
        o_address, _, read = halves.address(m, go, config.steps, 1, "o")
        room, there = halves.ready(m, written, read)
        m.d.comb += [self.i.ready.eq(room), take.eq(self.i.valid & room), go.eq(en & there)]

        exponents = self._exponents(m, take, written, read)
        sums = self._buffer(m, i_address, room, o_address)
        first = Signal(init=1)
        with m.If(go):
            m.d.sync += first.eq(read)
        cycles = 1 + Mantissa.Config.latency + config.late
        starts = delay(m, en, first, cycles, "starts")
        there = delay(m, en, there, cycles, "there", reset=True)
        ends = delay(m, en, read, cycles, "ends", reset=True)
        found = [self._way(m, way, sums, e, starts, there) for way, e in enumerate(exponents)]
        valid = delay(m, en, ends, 1, "valid", reset=True)
        word = found[0][0]
        if config.ways > 1:
            m.submodules.choice = choice = config.choice.build()
            words, errors = zip(*found)
            m.d.comb += [choice.en.eq(en), choice.x.eq(Cat(words)), choice.errors.eq(Cat(errors))]
            word = choice.o
            valid = delay(m, en, valid, config.choice.latency, "valid_best", reset=True)
        m.d.comb += en.eq(skid(m, self.o, valid, word))
        return m

    def _exponents(self, m: Module, take: Value, written: Value, read: Value) -> list[Value]:
        """Of the block that is read, by way: registers."""
        config, code = self.config, self.config.code
        first, i_half, o_half = Signal(init=1), Signal(), Signal()
        lanes = [code.reached(m, self.i.payload[k], f"x{k}") for k in range(config.lanes)]
        flags = reduce(or_, lanes)
        so_far, halves_flags = Signal(code.flags), [Signal(code.flags, name=f"asked{k}")
                                                    for k in range(2)]  # fmt: skip
        total = Signal(code.flags)
        m.d.comb += total.eq(flags | (so_far & (~first).replicate(code.flags)))
        with m.If(take):
            m.d.sync += [so_far.eq(total), first.eq(written), i_half.eq(i_half ^ written)]
            for half, asked in enumerate(halves_flags):
                with m.If(i_half == half):
                    m.d.sync += asked.eq(total)
        with m.If(read):
            m.d.sync += o_half.eq(~o_half)
        asked = Mux(o_half, halves_flags[1], halves_flags[0])
        return [delay(m, self._en, code.leading(asked, way), 1, f"e{way}")
                for way in range(config.ways)]  # fmt: skip

    def _buffer(self, m: Module, i_address: Value, room: Value, o_address: Value) -> list[Value]:
        """The sums that are read: registers."""
        config, x = self.config, self.config.kept.x
        width = config.lanes * x.width
        luts, blocks = memory.lut_ram(width, config.depth), memory.bram18(width, config.depth)
        style = "distributed" if luts <= memory.LUTS_PER_BRAM18 * blocks else "block"
        kept = Memory(shape=width, depth=config.depth, init=[], attrs={"ram_style": style})
        m.submodules.buffer = kept
        write, port = kept.write_port(), kept.read_port(domain="comb")
        m.d.comb += [
            write.addr.eq(i_address),
            write.data.eq(Cat(lane[config.dropped :] for lane in self.i.payload)),
            write.en.eq(room),  # what is not valid is written again
            port.addr.eq(o_address),
        ]
        found = delay(m, self._en, port.data, 1, "sums")
        lanes = [found.word_select(k, x.width) for k in range(config.lanes)]
        return [lane.as_signed() if x.signed else lane for lane in lanes]

    def _way(self, m: Module, way: int, sums: list[Value], e: Value, starts: Value,
             there: Value) -> tuple[Value, Value]:  # fmt: skip
        """The word so far in one of the steps, and the sum of its errors: registers."""
        config, en = self.config, self._en
        lanes = []
        for k, x in enumerate(sums):
            m.submodules[f"way{way}_lane{k}"] = dut = config.lane(way).build()
            m.d.comb += [dut.en.eq(en), dut.x.eq(x), dut.e.eq(e)]
            lanes.append(dut)
        known = delay(m, en, e, Mantissa.Config.latency, f"e{way}_late")
        e = delay(m, en, known, config.late, f"e{way}_word")
        new = delay(m, en, Cat(lane.o for lane in lanes), config.late, f"new{way}")
        places = config.word.width - config.code.exponent
        word = Signal(config.word.width, name=f"word{way}", reset_less=True)
        error = Signal(config.error, name=f"error{way}", reset_less=True)
        with m.If(en & there):
            m.d.sync += word.eq(Cat(word[len(new) : places], new, e))
        if config.ways > 1:
            m.submodules[f"errors{way}"] = missed = config.errors.build()
            m.d.comb += joined(missed, en, lanes, known)
            with m.If(en & there):
                m.d.sync += error.eq(missed.o + Mux(starts, 0, error))
        return word, error
