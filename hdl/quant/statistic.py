"""Local dynamic quantisation of a stream: each block in a step of its own, found on the way."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Module
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.number import Number
from hdl.quant.encode_lanes import EncodeLanes
from hdl.quant.statistic_block import Block
from hdl.quant.statistic_serial import SerialBlock
from hdl.quant.statistic_step import BlockCode

__all__ = ["BlockEncode"]


class BlockEncode(wiring.Component):
    r"""Sums to block floating point, :math:`x / 2^r \approx m 2^e`, one e for a block of them.

    The exponent is that of the largest magnitude of the block, and the sums go by once:
    :math:`e = clip(\lfloor \log_2 \max |x / 2^r| \rfloor - (bits - 1 - signed), 0, exponents - 1)`,
    :math:`m = clip(\lfloor x / 2^{r + e} + 1/2 \rfloor)` (local dynamic quantisation, the
    statistic quantisation unit of Cambricon-Q, ISCA 2021). With ``ways`` above 1 the best of as
    many exponents below is chosen (E2BQM), see :class:`hdl.quant.statistic_block.Block`.

    A frame is ``config.items`` sums, sum 0 in lane 0 of the first transfer, channels innermost, and
    leaves as a word for each block: mantissas, the first lowest, and above them the exponent. Lanes
    are a multiple of the block, and as many words leave each transfer, ``config.latency`` cycles
    later; or they are a part of it, and a word leaves when its last transfer has been read from a
    buffer of two blocks, which is written on meanwhile. One transfer a cycle either way; a stalled
    output stops what is before it a cycle later: ``i.ready`` is a register.
    Words beyond the frame's in its last transfer are unspecified.

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(code.x.shape, lanes)))``
    o : ``Out(stream.Signature(ArrayLayout(config.word.shape, config.o_lanes)))``

    Raises
    ------
    ValueError
        If a frame is no number of blocks, or a transfer neither several blocks nor a part of one.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Size of the stream, of a block, its code, and how many steps are tried."""

        items: int
        lanes: int
        block: int
        code: BlockCode
        ways: int = 1

        def __post_init__(self) -> None:
            positive("BlockEncode", items=self.items, lanes=self.lanes, block=self.block,
                     ways=self.ways)  # fmt: skip
            if self.items % self.block:
                what = f"a multiple of the block of {self.block}, not {self.items}"
                raise ValueError(f"BlockEncode items must be {what}")
            if self.lanes % self.block and self.block % self.lanes:
                what = f"a multiple or a part of the block of {self.block}, not {self.lanes}"
                raise ValueError(f"BlockEncode lanes must be {what}")

        @property
        def unit(self) -> EncodeLanes.Config | SerialBlock.Config:
            """What it is made of."""
            if self.lanes < self.block:
                return SerialBlock.Config(lanes=self.lanes, steps=self.block // self.lanes,
                                          code=self.code, ways=self.ways)  # fmt: skip
            unit = Block.Config(lanes=self.block, code=self.code, ways=self.ways)
            blocks = self.items // self.block
            return EncodeLanes.Config(items=blocks, lanes=self.o_lanes, unit=unit)

        @property
        def word(self) -> Number:
            """A block on the output."""
            return Block.Config(lanes=self.block, code=self.code).o

        @property
        def o_lanes(self) -> int:
            """Words of an output transfer."""
            return max(1, self.lanes // self.block)

        @property
        def beats(self) -> int:
            """Input transfers of a frame."""
            return -(-self.items // self.lanes)

        @property
        def o_beats(self) -> int:
            """Output transfers of a frame."""
            return -(-self.items // max(self.lanes, self.block))

        @property
        def interval(self) -> int:
            """Cycles a frame."""
            return self.beats

        @property
        def latency(self) -> int:
            """Cycles from the first input transfer to the first output transfer."""
            return self.unit.latency

        def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Cycle of each input and output transfer, the consumer always ready."""
            return self.unit.depart(arrivals)

        def build(self) -> "BlockEncode":
            """The circuit."""
            return BlockEncode(self)

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "i": In(stream.Signature(data.ArrayLayout(config.code.x.shape, config.lanes))),
            "o": Out(stream.Signature(data.ArrayLayout(config.word.shape, config.o_lanes))),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.unit = unit = self.config.unit.build()
        m.d.comb += [
            unit.i.payload.as_value().eq(self.i.payload.as_value()),
            unit.i.valid.eq(self.i.valid),
            self.i.ready.eq(unit.i.ready),
            self.o.payload.as_value().eq(unit.o.payload.as_value()),
            self.o.valid.eq(unit.o.valid),
            unit.o.ready.eq(self.o.ready),
        ]
        return m
