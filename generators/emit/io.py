"""What moving the frames costs, on a board whose memory gives 64 bits a cycle each way."""

from hdl.bus.axis import Edge

__all__ = ["WORD", "io", "sentence"]

WORD = 8
"""Bytes of a word of the DMA."""


def io(edges: tuple[Edge, Edge]) -> dict:
    """The report's record: bytes of a frame in and out, and the cycles that the larger takes.

    A word holds no parts of two frames on its way into the network, so the cycles are whole.
    """
    i_bytes, o_bytes = (edge.frame_bytes for edge in edges)
    cycles = max(-(-i_bytes // WORD), -(-o_bytes // WORD))
    return {"input_bytes": i_bytes, "output_bytes": o_bytes, "cycles_per_frame": cycles}


def sentence(report: dict) -> str | None:
    """That moving frames binds, where it does."""
    cycles = report["io"]["cycles_per_frame"]
    if cycles <= report["cycles_per_frame"]:
        return None
    rate = report["clock_mhz"] * 1e6 / cycles
    moved = "input" if report["io"]["input_bytes"] >= report["io"]["output_bytes"] else "output"
    size = report["io"][f"{moved}_bytes"]
    return (f"on a board the DMA binds: {size:,} bytes of {moved} a frame take {cycles:,} cycles, "
            f"{rate:,.0f} frames a second")  # fmt: skip
