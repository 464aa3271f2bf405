"""Where activations go: the largest of each window to its place in a memory."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hdl.engine.words import Words
from hdl.number import Number

__all__ = ["Writer"]


class Writer(wiring.Component):
    r"""Max-pool and write: word n of a last pass is :math:`\max_{k<pool} i_{n\,pool+k}`.

    It goes to address ``o_address + n step``. One vector a cycle; the word is written
    ``latency`` cycles after the window's last vector, or after the flags of it.

    Parameters
    ----------
    words : :class:`Words`
    x, raw : numbers of the activations and of the raw sums

    Members
    -------
    valid, begin, end : ``In(1)``
        A cycle before i: whether there is a vector, the first of a pass, the last.
    fields : ``In(words.late)``
        Of the pass, from its begin on.
    i, i_raw : ``In(ArrayLayout(x.shape, cols))``, ``In(ArrayLayout(raw.shape, cols))``
        Activations, and raw sums, which are not pooled.
    o, o_raw : ``Out`` of the same
        What to write.
    address : ``Out(words.o_address)``
        Where.
    write : ``Out(words.groups)``
        Whether to write it to these groups of the activations.
    output : ``Out(1)``
        Whether to write it to the output.
    final : ``Out(1)``
        Whether a batch's last word is written.
    """

    latency = 2

    def __init__(self, words: Words, *, x: Number, raw: Number) -> None:
        self._words = words
        some, sums = (data.ArrayLayout(number.shape, words.cols) for number in (x, raw))
        super().__init__({
            "valid": In(1), "begin": In(1), "end": In(1),
            "fields": In(words.late),
            "i": In(some), "i_raw": In(sums),
            "o": Out(some), "o_raw": Out(sums),
            "address": Out(words.o_address),
            "write": Out(words.groups),
            "output": Out(1),
            "final": Out(1),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        valid, begin, end = Signal(), Signal(), Signal()
        m.d.sync += [valid.eq(self.valid), begin.eq(self.begin), end.eq(self.end)]
        kept = Signal(self._words.late)
        with m.If(self.begin):
            m.d.sync += kept.eq(self.fields)
        first, last = self._window(m, valid, kept)

        for column, best in enumerate(self._best(m)):
            new = self.i[column]
            m.d.sync += best.eq(Mux(first | (new > best), new, best))
        m.d.sync += self.o_raw.eq(self.i_raw)

        writes = Signal()
        m.d.comb += writes.eq(valid & kept.last & last)
        m.d.sync += [
            *(self.write[group].eq(writes & ~kept.output & (kept.o_group == group))
              for group in range(self._words.groups)),
            self.output.eq(writes & kept.output),
            self.final.eq(end & kept.final),
        ]  # fmt: skip
        with m.If(begin):
            m.d.sync += self.address.eq(kept.o_address)
        with m.Elif(self.output | self.write.any()):
            m.d.sync += self.address.eq(self.address + kept.step)
        return m

    def _best(self, m: Module) -> list[Signal]:
        """The largest of a window so far."""
        found = []
        for column in range(self._words.cols):
            best = Signal(self.i[column].shape(), name=f"best{column}", reset_less=True)
            m.d.comb += self.o[column].eq(best)
            found.append(best)
        return found

    def _window(self, m: Module, valid: Value, kept) -> tuple[Value, Value]:
        """Whether a vector is the first and the last of a window."""
        left, first = Signal(len(kept.pool)), Signal()
        last = left == 0
        with m.If(valid):
            m.d.sync += [left.eq(Mux(last, kept.pool, left - 1)), first.eq(last)]
        with m.If(self.begin):
            m.d.sync += [left.eq(self.fields.pool), first.eq(1)]
        return first, last
