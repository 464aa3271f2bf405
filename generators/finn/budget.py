"""What a network may use of a board."""

from dataclasses import astuple, dataclass

import numpy as np

from boards.devices import Board
from generators.finn.cost import Cost
from generators.finn.space import RESOURCES

__all__ = ["Budget"]


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a network may use of a board."""

    board: Board
    lut: int
    ff: int
    bram18: int
    dsp: int

    @classmethod
    def of(cls, wish) -> "Budget":
        """The parts of a wish's board that it allows."""
        parts = {name: (wish.part_of or {}).get(name, 1.0) for name in RESOURCES}
        room = {name: int(round(wish.board.room(name) * part, 6)) for name, part in parts.items()}
        return cls(board=wish.board, **room)

    @property
    def amounts(self) -> np.ndarray:
        """By resource, to divide by: nothing fits into none."""
        return np.array([max(1e-9, getattr(self, name)) for name in RESOURCES])

    def worst(self, total: Cost) -> tuple[float, str]:
        """The largest part of a resource that is used, and which resource."""
        used = np.array(astuple(total)) / self.amounts
        most = int(used.argmax())
        return float(used[most]), RESOURCES[most]

    def need(self, total: Cost) -> str:
        """The resource most used, how much of it, and how much there is."""
        _, name = self.worst(total)
        return f"{name.upper()} {getattr(total, name):,.0f} of {getattr(self, name):,}"
