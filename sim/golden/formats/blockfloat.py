"""Block floating point: integers of a few bits, and one exponent for each block of them."""

from dataclasses import dataclass

import numpy as np

from sim.golden.checks import positive
from sim.golden.formats.words import bits_of, blocks_of
from sim.golden.rounding import half_up

__all__ = ["BlockFloat", "exponents_of", "mantissas_of", "quantise"]


@dataclass(frozen=True)
class BlockFloat:
    r"""The integers :math:`m 2^e`, m of ``bits``, e shared by ``block`` consecutive channels.

    0 <= e < ``exponents``. A block is the innermost axis' next ``block`` numbers. Its word has the
    block's m, the first lowest, each of ``bits``, and above them e; with one exponent there is none
    in the word.

    Raises
    ------
    TypeError
        If bits, block or exponents is no positive integer.
    """

    bits: int
    block: int
    exponents: int
    signed: bool = True

    def __post_init__(self) -> None:
        positive("BlockFloat", bits=self.bits, block=self.block, exponents=self.exponents)

    @property
    def width(self) -> int:
        """Bits of a block's word."""
        return self.block * self.bits + self.field

    @property
    def field(self) -> int:
        """Bits of the exponent."""
        return (self.exponents - 1).bit_length()

    @property
    def low(self) -> int:
        """The lowest number."""
        return -(1 << self.bits - 1 << self.exponents - 1) if self.signed else 0

    @property
    def high(self) -> int:
        """The highest number."""
        return (1 << self.bits - self.signed) - 1 << self.exponents - 1

    def encode(self, v: np.ndarray) -> np.ndarray:
        r"""Real numbers (..., channels) to numbers of the format.

        Of each block :math:`e = clip(\lfloor\log_2 \max|v|\rfloor - (bits - 1 - signed))` from 0 to
        exponents - 1, so that the largest takes all bits; then :math:`m = \lfloor v / 2^e +
        1/2\rfloor`, saturated. A block of zeros has e = 0. Without a sign v < 0 counts as 0.

        Raises
        ------
        ValueError
            If the channels are no multiple of the block.
        """
        v = blocks_of(np.asarray(v, np.float64), self.block, "BlockFloat")
        v = v if self.signed else np.maximum(v, 0)
        e = exponents_of(v, self.bits, self.exponents, self.signed)[..., None]
        m = mantissas_of(v, e, self.bits, self.signed)
        return (m << e).reshape(*v.shape[:-2], -1)

    def decode(self, values: np.ndarray) -> np.ndarray:
        """What the numbers stand for: themselves, as floats."""
        return np.asarray(values, np.float64)

    def contains(self, values: np.ndarray) -> np.ndarray:
        """Which of the integers (..., channels) are in a block of the format."""
        _, e, inside = self._split(values)
        return np.broadcast_to(inside, (*e.shape[:-1], self.block)).reshape(np.shape(values))

    def split(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """m (..., blocks, block) and e (..., blocks) of numbers: the smallest e that there is.

        Raises
        ------
        ValueError
            If the channels are no multiple of the block, or a block is none of the format.
        """
        m, e, inside = self._split(values)
        if not np.all(inside):
            what = f"{self.bits} bits times one of {self.exponents} powers of two"
            raise ValueError(f"BlockFloat numbers of a block must be integers of {what}")
        return m, e[..., 0]

    def words(self, values: np.ndarray) -> np.ndarray:
        """Numbers (..., channels) to bits (..., blocks, width) of words, lowest first."""
        m, e = self.split(values)
        fields = bits_of(m, self.bits).reshape(*e.shape, -1)
        return np.concatenate([fields, bits_of(e, self.field)], axis=-1)

    def _split(self, values: np.ndarray):
        """m and e of each block, (..., blocks, 1), and whether it is one of the format."""
        v = blocks_of(np.asarray(values, np.int64), self.block, "BlockFloat")
        low, high = _ends(self.bits, self.signed)
        e = np.full((*v.shape[:-1], 1), self.exponents - 1)
        for exponent in reversed(range(self.exponents)):
            scaled = v >> exponent
            fits = ((scaled >= low) & (scaled <= high)).all(axis=-1, keepdims=True)
            e = np.where(fits, exponent, e)
        m = v >> e
        inside = (m << e == v) & (m >= low) & (m <= high)
        return m, e, inside.all(axis=-1, keepdims=True)


def quantise(v: np.ndarray, bits: int, *, dim: int = -1, signed: bool = True):
    r"""Real numbers to mantissas, and the exponent e of each set of numbers that share one.

    As QPyTorch's ``block_quantize``: the whole tensor is a set (dim = -1), or each index along the
    dimension ``dim``. :math:`e = \lfloor\log_2 \max|v|\rfloor`, 0 for zeros; the numbers are
    :math:`m 2^{e - (bits - 1 - signed)}`, m rounded half up and saturated.

    Returns
    -------
    int64 arrays m, of the shape of v, and e, with the same number of dimensions
    """
    v = np.asarray(v, np.float64)
    others = tuple(axis for axis in range(v.ndim) if axis != dim)
    e = _exponent(np.abs(v).max(axis=others, keepdims=True, initial=0))
    return mantissas_of(v, e - _places(bits, signed), bits, signed), e


def exponents_of(v: np.ndarray, bits: int, exponents: int, signed: bool) -> np.ndarray:
    r"""The exponent that each block (..., block) of numbers needs: of that of its largest

    :math:`e = clip(\lfloor\log_2 \max|v|\rfloor - (bits - 1 - signed), 0, exponents - 1)`.
    """
    largest = _exponent(np.abs(v).max(axis=-1, initial=0))
    return np.clip(largest - _places(bits, signed), 0, exponents - 1)


def mantissas_of(v: np.ndarray, e: np.ndarray, bits: int, signed: bool) -> np.ndarray:
    """v / 2^e, rounded half up and saturated."""
    return np.clip(half_up(np.ldexp(v, -e)), *_ends(bits, signed))


def _ends(bits: int, signed: bool) -> tuple[int, int]:
    """The lowest and the highest mantissa."""
    return -(1 << bits - 1) if signed else 0, (1 << bits - signed) - 1


def _places(bits: int, signed: bool) -> int:
    """Bits of a mantissa below the one of the largest power of two."""
    return bits - 1 - signed


def _exponent(v: np.ndarray) -> np.ndarray:
    """The largest e with 2^e <= v; 0 for zero."""
    return np.where(v > 0, np.frexp(v)[1] - 1, 0)
