"""The largest systolic arrays on the zynq7020: ``python -m tests.benchmarks.peak``.

Synthesises whole arrays, their columns of DSP48E1s beside columns of LUTs, once and then from the
cache; each distinct cell is one module of the netlist. Writes peak.json and prints a table. No
place and route: TOPS are at 200 MHz, which the static time (500 ps a wire) allows.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track

from generators.synth import synthesize
from generators.synth.timing import WIRE_PS
from hdl.array.systolic import Systolic
from hdl.array.systolic_config import Columns, Config
from hdl.dot.booth import Booth
from hdl.dot.packed import Packed
from hdl.number import Number
from tests.benchmarks.arithmetic import worst
from tests.synth.update import README, version, with_table

__all__ = ["ARRAYS", "AVAILABLE", "CLOCK_MHZ", "RESULTS", "Result", "array", "table"]

RESULTS = Path(__file__).with_suffix(".json")

CLOCK_MHZ = 200

AVAILABLE = {"lut": 53_200, "ff": 106_400, "dsp": 220}
"""On the xc7z020."""


def array(bits: int, packed: int, luts: int, *, reach: int = 2, lanes: int = 32) -> Config:
    """Two rows, of columns of DSP48E1s and columns of LUTs, for signed operands.

    Two rows of a Booth chain between registers, since a cycle is 5 ns, and several columns of LUTs
    a hop: flip-flops are short, not time.
    """
    number = Number(width=bits, signed=True)
    dsp = Packed.Config(lanes=lanes, rows={4: 3, 8: 2}[bits], x=number, w=number)
    lut = Booth.Config(lanes=lanes, x=number, w=number, rows_per_stage=2)
    columns = (Columns(dot=dsp, count=packed), Columns(dot=lut, count=luts, reach=reach))
    return Config(rows=2, columns=columns, stalls=False)


ARRAYS = {
    "INT4, 64 x 48": array(4, 9, 39, reach=3),
    "INT4, 64 x 64": array(4, 9, 55, reach=5),
    "INT8, 64 x 16": array(8, 6, 10),
    "INT8, 64 x 20": array(8, 6, 14),
}
"""Operands of a vector x columns."""

SMALL = {4: array(4, 3, 2, lanes=5), 8: array(8, 2, 2, lanes=3)}
"""Made alike, to be simulated."""


@dataclass(frozen=True)
class Result:
    """What an array does, and what it takes; ``ps`` is its slowest way between registers."""

    macs: int
    lut: int
    ff: int
    dsp: int
    ps: int

    @property
    def tops(self) -> float:
        """Additions and multiplications at 200 MHz."""
        return 2 * self.macs * CLOCK_MHZ / 1e6

    @property
    def fits(self) -> bool:
        """Whether it does, in 5 ns."""
        within = all(getattr(self, name) <= most for name, most in AVAILABLE.items())
        return within and self.ps * CLOCK_MHZ <= 1_000_000


def measure(config: Config) -> Result:
    """An array, by yosys."""
    made = synthesize.measure(Systolic(config))
    return Result(config.macs, made.cost.lut, made.cost.ff, made.cost.dsp, worst(made.timing).ps)


HEADS = ("array", "MAC/cycle", "TOPS at 200 MHz", "LUT", "FF", "DSP", "static ns")


def table(results: dict[str, Result]) -> str:
    """Of all arrays; beside their resources, what part of the chip that is."""
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    for name, one in results.items():
        used = [f"{getattr(one, kind):,} ({getattr(one, kind) / most:.0%})"
                for kind, most in AVAILABLE.items()]  # fmt: skip
        fields = [name, f"{one.macs:,}", f"{one.tops:.2f}", *used, f"{one.ps / 1000:.2f}"]
        lines.append(f"| {' | '.join(fields)} |")
    return "\n".join(lines) + "\n"


def read() -> dict[str, Result]:
    """What was measured last."""
    kept = json.loads(RESULTS.read_text())["arrays"] if RESULTS.exists() else {}
    return {name: Result(**kept[name]) for name in ARRAYS if name in kept}


def main() -> None:
    """Measure all, or those of which a part of the name is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help="parts of names (default all)")
    names = parser.parse_args().names
    results = read()
    chosen = [name for name in ARRAYS if not names or any(part in name for part in names)]
    for name in track(chosen, console=Console(stderr=True)):
        results[name] = measure(ARRAYS[name])
    results = {name: results[name] for name in ARRAYS if name in results}
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(asdict(one))}"
                       for name, one in results.items())  # fmt: skip
    head = f'"yosys": {json.dumps(version())},\n  "wire_ps": {WIRE_PS}'
    RESULTS.write_text(f'{{\n  {head},\n  "arrays": {{\n{lines}\n  }}\n}}\n')
    README.write_text(with_table(README.read_text(), table(results), "peak"))
    print(table(results), end="")


if __name__ == "__main__":
    main()
