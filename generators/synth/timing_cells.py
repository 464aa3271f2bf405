"""Delays of Xilinx 7-series cells in picoseconds, speed grade -1.

Sources: the ``specify`` blocks of yosys' techlibs/xilinx/cells_sim.v (Project X-Ray's SDF files),
where no other is named. Three values are those of Vivado's reports for -1, as yosys has others: a
LUT takes 124 on each pin (yosys spreads 127 to 642 over them, which is the way to the pin and is
counted as wire here), a flip-flop 456 from the clock to Q (303) and 60 before it (0; -46 by
Project X-Ray). Block RAM's enables are by Vivado too.
"""

import re
from dataclasses import dataclass, field
from types import MappingProxyType

from generators.synth import timing_dsp

__all__ = [
    "CLOCK_TO_Q", "LUT", "LUT_BYPASS", "SETUP_D", "Model", "driver", "known", "model", "sink",
]  # fmt: skip

LUT = (124,) * 6
"""From I0, I1, … of a LUT6 to O; a smaller LUT has the last pins."""
LUT_BYPASS = 124
CLOCK_TO_Q, SETUP_D = 456, 60

_CARRY_O = {
    "CYINIT": ((482, 598, 584, 642),), "CI": ((222, 334, 239, 313),),
    "S": ((223, 400, 523, 582), (205, 558, 618), (226, 330), (227,)),
    "DI": ((None, 407, 556, 615), (None, 537, 596), (None, 438)),
}  # fmt: skip
_CARRY_CO = {
    "CYINIT": ((536, 494, 592, 580),), "CI": ((271, 157, 228, 114),),
    "S": ((340, 433, 512, 508), (469, 548, 528), (292, 378), (380,)),
    "DI": ((379, 465, 540, 526), (445, 520, 507), (356, 398), (385,)),
}  # fmt: skip
"""From a pin's bit k to bits k, k + 1, … of the output."""

_MUX = {"MUXF7": (217, 223, 296), "MUXF8": (104, 94, 273)}
_RAM_CLOCK = {32: 1190, 64: 1163, 128: 1153 + 223 + 174, 256: 1153 + 223 + 104 + 192}
_RAM_READ = {32: 0, 64: 0, 128: 223 + 174, 256: 223 + 104 + 192}
"""Beyond the LUT: through MUXF7 and MUXF8 and out of the slice."""
_RAM_ADDRESS = {32: 245, 64: 362, 128: 616, 256: 616}
_RAM_D, _RAM_WE = 461, 654
_BRAM = {"ADDR": 566, "WE": 532, "REGCE": 360, "RSTREG": 342, "DI": 737, "EN": 443, "RSTRAM": 443}
_BRAM_CLOCK, _BRAM_CLOCK_REGISTERED = 2454, 882


@dataclass(frozen=True)
class Model:
    """What a cell delays: (from pin, bit, to pin, bit, ps), where bit None is each.

    ``launch`` from the clock to an output pin, ``require`` from an input pin to the clock,
    ``internal`` from register to register inside.
    """

    arcs: tuple[tuple[str, int | None, str, int | None, int], ...] = ()
    launch: MappingProxyType = field(default_factory=lambda: MappingProxyType({}))
    require: MappingProxyType = field(default_factory=lambda: MappingProxyType({}))
    internal: int = 0
    lut_levels: int = 0
    carry4: int = 0


def driver(kind: str, pin: str, index: int) -> str:
    """What leaves this pin, for the wires that are inside a slice or a column."""
    if kind.startswith("LUT") or kind == "INV":
        return "lut"
    if kind == "CARRY4":
        return "carry" if pin == "CO" and index == 3 else "slice"
    if kind in ("MUXF7", "MUXF8"):
        return kind.lower()
    return "cascade" if kind == "DSP48E1" and pin in ("PCOUT", "ACOUT", "BCOUT") else ""


def sink(kind: str, pin: str) -> str:
    """What this pin takes without a wire."""
    if kind == "CARRY4":
        return {"S": "lut", "DI": "bypass", "CI": "carry"}.get(pin, "")
    if kind in ("MUXF7", "MUXF8") and pin != "S":
        return "lut" if kind == "MUXF7" else "muxf7"
    if re.fullmatch(r"FD[RSCP]E(_1)?", kind) and pin == "D":
        return "register"
    return "cascade" if kind == "DSP48E1" and pin in ("PCIN", "ACIN", "BCIN") else ""


_KINDS = re.compile(r"LUT[1-6]|LUT6_2|INV|CARRY4|MUXF[78]|FD[RSCP]E(_1)?|SRL(16|C16|C32)E|"
                    r"RAM(32|64|128|256)(M|X1D|X1S)|RAMB(18|36)E1|DSP48E1|VCC|GND|BUFG|[IO]BUF")


def known(kind: str) -> bool:
    """Whether a cell of this kind has delays."""
    return _KINDS.fullmatch(kind) is not None


def model(kind: str, parameters: dict[str, str], pins: list[str]) -> Model:
    """The delays of a cell of this kind, of which these pins are connected.

    Raises
    ------
    ValueError
        If the kind is none that ``synth_xilinx -family xc7`` makes.
    """
    if not known(kind):
        raise ValueError(f"Cell must be one of xc7's, not {kind!r}")
    if kind == "CARRY4":
        return Model(arcs=_CARRY_ARCS, carry4=1)
    if kind in _MUX:
        pairs = zip(("I0", "I1", "S"), _MUX[kind])
        return Model(arcs=tuple((pin, None, "O", None, ps) for pin, ps in pairs))
    if kind.startswith("FD"):
        require = {"D": SETUP_D, "CE": 109} | dict.fromkeys(("R", "S", "CLR", "PRE"), 404)
        return _clocked({"Q": CLOCK_TO_Q}, require)
    if kind.startswith("SRL"):
        arcs = tuple((pin, None, "Q", None, LUT[0]) for pin in pins if pin.startswith("A"))
        return _clocked({"Q": 1472, "Q15": 1114, "Q31": 1114}, {"D": 173, "CE": 109}, arcs)
    if kind.startswith("RAMB"):
        return _block_ram(parameters, pins)
    if kind.startswith("RAM"):
        words, form = re.fullmatch(r"RAM(\d+)(\w+)", kind).groups()
        return _ram(int(words), form, pins)
    if kind == "DSP48E1":
        return _clocked(*timing_dsp.delays(parameters, pins))
    if kind.startswith("LUT") or kind == "INV":
        return _lut(1 if kind == "INV" else int(kind[3]), kind, pins, parameters.get("O5"))
    return Model(arcs=(("I", None, "O", None, 0),))


def _clocked(launch: dict[str, int], require: dict[str, int], arcs=(), internal: int = 0) -> Model:
    """A cell with a clock."""
    return Model(arcs, MappingProxyType(launch), MappingProxyType(require), internal)


def _lut(size: int, kind: str, pins: list[str], fifth: str | None) -> Model:
    """A LUT; ``fifth`` are the pins on which O5 depends, if that is known."""
    delays = LUT[6 - size:]
    inputs = ["I"] if kind == "INV" else [f"I{k}" for k in range(size)]
    outputs = [pin for pin in pins if pin.startswith("O")]
    arcs = [(i, None, o, None, ps) for o in outputs for i, ps in zip(inputs, delays)
            if o != "O5" or (i != "I5" if fifth is None else i in fifth.split())]  # fmt: skip
    return Model(arcs=tuple(arcs), lut_levels=1)


_CARRY_ARCS = tuple(
    (pin, k, output, k + j, ps)
    for output, table in (("O", _CARRY_O), ("CO", _CARRY_CO))
    for pin, rows in table.items()
    for k, row in enumerate(rows)
    for j, ps in enumerate(row)
    if ps is not None
)


def _ram(words: int, form: str, pins: list[str]) -> Model:
    """LUT RAM: clocked writes; reads without a clock, as a LUT."""
    read = LUT[0] + _RAM_READ[words]
    require = {"WE": _RAM_WE}
    arcs = []
    for pin in pins:
        if re.fullmatch(r"DI[A-D]|D", pin):
            require[pin] = _RAM_D
        elif re.fullmatch(r"A\d?|ADDRD", pin):
            require[pin] = _RAM_ADDRESS[words]
        if re.fullmatch(r"ADDR[A-D]", pin):
            arcs.append((pin, None, f"DO{pin[-1]}", None, read))
        elif re.fullmatch(r"A\d?|DPRA\d?", pin):
            output = "DPO" if pin.startswith("DPRA") else "O" if form == "X1S" else "SPO"
            arcs.append((pin, None, output, None, read))
    outputs = ("DOA", "DOB", "DOC", "DOD") if form == "M" else ("SPO", "DPO", "O")
    return _clocked(dict.fromkeys(outputs, _RAM_CLOCK[words]), require, tuple(arcs))


def _block_ram(parameters: dict[str, str], pins: list[str]) -> Model:
    """Block RAM; with both ports as one, the first one's register is that of all outputs."""
    whole = parameters.get("RAM_MODE") == "SDP"
    launch = {}
    for port in "AB":
        registered = timing_dsp.number(parameters, f"DO{'A' if whole else port}_REG", 0)
        ps = _BRAM_CLOCK_REGISTERED if registered else _BRAM_CLOCK
        launch |= {f"DO{port}DO": ps, f"DOP{port}DOP": ps}
    by_name = sorted(_BRAM, key=len, reverse=True)
    require = {}
    for pin in pins:
        name = next((name for name in by_name if pin.startswith(name)), None)
        if name is not None:
            require[pin] = _BRAM[name]
    return _clocked(launch, require)
