"""The designs of a network that fronts are made of, each planned whole."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from generators.explore import front
from generators.finn import plan, relief
from generators.finn.fold import fold_file
from generators.finn.linear import linear_layers
from generators.network import graph
from generators.network.error import ModelError
from generators.synth.resources import Cost

__all__ = ["OBJECTIVES", "Design", "Explorer", "explore"]

OBJECTIVES = ("fps", "latency")
"""What may be traded for LUTs: frames a second, or the latency."""

SLOWEST = 10**12
"""Cycles a frame that no design exceeds."""


@dataclass(frozen=True)
class Design:
    """A design as planned, with its estimated resources."""

    planned: plan.Plan
    cost: Cost

    @property
    def cycles(self) -> int | float:
        """Cycles a frame."""
        return self.planned.cycles

    @property
    def latency(self) -> int:
        """Cycles from a frame's first beat in to its last one out."""
        return self.planned.latency

    @property
    def lut(self) -> int:
        """Estimated, as a report says it."""
        return round(self.cost.lut)

    @property
    def binds(self) -> str:
        """What a frame waits for: the layers, or the edge, that are busy all the time."""
        return ", ".join(relief.binding(self.planned))

    @property
    def fold_file(self) -> str:
        """What ``generators.finn --fold`` makes the same design of."""
        return fold_file(self.planned.choices)


class Explorer:
    """Plans designs of one network on one board; what was asked before is known.

    Parameters
    ----------
    network : streamlined
    wish : board, clock and the parts of the board that may be used

    Raises
    ------
    ModelError
        If the network has no layer that is folded.
    """

    def __init__(self, network: graph.Network, wish: plan.Wish) -> None:
        if not linear_layers(network):
            what = "Network must have a dense layer or a convolution, whose folds are explored"
            raise ModelError(network.name, what)
        self.network, self.wish = network, wish
        self._room = wish.board.room("lut")
        self._most = int(round(self._room * (wish.part_of or {}).get("lut", 1.0), 6))
        self._known: dict[tuple, Design | None] = {}

    def within(self, cycles: int) -> Design | None:
        """The fewest LUTs at so many cycles a frame at most, or None where nothing fits."""
        return self._tried(cycles=cycles, text=f"--cycles {cycles}")

    def quickest(self, lut: int | None = None) -> Design | None:
        """The lowest latency within so many LUTs, or as many as may be used; None as above.

        Of designs as quick that are known the one with the fewest LUTs.
        """
        most = self._most if lut is None else min(lut, self._most)
        part_of = (self.wish.part_of or {}) | {"lut": most / self._room}
        self._tried(goal="latency", part_of=part_of, text="--objective latency")
        known = [one for one in self._known.values() if one is not None and one.lut <= most]
        return min(known, key=lambda design: (design.latency, design.lut), default=None)

    def fastest(self) -> Design:
        """The fewest cycles a frame.

        Raises
        ------
        ModelError
            If nothing fits.
        """
        return self._planned(text="--max")

    def _tried(self, **changes) -> Design | None:
        key = repr(sorted(changes.items(), key=lambda pair: pair[0]))
        if key not in self._known:
            try:
                self._known[key] = self._planned(**changes)
            except ModelError:
                self._known[key] = None
        return self._known[key]

    def _planned(self, **changes) -> Design:
        """A design as its fold file builds it: edges, and what is not folded, follow from folds."""
        found = plan.plan(self.network, replace(self.wish, **changes))
        folds = {name: graph.Fold(**asdict(choice)) for name, choice in found.choices.items()}
        built = plan.plan(self.network, replace(self.wish, folds=folds, text="--fold"))
        built = replace(built, bound=found.bound, proven=found.proven, gap=found.gap)
        return Design(built, built.total)


def explore(explorer: Explorer, count: int, objectives: Sequence[str],
            tell: Callable[[str], None]) -> dict[str, list[Design]]:  # fmt: skip
    """The fronts by objective, each of at most so many designs, the fastest first.

    Raises
    ------
    ModelError
        If nothing fits.
    """
    tell("seeking the fastest design")
    fastest = explorer.fastest()
    tell("seeking the cheapest design")
    cheapest = explorer.within(SLOWEST) or fastest
    made = {}
    for objective in objectives:
        say = lambda number, what=objective: tell(  # noqa: E731
            f"seeking design {number + 1} of at most {count} for {what}"
        )
        if objective == "fps":
            key = lambda design: (design.cycles, design.lut)  # noqa: E731
            made[objective] = front.sweep(explorer.within, fastest, cheapest, count, key, say)
            continue
        quickest = explorer.quickest() or fastest
        key = lambda design: (design.lut, design.latency)  # noqa: E731
        found = front.sweep(explorer.quickest, cheapest, quickest, count, key, say)
        made[objective] = found[::-1]
    return made
