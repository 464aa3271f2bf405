"""The buses of a system, as their managers see them."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["CACHE", "DECERR", "INCR", "OKAY", "SLVERR", "axi3", "axi3_read", "axi3_write",
           "connect_part", "lite"]  # fmt: skip

OKAY, SLVERR, DECERR = 0, 2, 3
"""Responses; 1 is for exclusive accesses, which nothing here makes (IHI 0022, A3.4.4)."""

INCR = 1
"""Type of a burst whose beats follow each other in memory."""

CACHE = 0b0011
"""Normal memory, bufferable: what every burst here is (A4.4)."""


def lite(address: int = 12) -> wiring.Signature:
    """AXI4-Lite of 32 data bits."""
    members = {}
    for channel in ("aw", "ar"):
        members |= {f"{channel}addr": Out(address), f"{channel}prot": Out(3)}
    members |= {"wdata": Out(32), "wstrb": Out(4), "bresp": In(2), "rdata": In(32), "rresp": In(2)}
    return wiring.Signature(members | _handshakes("aw", "w", "b", "ar", "r"))


def axi3(data: int, ids: int) -> wiring.Signature:
    """AXI3 of 32 address bits, as the PS7 speaks it: 4 bits of length, WID, no region or user.

    SIZE has two bits there, as no transfer is wider than 64 bits.
    """
    halves = axi3_write(data, ids).members, axi3_read(data, ids).members
    return wiring.Signature({**halves[0], **halves[1]})


def axi3_read(data: int, ids: int) -> wiring.Signature:
    """The AR and R channels of :func:`axi3`."""
    members = {"rdata": In(data), "rid": In(ids), "rresp": In(2), "rlast": In(1)}
    return wiring.Signature(_address("ar", ids) | members | _handshakes("ar", "r"))


def axi3_write(data: int, ids: int) -> wiring.Signature:
    """The AW, W and B channels of :func:`axi3`."""
    members = {"wdata": Out(data), "wstrb": Out(data // 8), "wid": Out(ids), "wlast": Out(1),
               "bid": In(ids), "bresp": In(2)}  # fmt: skip
    return wiring.Signature(_address("aw", ids) | members | _handshakes("aw", "w", "b"))


def connect_part(m: Module, whole, part) -> None:
    """Drive some channels of a manager's port by the manager of these channels alone.

    ``whole`` is a port ``Out(axi3(…))`` of the surrounding component, ``part`` one
    ``Out(axi3_read(…))`` or ``Out(axi3_write(…))`` of a component within.
    """
    for name, member in part.signature.members.items():
        ends = getattr(whole, name), getattr(part, name)
        to, by = ends if member.flow is Out else reversed(ends)
        m.d.comb += to.eq(by)


def _address(channel: str, ids: int) -> dict:
    fields = {"addr": 32, "id": ids, "len": 4, "size": 2, "burst": 2, "lock": 2, "cache": 4,
              "prot": 3, "qos": 4}  # fmt: skip
    return {f"{channel}{name}": Out(bits) for name, bits in fields.items()}


def _handshakes(*channels: str) -> dict:
    members = {}
    for channel in channels:
        way, back = (In, Out) if channel in ("b", "r") else (Out, In)
        members |= {f"{channel}valid": way(1), f"{channel}ready": back(1)}
    return members
