"""Integer dot products, any operand of which may be bipolar, by a bit heap or by multipliers."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.heap import Plan, compress
from hdl.number import Number, holding

__all__ = ["Integer"]

MAX_WIDTH = 16
"""Of an operand: what one DSP48E1 multiplies, too."""


class Integer(wiring.Component):
    r"""Sum of products: :math:`o = \sum_i x_i w_i`.

    Stateless and pipelined: one result a cycle, ``config.latency`` enabled cycles after its
    operands. A lane padded with the bits x = 0 adds nothing where x is no bipolar, and one with
    w = 0 where w is none.

    Three ways to make a product's bits, by ``config``:

    - a bipolar operand negates the other: -v = ~v + 1, so v's bits are inverted and the +1 is a
      further bit of the heap;
    - else the AND of each pair of bits; a pair with one sign bit counts -2^k, which is the
      inverted bit less a constant (Baugh-Wooley);
    - ``multiplier``: ``*``, with registers before and behind, for a DSP48E1.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x, w : ``In(lanes * width)``
        Operands, lane 0 lowest.
    o : ``Out(config.o.shape)``
        The sum.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Number of lanes, the two operands, and whether products are made by multipliers."""

        lanes: int
        x: Number
        w: Number
        multiplier: bool = False

        def __post_init__(self) -> None:
            positive("Integer", lanes=self.lanes)
            if self.x.bipolar and self.w.bipolar:
                raise ValueError("Integer operands must not both be bipolar; use Popcount")
            for number in (self.x, self.w):
                if number.width > MAX_WIDTH:
                    what = f"at most {MAX_WIDTH} bits wide, not {number.width}"
                    raise ValueError(f"Integer operands must be {what}")

        def _sum(self, lanes: int) -> Number:
            corners = [a * b for a in (self.x.low, self.x.high) for b in (self.w.low, self.w.high)]
            return holding(min(corners) * lanes, max(corners) * lanes)

        @property
        def product(self) -> Number:
            """One lane's product."""
            return self._sum(1)

        @property
        def o(self) -> Number:
            """The sum."""
            return self._sum(self.lanes)

        @property
        def plan(self) -> Plan:
            """The adder tree."""
            heights = [0] * self.o.width
            for column, _ in _terms(self):
                heights[column] += self.lanes
            for column in _constant(self):
                heights[column] += 1
            return Plan(tuple(heights))

        @property
        def latency(self) -> int:
            """Enabled cycles from operands to result."""
            return self.plan.latency + 2 * self.multiplier

        def build(self) -> "Integer":
            """The circuit."""
            return Integer(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1),
            "x": In(config.lanes * config.x.width),
            "w": In(config.lanes * config.w.width),
            "o": Out(config.o.shape),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        x = [self.x.word_select(lane, config.x.width) for lane in range(config.lanes)]
        w = [self.w.word_select(lane, config.w.width) for lane in range(config.lanes)]
        if config.multiplier:
            products = [self._multiply(m, a, b) for a, b in zip(x, w)]
            planes = _planes(m, products, "product"), []
        else:
            planes = _planes(m, x, "x"), _planes(m, w, "w")
        columns: list[list[Value]] = [[] for _ in range(config.o.width)]
        for number, (column, plane) in enumerate(_terms(config)):
            bits = Signal(config.lanes, name=f"term{number}")
            m.d.comb += bits.eq(plane(*planes))
            columns[column] += list(bits)
        for column in _constant(config):
            columns[column].append(Const(1, 1))
        m.d.comb += self.o.eq(compress(m, columns, self.en))
        return m

    def _multiply(self, m: Module, x: Value, w: Value) -> Signal:
        config = self.config
        a = Signal(config.x.shape, reset_less=True)
        b = Signal(config.w.shape, reset_less=True)
        product = Signal(config.product.shape, reset_less=True)
        with m.If(self.en):
            m.d.sync += [a.eq(x), b.eq(w)]
            m.d.sync += product.eq(config.x.value(a) * config.w.value(b))
        return product


def _planes(m: Module, numbers: list[Value], name: str) -> list[Signal]:
    """Bit k of every lane, for each k: a simulator then works on words of lanes."""
    planes = []
    for bit in range(len(numbers[0])):
        plane = Signal(len(numbers), name=f"{name}_plane{bit}")
        m.d.comb += plane.eq(Cat(*(number[bit] for number in numbers)))
        planes.append(plane)
    return planes


def _terms(config: Integer.Config) -> list:
    """The bits in the heap: (column, function of the operands' planes), one bit a lane each."""
    if config.multiplier:
        return _inverted_sign(config.product, lambda x, w: x)
    if config.w.bipolar:
        return _negated(config.x, lambda x, w: x, lambda x, w: ~w[0])
    if config.x.bipolar:
        return _negated(config.w, lambda x, w: w, lambda x, w: ~x[0])
    terms = []
    for j in range(config.x.width):
        for k in range(config.w.width):
            minus = _is_sign(config.x, j) != _is_sign(config.w, k)
            terms.append((j + k, _and(j, k, minus)))
    return terms


def _and(j: int, k: int, invert: bool):
    if invert:
        return lambda x, w: ~(x[j] & w[k])
    return lambda x, w: x[j] & w[k]


def _is_sign(number: Number, bit: int) -> bool:
    return number.signed and bit == number.width - 1


def _inverted_sign(number: Number, operand) -> list:
    def term(bit: int):
        if _is_sign(number, bit):
            return lambda x, w: ~operand(x, w)[bit]
        return lambda x, w: operand(x, w)[bit]

    return [(bit, term(bit)) for bit in range(number.width)]


def _negated(number: Number, operand, negative) -> list:
    """Bits of operand, or of its negative: inverted, plus one. An unsigned one gets a sign bit."""

    def term(bit: int):
        if _is_sign(number, bit):
            return lambda x, w: ~(operand(x, w)[bit] ^ negative(x, w))
        return lambda x, w: operand(x, w)[bit] ^ negative(x, w)

    terms = [(bit, term(bit)) for bit in range(number.width)]
    if not number.signed:
        terms.append((number.width, lambda x, w: ~negative(x, w)))
    return [*terms, (0, negative)]


def _constant(config: Integer.Config) -> list[int]:
    """Columns of the ones that make up for the inverted sign bits, -2^column for each."""
    if config.multiplier:
        signs = [config.product.width - 1] if config.product.signed else []
    elif config.w.bipolar or config.x.bipolar:
        other = config.x if config.w.bipolar else config.w
        signs = [other.width - other.signed]
    else:
        pairs = [(j, k) for j in range(config.x.width) for k in range(config.w.width)]
        signs = [j + k for j, k in pairs if _is_sign(config.x, j) != _is_sign(config.w, k)]
    total = -config.lanes * sum(1 << column for column in signs)
    return [column for column in range(config.o.width) if total >> column & 1]
