"""Size of an array and of what stands around it."""

from dataclasses import dataclass

__all__ = ["Shape"]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """An array and its batches: ``rows`` x ``cols`` cells of ``lanes`` products.

    ``batch`` frames share weights; the accumulator holds the sums of ``depth`` vectors at most.
    ``held``: words of activations on chip, where the maps between layers lie in an external
    memory, and a part of each at a time here; None where they are on chip as a whole.
    """

    rows: int
    cols: int
    lanes: int
    batch: int
    depth: int
    held: int | None = None

    @property
    def word(self) -> int:
        """Activations of a vector, and of a word of memory."""
        return self.rows * self.lanes

    @property
    def products(self) -> int:
        """Products a cycle."""
        return self.word * self.cols
