"""The order in which a bit-plane engine goes through a tile."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.accumulate.planes import Op
from hdl.array.planes_operands import PLANE_BITS

__all__ = ["Steps"]


class Steps(wiring.Component):
    """Steps of a tile: pairs of planes (i, j), the highest weight i + j first, all words of each.

    Of equal weight the highest j comes first. Then a LESS if the weights have several planes, then
    ``drain`` - 1 times SHIFT. The first step comes in the cycle after ``take``.

    Parameters
    ----------
    word_bits : of the number of a word
    drain : output transfers of a tile

    Members
    -------
    en : ``In(1)``
        Whether a step is done.
    take : ``In(1)``
        Whether a tile begins with the next cycle; only while ``free``.
    more_x, more_w, more_words : ``In``
        Its planes and words, less one each, at ``take``.
    free : ``Out(1)``
        Whether there is no step, or the last one.
    x_plane, w_plane, word : ``Out``
        Operands of the step.
    op, x_op : ``Out(Op)``
        What the sums do in this step, and the sums of x alone, which hold by LESS.
    valid : ``Out(1)``
        Whether the step ends in an output transfer.
    """

    def __init__(self, word_bits: int, drain: int) -> None:
        self._drain = drain
        super().__init__({
            "en": In(1),
            "take": In(1),
            "more_x": In(PLANE_BITS),
            "more_w": In(PLANE_BITS),
            "more_words": In(word_bits),
            "free": Out(1),
            "x_plane": Out(PLANE_BITS),
            "w_plane": Out(PLANE_BITS),
            "word": Out(word_bits),
            "op": Out(Op, init=Op.FIRST),
            "x_op": Out(Op, init=Op.FIRST),
            "valid": Out(1),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        a, b = Signal(PLANE_BITS), Signal(PLANE_BITS)
        words, word = Signal.like(self.more_words), Signal.like(self.word)
        # The pair of planes, and the first pair of its weight.
        x, w, x_first, w_first = (Signal(PLANE_BITS) for _ in range(4))
        running, less = Signal(), Signal()
        shifts = Signal(range(self._drain))  # left to do, while nothing else is
        shifting = Signal()
        m.d.comb += [self.x_plane.eq(x), self.w_plane.eq(w), self.word.eq(word)]

        last_word, last_pair, final = Signal(), Signal(), Signal()
        m.d.comb += [
            last_word.eq(word == words),
            last_pair.eq((x == a) | (w == 0)),
            final.eq(running & last_word & (x_first == 0) & (w_first == 0)),
            self.valid.eq(less | shifting | (final & (b == 0))),
            self.free.eq(~(running | less | shifting) | (self.en & self._ends(final, less, b,
                                                                              shifting, shifts))),
        ]
        with m.If(self.en):
            m.d.sync += less.eq(final & (b != 0))
            if self._drain > 1:
                with m.If(self.valid & ~shifting):
                    m.d.sync += [shifting.eq(1), shifts.eq(self._drain - 1)]
                with m.Elif(shifting):
                    m.d.sync += [shifting.eq(shifts != 1), shifts.eq(shifts - 1)]
            with m.If(running):
                m.d.sync += word.eq(Mux(last_word, 0, word + 1))
            with m.If(running & last_word):
                self._next_pair(m, last_pair, b, x, w, x_first, w_first)
                m.d.sync += running.eq(~final)
        with m.If(self.take):
            m.d.sync += [running.eq(1), word.eq(0), words.eq(self.more_words)]
            m.d.sync += [a.eq(self.more_x), x.eq(self.more_x), x_first.eq(self.more_x)]
            m.d.sync += [b.eq(self.more_w), w.eq(self.more_w), w_first.eq(self.more_w)]

        head = (word == 0) & (x == x_first)
        with m.If(shifting):
            m.d.comb += self.op.eq(Op.SHIFT)
        with m.Elif(less):
            m.d.comb += self.op.eq(Op.LESS)
        with m.Elif(~head):
            m.d.comb += self.op.eq(Op.ADD)
        with m.Elif((x != a) | (w != b)):
            m.d.comb += self.op.eq(Op.DOUBLE)
        m.d.comb += self.x_op.eq(Mux(running & (w == b), self.op, Op.LESS))
        return m

    def _ends(self, final, less, b, shifting, shifts):
        """Whether this is the last step of the tile."""
        return shifting & (shifts == 1) if self._drain > 1 else less | (final & (b == 0))

    @staticmethod
    def _next_pair(m, last_pair, b, x, w, x_first, w_first) -> None:
        """One to the next lower w of the same weight, or to the next lower weight."""
        with m.If(~last_pair):
            m.d.sync += [x.eq(x + 1), w.eq(w - 1)]
        with m.Elif(x_first != 0):
            m.d.sync += [x.eq(x_first - 1), x_first.eq(x_first - 1), w.eq(b)]
        with m.Else():
            m.d.sync += [x.eq(0), w.eq(w_first - 1), w_first.eq(w_first - 1)]
