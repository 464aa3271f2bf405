"""Delays of a DSP48E1 in picoseconds, speed grade -1, by which of its registers are in use.

By the functions A.required, P.arrival, A.P.comb, … of yosys' techlibs/xilinx/cells_sim.v. Where
inputs take several ways the slowest counts, and that of the pre-adder's register is as if it were
not there. Of the control inputs yosys says nothing: 600 to their registers and 2,000 without are
estimates, on the safe side.
"""

import re

__all__ = ["delays", "number"]

_OWN_REGISTER = {"A": 254, "B": 324, "C": 168, "D": 248}
_WAYS = {
    "multiply": {"A": (1416, 2739, 2823), "B": (1285, 2608, 2690), "C": (None, 1244, 1325)},
    "add": {"A": (2400, 3723, 3806), "B": (1285, 2608, 2690), "C": (None, 1244, 1325),
            "D": (2310, 3635, 3717)},
    "none": {"A": (None, 1441, 1523), "B": (None, 1428, 1509), "C": (None, 1244, 1325)},
}  # fmt: skip
"""From an input to the register M, to the register P, and to the output P without either."""
_REGISTER = 129
"""From the clock to what leaves a register inside: 2,952 from A's to P, 2,823 from A to P."""
_P, _M_TO_P, _P_TO_P, _PATTERN = 329, 1671, 1606, 290
_BESIDE_P = 148
"""PCOUT and the like after P."""
_OUTPUTS = ("P", "PCOUT", "CARRYOUT", "CARRYCASCOUT", "MULTSIGNOUT", "PATTERNDETECT",
            "PATTERNBDETECT", "OVERFLOW", "UNDERFLOW")  # fmt: skip
_CASCADE, _CASCADE_DIRECT = 1026, 1107
_CONTROL, _CONTROL_DIRECT = 600, 2000
_CONTROLS = ("OPMODE", "ALUMODE", "INMODE", "CARRYIN", "CARRYINSEL")


def delays(parameters: dict[str, str], pins: list[str]) -> tuple:
    """Launch, require, arcs and the slowest way between registers inside, as a Model has them."""
    way = "multiply"
    if parameters.get("USE_MULT", "MULTIPLY") == "NONE":
        way = "none"
    elif parameters.get("USE_DPORT", "FALSE") == "TRUE":
        way = "add"
    has_m = way != "none" and number(parameters, "MREG", 1)
    has_p = number(parameters, "PREG", 1)
    late = _PATTERN * (parameters.get("USE_PATTERN_DETECT", "NO_PATDET") != "NO_PATDET")
    launches, require, arcs, inside = [_M_TO_P] * has_m, {}, [], [0]
    for name, (to_m, to_p, to_output) in _WAYS[way].items():
        end = to_m if has_m and to_m else to_p + late if has_p else None
        here = [pin for pin in (name, f"{name}CIN") if pin in pins]
        if not number(parameters, f"{name}REG", 1):
            require |= {} if end is None else dict.fromkeys(here, end)
            arcs += [(pin, to_output) for pin in here if end is None]
            continue
        require |= dict.fromkeys(here, _OWN_REGISTER[name])
        if end is None:
            launches.append(to_output + _REGISTER)
        else:
            inside.append(end + _REGISTER)
    if has_p:
        launches = [_P]
        inside.append(_P_TO_P + late)
    for pin in pins:
        to_register, direct = _control(pin, parameters, has_p)
        require |= {} if to_register is None else {pin: to_register}
        arcs += [] if direct is None else [(pin, direct)]
    return _launch(launches, pins), require, _all_arcs(arcs, pins), max(inside)


def number(parameters: dict[str, str], name: str, default: int) -> int:
    """An integer parameter, which a netlist writes in binary."""
    return int(str(parameters.get(name, format(default, "b"))), 2)


def _control(pin: str, parameters: dict[str, str], has_p: int) -> tuple[int | None, int | None]:
    """To the register, or else to the output, from an input that is not multiplied or added."""
    if re.match(r"CE|RST", pin):
        return _CONTROL, None
    if pin in ("PCIN", "CARRYCASCIN", "MULTSIGNIN"):
        return (_CASCADE, None) if has_p else (None, _CASCADE_DIRECT)
    if pin not in _CONTROLS:
        return None, None
    if number(parameters, f"{pin}REG", 1):
        return _CONTROL, None
    return (_CONTROL_DIRECT, None) if has_p else (None, _CONTROL_DIRECT)


def _launch(launches: list[int], pins: list[str]) -> dict[str, int]:
    found = {"ACOUT": _P + _BESIDE_P, "BCOUT": _P + _BESIDE_P}
    if launches:
        found |= {pin: max(launches) + _BESIDE_P * (pin != "P") for pin in _OUTPUTS}
    return {pin: ps for pin, ps in found.items() if pin in pins}


def _all_arcs(arcs: list[tuple[str, int]], pins: list[str]) -> tuple:
    return tuple((pin, None, output, None, ps + _BESIDE_P * (output != "P"))
                 for pin, ps in arcs for output in _OUTPUTS if output in pins)  # fmt: skip
