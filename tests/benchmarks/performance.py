"""Predicted and simulated cycles: ``python -m tests.benchmarks.performance``.

Each network is generated and simulated with frames back to back, compared with the golden model.
Writes performance.json and the README's table of it, with the rows of tests.benchmarks.systolic.
What needs $BITLOOM_DATA is left out where there is none.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from rich.console import Console

from generators.finn.__main__ import main as finn
from sim.__main__ import main as sim
from tests import data
from tests.benchmarks import systolic
from tests.networks.predicted import check
from tests.networks.test_cnv import BOARD as BOARD_CNV
from tests.networks.test_cosim import BOARD_LFC, FINN_TFC
from tests.synth.update import README, with_table

__all__ = ["CASES", "RESULTS", "Case", "Row", "read", "table"]

HERE = Path(__file__).parent
RESULTS = HERE / "performance.json"
BUILDS = HERE.parents[1] / "build" / "bench"
MODELS = HERE.parent / "models"


@dataclass(frozen=True)
class Case:
    """A network, how fast it is wished or how it is folded, and how many frames are simulated."""

    model: Callable[[], Path]
    wish: int | str | dict[str, tuple[int, int]]
    frames: int = 20

    def options(self, folder: Path) -> list[str]:
        """Of the command: a number of cycles, a file of folds, or PE and SIMD by layer."""
        if isinstance(self.wish, int):
            return ["--cycles", str(self.wish)]
        if isinstance(self.wish, str):
            return ["--fold", str(HERE / "folds" / f"{self.wish}.json")]
        lanes = {name: {"pe": pe, "simd": simd} for name, (pe, simd) in self.wish.items()}
        (folder / "fold.json").write_text(json.dumps(lanes))
        return ["--fold", str(folder / "fold.json")]


@dataclass(frozen=True)
class Row:
    """What the report says and what the simulation found, in cycles."""

    name: str
    frames: int
    mismatches: int
    cycles: float
    simulated: float
    latency: int
    latency_simulated: int
    io: int
    compute: int
    fill: int
    stall: int


def _shipped(name: str) -> Callable[[], Path]:
    return lambda: MODELS / name / "model.json"


def _real(name: str, file: str = "intnet.npz") -> Callable[[], Path]:
    return lambda: data.folder() / "models" / name / file


LFC = _real("bnnpynq_lfcw1a1_mnist")
CASES = {
    "digits": Case(_shipped("digits"), 64, 100),
    "mixed": Case(_shipped("mixed"), 512),
    "mixed_formats": Case(_shipped("mixed_formats"), 512),
    "mlp_int8": Case(_shipped("mlp_int8"), 3000),
    "cnn_int8": Case(_shipped("cnn_int8"), 8000, 12),
    "cnn1d": Case(_shipped("cnn1d"), 4096),
    "resnet": Case(_shipped("resnet"), 4096),
    "dscnn": Case(_shipped("dscnn"), 8192),
    "SFC, 16 cycles": Case(_shipped("sfc"), "sfc16", 100),
    "TFC_1W1A, FINN's fold": Case(_real("tfc_1w1a", "TFC_1W1A.onnx"), FINN_TFC, 100),
    "TFC_1W1A, unrolled": Case(_real("tfc_1w1a"), "tfc_unrolled", 100),
    "TFC_2W2A, FINN's fold": Case(_real("tfc_2w2a", "TFC_2W2A.onnx"), FINN_TFC, 100),
    "KWS_W3A3": Case(_real("kws_w3a3_mlperf", "kws_w3a3_mlperf.onnx"), 2048),
    "LFC, its board's fold": Case(LFC, BOARD_LFC),
    "LFC, 7 frames a fetch": Case(LFC, "lfc73", 70),
    "CNV_1W1A, its board's fold": Case(_real("bnnpynq_cnvw1a1_cifar10"), BOARD_CNV, 6),
}


def run(name: str, case: Case) -> Row:
    """Generate and simulate; one that is not as predicted is an error."""
    build = BUILDS / "performance" / "".join(c if c.isalnum() else "_" for c in name)
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        file = folder / "result.json"
        if finn([str(case.model()), *case.options(folder), "-o", str(build)]):
            raise RuntimeError(f"{name} was refused")
        if sim([str(build), "--frames", str(case.frames), "--json", str(file)]) == 2:
            raise RuntimeError(f"{name} could not be simulated")
        result = json.loads(file.read_text())
    report = json.loads((build / "report.json").read_text())
    check(report, result)
    spent = report["performance"]["latency"]
    return Row(name=name, frames=result["frames"], mismatches=result["mismatches"],
               cycles=report["cycles_per_frame"], simulated=result["cycles_per_frame"],
               latency=report["latency_cycles"], latency_simulated=result["latency_cycles"],
               **{kind: spent[kind] for kind in ("io", "compute", "fill", "stall")})  # fmt: skip


HEADS = ("network", "frames, mismatches", "cycles a frame, predicted", "simulated",
         "latency, predicted", "simulated", "of which I/O", "compute", "fill", "stall")  # fmt: skip


def table(rows: list[Row]) -> str:
    """The README's table; networks on a systolic array from their own benchmark."""
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    for row in rows:
        _, *fields = asdict(row).values()
        frames, mismatches, *cycles = fields
        shown = [row.name, f"{frames}, {mismatches}", *(f"{value:,}" for value in cycles)]
        lines.append(f"| {' | '.join(shown)} |")
    for row in systolic.read():
        cycles = (row[key] for key in ("cycles_per_frame", "simulated", "latency_cycles",
                                       "latency_simulated"))  # fmt: skip
        shown = [f"{row['name']}, systolic", f"{row['frames']}, {row['mismatches']}",
                 *(f"{value:,}" for value in cycles), *[""] * 4]  # fmt: skip
        lines.append(f"| {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


def read() -> list[Row]:
    """What was measured last, in the order of the cases."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    found = {row["name"]: Row(**row) for row in kept}
    return [found[name] for name in CASES if name in found]


def main(argv: list[str] | None = None) -> int:
    """Run the named cases, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.performance",
                                     description=__doc__.partition(": ")[0])  # fmt: skip
    parser.add_argument("names", nargs="*", help="parts of names of the networks (default: all)")
    names, console = parser.parse_args(argv).names or [""], Console(stderr=True)
    for name, case in CASES.items():
        if not any(part in name for part in names):
            continue
        try:
            found = run(name, case)
        except pytest.skip.Exception as reason:
            console.print(f"{name} is left out: {reason}")
            continue
        rows = {row.name: row for row in read()} | {name: found}
        text = json.dumps([asdict(rows[one]) for one in CASES if one in rows], indent=1)
        RESULTS.write_text(text + "\n")
        README.write_text(with_table(README.read_text(), table(read()), "performance"))
    print(table(read()), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
