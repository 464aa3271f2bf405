"""The circuit of planned sums: trees, and registers for what waits for others."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Signal, Value

from hdl.compress.blocks import Bit
from hdl.compress.fabric import Fabric, Kind
from hdl.compress.tree import compress
from hdl.dot.constant_schedule import Schedule, Step
from hdl.dot.constant_sums import Plan, Sum
from hdl.stream.delay import delay

__all__ = ["sums"]


def sums(m: Module, platform, plan: Plan, schedule: Schedule, x: Value, en: Value) -> list[Value]:
    """Emit a plan; no register has a reset.

    Parameters
    ----------
    m : Module that gets the trees
    platform : that of ``elaborate``
    plan, schedule : what is added, and when
    x : the input bits, wire 0 lowest
    en : clock enable of all registers

    Returns
    -------
    list of Value
        The rows, ``schedule.latency`` enabled cycles after x: numbers, or the top bits of these.
    """
    return _Circuit(m, platform, schedule, x, en).build(plan)


class _Circuit:
    """Sums as they are emitted, each of wires before it."""

    def __init__(self, m: Module, platform, schedule: Schedule, x: Value, en: Value) -> None:
        self._m, self._platform, self._schedule, self._en = m, platform, schedule, en
        self._wires = _Wires(m, en, list(x), [0] * len(x))

    def build(self, plan: Plan) -> list[Value]:
        schedule = self._schedule
        for number, (one, step) in enumerate(zip(plan.sums, schedule.sums)):
            self._wires.add(self._tree(one, step, f"sum{number}"), step.done)
        outputs = []
        for number, (one, step) in enumerate(zip(plan.rows, schedule.rows)):
            name = f"row{number}"
            if step is None:
                outputs.append(Const(one.constant, 1 if schedule.signs else one.width))
                continue
            if step.plan is None:
                value = self._sign(one, step, name)
            else:
                value = self._tree(one, step, name)
                value = value[-1] if schedule.signs else value
            late = schedule.latency - step.done
            outputs.append(delay(self._m, self._en, value, late, name))
        return outputs

    def _tree(self, one: Sum, step: Step, name: str) -> Value:
        """The result of a sum."""
        heap = step.plan.heap
        bits = [[[] for _ in range(heap.columns)] for _ in heap.bits]
        for bit, cycle in zip(one.bits, step.cycles):
            place = bits[cycle - step.start][bit.column]
            place.append(Bit(self._wires.at(bit.wire, cycle), bit.inverted))
        for column, counts in enumerate([*zip(*heap.bits)][: heap.columns]):
            ones = one.constant >> column & 1
            for stage, count in enumerate(counts):
                some = bits[stage][column]
                while len(some) < count:
                    some.append(Bit(Const(ones, 1)))
                    ones = 0
        part = Module()
        self._m.submodules[name] = part
        return compress(part, self._platform, step.plan, bits=bits, en=self._en)

    def _sign(self, one: Sum, step: Step, name: str) -> Value:
        """The top bit of two numbers' sum: a chain that only carries, two columns a position."""
        columns = [[] for _ in range(one.width)]
        for bit in one.bits:
            columns[bit.column].append(Bit(self._wires.at(bit.wire, step.start), bit.inverted))
        columns = [some + [Bit(Const(0, 1))] * (2 - len(some)) for some in columns]
        part = Module()
        self._m.submodules[name] = part
        sign = Signal(name="sign", reset_less=True)
        with part.If(self._en):
            part.d.sync += sign.eq(_top_bit(part, self._platform, columns, one.constant,
                                            self._schedule.fabric))  # fmt: skip
        return sign


class _Wires:
    """Wires, and when they are ready; those who want one later share its registers."""

    def __init__(self, m: Module, en: Value, wires: list[Value], ready: list[int]) -> None:
        self._m, self._en, self.ready = m, en, ready
        self._late = [[wire] for wire in wires]

    def add(self, bits: Value, ready: int) -> None:
        """Further wires."""
        self._late += [[bit] for bit in bits]
        self.ready += [ready] * len(bits)

    def at(self, wire: int, cycle: int) -> Value:
        """A wire's value in a cycle, when it is ready or later."""
        late = self._late[wire]
        while len(late) <= cycle - self.ready[wire]:
            late.append(delay(self._m, self._en, late[-1], 1, f"w{wire}_{len(late)}"))
        return late[cycle - self.ready[wire]]


def _top_bit(m: Module, platform, columns, carry: int, fabric: Kind) -> Value:
    """The highest bit of the sum of two rows and a carry."""
    fab = Fabric(m, platform, fabric)
    if fabric != "xilinx":
        rows = [Cat(*(some[r].literal(some[r].value) for some in columns)) for r in range(2)]
        return (rows[0] + rows[1] + carry)[len(columns) - 1]
    *below, top = columns
    positions = []
    for low in range(0, len(below), 2):
        taken = [bit for some in below[low : low + 2] for bit in some]
        positions.append(_carries(fab, f"c{low}", taken))
    positions.append(_carries(fab, "top", top))
    sums, _ = fab.carry("sign", Const(carry, 1), positions)
    return sums[-1]


def _carries(fab: Fabric, name: str, bits: Sequence[Bit]):
    """A position (S, DI) for two or four bits a0, b0, a1, b1: it passes the carry or makes one."""

    def passes(*wires):
        a, b, *more = (bit.literal(wire) for bit, wire in zip(bits, wires))
        return (a ^ b) & (more[0] ^ more[1]) if more else a ^ b

    def makes(*wires):
        a, b, *more = (bit.literal(wire) for bit, wire in zip(bits, wires))
        return more[0] & more[1] | (more[0] ^ more[1]) & a & b if more else a & b

    return fab.lut2(name, [bit.value for bit in bits], passes, makes)
