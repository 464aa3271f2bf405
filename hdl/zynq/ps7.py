"""The processing system of a Zynq-7000, of which every input is connected."""

from collections.abc import Iterator

from amaranth.hdl import Cat, ClockSignal, Const, Instance, Shape, Value
from amaranth.lib.wiring import In, Out

from hdl.bus import axi

__all__ = ["MEMORY_PORTS", "ps7"]

MEMORY_PORTS = {"hp0": "SAXIHP0", "acp": "SAXIACP"}
"""Where a design reaches the memory: straight, or through the caches of the processor."""

_ACP_IDS = 3
_ACP_CACHE = 0b1111
"""Write back, allocate: the L2 cache must look an address up, which may be dirty there."""
_ACP_USER = 0b11111
"""Shared (bit 0), and of the same kind for the inner cache: UG585, section 3.5.1."""

_GP_DATA, _GP_IDS = 32, 12
_HP_DATA, _HP_IDS = 64, 6
_AXI = {
    **{f"MAXIGP{n}": (_GP_DATA, _GP_IDS) for n in range(2)},
    **{f"SAXIGP{n}": (_GP_DATA, 6) for n in range(2)},
    **{f"SAXIHP{n}": (_HP_DATA, _HP_IDS) for n in range(4)},
    "SAXIACP": (_HP_DATA, _ACP_IDS),
}
"""Bits of data and of IDs."""

_DEVICES = {
    "DMA": (4, {"ACLK": 1, "DAREADY": 1, "DRLAST": 1, "DRTYPE": 2, "DRVALID": 1}),
    "EMIOCAN": (2, {"PHYRX": 1}),
    "EMIOENET": (2, {"EXTINTIN": 1, "GMIICOL": 1, "GMIICRS": 1, "GMIIRXCLK": 1, "GMIIRXD": 8,
                     "GMIIRXDV": 1, "GMIIRXER": 1, "GMIITXCLK": 1, "MDIOI": 1}),
    "EMIOI2C": (2, {"SCLI": 1, "SDAI": 1}),
    "EMIOSDIO": (2, {"CDN": 1, "CLKFB": 1, "CMDI": 1, "DATAI": 4, "WP": 1}),
    "EMIOSPI": (2, {"MI": 1, "SCLKI": 1, "SI": 1, "SSIN": 1}),
    "EMIOTTC": (2, {"CLKI": 3}),
    "EMIOUART": (2, {"CTSN": 1, "DCDN": 1, "DSRN": 1, "RIN": 1, "RX": 1}),
    "EMIOUSB": (2, {"VBUSPWRFAULT": 1}),
}  # fmt: skip
"""Inputs of devices that could have come out through the logic: how many devices, and bits."""

_ALONE = {"EMIOPJTAGTCK": 1, "EMIOPJTAGTDI": 1, "EMIOPJTAGTMS": 1, "EMIOSRAMINTIN": 1,
          "EMIOTRACECLK": 1, "EMIOWDTCLKI": 1, "EMIOGPIOI": 64, "EVENTEVENTI": 1,
          "FTMDTRACEINCLOCK": 1, "FTMDTRACEINVALID": 1, "FTMDTRACEINDATA": 32,
          "FTMDTRACEINATID": 4, "FTMTF2PDEBUG": 32, "FTMTF2PTRIG": 4, "FTMTP2FTRIGACK": 4,
          "DDRARB": 4, "FCLKCLKTRIGN": 4}  # fmt: skip

_IRQS = 20
"""Of IRQF2P: 0 to 15 are interrupts 61-68 and 84-91, the others the processors' own."""


def ps7(*, fclk: Value, resetn: Value, gp0, memory, port: str, irq: Value) -> Instance:
    """A PS7 (UG585, "Zynq-7000 SoC Technical Reference Manual", chapter 2); ports as yosys names.

    The domain sync clocks the AXI ports. Unused inputs are 0. The pads of the processing system are
    not connected: they are balls of their own, which the boot image has set up.

    Parameters
    ----------
    fclk, resetn : the four clocks, and their resets, which come at any time; driven
    gp0 : interface of ``axi.axi3(32, 12)``: the processor's window at 0x4000_0000
    memory : interface of ``axi.axi3(64, 6)``, the design being the manager; of the lowest three
        bits of IDs at ACP, whose accesses are coherent with the caches
    port : ``hp0`` or ``acp``
    irq : interrupt 61 of the GIC, by its level

    Raises
    ------
    ValueError
        If the port is another one.
    """
    if port not in MEMORY_PORTS:
        raise ValueError(f"PS7 port must be {' or '.join(MEMORY_PORTS)}, not {port!r}")
    used = {
        "o_FCLKCLK": fclk,
        "o_FCLKRESETN": resetn,
        "i_IRQF2P": Cat(irq, Const(0, _IRQS - 1)),
        # The logic is never idle: the interconnect must not stop its clock.
        "i_FPGAIDLEN": Const(1, 1),
        **dict(_manager("MAXIGP0", gp0)),
        **dict(_memory(MEMORY_PORTS[port], memory)),
    }
    idle = {f"i_{name}": Const(0, bits) for name, bits in _inputs().items()}
    # Without LEDs a design has no ports; nothing of it would be left.
    return Instance("PS7", a_keep=1, **idle | used)


def _manager(port: str, interface) -> Iterator[tuple[str, Value]]:
    """Of a port whose manager is the processing system."""
    yield f"i_{port}ACLK", ClockSignal()
    for name, member in axi.axi3(_GP_DATA, _GP_IDS).members.items():
        way = "o" if member.flow is Out else "i"
        yield f"{way}_{port}{name.upper()}", getattr(interface, name)


def _memory(port: str, interface) -> Iterator[tuple[str, Value]]:
    """Of a port whose manager is the design."""
    yield f"i_{port}ACLK", ClockSignal()
    for name, member in axi.axi3(_HP_DATA, _HP_IDS).members.items():
        way, value = "i" if member.flow is Out else "o", getattr(interface, name)
        if port == "SAXIACP" and name.endswith("id"):
            value = value[:_ACP_IDS]
        elif port == "SAXIACP" and name.endswith("cache"):
            value = Const(_ACP_CACHE, 4)
        yield f"{way}_{port}{name.upper()}", value
    if port == "SAXIACP":
        yield from ((f"i_{port}{channel}USER", Const(_ACP_USER, 5)) for channel in ("AR", "AW"))


def _inputs() -> dict[str, int]:
    """Bits of every input."""
    bits = {"IRQF2P": _IRQS, "FPGAIDLEN": 1, **_ALONE}
    for device, (count, inputs) in _DEVICES.items():
        bits |= {f"{device}{n}{name}": size for n in range(count) for name, size in inputs.items()}
    for port, (data, ids) in _AXI.items():
        bits[f"{port}ACLK"] = 1
        inward = In if port.startswith("M") else Out
        members = axi.axi3(data, ids).members.items()
        bits |= {f"{port}{name.upper()}": Shape.cast(member.shape).width
                 for name, member in members if member.flow is inward}  # fmt: skip
        if port.startswith("SAXIHP"):
            bits |= {f"{port}{way}ISSUECAP1EN": 1 for way in ("RD", "WR")}
    return bits | {f"SAXIACP{channel}USER": 5 for channel in ("AR", "AW")}
