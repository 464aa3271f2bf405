"""What binds an array, and where its design stands under the roofline."""

from generators.emit import roofline
from generators.emit.io import binding, io
from generators.network.bitops import bitops
from generators.synth.resources import Cost
from generators.systolic.assemble import Design
from generators.systolic.pace import BEAT
from generators.systolic.plan import Plan, Wish
from generators.systolic.schedule import Times

__all__ = ["performance"]

LOSSES = {
    "fill_drain": "while the array fills or drains; a larger --batch, or fewer cells, lose fewer",
    "visible_transfer": "while weights, inputs or maps between layers are brought",
}
"""What a sentence says of the cycles in which nothing enters an array."""


def performance(plan: Plan, wish: Wish, design: Design, times: Times, used: Cost) -> dict:
    """The report's record: what binds, in a sentence, the cycles of a batch, and the roofline.

    ``interval``: the cycles between batches are ``compute``, ``fill`` (and drain) and ``io``, the
    transfers that are not hidden behind the others; their sum, exactly. There is no such split of
    a first frame's latency. A pass reads a tile of weights, a word of each column.
    """
    lowered, split, array = plan.lowered, times.split, plan.array
    batch, operations = lowered.shape.batch, sum(bitops(lowered.chain.network).values())
    tile = array.cols * array.word * array.w.width
    compute = lowered.shape.products * lowered.numbers.x.width * lowered.numbers.w.width
    return {
        "source": "schedule",
        "latency": None,
        "interval": {"frames": batch, "cycles": times.interval, "compute": split.compute,
                     "fill": split.fill_drain, "io": split.visible_transfer},
        "bottleneck": _bottleneck(times, io(design.edges), batch),
        "roofline": roofline.record(
            bitops=operations,
            cycles=times.interval / batch,
            clock_mhz=wish.clock_mhz,
            compute=compute,
            board=compute * wish.board.room("lut") / max(used.lut, 1),
            weight_bits=-(-tile * len(lowered.program.passes) // batch),
            weight_bandwidth=BEAT if plan.external else array.word * array.w.width,
            moved=io(design.edges),
            edges=design.edges,
        ),
    }  # fmt: skip


def _bottleneck(times: Times, moved: dict, batch: int) -> dict:
    """The DMA where it gives frames more slowly; else what most cycles are spent on."""
    cycles, split = times.interval / batch, times.split
    slower = binding(moved, cycles, "the array")
    if slower is not None:
        return slower
    spent = {name: getattr(split, name) for name in ("compute", *LOSSES)}
    most = max(spent, key=spent.get)
    text = f"{spent[most]:,} of {times.interval:,} cycles of a batch are spent "
    text += LOSSES.get(most, "on vectors that enter the array; more cells would take fewer")
    return {"binds": most, "at": ["array"], "cycles": cycles, "sentence": text}
