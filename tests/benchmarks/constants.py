"""Constant matrices, one vector a cycle, beside da4ml's: ``python -m tests.benchmarks.constants``.

Plans, emits and synthesises the matrices of the project's goals; writes constants.json and the
README's table. Seconds are
the processor's, of planning and of Verilog; those of synthesis are not counted. No place and route:
ns are of logic and 500 ps a wire. da4ml's LUTs are of its version 0.6.0 through the same yosys.
"""

import argparse
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track

from generators.emit.verilog import convert
from generators.synth.synthesize import measure
from tests.hdl.dot.matrices import TARGETS, Target
from tests.synth.update import README, with_table

__all__ = ["Result", "measured", "read", "table"]

RESULTS = Path(__file__).with_suffix(".json")


@dataclass(frozen=True)
class Result:
    """What a matrix takes, by yosys; ``estimate`` are the LUTs that its plan says."""

    name: str
    rival: int
    lut: int
    ff: int
    estimate: int
    latency: int
    ps: int
    seconds: float


def measured(target: Target) -> Result:
    """A matrix planned, emitted and synthesised."""
    start = _seconds()
    config = target.config()
    circuit = config.build()
    convert(circuit)
    seconds = _seconds() - start
    found = measure(config.build())
    return Result(target.name, target.luts, found.cost.lut, found.cost.ff, config.luts,
                  config.latency, found.timing.reg_to_reg_ps, seconds)  # fmt: skip


def _seconds() -> float:
    """Of the processor, for this program and those that it called."""
    return sum(os.times()[:4])


def table(results: list[Result]) -> str:
    """The results as Markdown."""
    text = "| matrix | LUT | da4ml | ratio | FF | planned | latency | static ns | seconds |\n"
    text += "|---|---|---|---|---|---|---|---|---|\n"
    for one in results:
        rival, ratio = ("", "") if not one.rival else (f"{one.rival:,}", one.lut / one.rival)
        ratio = f"**{ratio:.3f}**" if ratio else ""
        text += (f"| {one.name} | {one.lut:,} | {rival} | {ratio} | {one.ff:,} | {one.estimate:,} "
                 f"| {one.latency} | {one.ps / 1000:.2f} | {one.seconds:.0f} |\n")  # fmt: skip
    return text


def read() -> list[Result]:
    """What was measured last."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    return [Result(**one) for one in kept]


def main() -> None:
    """Measures the matrices; prints their table, and keeps it if they are all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeds", nargs="*", type=int, help="those of these seeds alone")
    parser.add_argument("--below", action="store_true", help="without the highest weight")
    given = parser.parse_args()
    targets = [one for one in TARGETS if one.seed in (given.seeds or {one.seed})]
    if given.below:  # integers(low, high) as numpy reads it; da4ml's figures are not of these
        targets = [one._replace(high=one.high - 1, luts=0) for one in targets]
    results = [measured(one) for one in track(targets, console=Console(stderr=True))]
    print(table(results), end="")
    if not given.seeds and not given.below:
        RESULTS.write_text(json.dumps([asdict(one) for one in results], indent=1) + "\n")
        README.write_text(with_table(README.read_text(), table(results), "constants"))


if __name__ == "__main__":
    main()
