"""Estimates of popcounts whose weights of a few steps are part of the LUTs."""

from functools import cache

from generators.cost import tree
from generators.cost.constants import cached
from generators.cost.products import Product
from hdl.dot.bitcount import BitCount
from hdl.dot.triples import triples

__all__ = ["product"]

SEARCHED = 40
"""Majorities, bits, of which a plan is searched for in a tenth of a second; it is kept."""


@cached
def product(simd: int, pe: int, steps: int) -> Product:
    """All rows of a step: LUTs of parities, tables and trees, see :class:`hdl.dot.folded.Folded`.

    Parameters
    ----------
    simd, pe, steps : lanes of a row, rows, and weights of each lane
    """
    made, address = triples(simd), (steps - 1).bit_length()
    pairs = -(-pe // 2)
    joint = [len(one) + address <= 5 for one in made.triples]
    lut, ff, latency = _counted(simd)
    lut = len(made.groups) + sum(pairs if both else pe for both in joint) + pairs + pe * lut
    kept = pe * (len(made.triples) + 1) + _wires(simd, latency) + address * (latency - 1)
    return Product(lut, pe * ff + kept, latency, (simd,))


@cache
def _counted(simd: int) -> tuple[float, float, int]:
    """LUTs and registers of the tree of a row's majorities, and the latency of all."""
    stages = triples(simd).stages
    if not stages:
        return 0, 0, 1
    config = BitCount.Config(stages=stages)
    if config.lanes <= SEARCHED:
        found = config.plan
        return found.luts, found.ff, found.latency + 1
    found = tree.tree(config.heap)
    return found.lut, found.ff, found.stages + 2


@cache
def _wires(simd: int, latency: int) -> int:
    """Registers in which lanes and parities of lanes wait for the tables that take them."""
    made = triples(simd)
    ready = {lane: 0 for lane in range(simd)}
    until: dict[int, int] = {}

    def take(operands, cycle: int) -> None:
        for one in operands:
            until[one] = max(until.get(one, 0), cycle)

    found = 0
    for group in made.groups:
        cycle = made.cycle(group.operands)
        take(group.operands, cycle)
        for parity, _ in group.triples:
            ready[parity] = made.depths[parity] // 2
            found += ready[parity] - cycle
    for operands in made.triples:
        take(operands, made.cycle(operands))
    take((made.root,), latency - 1)
    return found + sum(cycle - ready[one] for one, cycle in until.items())
