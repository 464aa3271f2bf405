"""Which dot product multiplies which numbers."""

from hdl.compress.fabric import Kind
from hdl.dot.booth import Booth
from hdl.dot.integer import Integer
from hdl.dot.packed import Packed
from hdl.dot.packing import Packing
from hdl.dot.popcount import Popcount
from hdl.number import Number

__all__ = ["Dot", "select"]

Dot = Popcount.Config | Integer.Config | Booth.Config | Packed.Config


def select(x: Number, w: Number, lanes: int, *, multiplier: bool = False,
           fabric: Kind = "xilinx", rows: int = 1) -> Dot:  # fmt: skip
    """XNOR-popcount for bipolar x bipolar, else sums of integer products: what takes fewer LUTs.

    Booth rows are carry chains, so that without these the products are those of a bit heap. Of
    ``rows`` that share their operands multipliers do several, where their products fit in one.
    """
    if x.bipolar and w.bipolar:
        return Popcount.Config(lanes=lanes, fabric=fabric)
    packed = Packing.rows(rows, x, w) if multiplier and fabric != "portable" else 0
    if packed:
        return Packed.Config(lanes=lanes, rows=packed, x=x, w=w, fabric=fabric)
    heap = Integer.Config(lanes=lanes, x=x, w=w, multiplier=multiplier, fabric=fabric)
    if multiplier or x.bipolar or w.bipolar or fabric != "xilinx":
        return heap
    rows = Booth.Config(lanes=lanes, x=x, w=w, fabric=fabric)
    return min((heap, rows), key=lambda config: config.estimate)
