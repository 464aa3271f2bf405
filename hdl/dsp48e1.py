"""A DSP48E1 of which every port is connected."""

from collections.abc import Iterable

from amaranth.hdl import ClockSignal, Const, Instance, Value

__all__ = ["PORTS", "dsp48e1"]

PORTS = {"A": 30, "B": 18, "C": 48, "D": 25, "ACIN": 30, "BCIN": 18, "PCIN": 48, "INMODE": 5,
         "OPMODE": 7, "ALUMODE": 4, "CARRYIN": 1, "CARRYINSEL": 3, "CARRYCASCIN": 1,
         "MULTSIGNIN": 1}  # fmt: skip
"""Bits of each input, without clock, enables and resets."""

_ENABLES = {"A": "A2", "B": "B2", "C": "C", "D": "D", "AD": "AD", "M": "M", "P": "P",
            "INMODE": "INMODE", "OPMODE": "CTRL", "ALUMODE": "ALUMODE"}  # fmt: skip
"""Which enable a register has; of one register at A and B it is the second that there is."""
_UNUSED_ENABLES = ("A1", "B1", "CARRYIN")
_RESETS = ("A", "B", "C", "D", "M", "P", "CTRL", "ALUMODE", "INMODE", "ALLCARRYIN")
_CASCADES = {"ACASCREG": "A", "BCASCREG": "B"}
"""Registers on the way to a neighbour: as many as on the way in, which UG479 asks for."""


def dsp48e1(
    *, en: Value, registers: Iterable[str], parameters: dict[str, str], inputs: dict[str, Value],
    outputs: dict[str, Value],
) -> Instance:  # fmt: skip
    """A DSP48E1 (UG479, "7 Series DSP48E1 Slice"): what is not said is 0.

    Parameters
    ----------
    en : clock enable of every register in use; none is ever reset
    registers : those in use, one deep: some of A, B, C, D, AD, M, P, INMODE, OPMODE and ALUMODE
    parameters : USE_MULT, USE_DPORT and USE_SIMD
    inputs, outputs : what its ports are connected to, by name. PCIN must come from another's PCOUT.

    Raises
    ------
    ValueError
        If an input is not as wide as its port.
    """
    for name, value in inputs.items():
        if len(value) != PORTS[name]:
            what = f"{PORTS[name]} bits wide, not {len(value)}"
            raise ValueError(f"DSP48E1 input {name} must be {what}")
    used = frozenset(registers)
    depths = {f"{name}REG": int(name in used) for name in (*_ENABLES, "CARRYIN", "CARRYINSEL")}
    depths |= {name: int(of in used) for name, of in _CASCADES.items()}
    ports = {name: inputs.get(name, Const(0, bits)) for name, bits in PORTS.items()}
    ports |= {f"CE{enable}": en if name in used else Const(0, 1)
              for name, enable in _ENABLES.items()}  # fmt: skip
    ports |= {f"CE{name}": Const(0, 1) for name in _UNUSED_ENABLES}
    ports |= {f"RST{name}": Const(0, 1) for name in _RESETS}
    return Instance(
        "DSP48E1",
        **{f"p_{name}": value for name, value in {**parameters, **depths}.items()},
        i_CLK=ClockSignal(),
        **{f"i_{name}": value for name, value in ports.items()},
        **{f"o_{name}": value for name, value in outputs.items()},
    )
