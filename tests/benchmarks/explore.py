"""How many designs a second are evaluated: ``python -m tests.benchmarks.explore``.

Random designs of CNV (the shipped test data), all at once by generators.finn.evaluate, and some of
them one by one, each lowered to its circuits whose estimates are added. It fails where a million
takes more than 20 s, tables included; the candidates, listed once for any number of designs, are
timed apart. Data are explore.json beside this file and the README's line.
"""

import argparse
import json
import time
from dataclasses import asdict, dataclass

import numpy as np
from rich.console import Console

from generators.finn import between, cost, lower, plan
from generators.finn.evaluate import evaluate, random_picks
from generators.finn.space import Space
from tests.benchmarks import folded
from tests.synth.update import README, with_table

__all__ = ["RESULTS", "Result", "read", "table"]

RESULTS = folded.HERE / "explore.json"
NETWORK = "CNV W1A1"
DESIGNS, ALONE = 1_000_000, 20
MOST = 20.0
"""Seconds that all designs may take."""


@dataclass(frozen=True)
class Result:
    """Seconds of the tables of all candidates, of all designs, and of one design alone."""

    designs: int
    space: int
    candidates_s: float
    tables_s: float
    evaluate_s: float
    alone_s: float

    @property
    def ratio(self) -> float:
        """How much faster than one by one."""
        return self.alone_s * self.designs / self.evaluate_s


def measure(console: Console) -> Result:
    """Evaluate; what is evaluated one by one must come out the same."""
    network = folded.network(NETWORK)
    wish = plan.Wish(board=folded.BOARD, clock_mhz=100.0)
    console.print("listing candidates")
    start = time.monotonic()
    options = plan._options(network, wish)
    listed = time.monotonic()
    space = Space(network, options)
    tables = time.monotonic()
    picks = random_picks(space, DESIGNS, np.random.default_rng(8))
    console.print(f"evaluating {DESIGNS:,} designs")
    begin = time.monotonic()
    found = evaluate(space, picks)
    end = time.monotonic()
    console.print(f"evaluating {ALONE} one by one")
    some = picks[:ALONE]
    for number, row in enumerate(some):
        check(space, row, found[number])
    alone = (time.monotonic() - end) / ALONE
    size = int(np.prod([float(len(table.cycles)) for table in space.tables]))
    return Result(DESIGNS, size, listed - start, tables - listed, end - begin, alone)


def check(space: Space, row: np.ndarray, found) -> None:
    """One design by its circuits, whose cycles must be those that were found."""
    candidates = [table.candidates[n] for table, n in zip(space.tables, row)]
    choices = {table.name: one.choice for table, one in zip(space.tables, candidates)}
    i_edge, parts, o_edge = lower.parts(space.network, choices, exact=False)
    flow = lower.Flow("input", i_edge.number, i_edge.lanes, i_edge.items)
    used = between.measured(parts, [between.State(flow)])
    used += between.array(cost.edges(i_edge, o_edge))
    assert max(one.cycles for one in candidates) == found.cycles
    if not any(one.folded.unrolled or one.folded.serial for one in candidates):
        np.testing.assert_allclose(used, [found.lut, found.ff, found.bram18, found.dsp], rtol=1e-9)


def table(result: Result) -> str:
    """The README's sentence."""
    one = result
    whole = one.tables_s + one.evaluate_s
    return (f"{one.designs:,} random designs of CNV's 10^{len(str(one.space)) - 1} are evaluated "
            f"in {whole:.1f} s by one process ({one.tables_s:.1f} s of it for the tables), "
            f"{one.ratio:,.0f} times as fast as one by one ({1000 * one.alone_s:.0f} ms each); "
            f"listing and estimating the layers' candidates before took {one.candidates_s:.0f} "
            f"s.\n")  # fmt: skip


def read() -> Result:
    """What was measured last."""
    return Result(**json.loads(RESULTS.read_text()))


def main() -> None:
    """Measure; exits 1 where it takes too long."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    console = Console(stderr=True)
    result = measure(console)
    rounded = {key: round(value, 4) for key, value in asdict(result).items()}
    RESULTS.write_text(json.dumps(rounded, indent=1) + "\n")
    README.write_text(with_table(README.read_text(), table(result), "explored"))
    console.print(table(result))
    print(RESULTS)
    if result.tables_s + result.evaluate_s > MOST:
        raise SystemExit(f"{result.designs:,} designs must take at most {MOST:g} s")


if __name__ == "__main__":
    main()
