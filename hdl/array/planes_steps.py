"""The order in which a bit-plane engine goes through a tile."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.accumulate.planes import Op
from hdl.array.planes_operands import PLANE_BITS, following
from hdl.counter import after, before, walk

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
        idle, running, less = Signal(init=1), Signal(), Signal()
        # What is known of the step a cycle before: its word is the last, its pair the last of its
        # weight, its pair the last of all, word and pair so; its weights are of one bit.
        last_word, last_pair, lowest, final, binary = (Signal() for _ in range(5))
        x_rest = Signal()  # whether x_first is not 0
        _, first, last = walk(m, self.en & self.valid, self._drain, "transfer")
        shifting = ~first
        m.d.comb += [
            self.x_plane.eq(x),
            self.w_plane.eq(w),
            self.word.eq(word),
            self.valid.eq(less | shifting | (running & final & binary)),
        ]
        ends = last if self._drain > 1 else self.valid
        m.d.comb += self.free.eq(idle | (self.en & ends))
        m.d.sync += [
            idle.eq(self.free & ~self.take),
            running.eq(self.take | (running & ~(self.en & final))),
        ]

        next_word = following(word, last_word)
        next_last = next_word == words
        next_lowest = last_pair & ((Cat(x_first, w_first) == 1) | (Cat(w_first, x_first) == 1))
        with m.If(self.en):
            m.d.sync += less.eq(running & final & ~binary)
        advances = running & last_word & last_pair
        with m.If(self.en | idle):
            m.d.sync += x_first.eq(_less(x_first, advances & x_rest))
            m.d.sync += w_first.eq(_less(w_first, advances & ~x_rest))
            with m.If(running):
                m.d.sync += [word.eq(next_word), last_word.eq(next_last)]
                m.d.sync += final.eq(next_last & Mux(last_word, next_lowest, lowest))
            with m.If(running & last_word):
                m.d.sync += lowest.eq(next_lowest)
                self._next_pair(m, last_pair, x_rest, a, b, x, w, x_first, w_first)
            with m.If(idle | ends):
                # A tile may begin, which is known late; if none does, nobody looks at these.
                single, one, x_one = self.more_words == 0, self.more_w == 0, self.more_x == 0
                m.d.sync += [word.eq(0), words.eq(self.more_words)]
                m.d.sync += [a.eq(self.more_x), x.eq(self.more_x), x_first.eq(self.more_x)]
                m.d.sync += [b.eq(self.more_w), w.eq(self.more_w), w_first.eq(self.more_w)]
                m.d.sync += [last_word.eq(single), last_pair.eq(1), lowest.eq(one & x_one)]
                m.d.sync += [final.eq(single & one & x_one), binary.eq(one), x_rest.eq(~x_one)]

        self._ops(m, shifting, less, (word == 0) & (x == x_first), (x != a) | (w != b))
        m.d.comb += self.x_op.eq(Mux(running & (w == b), self.op, Op.LESS))
        return m

    def _ops(self, m, shifting, less, head, doubles) -> None:
        """What the sums do; ``head`` is the first step of a weight."""
        with m.If(shifting):
            m.d.comb += self.op.eq(Op.SHIFT)
        with m.Elif(less):
            m.d.comb += self.op.eq(Op.LESS)
        with m.Elif(~head):
            m.d.comb += self.op.eq(Op.ADD)
        with m.Elif(doubles):
            m.d.comb += self.op.eq(Op.DOUBLE)

    @staticmethod
    def _next_pair(m, last_pair, x_rest, a, b, x, w, x_first, w_first) -> None:
        """One to the next lower w of the same weight, or to the next lower weight."""
        with m.If(~last_pair):
            m.d.sync += [x.eq(after(x, 0)), w.eq(before(w))]
            m.d.sync += last_pair.eq((after(x, 0) == a) | (w == 1))
        with m.Elif(x_rest):
            lower = before(x_first)
            m.d.sync += [x.eq(lower), w.eq(b)]
            m.d.sync += [last_pair.eq(b == 0), x_rest.eq(x_first != 1)]
        with m.Else():
            lower = before(w_first)
            m.d.sync += [x.eq(0), w.eq(lower)]
            m.d.sync += last_pair.eq((a == 0) | (w_first == 1))


def _less(number: Value, one: Value) -> Value:
    """number - one, of one bit; an equation, since a choice would make an enable."""
    return number ^ ((number ^ before(number)) & one.replicate(len(number)))
