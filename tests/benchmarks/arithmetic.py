"""LUTs of the arithmetic, a synapse or a MAC: ``python -m tests.benchmarks.arithmetic``.

Synthesises our circuits and the same written down naively, each once and then from the cache, so
that a stopped run goes on where it stopped. Writes arithmetic.json, the README's table of it and
arithmetic.svg. What needs $BITLOOM_DATA is left out where there is none.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from rich.progress import Progress

from generators.synth import synthesize, timing_cells
from generators.synth.timing import WIRE_PS, Timing
from generators.synth.timing import Path as Way
from tests import data
from tests.benchmarks import plot
from tests.benchmarks.case import Case
from tests.benchmarks.cases import cases
from tests.synth.update import README, version, with_table

__all__ = ["RESULTS", "Result", "read", "table"]

RESULTS = Path(__file__).with_suffix(".json")
SOFT = synthesize.SCRIPT.replace(" -flatten ", " -nodsp -flatten ")
"""Products in LUTs."""

SOURCES = """
Published, in LUTs of the same unit where nothing else is said. A: the compressors of BISMO's dot
product unit (Umuroglu et al., TRETS 2019), built again with its blocks. B: FINN's MVTU at the
margin (Umuroglu et al., FPGA 2017). C: BNN-PYNQ's LFC on this chip, the whole accelerator by its
6,272 synapses a cycle. D: BISMO (FPL 2018) on this chip, of 2 operations a synapse. E: Megvii's
slides on the Zynq 7020. F: a unit of 16 bricks of 2 x 2 as in BitFusion (Sharma et al., ISCA 2018),
by yosys.

LUTs are cells as yosys counts them; it does not put two small ones into a LUT6_2, which would save
the behavioural circuits about a fifth, and the portable ones nearly half.
"""


@dataclass(frozen=True)
class Result:
    """A row: what a circuit does, and what it takes.

    ``levels`` and ``chains`` are LUTs and CARRY4s on the slowest way, of ``ps``.
    """

    unit: str
    units: float
    lanes: int
    lut: int
    ff: int
    carry4: int
    dsp: int
    bram18: int
    levels: int
    chains: int
    ps: int
    naive: str = ""
    limit: float | None = None
    dsp_limit: int | None = None
    published: str = ""

    @property
    def each(self) -> float:
        """LUTs for a synapse, a bit or a MAC."""
        return self.lut / self.units

    @property
    def met(self) -> bool | None:
        """Whether it takes no more than was asked for; None where nothing was."""
        if self.limit is None:
            return None
        return self.lut <= self.limit and (self.dsp_limit is None or self.dsp <= self.dsp_limit)


def first_layer() -> tuple[np.ndarray, np.ndarray] | None:
    """TFC's first layer, if there is data: weights (rows, cols), popcounts' thresholds (rows,)."""
    try:
        folder = data.folder()
    except pytest.skip.Exception:
        return None
    with np.load(folder / "models" / "tfc_1w1a" / "intnet.npz") as file:
        matrix, sums = file["w0"].astype(np.int8), file["t0"][:, 0].astype(int)
    return matrix, (sums + matrix.shape[1] + 1) // 2


def measure(chosen: Sequence[Case], console: Console) -> dict[str, Result]:
    """Every row; those of the same circuit are synthesised once."""
    made: dict[Callable, synthesize.Synthesis] = {}
    found = {}
    with Progress(console=console) as progress:
        task = progress.add_task("", total=len(chosen))
        for case in chosen:
            progress.update(task, description=case.name)
            if case.build not in made:
                script = SOFT if case.soft else None
                made[case.build] = synthesize.measure(case.build(), script)
            found[case.name] = _result(case, made[case.build])
            progress.advance(task)
    return found


def _result(case: Case, made: synthesize.Synthesis) -> Result:
    way = worst(made.timing)
    return Result(case.unit, case.units, case.lanes, made.cost.lut, made.cost.ff,
                  made.cells.get("CARRY4", 0), made.cost.dsp, made.cost.bram18, way.lut_levels,
                  way.carry4, way.ps, case.naive, case.limit, case.dsp, case.published)  # fmt: skip


def worst(timing: Timing) -> Way:
    """The slowest way between registers, of which there is one outside at every port."""
    before = timing_cells.CLOCK_TO_Q + timing.wire_ps
    behind = timing_cells.SETUP_D + timing.wire_ps
    ways = [(way, before) for way in timing.setup.values()]
    ways += [(way, behind) for way in timing.clk_to.values()]
    ways += [(way, before + behind) for some in timing.through.values() for way in some.values()]
    ways += [(timing.reg_to_reg, 0)] if timing.reg_to_reg else []
    way, more = max(ways, key=lambda pair: pair[0].ps + pair[1])
    return Way(way.ps + more, way.lut_levels, way.carry4, way.start, way.end, way.cells)


HEADS = ("circuit", "lanes", "LUT", "LUT each", "asked", "behavioural", "published", "FF",
         "CARRY4", "DSP", "BRAM18", "LUT + CARRY4 on the slowest way", "static ns")  # fmt: skip


def table(results: dict[str, Result]) -> str:
    """The README's table; the naive circuits have rows of their own at the end of a kind."""
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    for name, one in results.items():
        rival = results.get(one.naive)
        asked = "" if one.limit is None else f"≤ {_each(one.limit / one.units)}"
        if one.met is not None:
            asked += " ✓" if one.met else " ✗"
        fields = [name, one.lanes, f"{one.lut:,}", f"**{_each(one.each)}**", asked,
                  "" if rival is None else _each(rival.each), one.published, f"{one.ff:,}",
                  f"{one.carry4:,}", one.dsp, one.bram18, f"{one.levels} + {one.chains}",
                  f"{one.ps / 1000:.2f}"]  # fmt: skip
        lines.append(f"| {' | '.join(map(str, fields))} |")
    return "\n".join(lines) + "\n" + SOURCES


def _each(value: float) -> str:
    return f"{value:.3f}" if value < 2 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def read(path: Path = RESULTS) -> dict[str, Result]:
    """What was measured last."""
    kept = json.loads(path.read_text()) if path.exists() else {"circuits": {}}
    return {name: Result(**one) for name, one in kept["circuits"].items()}


def write(results: dict[str, Result]) -> None:
    """The data, the table and the plot."""
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(asdict(one), ensure_ascii=False)}"
                       for name, one in results.items())  # fmt: skip
    head = f'"yosys": {json.dumps(version())},\n  "wire_ps": {WIRE_PS}'
    RESULTS.write_text(f'{{\n  {head},\n  "circuits": {{\n{lines}\n  }}\n}}\n')
    README.write_text(with_table(README.read_text(), table(results), "arithmetic"))
    plot.draw(results)


def main() -> None:
    """Measure all or some rows; those that are not measured stay as they were."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help="parts of names (default all)")
    names = parser.parse_args().names
    console = Console(stderr=True)
    fc0 = first_layer()
    if fc0 is None:
        console.print("TFC's first layer is left out: set BITLOOM_DATA to the folder with models/")
    every = list(cases(fc0))
    chosen = [one for one in every if not names or any(part in one.name for part in names)]
    found = measure(chosen, console)
    kept = {**read(), **found}
    for case in every:  # what is said of them beside
        if case.name in kept:
            kept[case.name] = replace(kept[case.name], naive=case.naive, limit=case.limit,
                                      dsp_limit=case.dsp, published=case.published)  # fmt: skip
    order = list(dict.fromkeys([*(one.name for one in every), *kept]))
    write({name: kept[name] for name in order if name in kept})
    missed = [name for name, one in kept.items() if one.met is False]
    console.print(f"more than was asked for: {', '.join(missed) or 'none'}")
    print(RESULTS)


if __name__ == "__main__":
    main()
