"""Circuits of fixed point with error compensation, whose resources are kept."""

from functools import partial

from hdl.dot.fpec import FPEC
from hdl.dot.fpec_shared import SharedFPEC
from hdl.number import Number
from hdl.quant.encode_fpec import EncodeFPEC

__all__ = ["FPECS", "dot", "encode", "shared_dot"]


def dot(bits: int, errors: str = "both", magnitude: int = 0, lanes: int = 16) -> FPEC:
    """A dot product of signed numbers with errors on either side or one."""
    q = Number(width=bits, signed=True)
    return FPEC.Config(lanes=lanes, qx=q, qw=q, magnitude=magnitude, errors=errors).build()


def shared_dot(bits: int, block: int, compensators: int, lanes: int = 16) -> SharedFPEC:
    """A dot product of so many signed numbers in blocks, with errors on both sides."""
    q = Number(width=bits, signed=True)
    return SharedFPEC.Config(lanes=lanes // block, block=block, compensators=compensators, qx=q,
                             qw=q).build()  # fmt: skip


def encode(bits: int, magnitude: int = 0, *, signed: bool = False) -> EncodeFPEC:
    """Sums of 20 bits, of which 8 are below 1."""
    return EncodeFPEC.Config(x=Number(width=20, signed=True), bits=bits, signed=signed,
                             magnitude=magnitude, right_shift=8).build()  # fmt: skip


FPECS = {
    "fpec 16 of 4 by 4": partial(dot, 4),
    "fpec 8 of 6 by 6, errors of inputs": partial(dot, 6, "x", lanes=8),
    "fpec 8 of 4 by 4 of 1 magnitude bit": partial(dot, 4, "both", 1, lanes=8),
    "fpec 16 of 4 by 4, one of four compensated": partial(shared_dot, 4, 4, 1),
    "encode 20 bits to fpec 4": partial(encode, 4),
    "encode 20 bits to fpec 6 of 1 magnitude bit": partial(encode, 6, 1),
}
"""By name, the function that makes each."""
