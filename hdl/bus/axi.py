"""The buses of a system, as their managers see them."""

from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["DECERR", "OKAY", "SLVERR", "axi3", "lite"]

OKAY, SLVERR, DECERR = 0, 2, 3
"""Responses; 1 is for exclusive accesses, which nothing here makes (IHI 0022, A3.4.4)."""


def lite(address: int = 12) -> wiring.Signature:
    """AXI4-Lite of 32 data bits."""
    members = {}
    for channel in ("aw", "ar"):
        members |= {f"{channel}addr": Out(address), f"{channel}prot": Out(3)}
    members |= {"wdata": Out(32), "wstrb": Out(4), "bresp": In(2), "rdata": In(32), "rresp": In(2)}
    return wiring.Signature(members | _handshakes())


def axi3(data: int, ids: int) -> wiring.Signature:
    """AXI3 of 32 address bits, as the PS7 speaks it: 4 bits of length, WID, no region or user.

    SIZE has two bits there, as no transfer is wider than 64 bits.
    """
    members = {}
    for channel in ("aw", "ar"):
        fields = {"addr": 32, "id": ids, "len": 4, "size": 2, "burst": 2, "lock": 2, "cache": 4,
                  "prot": 3, "qos": 4}  # fmt: skip
        members |= {f"{channel}{name}": Out(bits) for name, bits in fields.items()}
    members |= {"wdata": Out(data), "wstrb": Out(data // 8), "wid": Out(ids), "wlast": Out(1),
                "bid": In(ids), "bresp": In(2),
                "rdata": In(data), "rid": In(ids), "rresp": In(2), "rlast": In(1)}  # fmt: skip
    return wiring.Signature(members | _handshakes())


def _handshakes() -> dict:
    members = {}
    for channel, way, back in (("aw", Out, In), ("ar", Out, In), ("w", Out, In), ("b", In, Out),
                               ("r", In, Out)):  # fmt: skip
        members |= {f"{channel}valid": way(1), f"{channel}ready": back(1)}
    return members
