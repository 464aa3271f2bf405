"""Cycles of a batch: when it leaves, and what they are spent on."""

from dataclasses import dataclass

import numpy as np

from generators.systolic.assemble import Design
from generators.systolic.pace import BEAT
from generators.systolic.plan import Plan
from hdl.engine.schedule import Schedule

__all__ = ["Split", "Times", "times"]

BATCHES = 7
"""Batches until all further ones are alike, or every other: two are on their way beside the one
that is run."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """Cycles of a batch, or of a stage in it, by what they are spent on (DeepTools).

    ``compute``: a vector enters the array. ``fill_drain``: none does, as the weights of the next
    tile are still shifted in, or what it reads is still on its way. ``visible_transfer``: none
    does, as weights, inputs or room for outputs are missing, or maps between layers go to an
    external memory and come back. ``overlapped_transfer``: cycles of these transfers and of the
    input's, output's and external weights' in which vectors enter the array or it fills or drains:
    they are part of the others.
    """

    compute: int
    fill_drain: int
    visible_transfer: int
    overlapped_transfer: int

    @property
    def cycles(self) -> int:
        """All of them, which is the sum of the first three."""
        return self.compute + self.fill_drain + self.visible_transfer


@dataclass(frozen=True, kw_only=True)
class Times:
    """Cycles between batches, cycles of the first frame, and the split, whole and by stage.

    Where short and long batches take turns, as one that waits lets the next catch up, ``interval``
    is the mean of two, rounded up.
    """

    interval: int
    latency: int
    split: Split
    stages: tuple[Split, ...]


def times(plan: Plan, design: Design) -> Times:
    """What the schedule says of a plan."""
    lowered, engine = plan.lowered, design.engine
    found = Schedule(engine, BATCHES, offered=design.before)
    last = [int(batch.outputs[-1]) for batch in found.batches]
    interval = -(-(last[-1] - last[-3]) // 2)
    line = lowered.program.timeline(engine)
    transfers = len(found.batches[0].outputs) + engine.load_unit.transfers
    if engine.tiles is not None:
        transfers += engine.tiles.passes * engine.tiles.beats
    transfers += int(_moves(plan, engine).sum())
    visible = interval - line.compute - line.fill_drain
    split = Split(compute=line.compute, fill_drain=line.fill_drain, visible_transfer=visible,
                  overlapped_transfer=max(0, transfers - visible))  # fmt: skip
    frame = len(found.batches[0].outputs) // lowered.shape.batch
    latency = int(found.batches[0].outputs[frame - 1]) + design.behind
    return Times(interval=interval, latency=latency, split=split,
                 stages=_stages(plan, engine, line))  # fmt: skip


def _stages(plan: Plan, engine, line) -> tuple[Split, ...]:
    """Of each stage what its passes take."""
    of = np.array(plan.lowered.stage_of)
    waits = np.array(line.fills) + np.array(line.drains)
    count = len(plan.lowered.chain.stages)
    moved = _beats(plan, line) + _moves(plan, engine)
    sums = (np.bincount(of, weights=values, minlength=count).astype(int).tolist()
            for values in (line.vectors, waits, line.transfers, moved))  # fmt: skip
    return tuple(Split(compute=c, fill_drain=w, visible_transfer=t,
                       overlapped_transfer=max(0, b - t)) for c, w, t, b in zip(*sums))  # fmt: skip


def _beats(plan: Plan, line) -> np.ndarray:
    """Beats of external weights that each pass takes."""
    array = plan.array
    tile = -(-array.word * array.w.width // BEAT) * array.cols
    return np.full(len(line.vectors), tile if plan.external else 0)


def _moves(plan: Plan, engine) -> np.ndarray:
    """Cycles of the transfers of activations before each pass."""
    return np.array([engine.move(one.transfers) if one.transfers else 0
                     for one in plan.lowered.program.passes])  # fmt: skip
