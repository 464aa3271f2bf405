"""How frames of bytes lie in the words of a memory and in the beats of a stream."""

from dataclasses import dataclass
from math import gcd

from hdl.bus.word import BYTES
from hdl.checks import positive

__all__ = ["Packing"]


@dataclass(frozen=True, kw_only=True)
class Packing:
    """Frames of ``frame_bytes`` bytes, without a gap in memory; ``width`` is the bits of a beat.

    Each frame begins in a beat of its own, its bytes in order from the lowest bits up. Between the
    words and the beats it goes through *parts*: beats, or words where these are narrower.
    """

    frame_bytes: int
    width: int

    def __post_init__(self) -> None:
        positive("Packing", frame_bytes=self.frame_bytes)
        if self.width not in (8, 16, 32, 64, 128, 256, 512, 1024):
            what = f"a power of two from 8 to 1024, not {self.width!r}"
            raise ValueError(f"Packing width must be {what}")

    @property
    def lanes(self) -> int:
        """Bytes of a beat."""
        return self.width // 8

    @property
    def beats(self) -> int:
        """Beats of a frame."""
        return -(-self.frame_bytes // self.lanes)

    @property
    def part(self) -> int:
        """Bytes of a part."""
        return min(self.lanes, BYTES)

    @property
    def parts(self) -> int:
        """Parts of a frame."""
        return -(-self.frame_bytes // self.part)

    @property
    def rest(self) -> int:
        """Bytes of a frame's last part."""
        return self.frame_bytes - (self.parts - 1) * self.part

    @property
    def unit(self) -> int:
        """Parts begin at multiples of so many bytes of a word."""
        return gcd(self.frame_bytes, self.part)

    @property
    def places(self) -> int:
        """Places in a word at which parts begin."""
        return BYTES // self.unit

    @property
    def interval(self) -> int:
        """Cycles a frame: one a word or beat, whichever are more."""
        return self.parts
