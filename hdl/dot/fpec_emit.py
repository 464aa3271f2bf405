"""Corrections of products for the errors of their factors: rows of a LUT a bit on carry chains."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Signal, Value

from hdl.compress.blocks import Bit
from hdl.compress.fabric import Fabric
from hdl.dot.fpec_rows import Corrections, Pair, Step, Term, Word
from hdl.dot.stages import cycles
from hdl.number import Number
from hdl.stream.delay import delay

__all__ = ["Emitter"]


class Emitter:
    """The rows of corrections, and what they leave in a heap.

    Parameters
    ----------
    m, fab, en : module, its LUTs and the clock enable of all registers
    corrections : :class:`Corrections`
    x, w : the :class:`Word` of each lane, each in the cycle of its stage
    """

    def __init__(self, m: Module, fab: Fabric, en: Value, corrections: Corrections,
                 x: Sequence[Word], w: Sequence[Word]) -> None:  # fmt: skip
        self._m, self._fab, self._en, self._config = m, fab, en, corrections
        self._words = {"x": x, "w": w}

    def leave(self, heap: list[list[list]]) -> None:
        """Append the bits to a heap's, of each stage, of each column."""
        self._heap = heap
        for number, pair in enumerate(self._config.pairs):
            self._pair(pair, f"pair{number}")
        for number, step in enumerate(self._config.steps):
            self._step(step, f"step{number}")

    def _put(self, stage: int, column: int, bit: Value | Bit) -> None:
        if column < self._config.width:
            self._heap[self._config.front + stage][column].append(bit)

    def _term(self, term: Term) -> tuple[Value, Number, Word]:
        """The factor that a term adds, and the word with the error."""
        other = "w" if term.side == "x" else "x"
        factor = self._words[other][term.lane].q
        return factor, self._config.factor(term.side), self._words[term.side][term.lane]

    def _pair(self, pair: Pair, name: str) -> None:
        lanes = cycles(self._config.stages)
        ways, signs = [], []
        for place, term in enumerate(pair.terms):
            factor, number, word = self._term(term)
            some = Cat(factor, word.error, word.sign)
            late = pair.stage - lanes[term.lane]
            some = delay(self._m, self._en, some, late, f"{name}_{place}", keep=True)
            ways.append([self._pins(some, number, k, pair.wide) for k in range(pair.size)])
            signs.append(some[-1])
            if not number.signed:
                self._put(pair.stage, number.width, Bit(some[-1], inverted=True))
        zero = Const(0, 1)
        second = ways[1] if len(ways) > 1 else [(zero, zero, zero)] * pair.size
        number = self._term(pair.terms[0])[1]
        top = number.width - 1 if number.signed and not pair.wide else None
        sums, carry = self._add(ways[0], second, signs[0], top, name)
        bits = sums if pair.wide else Cat(sums, carry)
        bits = delay(self._m, self._en, bits, 1, f"{name}sum")
        for column, bit in enumerate(bits):
            last = pair.wide and column == pair.size - 1
            self._put(pair.stage + 1, column, Bit(bit, inverted=last))
        for sign in signs[1:]:
            self._put(pair.stage, 0, sign)

    def _pins(self, some: Value, number: Number, k: int, wide: bool) -> tuple[Value, Value, Value]:
        """Of a position, the factor's bit, whether it is added, and whether as its complement."""
        if k < number.width or wide:
            return some[min(k, number.width - 1)], some[-2], some[-1]
        return (Const(0, 1),) * 3

    def _add(self, first, second, carry_in: Value, top: int | None, name: str):
        """The sum of two corrections, whose pins are given, and the carry out."""
        size = len(first)
        if self._fab.kind != "xilinx":
            a, b = (Cat(*(_gated(*pins) for pins in some)) for some in (first, second))
            inverted = Const(0 if top is None else 1 << top, size)
            return self._split((a ^ inverted) + b + carry_in, size, name)
        positions = [
            self._fab.lut6(f"{name}b{k}", (*a, b, sign, error), _both_not if k == top else _both)
            for k, (a, (b, error, sign)) in enumerate(zip(first, second))
        ]  # fmt: skip
        sums, carries = self._fab.carry(name, carry_in, positions)
        return Cat(*sums), carries[-1]

    def _step(self, step: Step, name: str) -> None:
        config, lane, top = self._config, 0, step.column + step.size
        sums: list[Value] = [Const(0, step.size) for _ in range(config.chains)]
        for stage, lanes in enumerate(config.stages):
            for _ in range(lanes):
                k = lane % config.chains
                factor, number, word = self._term(Term(lane, step.side))
                sums[k], carry = self._row(step, factor, number, word, sums[k], f"{name}_{lane}")
                self._put(stage + 1, top, delay(self._m, self._en, carry, 1, f"{name}_{lane}c"))
                if not number.signed:
                    self._put(stage, top, Bit(word.sign, inverted=True))
                lane += 1
            sums = [delay(self._m, self._en, some, 1, f"{name}_{stage}_{k}")
                    for k, some in enumerate(sums)]  # fmt: skip
        for some in sums[:lane]:
            for k, bit in enumerate(some):
                self._put(len(config.stages), step.column + k, bit)

    def _row(self, step: Step, factor: Value, number: Number, word: Word, total: Value, name: str):
        """A lane's part of the correction added to a sum, and the carry out."""
        zero = Const(0, 1)
        bits = [zero, *factor, factor[-1] if number.signed else zero]
        if step.column:
            pins = [(bits[k + 1], zero, zero, word.size[1], word.sign) for k in range(step.size)]
        else:
            pins = [(bits[k + 1], bits[k], word.size[0], word.error, word.sign)
                    for k in range(step.size)]  # fmt: skip
        if self._fab.kind != "xilinx":
            part = Cat(*(_sized(*some) for some in pins))
            inverted = Const(number.signed << step.size - 1, step.size)
            return self._split((part ^ inverted) + total + word.sign, step.size, name)
        positions = [
            self._fab.lut6(f"{name}b{k}", (*some, total[k]),
                           _sized_not if number.signed and k == step.size - 1 else _sized_sum)
            for k, some in enumerate(pins)
        ]  # fmt: skip
        sums, carries = self._fab.carry(name, word.sign, positions)
        return Cat(*sums), carries[-1]

    def _split(self, total: Value, size: int, name: str) -> tuple[Value, Value]:
        """A sum as so many bits and the carry out."""
        value = Signal(size + 1, name=name)
        self._m.d.comb += value.eq(total)
        return value[:size], value[size]


def _gated(bit, error, sign):
    """A bit of a correction, without the one that completes a negative one."""
    return (bit ^ sign) & error


def _both(a, error, sign, b, other_sign, other_error):
    return _gated(a, error, sign) ^ _gated(b, other_error, other_sign)


def _both_not(*pins):
    return 1 ^ _both(*pins)


def _sized(bit, below, twice, error, sign):
    """As :func:`_gated`, of the factor or of twice that; negative also where it is 0."""
    return (bit & (1 ^ twice) | below & twice) & error ^ sign


def _sized_sum(bit, below, twice, error, sign, total):
    return _sized(bit, below, twice, error, sign) ^ total


def _sized_not(*pins):
    return 1 ^ _sized_sum(*pins)
