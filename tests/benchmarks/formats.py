"""Accuracy of number formats on MNIST: ``python -m tests.benchmarks.formats``.

Quantizes the float networks of tests/models by 1,000 training images and runs them on the golden
model, on the 10,000 test images. Minutes; writes formats.json and prints a table. Every choice
(clips, groups, exponents) was made on training images.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from generators.network import floats, run
from generators.network.quantize import calibrate, options, quantize, report
from tests import data
from tests.synth.update import README, with_table

__all__ = ["CASES", "NETWORKS", "RESULTS", "Case", "read", "table"]

RESULTS = Path(__file__).with_suffix(".json")
MODELS = Path(__file__).parents[1] / "models"

NETWORKS = {"mlp": "mlp_float", "cnn": "cnn_float"}
"""Columns of the table, and the folders of their float networks."""

CALIBRATION, PART = 1000, 1000
"""Training images that calibrate; test images that are run at once."""

WHOLE = 1 << 16
"""A chunk that no row is longer than."""


@dataclass(frozen=True)
class Case:
    """A row of the table: what it is called, what it is compared with, and how it is made."""

    name: str
    about: str
    scheme: str = ""
    choices: dict = field(default_factory=dict)

    @property
    def bits(self) -> str:
        """Of weights and of activations."""
        if not self.scheme:
            return "32, 32"
        made = options(self.scheme, **self.choices)
        return f"{made.bits}, {made.inputs}"


def _cases():
    yield Case("float", "")
    for bits in (16, 8, 6, 4):
        yield Case(f"FxP{bits}", "one power of two a layer", f"fixed{bits}")
    for bits in (6, 4):
        yield Case(f"BiScaled-{bits}", "a fine and a wide scale", f"biscaled{bits}")
        yield Case(f"shiftable {bits}", "the same, 2 bits apart", f"shiftable{bits}")
    for name, about, sides in (
        ("BiScaled-6, list", "a wide weight of each 16 at most; activations FxP6", "weights"),
        ("BiScaled-6, list, both", "the same, activations BiScaled-6", "both"),
    ):
        yield Case(name, about, "biscaled6", {"block": 16, "sides": sides})
    for bits in (6, 4):
        yield Case(f"FPEC-{bits}", "sign of the error", f"fpec{bits}")
    yield Case("FPEC-6, one side", "of weights only; activations FxP6", "fpec6",
               {"sides": "weights"})  # fmt: skip
    yield Case("FPEC-4, 2 EMB", "and 2 bits of its magnitude", "fpec4", {"magnitude": 2})
    yield Case("FPEC-4, shared", "4 lanes share a compensator", "fpec4", {"lanes": 4})
    for bits in (4, 3, 2):
        for scales, about in (("one", "one real scale a layer"), ("power", "2^e each 16"),
                              ("same", "2^e each 16, a real factor a layer"),
                              ("simple", "(1 + 2^-k) 2^e each 16")):  # fmt: skip
            yield Case(f"grouped {bits}, {scales}", about, f"grouped{bits}-{scales}")
    for bits in (4, 3):
        yield Case(f"block floating {bits}", "an exponent each 16", f"blockfloat{bits}")
        yield Case(f"block floating {bits}, 2 ways", "the better of 2 exponents",
                   f"blockfloat{bits}", {"ways": 2})  # fmt: skip
    yield Case("HFP8, chunks of 64", "1-4-3, sums 1-6-9", "hfp8")
    yield Case("HFP8, no chunks", "", "hfp8", {"chunk": WHOLE})
    yield Case("FxP8, stochastic", "activations rounded stochastically", "fixed8",
               {"rounding": "stochastic"})  # fmt: skip
    yield from _clips()
    for channels in (4, 16):
        choices = {"clip": "max", "activation_bits": 8, "activation_clip": "mse"}
        yield Case(f"INT3 x 8, max, {channels} split", "outlier channels split, bias corrected",
                   "int3", choices | {"split": channels})  # fmt: skip


def _clips():
    """Of integers with real scales: what clips, and whether biases are corrected."""
    for bits, inputs in ((4, 8), (3, 8), (4, 4)):
        for clip in ("max", "mse", "aciq", "sawb"):
            if clip == "sawb" and inputs < 8:
                continue  # is of weights
            choices = {"clip": clip, "activation_bits": inputs}
            if inputs == 8:
                choices["activation_clip"] = "mse"
            what = "weights" if inputs == 8 else "weights and activations"
            for corrected in (False, True):
                about = f"{clip} clips {what}" + ", bias corrected" * corrected
                yield Case(f"INT{bits} x {inputs}, {clip}" + ", corrected" * corrected, about,
                           f"int{bits}", choices | {"bias_correction": corrected})  # fmt: skip


CASES = tuple(_cases())


@cache
def _network(name: str) -> floats.Network:
    return floats.read(MODELS / NETWORKS[name] / "float.npz")


@cache
def _images(split: str) -> tuple[np.ndarray, np.ndarray]:
    x, labels = data.mnist(split)
    return x[..., None], labels


def measure(case: Case, name: str) -> list:
    """How many of the test images a network names rightly, and the SQNR of its sums in dB."""
    x, labels = _images("t10k")
    source = _network(name)
    if not case.scheme:
        return [int((source.outputs(x).argmax(axis=-1) == labels).sum()), None]
    frames = calibrate.chosen(_images("train")[0], CALIBRATION)
    made = quantize(source, frames, options(case.scheme, argmax=True, **case.choices))
    last = made.steps[-1]
    ratio = report.sqnr(made.reals[last.stage.name], last.output.real)
    parts = [run.run(made.network, x[k : k + PART]) for k in range(0, len(x), PART)]
    return [int((np.concatenate(parts).ravel() == labels).sum()), round(ratio, 1)]


HEADS = ("format", "bits of weights, activations", "", "MLP", "SQNR", "CNN", "SQNR")


def table(rows: dict[str, dict[str, list]]) -> str:
    """Of all cases, as Markdown: percent of the 10,000 test images, and what sums lack.

    The signal-to-noise ratio is that of the last layer's sums on the calibration images.
    """
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    for case in CASES:
        if case.name in rows:
            fields = [case.name, case.bits, case.about]
            for right, ratio in (rows[case.name][name] for name in NETWORKS):
                fields += [f"{right / 100:.2f} %", "" if ratio is None else f"{ratio:.1f} dB"]
            lines.append(f"| {' | '.join(fields)} |")
    return "\n".join(lines) + "\n"


def read() -> dict[str, dict[str, list]]:
    """What was measured last: right answers and SQNR, by case and network."""
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}


def main(argv: list[str] | None = None) -> int:
    """Run the cases, or those of which a part of the name is given."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks.formats", description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help="parts of names (default: all)")
    names = parser.parse_args(argv).names
    rows = read()
    for case in CASES:
        if names and not any(part in case.name for part in names):
            continue
        start = time.time()
        rows[case.name] = {name: measure(case, name) for name in NETWORKS}
        print(f"{case.name}: {rows[case.name]}, {time.time() - start:.0f} s", file=sys.stderr)
    rows = {case.name: rows[case.name] for case in CASES if case.name in rows}
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
    RESULTS.write_text(f"{{\n{lines}\n}}\n")
    if "<!-- formats -->" in README.read_text():
        README.write_text(with_table(README.read_text(), table(rows), "formats"))
    print(table(rows), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
