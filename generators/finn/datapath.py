"""Datapaths: which ones a layer may have, and what each makes of its unit and its weights."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from generators.finn import coded
from generators.finn.linear import Linear, Matrix
from generators.network import codings
from generators.network.error import ModelError
from hdl.array.minifloat import MinifloatMVTU
from hdl.array.mvtu_config import Config as MVTUConfig
from hdl.array.serial import SerialMVTU
from hdl.dot.codebook import MAX_VALUES, Codebook
from hdl.dot.fusible import MAX_WIDTH as FUSIBLE_WIDTH
from hdl.dot.fusible import Fusible
from hdl.dot.packing import Packing
from hdl.dot.shift import Shift
from hdl.dot.shift_terms import MAX_EXPONENTS
from hdl.number import Number
from hdl.quant.expand import Expand
from sim.golden.formats.terms import Terms, serial

__all__ = ["PLAIN", "Way", "applied", "possible", "stored", "way"]

MIN_PRODUCT = 9
"""Bits of the narrowest product that yosys puts into a DSP48E1."""

MIN_PACKED = 6
"""Bits of the narrowest product of which DSP48E1s do several; a few LUTs do a narrower one."""

SERIAL = 2
"""Bits of a weight that one of its terms stands for, in radix 4: a power of two, or its double."""

CODED = ("fpec", "biscaled", "grouped", "blockfloat", "minifloat")
"""Those that multiply numbers in formats of their own."""

PLANES = 8
"""Bits of the widest operand that comes plane by plane."""


@dataclass(frozen=True)
class Way:
    """How a layer's datapath multiplies.

    cell : the dot product of one lane, where the numbers alone do not tell which; of minifloats
        the unit of one row and column.
    steps : cycles that each transfer is multiplied for, with a term of the weights in each, and
        the inputs shifted by ``SERIAL`` bits more each time.
    block : columns that a lane of the cell multiplies, where formats code several together.
    expand : what makes of each input's word the number that the cell multiplies, if it does not
        take words.
    """

    name: str
    cell: Any = None
    steps: int = 1
    block: int = 1
    expand: Expand.Config | None = None

    @property
    def word(self) -> Number | None:
        """A lane of inputs as queues and line buffers hold it, where these are in a format."""
        if self.expand is not None:
            return Number(width=self.block * self.expand.x.width)
        return self.cell.x if self.coded else None

    @property
    def coded(self) -> bool:
        """Whether it multiplies numbers in formats of their own."""
        return self.name in CODED

    @property
    def plain(self) -> bool:
        """Whether it is an MVTU's own, or the same in DSP slices."""
        return self.cell is None and self.name != "planes"


Unit = MVTUConfig | SerialMVTU.Config | MinifloatMVTU.Config
"""What multiplies a layer."""

PLAIN = Way("mvtu")
"""As the numbers say, in LUTs."""


def way(name: str, x: Number, w: Number, layer: Linear) -> Way:
    """What a datapath makes of a layer with such numbers."""
    weights = layer.weights.data
    if name in CODED:
        return Way(name, coded.cell(layer, x), block=coded.block(layer),
                   expand=coded.expand(layer))  # fmt: skip
    if name == "shift":
        exponents, starts = _terms(weights)
        return Way(name, Shift.Config(lanes=1, x=x, exponents=exponents, starts=starts))
    if name == "shift_serial":
        steps = len(_digits(weights))
        wide = Number(width=x.width + SERIAL * (steps - 1), signed=x.signed)
        return Way(name, Shift.Config(lanes=1, x=wide, exponents=SERIAL), steps)
    if name == "codebook":
        return Way(name, Codebook.Config(lanes=1, x=x, values=tuple(np.unique(weights).tolist())))
    if name == "fusible":
        return Way(name, Fusible.Config(lanes=1, x=x, w=w))
    return Way(name)


def _terms(weights: np.ndarray) -> tuple[int, tuple[int, ...]]:
    """Exponents of a term, and the terms' starts: one for powers of two, else Booth's digits."""
    exponents = max(1, int(np.abs(weights).max()).bit_length())
    if exponents <= MAX_EXPONENTS and Terms(exponents).contains(weights).all():
        return exponents, (0,)
    return SERIAL, _digits(weights)


def _digits(weights: np.ndarray) -> tuple[int, ...]:
    """The starts of as many digits in radix 4 as all weights are sums of."""
    starts = (0,)
    while not Terms(SERIAL, starts).contains(weights).all():
        starts = (*starts, SERIAL * len(starts))
    return starts


def applied(config: MVTUConfig, chosen: Way) -> Unit:
    """The unit of a layer, from the one that multiplies as its numbers say."""
    if chosen.name == "planes":
        names = ("rows", "cols", "pe", "simd", "x", "w", "o", "levels", "groups", "group_lanes",
                 "repeated", "base", "storage", "fabric")  # fmt: skip
        return SerialMVTU.Config(**{name: getattr(config, name) for name in names})
    if chosen.name == "mvtu_dsp" and config.counts:
        return replace(config, accumulator="dsp")
    if chosen.name == "mvtu_dsp":
        return replace(config, multiplier=True)
    if chosen.name == "minifloat":
        names = ("rows", "cols", "pe", "storage", "biased")
        return replace(chosen.cell, **{name: getattr(config, name) for name in names})
    if chosen.cell is None or config.storage == "const":  # constants are shifted without a cell
        return config
    cell, block = chosen.cell, chosen.block
    cols = config.col_groups * config.simd * chosen.steps if chosen.steps > 1 else config.cols
    return replace(config, cell=cell, x=cell.x, w=cell.w, cols=cols // block,
                   simd=max(1, config.simd // block))  # fmt: skip


def stored(config: MVTUConfig, chosen: Way, weights: np.ndarray, coding=None) -> np.ndarray:
    """Weights (rows, cols) as the unit is given them: its cell's codes, term by term if serial.

    Of weights in a format these are the bits of each lane's word.
    """
    cell = chosen.cell
    if chosen.name == "minifloat":
        return weights
    if chosen.coded and coding is not None:
        return codings.format_of(coding).words(weights).reshape(len(weights), config.cols, -1)
    if isinstance(cell, Codebook.Config):
        return np.searchsorted(cell.values, weights)
    if not isinstance(cell, Shift.Config):
        return weights
    if chosen.steps == 1:
        return Terms(cell.exponents, cell.starts, cell.offset).encode(weights)
    form = Terms(SERIAL, tuple(range(0, SERIAL * chosen.steps, SERIAL)), cell.offset)
    padding = config.cols // chosen.steps - weights.shape[1]
    return serial(form.codes(np.pad(weights, ((0, 0), (0, padding)))), config.simd)


def possible(asked: str | None, config: MVTUConfig, layer: Linear, found: Matrix,
             where: str) -> list[str]:  # fmt: skip
    """The datapath asked for, or all that make sense: a DSP slice takes products of 6 bits up.

    Where it does only one, with bipolar or unsigned weights, of 9 bits up: yosys, as others, makes
    narrower products in LUTs whatever one asks. Of bipolar numbers it adds popcounts, four in one.

    Raises
    ------
    ModelError
        If the datapath asked for does not multiply such numbers.
    """
    family = codings.family(layer)
    if family and asked in (None, family):
        return [family]
    if family == "fpec" or layer.input_type is not None:  # more than the integers that they are
        what = f"Datapath must be {family} for numbers of that format, not {asked}"
        raise ModelError(where, what)
    if asked in CODED:
        raise ModelError(where, f"Datapath {asked} multiplies numbers of that format, not integers")
    if asked in (None, "mvtu_dsp"):
        return _dsp(asked, config, where)
    refusal = _refusal(asked, config, layer, found)
    if refusal:
        raise ModelError(where, refusal)
    return [asked]


def _refusal(asked: str, config: MVTUConfig, layer: Linear, found: Matrix) -> str:
    """Why a datapath is none of a layer's; nothing if it is."""
    x, w = config.x, config.w
    both = f"{_text(x)} by {_text(w)}"
    if asked == "popcount" and not config.counts:
        return f"Datapath popcount multiplies bipolar by bipolar numbers, not {both}"
    if asked == "integer" and config.counts:
        return f"Datapath must be popcount or mvtu to multiply {both}, not integer"
    if asked == "planes" and max(x.width, w.width) > PLANES:
        return f"Datapath planes multiplies numbers of at most {PLANES} bits, not {both}"
    if asked == "planes" and found.groups > 1:
        return f"Datapath planes must have one group of channels, not {found.groups}"
    if asked in ("shift", "shift_serial", "codebook") and x.bipolar:
        return f"Datapath {asked} must have integers as inputs, not bipolar numbers"
    values = np.unique(layer.weights.data).size
    if asked == "codebook" and values > MAX_VALUES:
        return f"Datapath codebook must have at most {MAX_VALUES} weights that differ, not {values}"
    if asked == "fusible" and (x.bipolar or w.bipolar or max(x.width, w.width) > FUSIBLE_WIDTH):
        return f"Datapath fusible multiplies integers of at most {FUSIBLE_WIDTH} bits, not {both}"
    return ""


def _text(number: Number) -> str:
    return "bipolar" if number.bipolar else f"{'' if number.signed else 'u'}int{number.width}"


def _dsp(asked: str | None, config: MVTUConfig, where: str) -> list[str]:
    if config.counts:
        return [asked] if asked else ["mvtu", "mvtu_dsp"]
    least = MIN_PACKED if Packing.rows(1, config.x, config.w) else MIN_PRODUCT
    if config.dot.product.width < least:
        if asked is None:
            return ["mvtu"]
        bits = f"{config.dot.product.width} bits, not mvtu_dsp"
        what = f"Datapath must be mvtu for products of less than {least} bits, here {bits}"
        raise ModelError(where, what)
    if asked is None and (config.x.bipolar or config.w.bipolar):
        return ["mvtu"]  # to negate is cheaper than to multiply
    return [asked] if asked else ["mvtu", "mvtu_dsp"]
