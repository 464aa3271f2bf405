"""Addresses of the vectors of a pass: nested loops of counters and adders."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.counter import before
from hdl.engine.program import LEVELS
from hdl.engine.words import Words

__all__ = ["Addresses"]


class Addresses(wiring.Component):
    """Walks through the vectors of one pass after the other, one a cycle.

    Vector j of a pass that starts in cycle s has its address in cycle s + 3 + j, and in the cycle
    behind it what the memory's word is to be replaced by. A pass may start in any cycle from the
    one before's last vector on, three cycles after its start at least.

    Which loop steps is known a cycle before what it adds, and that a cycle before it is added: a
    step of an outer loop is one addition, too, which undoes what the inner loops added.

    Parameters
    ----------
    words : :class:`Words`

    Members
    -------
    start : ``In(1)``
        Whether a pass starts.
    one, half : ``In(words.one)``, ``In(1)``
        The pass, and which half of the input memory it reads, while it starts.
    layer : ``In(words.layer)``
        Its loops, until two cycles after it has started.
    valid, begin, end : ``Out(1)``
        Whether there is an address; of the first vector, and of the last.
    first, final : ``Out(1)``
        Of the pass.
    address, input, o_half : ``Out(words.address)``, ``Out(1)``
        What to read.
    outside : ``Out(words.groups)``
        A cycle later: the groups of the word that are no activations.
    source, padding : ``Out(1)``, ``Out(words.x_width)``
        A cycle later: input again, and what to take for those groups.
    """

    latency = 3

    def __init__(self, words: Words) -> None:
        self._words = words
        super().__init__({
            "start": In(1),
            "one": In(words.one),
            "half": In(1),
            "layer": In(words.layer),
            "valid": Out(1),
            "begin": Out(1),
            "end": Out(1),
            "first": Out(1),
            "final": Out(1),
            "address": Out(words.address),
            "input": Out(1),
            "o_half": Out(1),
            "outside": Out(words.groups),
            "source": Out(1),
            "padding": Out(words.x_width),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        running, last, steps = self._loops(m)
        flags = Cat(running, self._begins(m), running & last)
        stepped = Signal(LEVELS)
        valid, begin, end = Signal(3, name="stage1"), Signal(), Signal()
        m.d.sync += [Cat(valid).eq(flags), stepped.eq(steps)]
        m.d.comb += [begin.eq(valid[1]), end.eq(valid[2])]
        m.d.sync += Cat(self.valid, self.begin, self.end).eq(valid)

        one, half = Signal(self._words.one), Signal()
        with m.If(self.start):
            m.d.sync += [one.eq(self.one), half.eq(self.half)]
        with m.If(begin):
            m.d.sync += [self.first.eq(one.first), self.final.eq(one.final),
                         self.input.eq(one.input), self.o_half.eq(half)]  # fmt: skip
        layer = self.layer
        address = self._walk(m, begin, stepped, one.address, layer.addresses, "address")
        y = self._walk(m, begin, stepped, one.y, layer.ys, "y")
        x = self._walk(m, begin, stepped, one.x, layer.xs, "x")
        m.d.comb += self.address.eq(address)
        self._mask(m, begin, one, y, x)
        return m

    def _begins(self, m: Module) -> Value:
        begins = Signal()
        m.d.sync += begins.eq(self.start)
        return begins

    def _loops(self, m: Module) -> tuple[Value, Value, Value]:
        """Whether there is a vector, the last one, and which loop steps behind it."""
        running, steps, inner = Signal(), [], Const(1, 1)
        for level in range(LEVELS):
            count = self.layer.counts[level]
            left, again = (Signal(len(count), name=f"{what}{level}") for what in ("left", "count"))
            done = Signal(name=f"done{level}")
            m.d.comb += done.eq(left == 0)
            with m.If(self.start):
                m.d.sync += [left.eq(count), again.eq(count)]
            with m.Elif(inner):
                m.d.sync += left.eq(Mux(done, again, before(left)))
            steps.append(inner & ~done)
            inner = inner & done
        with m.If(self.start):
            m.d.sync += running.eq(1)
        with m.Elif(inner):
            m.d.sync += running.eq(0)
        return running, inner, Cat(*steps)

    def _walk(self, m: Module, begin: Value, stepped: Value, start: Value, moves,
              name: str) -> Value:  # fmt: skip
        """A number that starts with each pass and moves with each vector."""
        number, move = Signal(len(start), name=name), Signal(len(start), name=f"{name}_move")
        kept = Signal(moves.shape(), name=f"{name}_moves")
        with m.If(self.start):
            m.d.sync += kept.eq(moves)
        chosen = Const(0, len(start))
        for level in range(LEVELS):
            chosen = chosen | Mux(stepped[level], kept[level], 0)
        m.d.sync += [move.eq(chosen), number.eq(Mux(begin, start, number + move))]
        return number

    def _mask(self, m: Module, begin: Value, one: Value, y: Value, x: Value) -> None:
        """What of a word is no activation: all of it outside the map, or its upper groups."""
        words = self._words
        height, width = Signal(len(y)), Signal(len(x))
        groups, padding = Signal(len(one.groups)), Signal(words.x_width, name="next_padding")
        with m.If(begin):
            m.d.sync += [height.eq(self.layer.height), width.eq(self.layer.width),
                         groups.eq(one.groups), padding.eq(self.layer.padding)]  # fmt: skip
        # A negative coordinate, taken for an unsigned one, is beyond every map.
        beyond = Signal()
        m.d.comb += beyond.eq((y >= height) | (x >= width))
        m.d.sync += [self.outside[group].eq(beyond | (group > groups))
                     for group in range(words.groups)]  # fmt: skip
        m.d.sync += self.source.eq(self.input)
        with m.If(self.begin):
            m.d.sync += self.padding.eq(padding)
