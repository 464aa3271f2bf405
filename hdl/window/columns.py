"""Columns to windows: the taps of a kernel's row side by side."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.memory import lut_ram_in_place
from hdl.number import Number
from hdl.stream.schedule import one_a_cycle
from hdl.window.count import count

__all__ = ["Columns"]


class Columns(wiring.Component):
    r"""Widen windows: :math:`o_{w,r,b,k} = i_{ws+k,r,b}`, for k < kernel, in one transfer.

    A line is ``config.width`` columns; a column is ``config.beats`` transfers (the taps of a
    kernel's column), ``config.repeats`` times. Of the columns a window needs, all but the newest
    are kept: each transfer shows them with the newest, tap 0 in the lowest lanes. Columns before
    the first whole window of a line, and between windows, are taken and kept alone. So a sliding
    window unit of kernels one pixel wide, in front, makes ``kernel`` taps a cycle.

    One transfer is taken a cycle, and what it makes leaves in the same cycle: ``o.valid`` depends
    on ``i.valid``, ``i.ready`` on ``o.ready``. The next line follows without a gap.

    Parameters
    ----------
    config : :class:`Columns.Config`

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(config.x.shape, lanes)))``
    o : ``Out(stream.Signature(ArrayLayout(config.x.shape, kernel * lanes)))``
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Columns of a line, those of a window, columns from window to window; a column's size."""

        width: int
        kernel: int
        stride: int
        beats: int
        repeats: int
        lanes: int
        x: Number

        latency = 0

        def __post_init__(self) -> None:
            positive("Columns", width=self.width, stride=self.stride, beats=self.beats,
                     repeats=self.repeats, lanes=self.lanes)
            if not isinstance(self.kernel, int) or not 2 <= self.kernel <= self.width:
                which = f"from 2 to the {self.width} columns of a line"
                raise ValueError(f"Columns kernel must be {which}, not {self.kernel!r}")

        @property
        def interval(self) -> int:
            """Cycles a line."""
            return self.width * self.repeats * self.beats

        @property
        def windows(self) -> int:
            """Windows of a line."""
            return (self.width - self.kernel) // self.stride + 1

        @property
        def kept_bits(self) -> int:
            """Bits of a kept word: all taps of a row but the newest."""
            return (self.kernel - 1) * self.lanes * self.x.width

        @property
        def luts(self) -> int:
            """LUTs of the LUT RAM; one word is registers."""
            return lut_ram_in_place(self.kept_bits, self.beats) if self.beats > 1 else 0

        @property
        def _shown(self) -> np.ndarray:
            """(columns,): whether a column completes a window."""
            first = self.kernel - 1
            column = np.arange(self.width)
            return (column >= first) & ((column - first) % self.stride == 0)

        def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Cycle of each transfer of one or several lines, the consumer always ready."""
            accepted = one_a_cycle(np.asarray(arrivals))
            columns = accepted.reshape(-1, self.width, self.repeats * self.beats)
            return accepted, columns[:, self._shown].ravel()

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        lanes = config.kernel * config.lanes
        super().__init__({
            "i": In(stream.Signature(data.ArrayLayout(config.x.shape, config.lanes))),
            "o": Out(stream.Signature(data.ArrayLayout(config.x.shape, lanes))),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config, take = self.config, Signal()
        m.d.comb += take.eq(self.i.valid & self.i.ready)
        beat, step = count(m, take, config.beats, "beat")
        repeat, step = count(m, step, config.repeats, "repeat")
        last = Const(1) if config.repeats == 1 else repeat == config.repeats - 1
        shown = self._place(m, step)

        newest = self.i.payload.as_value()
        kept = self._keep(m, take & last, beat, newest)
        m.d.comb += [
            self.o.payload.as_value().eq(Cat(kept, newest)),
            self.o.valid.eq(self.i.valid & shown),
            self.i.ready.eq(self.o.ready | ~shown),
        ]
        return m

    def _place(self, m: Module, step: Value) -> Value:
        """Whether the column at hand completes a window."""
        config = self.config
        column, _ = count(m, step, config.width, "column")
        whole = column >= config.kernel - 1
        if config.stride == 1:
            return whole
        phase = Signal(range(config.stride))  # columns since the last window's
        with m.If(step):
            after = Mux(phase == config.stride - 1, 0, phase + 1)
            m.d.sync += phase.eq(Mux(whole & (column != config.width - 1), after, 0))
        return whole & (phase == 0)

    def _keep(self, m: Module, write: Value, beat: Value, newest: Value) -> Value:
        """The taps before the newest, oldest lowest; they move on when it is written."""
        config = self.config
        if config.beats == 1:
            kept = Signal(config.kept_bits, reset_less=True)
            with m.If(write):
                m.d.sync += kept.eq(Cat(kept, newest) >> len(newest))
            return kept
        m.submodules.kept = memory = Memory(
            shape=config.kept_bits, depth=config.beats, init=[],
            attrs={"ram_style": "distributed"},
        )  # fmt: skip
        read, put = memory.read_port(domain="comb"), memory.write_port()
        m.d.comb += [
            read.addr.eq(beat),
            put.addr.eq(beat),
            put.en.eq(write),
            put.data.eq(Cat(read.data, newest) >> len(newest)),
        ]
        return read.data
