"""A board's file, in TOML.

::

    name = "mine"                  # letters, digits and _
    title = "My board"             # optional, as all below but part
    part = "xc7z020clg400-1"       # decides LUT, FF, block RAM and DSP
    clock = 100.0                  # MHz of a design where nothing is said
    port = "hp0"                   # Zynq: hp0, or acp: the coherent port
    flash = "pynq_z2"              # name for openFPGALoader
    notes = "A sentence."
    high = ["L2"]                  # ECP5: balls that are driven high

    [leds]
    pins = ["R14", "P14"]          # heartbeat, busy, done, error; up to 8
    standard = "LVCMOS33"

    [reference]                    # ECP5: the oscillator
    pin = "G2"
    mhz = 25.0
    standard = "LVCMOS33"

    [uart]                         # ECP5: the host link, as the FPGA sees it
    rx = "M1"
    tx = "L4"
    baud = 3000000
    standard = "LVCMOS33"
"""

import re
import tomllib
from pathlib import Path

from boards.board import Board, Reference, Uart
from boards.error import BoardError
from boards.parts import PARTS, Part

__all__ = ["read"]

_STANDARDS = ("LVCMOS33", "LVCMOS25", "LVCMOS18", "LVCMOS15", "LVCMOS12")
_NUMBER = (int, float)
_BOARD = {"name": str, "part": str, "title": str, "clock": _NUMBER, "port": str, "flash": str,
          "notes": str, "leds": dict, "reference": dict, "uart": dict, "high": list}  # fmt: skip
_LEDS = {"pins": list, "standard": str}
_REFERENCE = {"pin": str, "mhz": _NUMBER, "standard": str}
_UART = {"rx": str, "tx": str, "baud": int, "standard": str}
_NAMES = {str: "a string", _NUMBER: "a number", int: "an integer", dict: "a table",
          list: "a list of strings"}  # fmt: skip

_OF_FAMILY = {"zynq7000": ("port",), "ecp5": ("reference", "uart", "high")}
_LEDS_MOST = 8
_CLOCK_LEAST = 1
_PLL_INPUT = (8, 400)
"""MHz of an EHXPLLL's CLKI: FPGA-DS-02012."""
_BAUD = (9600, 12_000_000)


def read(path: Path) -> Board:
    """The board that a file tells of.

    Raises
    ------
    BoardError
        If it cannot be read, or holds anything else.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BoardError(str(path), f"Board file cannot be read: {error.strerror}") from None
    except ValueError as error:  # of TOML, and of UTF-8
        raise BoardError(str(path), f"Board file must be TOML: {error}") from None
    return _File(str(path)).board(told)


class _File:
    """Whose mistakes are told with its name."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._uses: dict[str, str] = {}

    def board(self, told: dict) -> Board:
        self._table("Board", told, _BOARD, ("name", "part"))
        self._check(re.fullmatch(r"\w+", told["name"], re.ASCII),
                    f"Board name must be letters, digits and _, not {told['name']!r}")  # fmt: skip
        parts = ", ".join(PARTS)
        self._check(told["part"] in PARTS,
                    f"Board part must be one of {parts}, not {told['part']!r}")  # fmt: skip
        part = PARTS[told["part"]]
        self._family(part, told)
        clock = float(told.get("clock", 100.0))
        self._check(_CLOCK_LEAST <= clock <= part.fastest, f"Board clock must be "
                    f"{_CLOCK_LEAST} to {part.fastest:g} MHz, not {clock:g}")  # fmt: skip
        port = told.get("port", "hp0") if part.family == "zynq7000" else None
        self._check(port in ("hp0", "acp", None), f"Board port must be hp0 or acp, not {port!r}")
        leds, standard = self._leds(part, told.get("leds", {"pins": []}))
        high = tuple(told.get("high", ()))
        for number, ball in enumerate(high):
            self._ball(part, f"high[{number}]", ball)
        return Board(
            name=told["name"], title=told.get("title", told["name"]), part=part.name,
            device=part.device, package=part.package, speed=part.speed, family=part.family,
            lut=part.lut, ff=part.ff, bram18=part.bram18, dsp=part.dsp, clock=clock, leds=leds,
            leds_standard=standard, reference=self._reference(part, told.get("reference")),
            uart=self._uart(part, told.get("uart")), port=port, flash=told.get("flash"),
            notes=told.get("notes", ""), high=high,
        )  # fmt: skip

    def _check(self, good: object, what: str) -> None:
        if not good:
            raise BoardError(self._path, what)

    def _table(self, name: str, told: dict, keys: dict, needed: tuple[str, ...]) -> None:
        """Refuse unknown keys, missing ones and wrong types."""
        for key, value in told.items():
            self._check(key in keys, f"{name} key must be one of {', '.join(keys)}, not {key!r}")
            good = isinstance(value, keys[key]) and not isinstance(value, bool)
            if keys[key] is list:
                good = good and all(isinstance(item, str) for item in value)
            self._check(good, f"{name} {key} must be {_NAMES[keys[key]]}, not {value!r}")
        for key in needed:
            self._check(key in told, f"{name} must have the key {key!r}")

    def _family(self, part: Part, told: dict) -> None:
        """What an ECP5 needs, a Zynq has no use for, and the other way round."""
        for key in ("reference", "uart"):
            needs = part.family == "ecp5"
            self._check(key in told or not needs, f"Board of part {part.name} must have {key!r}")
        others = {key for family, keys in _OF_FAMILY.items() if family != part.family
                  for key in keys}  # fmt: skip
        for key in told:
            self._check(key not in others, f"Board of part {part.name} must not have {key!r}")

    def _leds(self, part: Part, told: dict) -> tuple[tuple[str, ...], str]:
        self._table("leds", told, _LEDS, ("pins",))
        pins = tuple(told["pins"])
        what = f"leds pins must be at most {_LEDS_MOST}, not {len(pins)}"
        self._check(len(pins) <= _LEDS_MOST, what)
        for number, ball in enumerate(pins):
            self._ball(part, f"leds[{number}]", ball)
        return pins, self._standard("leds", told)

    def _reference(self, part: Part, told: dict | None) -> Reference | None:
        if told is None:
            return None
        self._table("reference", told, _REFERENCE, ("pin", "mhz"))
        low, high = _PLL_INPUT
        what = f"reference mhz must be {low} to {high}, not {told['mhz']:g}"
        self._check(low <= told["mhz"] <= high, what)
        self._ball(part, "reference", told["pin"])
        return Reference(pin=told["pin"], mhz=float(told["mhz"]),
                         standard=self._standard("reference", told))  # fmt: skip

    def _uart(self, part: Part, told: dict | None) -> Uart | None:
        if told is None:
            return None
        self._table("uart", told, _UART, ("rx", "tx"))
        baud, (low, high) = told.get("baud", Uart.baud), _BAUD
        self._check(low <= baud <= high, f"uart baud must be {low} to {high}, not {baud}")
        for key in ("rx", "tx"):
            self._ball(part, f"uart {key}", told[key])
        return Uart(rx=told["rx"], tx=told["tx"], baud=baud, standard=self._standard("uart", told))

    def _ball(self, part: Part, use: str, ball: str) -> None:
        what = f"{use} must be an I/O ball of {part.package}, not {ball!r}"
        self._check(ball in part.balls, what)
        other = self._uses.setdefault(ball, use)
        self._check(other == use, f"Ball {ball} must have one use, not {other} and {use}")

    def _standard(self, name: str, told: dict) -> str:
        standard = told.get("standard", _STANDARDS[0])
        what = f"{name} standard must be one of {', '.join(_STANDARDS)}, not {standard!r}"
        self._check(standard in _STANDARDS, what)
        return standard
