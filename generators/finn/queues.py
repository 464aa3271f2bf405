"""Where the queues of a design lie, by layer: in LUT or block RAM, as makes the design best.

A queue in block RAM takes LUTs for its pointers alone, and a cycle more. In a chain that shifts all
that comes behind it and nothing else, so how long a queue is follows from its own storage: with
all of them in LUT RAM, and all in block RAM, every mixture is known, and a program chooses. Where
branches meet, or a host's frames might come spread (:data:`generators.finn.depth.SPREAD_SAVES`),
queues follow from each other; then all mixtures are looked at if these are few. Else a mixture is
chosen as in a chain, and it is not known whether another is better (``sure`` of a design).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from generators.finn import cost, depth
from generators.finn.between import array
from generators.finn.design import Circuits, Design
from generators.finn.part import owners
from generators.finn.select import SLACK, WEIGHTS
from generators.finn.space import Space

__all__ = ["STORAGES", "Queues", "best"]

STORAGES = ("auto", "lut", "bram")
"""Of a layer's queues; of equal ones the first is chosen."""

FEW = 81
"""Mixtures so few that each is looked at: those of four layers."""


@dataclass(frozen=True, kw_only=True)
class Queues:
    """Layers whose queues' storage is free, and what is sought: it fits, and is of least weight.

    ``quick`` asks for the lowest latency first.
    """

    free: tuple[str, ...]
    amounts: np.ndarray
    quick: bool = False

    def least(self, designs: Iterable[Design]) -> Design:
        """The best one; if none fits, that whose most used resource is the least part."""
        return min(designs, key=self._key)

    def _key(self, design: Design) -> tuple[float, ...]:
        used = array(design.total)
        over = float((used / np.maximum(self.amounts, SLACK)).max())
        fits = bool((used <= self.amounts + SLACK).all())
        latency = float(self.quick and design.latency)
        return 0.0 if fits else over, latency, round(float(used @ WEIGHTS), 9)


def best(space: Space, picks: tuple[int, ...], cycles: int | float, queues: Queues) -> Design:
    """The best design of these candidates."""
    made = Circuits(space, picks, cycles)
    plain = made.design({})
    if not queues.free:
        return plain
    chain = all(len(part.inputs) == 1 for part in made.parts)
    if chain and not _longer(plain):
        return plain
    low, high = (made.design(dict.fromkeys(queues.free, name)) for name in STORAGES[1:])
    apart = chain and depth.queue_bits(high.parts) <= depth.SPREAD_SAVES
    if not apart and len(STORAGES) ** len(queues.free) <= FEW:
        some = product(STORAGES, repeat=len(queues.free))
        return queues.least(made.design(dict(zip(queues.free, names))) for names in some)
    found = _mixed((plain, low, high), queues)
    some = [plain, low, high] if found is None else [plain, made.design(found), low, high]
    return replace(queues.least(some), sure=apart)


def _longer(design: Design) -> bool:
    """Whether a queue is more than a register slice."""
    return any(part.kind == "fifo" and part.config.depth > 2 for part in design.parts)


def _mixed(designs: tuple[Design, ...], queues: Queues) -> dict[str, str] | None:
    """The best storage of each layer as if none changed another's queues; None if none fits."""
    tables = [_layers(design) for design in designs]
    names = [name for name in queues.free if any(name in table for table in tables)]
    if not names:
        return {}
    used = np.array([[table.get(name, np.zeros(5)) for table in tables] for name in names])
    rest = array(designs[0].total) - used[:, 0, :4].sum(axis=0)
    flat = used.reshape(-1, 5)
    goal = flat[:, :4] @ WEIGHTS
    goal = flat[:, 4] + SLACK * goal if queues.quick else goal
    goal += np.tile(np.arange(len(STORAGES)) * SLACK**2, len(names))
    one = np.kron(np.eye(len(names)), np.ones(len(STORAGES)))
    rows = [LinearConstraint(one, 1, 1),
            LinearConstraint(flat[:, :4].T, -np.inf, queues.amounts - rest + SLACK)]  # fmt: skip
    found = milp(goal, constraints=rows, bounds=Bounds(0, 1), integrality=np.ones(len(goal)),
                 options={"mip_rel_gap": 0.0})  # fmt: skip
    if found.x is None:
        return None
    picked = found.x.reshape(len(names), -1).argmax(axis=1)
    return {name: _plainest(of, pick) for name, of, pick in zip(names, used, picked)}


def _plainest(used: np.ndarray, pick: int) -> str:
    """The first storage that takes the same."""
    return STORAGES[int((used == used[pick]).all(axis=1).argmax())]


def _layers(design: Design) -> dict[str, np.ndarray]:
    """What each layer's queues take, and their cycles (5,)."""
    found: dict[str, np.ndarray] = {}
    own = owners(design.parts, design.choices)
    for part in design.parts:
        if part.kind == "fifo":
            (name,) = own[part.name]
            used = np.append(array(cost.part(part)), part.config.latency)
            found[name] = found.get(name, 0) + used
    return found
