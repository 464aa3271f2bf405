"""Estimates of layers all of whose rows are computed at once, from constants."""

from generators.cost import maps, thresholds
from generators.cost.constants import cached, of
from generators.cost.delay import ENABLE, FF, SETUP, carry, levels
from generators.synth.resources import Cost
from hdl.array.mvtu_config import Config as MVTUConfig
from hdl.array.unrolled import Unrolled
from hdl.compress.blocks import BLOCKS
from hdl.compress.plan import Plan
from hdl.dot.constant import ConstantCounts

__all__ = ["counted", "unrolled", "unrolled_delay"]

SIGNS = 0.45
"""Of registers that trees have in common, how many are merged where but signs leave."""

COUNTER = 3
"""Bits of a carry chain that a counter of seven bits passes, after two LUTs."""


@cached
def unrolled(config: MVTUConfig) -> Cost:
    """All rows of constants at once, before these are known.

    Larger sets of inputs are shared by more rows. Of integers each signed digit of a weight adds an
    input, half a LUT a bit, a fifth of it shared.
    """
    one, size = of("unrolled"), config.rows * config.cols
    used, registers = max(one.least, one.lane * config.cols**-one.power) * size, one.waits
    if not config.counts:
        digits = 1 if config.w.bipolar else (config.w.width + 0.3) / 3
        used, registers = one.bit * config.x.width * digits * size, one.waits_numbers
    inputs = config.cols * config.x.width
    total = Cost(lut=used + 4, ff=registers * used + inputs + 4)
    if config.levels > 1:
        total += thresholds.threshold(config.threshold) * config.rows
    if config.counts and config.levels != 1:  # counts leave, and not their signs
        total += Cost(lut=one.count, ff=one.count_ff) * (config.rows * config.acc.width)
    return total + maps.skid(config.rows * config.o.width)


def counted(config: Unrolled.Config) -> Cost:
    """An unrolled layer when it is known: its trees, which are primitives, and what waits."""
    dot, schedule = config.dot, config.dot.schedule
    ff = dot.cols * dot.x.width + config.latency + _waits(dot) + _trees(dot) - _same(dot)
    total = Cost(lut=schedule.luts + 2, ff=ff)
    if config.thresholds:
        total += thresholds.threshold(config.threshold) * dot.rows
    elif config.bias:  # of the adder's constant inverters are left; the lowest bit is constant
        total += Cost(ff=config.o.width - 1) * dot.rows
    return total + maps.skid(dot.rows * config.o.width)


def _trees(dot) -> int:
    """Registers within trees, and behind those that are done before the last."""
    found, plan, schedule = 0, dot.plan, dot.schedule
    for one, step in zip((*plan.sums, *plan.rows), (*schedule.sums, *schedule.rows)):
        if step is not None and step.plan is not None:  # constants are no registers
            passed = max(0, step.plan.stages - len(step.plan.heap.bits) + 1)
            found += step.plan.ff - passed * one.constant.bit_count()
    for step in schedule.rows:
        if step is None:
            continue
        width = 1 if schedule.signs or step.plan is None else step.plan.heap.result
        found += width * (schedule.latency - step.done) + (step.plan is None)
        if schedule.signs and step.plan is not None and step.plan.adds:
            found -= step.plan.heap.columns - 1
    return found


def _waits(dot) -> int:
    """Registers in which inputs and sums wait for those that take them, shared by all."""
    ready, until = _times(dot)
    return sum(until) - sum(ready)


def _times(dot) -> tuple[list[int], list[int]]:
    """Of each wire: the cycle in which it is ready, and the last in which it is read."""
    plan, schedule = dot.plan, dot.schedule
    ready = [0] * plan.inputs
    for one, step in zip(plan.sums, schedule.sums):
        ready += [step.done] * one.width
    until = list(ready)
    for one, step in zip((*plan.sums, *plan.rows), (*schedule.sums, *schedule.rows)):
        if step is not None:
            for bit, cycle in zip(one.bits, step.cycles):
                until[bit.wire] = max(until[bit.wire], cycle)
    return ready, until


def _same(dot) -> int:
    """Registers of trees that yosys merges: of a wire that passes a stage of several trees.

    Exact of counts; of signs a share, as measured on three layers; not counted of numbers.
    """
    plan, schedule = dot.plan, dot.schedule
    if not isinstance(dot, ConstantCounts.Config):
        return 0
    _, until = _times(dot)
    passed = [
        found
        for one, step in zip((*plan.sums, *plan.rows), (*schedule.sums, *schedule.rows))
        if step is not None and step.plan is not None
        for found in _passed(one, step)
    ]
    merged = len(passed) - sum(cycle > until[wire] for wire, cycle in set(passed))
    return round(SIGNS * merged) if schedule.signs else merged


def _passed(one, step) -> list[tuple[int, int]]:
    """The wires that no block of a stage takes, and the cycle behind its register."""
    columns: list[list] = [[] for _ in range(step.plan.heap.columns)]
    found = []
    for level, blocks in enumerate(step.plan.levels):
        cycle = step.start + level // 2
        if level % 2 == 0:
            for bit, here in zip(one.bits, step.cycles):
                if here == cycle:
                    columns[bit.column].append(bit.wire)
        made: list[list] = [[] for _ in columns]
        for name, low, count in blocks:
            for k, bits in enumerate(BLOCKS[name].bits):
                if low + k < len(columns):
                    columns[low + k] = columns[low + k][bits * count :]
            for k, bits in enumerate(BLOCKS[name].out):
                if low + k < len(columns):
                    made[low + k] += [None] * (bits * count)
        for some, more in zip(columns, made):
            some += more
        if level % 2:
            found += [(wire, cycle + 1) for some in columns for wire in some if wire is not None]
    return found


def unrolled_delay(config: Unrolled.Config) -> int:
    """The slowest stage of a tree, a last adder, a comparison, or the clock enable of all."""
    schedule = config.dot.schedule
    found = [FF + levels(1) + ENABLE]
    for step in (*schedule.sums, *schedule.rows):
        if step is None:
            continue
        if step.plan is None:
            found.append(FF + carry(config.dot.o.width // 2 + 1) + SETUP)
            continue
        found += (_stage(step.plan, level) for level in range(0, len(step.plan.levels), 2))
        if step.plan.adds:
            found.append(FF + carry(step.plan.heap.columns - step.plan.first) + SETUP)
    if config.thresholds:
        found.append(thresholds.activation_delay(config.threshold))
    return max(found)


def _stage(plan: Plan, level: int) -> int:
    """Two levels of blocks between registers; the second takes bits that the first left first."""
    second, left = plan.levels[level + 1], plan.walk[level][0]
    needed = [0] * len(left)
    for name, column, count in second:
        for k, bits in enumerate(BLOCKS[name].bits):
            needed[column + k] += bits * count
    before = bool(plan.levels[level]) and (
        not second or any(need > there for need, there in zip(needed, left)))  # fmt: skip
    chain = any(BLOCKS[name].chain for name, *_ in second)
    return FF + levels(before) + (carry(COUNTER) if chain else levels(bool(second))) + SETUP
