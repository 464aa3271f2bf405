"""What moving the frames costs, on a board whose memory gives 64 bits a cycle each way."""

from hdl.bus.axis import Edge

__all__ = ["WORD", "binding", "io"]

WORD = 8
"""Bytes of a word of the DMA."""


def io(edges: tuple[Edge, Edge]) -> dict:
    """The report's record: bytes of a frame in and out, and the cycles that the larger takes.

    A word holds no parts of two frames on its way into the network, so the cycles are whole.
    """
    i_bytes, o_bytes = (edge.frame_bytes for edge in edges)
    cycles = max(-(-i_bytes // WORD), -(-o_bytes // WORD))
    return {"input_bytes": i_bytes, "output_bytes": o_bytes, "cycles_per_frame": cycles}


def binding(moved: dict, cycles: int | float, what: str) -> dict | None:
    """The report's record of what binds, if it is moving frames: slower than ``what``'s cycles.

    ``moved`` is the record of :func:`io`.
    """
    slow = moved["cycles_per_frame"]
    if slow <= cycles:
        return None
    name = "input" if moved["input_bytes"] >= moved["output_bytes"] else "output"
    size = moved[f"{name}_bytes"]
    text = (f"the DMA binds on a board: {size:,} bytes of {name} take {slow:,} cycles a frame, "
            f"{what} {cycles:,.6g}")  # fmt: skip
    return {"binds": "dma", "at": [name], "cycles": slow, "sentence": text}
