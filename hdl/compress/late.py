"""Bits that come as late as a plan may take them."""

from dataclasses import replace

from hdl.compress.blocks import BLOCKS
from hdl.compress.plan import Plan
from hdl.compress.solve import LEVELS_PER_STAGE

__all__ = ["late"]


def late(plan: Plan) -> Plan:
    """The same blocks, but bits arrive in the stage that takes them, at the end if none does.

    Blocks take bits made by others first, so that these hardly wait; what arrives waits outside,
    where its registers may be shared with other heaps.

    Parameters
    ----------
    plan : of a heap without pairs; its bits arrive when they can at the earliest
    """
    columns = plan.heap.columns
    made, arrivals = [0] * columns, []
    for stage in range(plan.stages):
        arriving = [0] * columns
        for blocks in plan.levels[LEVELS_PER_STAGE * stage :][:LEVELS_PER_STAGE]:
            given = [0] * columns
            for name, column, count in blocks:
                for k, n in enumerate(BLOCKS[name].bits):
                    made[column + k] -= n * count
                for k, n in enumerate(BLOCKS[name].out[: columns - column]):
                    given[column + k] += n * count
            for column, left in enumerate(made):
                arriving[column] -= min(left, 0)
                made[column] = max(left, 0) + given[column]
        arrivals.append(arriving)
    seen = [sum(counts) for counts in zip(*arrivals)] or [0] * columns
    there = [sum(counts) for counts in zip(*(_whole(some, columns) for some in plan.heap.bits))]
    arrivals.append([all_ - some for all_, some in zip(there, seen)])
    heap = replace(plan.heap, bits=tuple(map(tuple, arrivals)))
    return Plan(heap, plan.levels, plan.final)


def _whole(counts: tuple[int, ...], columns: int) -> tuple[int, ...]:
    return (*counts, *[0] * columns)[:columns]
