"""Circuits of BiScaled fixed point, whose resources are kept."""

from functools import partial

from hdl.array.indexlist import IndexList
from hdl.dot.biscaled import BiScaled
from hdl.dot.biscaled_blocks import BiScaledBlocks
from hdl.number import Number
from hdl.quant.encode_biscaled import EncodeBiScaled

__all__ = ["BISCALED", "blocks", "dot", "encode", "index_list"]


def dot(bits: int, shift: int, sides: str, lanes: int = 16) -> BiScaled:
    """A dot product of signed numbers; of the sides "x", "w" or "xw" each is fine or wide."""
    q = Number(width=bits, signed=True)
    shifts = {f"{side}_shift": shift for side in sides}
    return BiScaled.Config(lanes=lanes, qx=q, qw=q, **shifts).build()


def blocks(bits: int, shift: int, block: int, limit: int = 1) -> BiScaledBlocks:
    """A dot product of 16 signed numbers or one block, of which at most limit weights are wide."""
    q = Number(width=bits, signed=True)
    return BiScaledBlocks.Config(lanes=max(1, 16 // block), block=block, limit=limit, qx=q, qw=q,
                                 w_shift=shift, skewed=True).build()  # fmt: skip


def encode(bits: int, shift: int, *, signed: bool = False) -> EncodeBiScaled:
    """Sums of 20 bits, of which 8 are below 1."""
    return EncodeBiScaled.Config(x=Number(width=20, signed=True), bits=bits, shift=shift,
                                 signed=signed, right_shift=8).build()  # fmt: skip


def index_list(block: int, limit: int) -> IndexList:
    """The decoder of a list."""
    return IndexList.Config(block=block, limit=limit).build()


BISCALED = {
    "biscaled 8 of 4 by 4, both": partial(dot, 4, 2, "xw", 8),
    "biscaled 8 of 6 by 6, weights": partial(dot, 6, 2, "w", 8),
    "biscaled 16 of 6 by 6, a wide weight": partial(blocks, 6, 2, 16),
    "biscaled 16 of 4 by 4 in two blocks": partial(blocks, 4, 2, 8),
    "encode 20 bits to biscaled 6": partial(encode, 6, 2),
    "index list of 2 in 16": partial(index_list, 16, 2),
}
"""By name, the function that makes each."""
