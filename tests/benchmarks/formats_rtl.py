"""Number formats in RTL, on MNIST: ``python -m tests.benchmarks.formats_rtl [NAME…]``.

The float networks of tests/models are quantized by 500 training images, generated, and simulated
on the first 50 test images, without and with stalls: results, cycles a frame and latency must be
those of the golden model and of the report. All by the commands, as a user gives them. Half an
hour; writes formats_rtl.json and the README's table of it.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from generators.emit.command import RESOURCES
from generators.finn.__main__ import main as finn
from generators.network.__main__ import main as network
from sim.__main__ import main as sim
from tests import data
from tests.synth.update import README, with_table

__all__ = ["CASES", "RESULTS", "Case", "Wrong", "read", "run", "table"]

HERE = Path(__file__).parent
RESULTS = HERE / "formats_rtl.json"
BUILDS = HERE.parents[1] / "build" / "bench"
MODELS = HERE.parent / "models"

CALIBRATION, FRAMES, STALL = 500, 50, 0.3
"""Training images; test images; of a pause, in each cycle on both streams."""

SCHEMES = (
    ("int8",), ("fixed8",), ("fixed6",), ("fpec6",), ("fpec4",), ("biscaled6",),
    ("biscaled6", "--block", "16"), ("shiftable6",), ("grouped4-one",), ("grouped4-power",),
    ("grouped4-same",), ("grouped4-simple",), ("blockfloat4",), ("hfp8",),
    ("fpec6", "--lanes", "4"), ("fixed8", "--rounding", "stochastic"),
)  # fmt: skip
"""As ``quantize --scheme`` takes them."""

CYCLES = {"mlp_float": 4000, "cnn_float": 40000}
"""At most, a frame: small designs, which are compiled fast."""

SLOW = {"mlp_float": 8000, "cnn_float": 160000}
"""Of hfp8: a PE takes a product a cycle, and more than a seventh of the rows have no use."""


class Wrong(AssertionError):
    """The RTL is not what the golden model or the report says."""


@dataclass(frozen=True)
class Case:
    """A network in a scheme."""

    network: str
    scheme: tuple[str, ...]

    @property
    def name(self) -> str:
        """Such as ``mlp_float biscaled6 block 16``."""
        return " ".join((self.network, *self.scheme)).replace("--", "")

    @property
    def cycles(self) -> int:
        """A frame, at most."""
        return (SLOW if self.scheme[0] == "hfp8" else CYCLES)[self.network]


CASES = tuple(Case(network, scheme) for network in CYCLES for scheme in SCHEMES)


def run(case: Case, build: Path) -> dict:
    """Quantize, generate and simulate a case; its row.

    Raises
    ------
    Wrong
        If a result is not the golden model's, or cycles or latency are not the report's.
    RuntimeError
        If a command refuses.
    """
    (train, _), (x, labels) = data.mnist("train"), data.mnist("t10k")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "calibrate.npy", train[:CALIBRATION, ..., None])
        np.save(folder / "x.npy", x[:FRAMES, ..., None])
        source, model = MODELS / case.network / "float.npz", folder / "model"
        _done(network(["quantize", str(source), "--scheme", *case.scheme, "--calibrate",
                       str(folder / "calibrate.npy"), "-o", str(model)]), case)  # fmt: skip
        _done(finn([str(model / "model.json"), "--cycles", str(case.cycles), "-o", str(build)]),
              case)  # fmt: skip
        report = json.loads((build / "report.json").read_text())
        free, y = _simulated(case, build, folder, 0.0)
        stalled, _ = _simulated(case, build, folder, STALL)
    for key in ("cycles_per_frame", "latency_cycles"):
        if free[key] != report[key]:
            what = f"{key} are {free[key]} in simulation, {report[key]} in the report"
            raise Wrong(f"{case.name}: {what}")
    totals = report["totals"]
    return {"name": case.name, "datapaths": [layer["datapath"] for layer in report["layers"]
                                             if layer["datapath"]],
            "frames": free["frames"], "mismatches": free["mismatches"],
            "stalled_mismatches": stalled["mismatches"],
            "right": int((y.reshape(FRAMES, -1).argmax(axis=1) == labels[:FRAMES]).sum()),
            **{key: report[key] for key in ("cycles_per_frame", "latency_cycles")},
            **{key: totals[key] for key in RESOURCES.values()},
            "source": totals["source"]}  # fmt: skip


def _done(status: int, case: Case) -> None:
    if status:
        raise RuntimeError(f"{case.name} was refused")


def _simulated(case: Case, build: Path, folder: Path, stall: float) -> tuple[dict, np.ndarray]:
    files = {"--input": "x.npy", "--output": "y.npy", "--json": "result.json"}
    given = [text for key, file in files.items() for text in (key, str(folder / file))]
    _done(sim([str(build), "--stall", str(stall), *given]) == 2, case)
    result = json.loads((folder / "result.json").read_text())
    if (result["frames"], result["mismatches"]) != (FRAMES, 0):
        what = f"{result['mismatches']} of {result['frames']} frames differ, stalls {stall}"
        raise Wrong(f"{case.name}: {what}")
    return result, np.load(folder / "y.npy")


HEADS = ("network, scheme", "datapaths", "frames, mismatches (with stalls)", "right",
         "cycles a frame", "latency", "LUT", "FF", "BRAM18", "DSP")  # fmt: skip


def table(rows: list[dict]) -> str:
    """All cases, as Markdown."""
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    for row in rows:
        checked = f"{row['frames']}, {row['mismatches']} ({row['stalled_mismatches']})"
        sizes = (row[key] for key in ("cycles_per_frame", "latency_cycles", *RESOURCES.values()))
        fields = [row["name"], ", ".join(dict.fromkeys(row["datapaths"])), checked, row["right"],
                  *(f"{size:,}" for size in sizes)]  # fmt: skip
        lines.append(f"| {' | '.join(map(str, fields))} |")
    sources = ", ".join(sorted({row["source"] for row in rows}))
    return "\n".join(lines) + f"\n\nResources by {sources}; right: of the {FRAMES} frames.\n"


def read() -> list[dict]:
    """What was measured last, in the order of the cases."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    found = {row["name"]: row for row in kept}
    return [found[case.name] for case in CASES if case.name in found]


def main(argv: list[str] | None = None) -> int:
    """Run the cases, or those of which a part of the name is given."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks.formats_rtl", description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help="parts of names (default: all)")
    names = parser.parse_args(argv).names
    wrong = []
    for case in CASES:
        if names and not any(part in case.name for part in names):
            continue
        start, build = time.monotonic(), BUILDS / f"formats_{case.name.replace(' ', '_')}"
        try:
            row = run(case, build)
        except (Wrong, RuntimeError) as error:
            wrong.append(str(error))
            print(error, file=sys.stderr)
            continue
        print(f"{case.name}: {time.monotonic() - start:.0f} s", file=sys.stderr)
        found = {one["name"]: one for one in read()} | {case.name: row}
        rows = [found[one.name] for one in CASES if one.name in found]
        lines = ",\n".join(f" {json.dumps(one)}" for one in rows)
        RESULTS.write_text(f"[\n{lines}\n]\n")
    rows = read()
    if "<!-- formats-rtl -->" in README.read_text():
        README.write_text(with_table(README.read_text(), table(rows), "formats-rtl"))
    print(table(rows), end="")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
