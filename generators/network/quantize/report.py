"""How well each layer was quantized, as a table for people."""

from collections.abc import Iterable, Mapping

import numpy as np
from rich.table import Table

from generators.network import formats
from generators.network.quantize import numbers
from generators.network.quantize.build import Step
from generators.network.quantize.options import Options

__all__ = ["sqnr", "table", "text"]

COLUMNS = ("layer", "weights", "LSB", "SQNR", "output", "LSB", "SQNR")


def table(steps: Iterable[Step], reals: Mapping[str, np.ndarray], options: Options) -> Table:
    """Of each layer the type, LSB and signal-to-noise ratio of its weights and output.

    An output's ratio is that of the calibration frames, errors of all layers before it included.
    """
    clips = f"SQNR in dB; weights clipped by {options.clip}, activations by {options.inputs_clip}"
    made = Table(*COLUMNS, caption=clips)
    for step in steps:
        stage, w, out = step.stage, step.weights, step.output
        real = reals[stage.name] if stage.last else stage.activated(reals[stage.name])
        kind = "sums" if stage.last else text(out.kind)
        made.add_row(stage.name, text(w.kind), _scale(w.scale),
                     f"{sqnr(stage.weights, w.real):.1f}", kind, _scale(out.scale),
                     f"{sqnr(real, out.real):.1f}")  # fmt: skip
    return made


def sqnr(real: np.ndarray, quantized: np.ndarray) -> float:
    """10 log10 of the signal's power over that of what was made of it, less the signal: dB."""
    noise, signal = np.square(real - quantized).sum(), np.square(real).sum()
    return float("inf") if noise == 0 else float(10 * np.log10(max(signal, 1e-300) / noise))


def text(kind: numbers.Kind) -> str:
    """A type in a few characters."""
    if isinstance(kind, str):
        return kind
    sign = "" if getattr(kind, "signed", True) else "u"
    match kind:
        case formats.FPEC():
            more = f"+{kind.magnitude}" * bool(kind.magnitude)
            return f"{sign}fpec{kind.bits}{more}" + (f"/{kind.lanes}" if kind.lanes else "")
        case formats.BiScaled():
            return f"{sign}biscaled{kind.bits}<<{kind.shift}"
        case formats.Grouped():
            return f"{kind.mantissa}{kind.bits}x{kind.group}"
        case formats.BlockFloat():
            return f"{sign}blockfloat{kind.bits}x{kind.block}"
        case _:
            return f"{sign}float1-{kind.exponent}-{kind.mantissa}"


def _scale(scale: float | np.ndarray) -> str:
    """The scale, of several the mean; a power of two by its exponent."""
    mean = float(np.mean(scale))
    exponent = round(np.log2(mean))
    return f"2^{exponent}" if mean == 2.0**exponent else f"{mean:.3g}"
