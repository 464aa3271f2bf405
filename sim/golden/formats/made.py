"""Number formats by their descriptions."""

from collections.abc import Mapping
from dataclasses import fields

from sim.golden.formats.biscaled import BiScaled
from sim.golden.formats.blockfloat import BlockFloat
from sim.golden.formats.fpec import FPEC
from sim.golden.formats.grouped import Grouped
from sim.golden.formats.minifloat import Minifloat

__all__ = ["made"]

KINDS = {
    "fpec": FPEC,
    "biscaled": BiScaled,
    "grouped": Grouped,
    "blockfloat": BlockFloat,
    "minifloat": Minifloat,
}


def made(record: Mapping):
    """The format that the fields of a record in model.json describe, ``format`` among them."""
    kind = KINDS[record["format"]]
    names = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in record.items() if name in names})
