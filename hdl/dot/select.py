"""Which dot product multiplies which numbers."""

from hdl.compress.fabric import Kind
from hdl.dot.integer import Integer
from hdl.dot.popcount import Popcount
from hdl.number import Number

__all__ = ["Dot", "select"]

Dot = Popcount.Config | Integer.Config


def select(x: Number, w: Number, lanes: int, *, multiplier: bool = False,
           fabric: Kind = "xilinx") -> Dot:  # fmt: skip
    """XNOR-popcount for bipolar x bipolar, else sums of integer products."""
    if x.bipolar and w.bipolar:
        return Popcount.Config(lanes=lanes, fabric=fabric)
    return Integer.Config(lanes=lanes, x=x, w=w, multiplier=multiplier)
