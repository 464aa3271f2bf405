"""The order in which a bit-plane engine goes through a tile."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.accumulate.planes import Op
from hdl.array.planes_operands import PLANE_BITS, following
from hdl.counter import after, before, walk
from hdl.stream.delay import delay

__all__ = ["Steps"]


class Steps(wiring.Component):
    """Steps of a tile: pairs of planes (i, j), the highest weight i + j first, all words of each.

    Of equal weight the highest j comes first, but last if w is signed and its sign plane is one of
    several: so a positive pair is first wherever there is one, as :class:`PlaneAccumulator` asks.
    Then ``drain`` - 1 times SHIFT. The first step comes in the cycle after ``take``.

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
    x_signed, w_signed : ``In(1)``
        Whether the highest plane is negative, of several, at ``take``.
    free : ``Out(1)``
        Whether there is no step, or the last one.
    x_plane, w_plane, word : ``Out``
        Operands of the step.
    op : ``Out(Op)``
        What the sums do in this step, an enabled cycle later.
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
            "x_signed": In(1),
            "w_signed": In(1),
            "free": Out(1),
            "x_plane": Out(PLANE_BITS),
            "w_plane": Out(PLANE_BITS),
            "word": Out(word_bits),
            "op": Out(Op, init=Op.FIRST),
            "valid": Out(1),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        words, word = Signal.like(self.more_words), Signal.like(self.word)
        idle, running = Signal(init=1), Signal()
        # What is known of the step a cycle before: its word is the last, its word and pair are.
        last_word, final = Signal(), Signal()
        self._pair = pair = _Pairs(m)
        _, first, last = walk(m, self.en & self.valid, self._drain, "transfer")
        shifting = ~first
        m.d.comb += [
            self.x_plane.eq(pair.x),
            self.w_plane.eq(pair.w),
            self.word.eq(word),
            self.valid.eq(shifting | (running & final)),
        ]
        ends = last if self._drain > 1 else self.valid
        m.d.comb += self.free.eq(idle | (self.en & ends))
        m.d.sync += [
            idle.eq(self.free & ~self.take),
            running.eq(self.take | (running & ~(self.en & final))),
        ]

        next_word = following(word, last_word)
        next_last = next_word == words
        with m.If(self.en | idle):
            pair.lower(running & last_word & pair.last)
            with m.If(running):
                m.d.sync += [word.eq(next_word), last_word.eq(next_last)]
                m.d.sync += final.eq(next_last & Mux(last_word, pair.next_lowest, pair.lowest))
            with m.If(running & last_word):
                pair.advance()
            with m.If(idle | ends):
                # A tile may begin, which is known late; if none does, nobody looks at these.
                single, one, x_one = self.more_words == 0, self.more_w == 0, self.more_x == 0
                m.d.sync += [word.eq(0), words.eq(self.more_words), last_word.eq(single)]
                m.d.sync += final.eq(single & one & x_one)
                pair.begin(self.more_x, self.more_w, self.x_signed, self.w_signed)

        self._ops(m, shifting, word == 0)
        return m

    def _ops(self, m: Module, shifting: Value, first_word: Value) -> None:
        """What the sums do, from registers of what is known of the step."""
        pair = self._pair
        known = Cat(shifting, first_word & pair.head, first_word & pair.second, pair.top,
                    pair.x_signed, pair.w_signed, pair.x_sign, pair.w_sign)  # fmt: skip
        shifting, head, second, top, x_signed, w_signed, x, w = delay(m, self.en, known, 1, "known")
        # The highest pair of two signed numbers is positive, but negated for FLIP.
        minus = (x ^ w) | (x & top)
        with m.If(shifting):
            m.d.comb += self.op.eq(Op.SHIFT)
        with m.Elif(head & top):
            m.d.comb += self.op.eq(Mux(minus, Op.MINUS, Op.FIRST))
        with m.Elif(head):
            m.d.comb += self.op.eq(Mux(minus, Op.FLIP, Op.DOUBLE))
        with m.Elif(second & x_signed & w_signed):
            m.d.comb += self.op.eq(Op.LESS1)
        with m.Else():
            m.d.comb += self.op.eq(Mux(minus, Op.LESS, Op.ADD))


class _Pairs:
    """The pair of planes of a step, in registers of a module, and what is known of it.

    x, w : the planes; x_first, w_first are those with the highest w of the same weight.
    head : whether it is the first of its weight; top, second : whether this is the highest weight,
        or the one below it.
    last, lowest : whether it is the last of its weight, and of all.
    turned : whether the pair with the highest w is the last of its weight, not the first.
    edge : whether it has the highest x or the lowest w of its weight.
    """

    def __init__(self, m: Module) -> None:
        self._m = m
        self._a, self._b, self._x_first, self._w_first = (
            Signal(PLANE_BITS, name=name) for name in ("a", "b", "x_first", "w_first")
        )
        self.x, self.w = Signal(PLANE_BITS, name="x"), Signal(PLANE_BITS, name="w")
        self.x_signed, self.w_signed = Signal(name="x_signed"), Signal(name="w_signed")
        self.head, self.top, self.second, self.last, self.lowest = (
            Signal(name=name) for name in ("head", "top", "second", "last", "lowest")
        )
        self._turned, self._edge = Signal(name="turned"), Signal(name="edge")
        self._x_rest = Signal(name="x_rest")  # whether x_first is not 0

    @property
    def x_sign(self) -> Value:
        """Whether the plane of x is a sign."""
        return self.x_signed & (self.x == self._a)

    @property
    def w_sign(self) -> Value:
        """Whether the plane of w is a sign."""
        return self.w_signed & (self.w == self._b)

    @property
    def next_lowest(self) -> Value:
        """Whether the next pair is the last of all."""
        x, w = self._x_first, self._w_first
        return self.last & ((Cat(x, w) == 1) | (Cat(w, x) == 1))

    def begin(self, a: Value, b: Value, x_signed: Value, w_signed: Value) -> None:
        """Start from the highest weight."""
        self._m.d.sync += [
            self._a.eq(a), self.x.eq(a), self._x_first.eq(a), self._x_rest.eq(a != 0),
            self._b.eq(b), self.w.eq(b), self._w_first.eq(b),
            self.x_signed.eq(x_signed), self.w_signed.eq(w_signed),
            self.head.eq(1), self.top.eq(1), self.second.eq(0),
            self.last.eq(1), self._edge.eq(1), self.lowest.eq((a == 0) & (b == 0)),
        ]  # fmt: skip

    def lower(self, whether: Value) -> None:
        """To the next lower weight; equations, as choices make enables of their own."""
        again = self._x_rest & self.w_signed
        self._m.d.sync += [
            self._x_first.eq(_less(self._x_first, whether & self._x_rest)),
            self._w_first.eq(_less(self._w_first, whether & ~self._x_rest)),
            self.top.eq(self.top & ~whether),
            self.second.eq((self.top & whether) | (self.second & ~whether)),
            self._turned.eq((again & whether) | (self._turned & ~whether)),
            self._x_rest.eq(self._x_rest & ~(whether & (self._x_first == 1))),
        ]

    def advance(self) -> None:
        """To the next pair of the same weight, or of the next lower one."""
        m, x, w, a, b = self._m, self.x, self.w, self._a, self._b
        last = self.last
        m.d.sync += [self.lowest.eq(self.next_lowest), self.head.eq(last)]
        with m.If(~last & self._edge):
            m.d.sync += [x.eq(self._x_first), w.eq(self._w_first), self._edge.eq(1), last.eq(1)]
        with m.Elif(~last):
            edge = (after(x, 0) == a) | (w == 1)
            m.d.sync += [x.eq(after(x, 0)), w.eq(before(w))]
            m.d.sync += [self._edge.eq(edge), last.eq(edge & ~self._turned)]
        with m.Elif(self._x_rest & self.w_signed):  # to the pair after (x_first - 1, b)
            m.d.sync += [x.eq(self._x_first), w.eq(before(b))]
            m.d.sync += [self._edge.eq(self.top | (b == 1)), last.eq(0)]
        with m.Elif(self._x_rest):
            m.d.sync += [x.eq(before(self._x_first)), w.eq(b)]
            m.d.sync += [self._edge.eq(b == 0), last.eq(b == 0)]
        with m.Else():
            edge = (a == 0) | (self._w_first == 1)
            m.d.sync += [x.eq(0), w.eq(before(self._w_first)), self._edge.eq(edge), last.eq(edge)]


def _less(number: Value, one: Value) -> Value:
    """number - one, of one bit; an equation, since a choice would make an enable."""
    return number ^ ((number ^ before(number)) & one.replicate(len(number)))
