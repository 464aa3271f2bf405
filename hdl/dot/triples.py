"""Which lanes of a popcount are taken by threes, so that only a parity of them is left."""

from collections import deque
from dataclasses import dataclass
from functools import cache, cached_property

__all__ = ["Group", "Triples", "triples"]


@dataclass(frozen=True)
class Group:
    """Wires of which one LUT of two outputs gives the parities.

    operands : two to five wires.
    triples : a parity each and its operands, of which the second has the first parity.
    """

    operands: tuple[int, ...]
    triples: tuple[tuple[int, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Triples:
    r"""Lanes by threes: :math:`b_0 + b_1 + b_2 = 2 majority(b) + (b_0 \oplus b_1 \oplus b_2)`.

    A parity is a lane again. The wires are the lanes, 0 to simd - 1, and then the parities; an even
    number of lanes has one triple of two wires, as if the third were a lane that counts nothing.

    groups : of which each operand is a lane or a parity of a group before.
    depths : of each wire, how many LUTs make it. There is a register after every second: a wire is
        there in cycle depth // 2, behind depth % 2 LUTs.
    root : the wire that is left.
    """

    simd: int
    groups: tuple[Group, ...]
    depths: tuple[int, ...]
    root: int

    @cached_property
    def triples(self) -> tuple[tuple[int, ...], ...]:
        """The operands of all triples."""
        return tuple(operands for _, operands in self.parities)

    @property
    def parities(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Each parity and its operands, which are lanes or parities before."""
        return tuple(triple for group in self.groups for triple in group.triples)

    def cycle(self, operands: tuple[int, ...]) -> int:
        """The first cycle in which all are there."""
        return max(self.depths[one] for one in operands) // 2

    @cached_property
    def stages(self) -> tuple[int, ...]:
        """Triples whose operands are there in cycle 0, 1, …"""
        cycles = [self.cycle(operands) for operands in self.triples]
        return tuple(cycles.count(cycle) for cycle in range(max(cycles, default=-1) + 1))


@cache
def triples(simd: int) -> Triples:
    """Of so many lanes, those first that are there first.

    Five wires at a time, two triples of which the second takes the parity of the first: a LUT of
    five inputs gives both parities.
    """
    depths = [0] * simd
    waiting = deque([*range(simd), *[None] * (simd % 2 == 0)])
    groups = []
    while len(waiting) > 1:
        some = [waiting.popleft() for _ in range(min(5, len(waiting)))]
        operands = tuple(one for one in some if one is not None)
        depth = 1 + max(depths[one] for one in operands)
        made = []
        for first in range(0, len(some) - 1, 2):
            taken = some[:3] if not first else [len(depths) - 1, *some[3:]]
            made.append((len(depths), tuple(one for one in taken if one is not None)))
            depths.append(depth)
        groups.append(Group(operands, tuple(made)))
        waiting.append(len(depths) - 1)
    return Triples(simd, tuple(groups), tuple(depths), *waiting)
