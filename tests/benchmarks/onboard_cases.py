"""What is built for boards and measured there: networks, foldings, and boards."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from generators.finn.__main__ import main as finn
from tests import data

__all__ = ["ULX3S", "ZYNQ", "Case", "built", "without_core"]

HERE = Path(__file__).parent
BUILDS = HERE.parents[1] / "build" / "bench"


def _tfc() -> Path:
    return data.folder() / "models" / "tfc_1w1a" / "TFC_1W1A.onnx"


def _digits() -> Path:
    return HERE.parent / "models" / "digits" / "model.json"


@dataclass(frozen=True)
class Case:
    """A network with the options of its generator."""

    key: str
    name: str
    model: Callable[[], Path]
    options: tuple[str, ...]


_ZYNQ, _ULX3S = ("--board", "pynq_z2"), ("--board", "ulx3s_85f")

ZYNQ = (
    Case("bytes", "TFC_1W1A --cycles 98", _tfc, (*_ZYNQ, "--cycles", "98")),
    Case("bits", "TFC_1W1A --cycles 13 --pack-input", _tfc,
         (*_ZYNQ, "--cycles", "13", "--pack-input")),
    Case("max", "TFC_1W1A --max", _tfc, (*_ZYNQ, "--max")),
)  # fmt: skip

ULX3S = (
    Case("ulx3s_tfc", "TFC_1W1A --cycles 196 --pack-input", _tfc,
         (*_ULX3S, "--cycles", "196", "--pack-input")),
    Case("ulx3s_digits", "digits --cycles 8", _digits, (*_ULX3S, "--cycles", "8")),
)  # fmt: skip


@cache
def built(case: Case) -> Path:
    """The case's build, made anew by the command, once.

    Raises
    ------
    RuntimeError
        If the command refuses.
    """
    build = BUILDS / f"onboard_{case.key}"
    if finn([str(case.model()), *case.options, "-o", str(build)]):
        raise RuntimeError(f"{case.name} was refused")
    return build


def without_core(build: Path) -> str:
    """Verilog of an empty module ``top`` with the ports of the build's."""
    text = (build / "top.v").read_text()
    header, ports = re.search(r"^(module top\b.*?;\n)(.*?)^endmodule", text,
                              re.DOTALL | re.MULTILINE).groups()  # fmt: skip
    lines = re.findall(r"^ *(?:input|output)\b.*;\n", ports, re.MULTILINE)
    return f"(* blackbox *)\n{header}{''.join(lines)}endmodule\n"
