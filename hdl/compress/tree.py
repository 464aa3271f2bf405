"""Compressor trees: the circuit of a plan."""

from collections.abc import Sequence
from itertools import zip_longest

from amaranth.hdl import Cat, Const, Module, Signal, Value

from hdl.compress.blocks import BLOCKS, Bit, Block, Pair, atom6, atom14, ternary
from hdl.compress.fabric import Fabric
from hdl.compress.plan import Plan
from hdl.compress.solve import LEVELS_PER_STAGE

__all__ = ["GATES", "compress"]

GATES = {
    "xnor": lambda x, w: 1 ^ x ^ w,
    "xor": lambda x, w: x ^ w,
    "and": lambda x, w: x & w,
    "nand": lambda x, w: 1 ^ x & w,
}
"""Products of two bits: of bipolar numbers, of the digits of others."""

_ZERO = Bit(Const(0, 1))


def _straight_places(block: Block) -> list[tuple[int, int]]:
    """Which bits (column, place) of a counter no LUT inverts.

    The last of an odd number in its column is the chain's carry in. On the last input of a LUT of
    six is the bit whose complement would be DI.
    """
    places = [(0, block.bits[0] - 1)] if block.bits[0] % 2 else []
    if block.pairs:
        return [*places, (0, 1), (1, 0)]
    return places + [(k, 5) for k, count in enumerate(block.bits) if count >= 6]


def compress(m: Module, platform, plan: Plan, *, pairs: Sequence = (), bits: Sequence = (),
             en: Value, gate: str = "xnor"):  # fmt: skip
    """Emit the tree of a plan; no register has a reset.

    Parameters
    ----------
    m : Module that gets the tree
    platform : that of ``elaborate``; None emits equations, see :class:`Fabric`
    pairs : of each column the pairs (x, w) or (x, w, gate), in the order in which they are read;
        a pair must hold its operands in the cycle of its stage, ``plan.pair_stages``
    bits : of each stage, of each column, its bits: values, or a :class:`Bit` if inverted; they
        are read in the cycle of their stage
    en : clock enable of all registers
    gate : the product of pairs without their own, one of :data:`GATES`

    Returns
    -------
    Signal, or two of them if the heap is to end in two rows
        The sum, ``plan.latency`` enabled cycles after stage 0, of ``plan.heap.result`` bits.

    Raises
    ------
    ValueError
        If there are other numbers of pairs or bits than the heap has, or a gate is unknown.
    """
    heap = plan.heap
    _refuse(heap.pairs, [len(column) for column in pairs], "pairs")
    for stage, (counts, some) in enumerate(zip_longest(heap.bits, bits, fillvalue=())):
        _refuse(counts, [len(column) for column in some], f"bits in stage {stage}")
    return _Tree(m, Fabric(m, platform, heap.fabric), plan, en).build(pairs, bits, gate)


def _refuse(asked: Sequence[int], given: Sequence[int], what: str) -> None:
    while asked and asked[-1] == 0:
        asked = asked[:-1]
    while given and given[-1] == 0:
        given = given[:-1]
    if list(asked) != list(given):
        raise ValueError(f"Heap has {list(asked)} {what}, not {list(given)}")


def _gate(name: str):
    if name not in GATES:
        raise ValueError(f"Gate must be one of {', '.join(GATES)}, not {name!r}")
    return GATES[name]


class _Tree:
    """A tree as it grows: the pairs and bits that wait in each column, first come, first taken."""

    def __init__(self, m: Module, fab: Fabric, plan: Plan, en: Value) -> None:
        self._m, self._fab, self._plan, self._en = m, fab, plan, en
        self._columns = plan.heap.columns
        self._bits: list[list[Bit]] = [[] for _ in range(self._columns)]
        self._pairs: list[list[Pair]] = [[] for _ in range(self._columns)]

    def build(self, pairs, bits, gate: str):
        for column, some in enumerate(pairs[: self._columns]):
            self._pairs[column] = [Pair(p[0], p[1], _gate(*p[2:] or (gate,))) for p in some]
        for level, blocks in enumerate(self._plan.levels):
            stage, within = divmod(level, LEVELS_PER_STAGE)
            if not within:
                self._arrive(bits, stage)
            self._level(level, blocks)
            if within == LEVELS_PER_STAGE - 1:
                self._bits = [self._register(some, f"r{stage}_{column}")
                              for column, some in enumerate(self._bits)]  # fmt: skip
        self._arrive(bits, self._plan.stages)
        return self._two_rows() if self._plan.heap.rows == 2 else self._last_adder()

    def _arrive(self, bits, stage: int) -> None:
        arriving = bits[stage] if stage < len(bits) else ()
        for column, some in enumerate(arriving[: self._columns]):
            self._bits[column] += [bit if isinstance(bit, Bit) else Bit(bit) for bit in some]

    def _level(self, level: int, blocks) -> None:
        given: list[list[Bit]] = [[] for _ in range(self._columns)]
        count = 0
        for kind, column, times in blocks:
            block = BLOCKS[kind]
            for _ in range(times):
                name = f"l{level}_{count}_{kind.lower()}"
                count += 1
                taken = [self._take(self._bits, column + k, n) for k, n in enumerate(block.bits)]
                if block.chain:
                    self._straight(taken, self._bits[column:], _straight_places(block))
                pairs = self._take(self._pairs, column, sum(block.pairs))
                out = iter(block.emit(self._fab, name, pairs, taken))
                for k, n in enumerate(block.out):
                    wires = [next(out) for _ in range(n)]
                    if column + k < self._columns:  # beyond are multiples of 2^columns
                        given[column + k] += map(Bit, wires)
        for column, some in enumerate(given):
            self._bits[column] += some

    @staticmethod
    def _take(waiting: list[list], column: int, count: int) -> list:
        if not count:
            return []
        taken, waiting[column] = waiting[column][:count], waiting[column][count:]
        return taken

    def _straight(self, taken: list[list[Bit]], spare: Sequence, places: Sequence) -> None:
        """Puts bits that are not inverted in places (column, place), or inverts their wires.

        They are exchanged for others taken in their column, or for spare ones.
        """
        for above, place in places:
            bits = taken[above]
            if not bits[place].inverted:
                continue
            fixed = {p for k, p in places if k == above}
            for some in (bits, *spare[above : above + 1]):
                free = (k for k, bit in enumerate(some)
                        if not bit.inverted and not (some is bits and k in fixed))  # fmt: skip
                found = next(free, None)
                if found is not None:
                    some[found], bits[place] = bits[place], some[found]
                    break
            else:
                wire = Signal(name="straight")
                self._m.d.comb += wire.eq(~bits[place].value)
                bits[place] = Bit(wire)

    def _register(self, bits: list[Bit], name: str) -> list[Bit]:
        moving = [bit for bit in bits if not isinstance(bit.value, Const)]
        if not moving:
            return bits
        register = Signal(len(moving), name=name, reset_less=True)
        with self._m.If(self._en):
            self._m.d.sync += register.eq(Cat(*(bit.value for bit in moving)))
        later = iter(register)
        return [bit if isinstance(bit.value, Const) else Bit(next(later), bit.inverted)
                for bit in bits]  # fmt: skip

    def _two_rows(self):
        width = self._plan.heap.result
        rows = []
        for row, name in enumerate("ab"):
            value = Signal(width, name=f"row_{name}")
            wires = [self._plain(some[row]) if len(some) > row else Const(0, 1)
                     for some in self._bits]  # fmt: skip
            self._m.d.comb += value.eq(Cat(*wires))
            rows.append(value)
        return tuple(rows)

    @staticmethod
    def _plain(bit: Bit) -> Value:
        return ~bit.value if bit.inverted else bit.value

    def _last_adder(self) -> Signal:
        plan, width = self._plan, self._plan.heap.result
        if not plan.adds:
            total = Signal(width, name="total")
            wires = [self._plain(some[0]) if some else Const(0, 1) for some in self._bits]
            self._m.d.comb += total.eq(Cat(*wires))
            return total
        adder = self._chain if plan.heap.fabric == "xilinx" else self._plain_adder
        low = [self._plain(some[0]) if some else Const(0, 1) for some in self._bits[: plan.first]]
        high = adder()  # not below, where its wires would depend on the enable, too
        total = Signal(width, name="total", reset_less=True)
        with self._m.If(self._en):
            self._m.d.sync += total.eq(Cat(*low, *high)[: width])
        return total

    def _plain_adder(self) -> list[Value]:
        """Two rows from the first column of two bits up."""
        columns = self._bits[self._plan.first :]
        rows = [Cat(*(self._plain(some[r]) if len(some) > r else Const(0, 1) for some in columns))
                for r in range(2)]  # fmt: skip
        return list((rows[0] + rows[1])[: len(columns)])

    def _chain(self) -> list[Value]:
        """One carry chain of positions for two bits and atoms for more."""
        plan = self._plan
        positions, cin = [], Const(0, 1)
        kinds = plan.final[plan.first :]
        columns = [list(some) for some in self._bits[plan.first :]]
        most = {"P2": 2, "6lo": 6, "4lo": 4, "T3": 4}[kinds[0]]
        if len(columns[0]) > most:
            self._straight(columns, (), [(0, len(columns[0]) - 1)])
            cin = columns[0].pop().value
        for k, kind in enumerate(kinds):
            if kind == "6lo" and len(columns[k]) == 6:
                self._straight(columns, (), [(k, 5)])
            if kind == "T3" and len(columns[k]) == 4:
                self._straight(columns, (), [(k, 3)])
        majority = Const(0, 1)
        for k, kind in enumerate(kinds):
            name = f"end{k}"
            here = columns[k] + [_ZERO] * 6
            if kind == "P2":
                positions.append(self._position(name, here[:2]))
            elif kind == "6lo":
                positions += atom6(self._fab, name, here[:6])
            elif kind == "4lo":
                positions += atom14(self._fab, name, here[:4], (columns[k + 1] + [_ZERO])[0])
            elif kind == "T3":
                below = here[3].value if len(columns[k]) == 4 else majority
                position, majority = ternary(self._fab, name, here[:3], below)
                positions.append(position)
        sums, carries = self._fab.carry("end", cin, positions)
        return [*sums, carries[-1]][: len(kinds)]

    def _position(self, name: str, bits: list[Bit]):
        a, b = bits
        return self._fab.lut2(name, (a.value, b.value),
                              lambda p, q: a.literal(p) ^ b.literal(q),
                              lambda p, q: b.literal(q))  # fmt: skip
