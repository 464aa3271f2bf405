"""Words of a memory as a stream: what the DMAs and the packing hand to each other."""

from amaranth.lib import data, stream

__all__ = ["BYTES", "layout", "signature"]

BYTES = 8
"""Of a word."""


def layout() -> data.ArrayLayout:
    """Bytes of a word, that of the lowest address in lane 0."""
    return data.ArrayLayout(8, BYTES)


def signature() -> stream.Signature:
    """A stream of words. Nothing marks an end: lengths are given beforehand."""
    return stream.Signature(layout())
