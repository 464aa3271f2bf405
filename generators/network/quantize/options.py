"""What a network is to be quantized to: a scheme, and the choices within it."""

import re
from dataclasses import dataclass, fields, replace

from generators.network.error import ModelError

__all__ = ["CLIPS", "SCHEMES", "Options", "options"]

SCHEMES = {
    "int": "integers with a real scale of each layer (or row), sums requantized",
    "fixed": "fixed point: integers whose scales are powers of two",
    "fpec": "fixed point with error compensation",
    "biscaled": "fixed point of a fine and a wide scale, their distance found",
    "shiftable": "the same, the distance given",
    "grouped": "weights with a scale of each group: -one, -power, -same or -simple",
    "blockfloat": "integers with an exponent of each block of channels",
    "hfp8": "floating point 1-4-3, sums DLFloat 1-6-9 in chunks",
}
"""Families of formats, and what they are."""

CLIPS = ("max", "mse", "aciq", "sawb")
"""How a range is chosen; see :mod:`generators.network.quantize.scale`."""

SAWB_BITS = (2, 3, 4, 8)
"""Of which its coefficients are known."""

SCALES = ("one", "power", "same", "simple")
"""Of groups: one a layer; powers of two; those times a common real; times 1 or 1 + 2^-k."""

SIDES = ("both", "weights", "activations")

BITS = {"int": (2, 8), "fixed": (2, 16), "fpec": (2, 16), "biscaled": (2, 16),
        "shiftable": (2, 16), "grouped": (2, 8), "blockfloat": (2, 16)}  # fmt: skip
"""Fewest and most bits of weights; what is kept for each family."""

DEFAULT_BITS = {"int": 8, "fixed": 8, "fpec": 6, "biscaled": 6, "shiftable": 6, "grouped": 4,
                "blockfloat": 4}  # fmt: skip

NAME = re.compile(rf"({'|'.join(SCHEMES)})([1-9][0-9]?)?(?:-({'|'.join(SCALES)}))?")


@dataclass(frozen=True, kw_only=True)
class Options:
    """What weights and activations become, and how; the command's options by name.

    ``bits`` are of weights, ``activation_bits`` of activations (None: the same; grouped 8).
    ``clip`` and ``activation_clip`` choose ranges. ``sides`` are what fpec, biscaled and shiftable
    code; the other side is plain fixed point. ``group`` consecutive channels share a scale of
    grouped (``exponents`` of them) and blockfloat; ``magnitude`` are fpec's bits of an error,
    ``lanes`` and ``compensators`` those that share; ``shift`` is between a fine and a wide scale,
    ``block`` and ``limit`` the columns of a block and its wide weights; ``chunk`` are columns;
    of integers and fixed point, the ``split`` outermost channels of each layer's input are doubled.
    """

    family: str
    bits: int
    scales: str | None = None
    activation_bits: int | None = None
    clip: str = "mse"
    activation_clip: str | None = None
    per_channel: bool = False
    sides: str = "both"
    group: int = 16
    exponents: int = 4
    mantissa_bits: int = 2
    magnitude: int = 0
    lanes: int | None = None
    compensators: int = 1
    shift: int | None = None
    block: int | None = None
    limit: int = 1
    chunk: int = 64
    ways: int = 1
    split: int = 0
    bias_correction: bool = True
    rounding: str = "nearest"
    seed: int = 1
    argmax: bool = False

    @property
    def real(self) -> bool:
        """Whether scales are real numbers, and sums requantized."""
        return self.family == "int" or self.scales in ("one", "same")

    @property
    def inputs(self) -> int:
        """Bits of activations."""
        return self.activation_bits or (8 if self.family == "grouped" else self.bits)

    @property
    def inputs_clip(self) -> str:
        """How activations' ranges are chosen: SAWB is of weights, which lie around 0."""
        return self.activation_clip or ("mse" if self.clip == "sawb" else self.clip)


def options(scheme: str, bits: int | None = None, **choices) -> Options:
    """The options of a scheme's name, such as ``fpec6`` or ``grouped4-simple``.

    ``bits`` may stand beside a name without them; choices that are None are the defaults.

    Raises
    ------
    ModelError
        If the name is of no scheme, a choice does not go with it, or a number is out of range.
    """
    family, bits, scales = _named(scheme, bits)
    choices = {name: value for name, value in choices.items() if value is not None}
    made = Options(family=family, bits=bits, scales=scales, **choices)
    _belongs(scheme, made)
    _within(made)
    return replace(made, shift=2) if family == "shiftable" and made.shift is None else made


def _named(scheme: str, bits: int | None) -> tuple[str, int, str | None]:
    match = NAME.fullmatch(scheme)
    if (
        match is None
        or (match[3] is not None) != (match[1] == "grouped")
        or (match[1] == "hfp8" and match[2])
    ):
        endings = {"hfp8": "", "grouped": f"N-{{{','.join(SCALES)}}}"}
        names = ", ".join(name + endings.get(name, "N") for name in SCHEMES)
        raise ModelError("--scheme", f"Scheme must be one of {names}, not {scheme!r}")
    family, digits = match[1], match[2]
    if family == "hfp8":
        if bits not in (None, 8):
            raise ModelError("--bits", f"Bits of hfp8 must be 8, not {bits}")
        return family, 8, None
    if digits and bits not in (None, int(digits)):
        what = f"Bits must be those of the scheme {scheme}, not {bits}"
        raise ModelError("--bits", what)
    return family, int(digits) if digits else bits or DEFAULT_BITS[family], match[3]


FAMILIES = {
    "sides": ("fpec", "biscaled", "shiftable"), "group": ("grouped", "blockfloat"),
    "exponents": ("grouped", "blockfloat"), "mantissa_bits": ("grouped-simple",),
    "magnitude": ("fpec",), "lanes": ("fpec",), "compensators": ("fpec",),
    "shift": ("biscaled", "shiftable"), "block": ("biscaled", "shiftable"),
    "limit": ("biscaled", "shiftable"), "chunk": ("hfp8",), "ways": ("blockfloat",),
    "per_channel": ("int",), "split": ("int", "fixed"),
}  # fmt: skip
"""Choices that are some families' alone."""

RANGES = {
    "activation_bits": (1, 16), "group": (2, 256), "exponents": (1, 16), "mantissa_bits": (1, 3),
    "magnitude": (0, 2), "lanes": (2, 256), "compensators": (1, 256), "shift": (1, 8),
    "block": (2, 256), "limit": (1, 256), "chunk": (1, 1 << 16), "ways": (1, 8), "split": (0, 256),
    "seed": (1, (1 << 31) - 1),
}  # fmt: skip


def _belongs(scheme: str, made: Options) -> None:
    """Refuse a choice that says nothing of the scheme."""
    defaults = {field.name: field.default for field in fields(made)}
    for name, families in FAMILIES.items():
        changed = getattr(made, name) != defaults[name]
        kinds = {made.family, f"{made.family}-{made.scales}"}
        if changed and not kinds & set(families):
            what = f"must stand only with {' or '.join(families)}, not with {scheme}"
            raise ModelError(_flag(name), f"Option {what}")
    if made.family == "hfp8" and made.activation_bits not in (None, 8):
        what = f"Activation bits of hfp8 must be 8, not {made.activation_bits}"
        raise ModelError("--activation-bits", what)
    if made.clip == "sawb" and made.bits not in SAWB_BITS:
        what = f"Clip sawb must be of {', '.join(map(str, SAWB_BITS))} bits, not {made.bits}"
        raise ModelError("--clip", what)
    plain = made.family == "fixed" or made.scales in ("power", "simple")
    if made.rounding == "stochastic" and not plain:
        what = "Rounding must be nearest but for fixed, grouped-power and grouped-simple"
        raise ModelError("--rounding", f"{what}, not for {scheme}")


def _within(made: Options) -> None:
    """Refuse numbers out of their range."""
    low, high = BITS.get(made.family, (8, 8))
    if not low <= made.bits <= high:
        what = f"Bits of {made.family} must be {low} to {high}, not {made.bits}"
        raise ModelError("--bits", what)
    ranges = RANGES | ({"limit": (1, made.block)} if made.block else {})
    for name, (low, high) in ranges.items():
        value = getattr(made, name)
        if value is not None and not low <= value <= high:
            what = f"{name.replace('_', ' ').capitalize()} must be {low} to {high}, not {value}"
            raise ModelError(_flag(name), what)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
