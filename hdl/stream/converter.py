"""Width converter: regroups frames of items into transfers of another number of lanes."""

from dataclasses import dataclass
from functools import cached_property
from math import gcd

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive, width
from hdl.counter import walk
from hdl.lookup import lookup
from hdl.stream.schedule import frames_of

__all__ = ["Converter"]


class Converter(wiring.Component):
    r"""Regroup each frame of items :math:`x_n`: :math:`o_{k,l} = x_{kO+l}`, zero past the frame.

    A frame enters as :py:`config.i_beats` transfers of :math:`I` lanes, :math:`i_{k,l} = x_{kI+l}`,
    lane 0 first; lanes past its end are ignored. It leaves as :py:`config.o_beats` transfers of
    :math:`O` lanes. The next frame may follow without a gap; counts mark frames. The first
    output transfer comes :py:`config.latency` cycles after the first input transfer and frames
    follow each other every :py:`config.interval` cycles when neither side stalls. ``i.ready``
    depends on ``o.ready`` within the cycle, and with latency 0 ``o.valid`` on ``i.valid``.

    By the ratio it is one of three circuits. *pass*: wires, and zeros past the frame. *fill*: the
    output word is one register, written group by group. *shift*: a register of lanes leaves from
    the bottom; a transfer is put above the lanes of the unfinished word by a logarithmic shifter.

    Parameters
    ----------
    config : :class:`Converter.Config`

    Members
    -------
    i : ``In(stream.Signature(data.ArrayLayout(config.width, config.i_lanes)))``
        Items of a frame, in order.
    o : ``Out(stream.Signature(data.ArrayLayout(config.width, config.o_lanes)))``
        The same items, in order.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Sizes of a converter; :py:`width` is the bits or the Amaranth shape of an item."""

        width: int | Shape
        items: int
        i_lanes: int
        o_lanes: int

        def __post_init__(self) -> None:
            width("Converter", width=self.width)
            positive("Converter", items=self.items, i_lanes=self.i_lanes, o_lanes=self.o_lanes)

        @property
        def shape(self) -> Shape:
            """Shape of an item."""
            return Shape.cast(self.width)

        @property
        def i_beats(self) -> int:
            """Input transfers of a frame."""
            return -(-self.items // self.i_lanes)

        @property
        def o_beats(self) -> int:
            """Output transfers of a frame."""
            return -(-self.items // self.o_lanes)

        @property
        def kind(self) -> str:
            """The circuit: ``pass``, ``fill`` or ``shift``."""
            if self.i_lanes == self.o_lanes or self.i_beats == self.o_beats == 1:
                return "pass"
            fills = self.o_beats == 1 or self.o_lanes % self.i_lanes == 0
            return "fill" if fills else "shift"

        @cached_property
        def finished(self) -> tuple[int, ...]:
            """Output words that each input transfer of a frame completes."""
            done = [beat * self.i_lanes // self.o_lanes for beat in range(self.i_beats)]
            return tuple(np.diff([*done, self.o_beats]).tolist())

        @property
        def overlaps(self) -> bool:
            """Whether a frame must start above the last word of the one before to lose no cycle.

            So it is when the last input transfer completes two words of more lanes than itself.
            """
            return self.i_lanes < self.o_lanes and self.finished[-1] == 2

        @property
        def storage_lanes(self) -> int:
            """Items kept in registers."""
            lanes = min(self.i_lanes, self.items)
            if self.kind == "pass":
                return 0
            if self.kind == "fill":
                return min(self.o_lanes, self.i_beats * lanes)
            places = [beat * self.i_lanes % self.o_lanes for beat in range(self.i_beats)]
            return lanes + (self.o_lanes if self.overlaps else max(places))

        @property
        def storage_bits(self) -> int:
            """Bits of payload kept in registers."""
            return self.storage_lanes * self.shape.width

        @property
        def latency(self) -> int:
            """Cycles from the first input transfer of a frame to its first output transfer."""
            if self.kind == "pass":
                return 0
            return -(-min(self.o_lanes, self.items) // self.i_lanes)

        @property
        def interval(self) -> int:
            """Cycles from frame to frame."""
            return max(self.i_beats, self.o_beats)

        def cycles(self, frames: int = 1) -> int:
            """Cycles from the first input transfer to the last output transfer."""
            return int(self.depart(np.zeros(frames * self.i_beats, int))[1][-1])

        def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Cycle of each input and of each output transfer, the consumer always ready.

            ``arrivals`` holds the cycle from which on each input transfer of one or several
            frames is offered.
            """
            frames_of(arrivals, self.i_beats)
            now, accepted, departed = -1, [], []
            # Looked up once: a frame may be a whole picture.
            finished, i_beats = self.finished, self.i_beats
            overlaps, late = self.overlaps, int(self.kind != "pass")
            for beat, offered in enumerate(arrivals.tolist()):
                now = max(now + 1, offered)
                waits = len(departed) - (overlaps and beat % i_beats == 0)
                if waits > 0:
                    now = max(now, departed[waits - 1])
                accepted.append(now)
                for _ in range(finished[beat % i_beats]):
                    ready = now + late
                    departed.append(max(ready, departed[-1] + 1) if departed else ready)
            return np.array(accepted), np.array(departed)

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "i": In(stream.Signature(data.ArrayLayout(config.shape, config.i_lanes))),
            "o": Out(stream.Signature(data.ArrayLayout(config.shape, config.o_lanes))),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        accept = self.i.valid & self.i.ready
        last = self._last(m, accept)
        rest = config.items - (config.i_beats - 1) * config.i_lanes
        width, bits = config.shape.width, self.i.payload.as_value()
        lanes = [bits.word_select(k, width) for k in range(min(config.i_lanes, config.items))]
        lanes[rest:] = [Mux(last, 0, lane) for lane in lanes[rest:]]
        build = {"pass": self._pass, "fill": self._fill, "shift": self._shift}[config.kind]
        build(m, Cat(lanes), accept, last)
        return m

    def _last(self, m: Module, accept: Value) -> Value:
        """Whether the input transfer is the last of its frame, where that makes a difference."""
        config = self.config
        if config.i_beats == 1:
            return Const(1)
        if config.items % config.i_lanes == 0 and config.items % config.o_lanes == 0:
            return Const(0)
        _, _, last = walk(m, accept, config.i_beats, "beat")
        return last

    def _pass(self, m: Module, lanes: Value, accept: Value, last: Value) -> None:
        m.d.comb += [
            self.o.payload.as_value().eq(lanes),
            self.o.valid.eq(self.i.valid),
            self.i.ready.eq(self.o.ready),
        ]

    def _fill(self, m: Module, lanes: Value, accept: Value, last: Value) -> None:
        groups = min(self.config.i_beats, -(-self.config.o_lanes // self.config.i_lanes))
        word = Signal(data.ArrayLayout(len(lanes), groups))
        group, _, top = walk(m, accept, groups, "group", stop=last)
        full = last | top
        short = self.config.i_beats % groups > 0  # the last word of a frame lacks groups

        m.d.comb += [
            self.o.payload.as_value().eq(word.as_value()),
            self.i.ready.eq(self.o.ready | ~self.o.valid),
        ]
        with m.If(self.i.ready):
            m.d.sync += self.o.valid.eq(self.i.valid & full)
        for k in range(groups):
            # Asked first, zero is the reset of the flip-flops; asked second, LUTs before them.
            with m.If(accept & (group == 0) & bool(short and k)):
                m.d.sync += word[k].eq(0)
            with m.Elif(accept & (group == k)):
                m.d.sync += word[k].eq(lanes)

    def _shift(self, m: Module, lanes: Value, accept: Value, last: Value) -> None:
        config = self.config
        unit = gcd(config.i_lanes, config.o_lanes)
        period = config.o_lanes // unit
        o_bits = config.o_lanes * config.shape.width
        store = Signal(config.storage_bits)
        place, wraps = self._place(m, period, accept, last)
        more = Mux(last, config.finished[-1], config.i_lanes // config.o_lanes + wraps)
        leave = self.o.valid & self.o.ready
        words = self._words(m, accept, leave, more)
        m.d.comb += self.o.payload.as_value().eq(store)

        if config.overlaps:
            place = Mux(words == 2, period, place)
        above = lanes
        for k in range(len(place)):
            above = Mux(place[k], above << (unit * config.shape.width << k), above)
        m.d.sync += store.eq(Mux(leave, store >> o_bits, store) | Mux(accept, above, 0))

    def _words(self, m: Module, accept: Value, leave: Value, more: Value) -> Signal:
        """Finished words in the register, and by registers whether there is one or room."""
        overlaps = self.config.overlaps
        words = Signal(range(max(self.config.finished) + 1))
        there, room = Signal(), Signal(init=1)  # one at least, and no more than may be overlapped
        m.d.comb += [self.o.valid.eq(there), self.i.ready.eq(~there | self.o.ready & room)]
        # What was there has left when a transfer is taken, unless that may stand above it.
        left = Mux(words == 2, 1, 0) if overlaps else 0
        with m.If(accept):
            m.d.sync += [
                words.eq(more + left),
                there.eq((more + left) != 0),
                room.eq((more + left) <= 1 + overlaps),
            ]
        with m.Elif(leave):
            m.d.sync += [words.eq(words - 1), there.eq(words != 1), room.eq(words <= 2 + overlaps)]
        return words

    def _place(self, m: Module, period: int, accept: Value, last: Value) -> tuple[Value, Value]:
        """Lanes of the unfinished word, in units, and whether a transfer finishes one more."""
        step = self.config.i_lanes // (self.config.o_lanes // period) % period
        if self.config.i_beats == 1 or step == 0:
            return Const(0, 0), Const(0)
        place = Signal(range(period))
        after = [(number + step) % period for number in range(period)]
        wraps = lookup(m, [number + step >= period for number in range(period)], place, "wraps")
        with m.If(accept):
            m.d.sync += place.eq(Mux(last, 0, lookup(m, after, place, "after")))
        return place, wraps
