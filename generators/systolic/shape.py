"""Size of an array and of what stands around it."""

from dataclasses import dataclass

__all__ = ["Shape"]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """An array and its batches: ``rows`` x ``cols`` cells of ``lanes`` products.

    ``batch`` frames share weights; the accumulator holds the sums of ``depth`` vectors at most.
    """

    rows: int
    cols: int
    lanes: int
    batch: int
    depth: int

    @property
    def word(self) -> int:
        """Activations of a vector, and of a word of memory."""
        return self.rows * self.lanes

    @property
    def products(self) -> int:
        """Products a cycle."""
        return self.word * self.cols
