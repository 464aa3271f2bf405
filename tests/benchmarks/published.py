"""FINN's published folds beside what our search finds: ``python -m tests.benchmarks.published``.

All in circuits, LUTs and cycles of our own: the published fold is built as it is, of its storages
and datapaths those of the fewest LUTs. Then the fewest LUTs at its cycles are sought, and the
fewest cycles within its LUTs; neither may take more BRAM18 than it does, and none takes DSP slices,
as FINN's multiply in LUTs. Data are published.json beside this file and the README's table.
``--synth`` synthesises what it finds, hours the first time.
"""

import argparse
import json
from dataclasses import asdict, dataclass

import pytest
from rich.console import Console

from generators.explore import synthesis
from tests.benchmarks import folded
from tests.benchmarks.folded import Made
from tests.benchmarks.kept import asked, update
from tests.synth.update import README, version, with_table

__all__ = ["PUBLISHED", "RESULTS", "Published", "Result", "read", "table"]

RESULTS = folded.HERE / "published.json"
SOURCE = "Xilinx/finn-examples, build/{}_folding_config.json"


@dataclass(frozen=True)
class Published:
    """A network of folded.MODELS, the fold file (folds/FILE.json), and where that is published."""

    network: str
    file: str
    source: str


PUBLISHED = {
    "tfc1": Published("TFC_1W1A", "finn_tfc", "bnn-pynq/folding_config/tfc-w1a1"),
    "tfc2": Published("TFC_2W2A", "finn_tfc", "bnn-pynq/folding_config/tfc-w2a2"),
    "cnv": Published("CNV W1A1", "finn_cnv", "bnn-pynq/folding_config/cnv-w1a1"),
    "kws": Published("KWS W3A3", "finn_kws", "kws/folding_config/mlp_kws"),
    "kws64": Published("KWS W3A3", "finn_kws64", "kws/folding_config/kws"),
}


@dataclass(frozen=True)
class Result:
    """The published fold; ours of at most its cycles; ours of at most its LUTs."""

    published: Made
    equal_cycles: Made
    equal_lut: Made


def measure(name: str, console: Console, *, synth: bool) -> Result | None:
    """Plan, and synthesise where asked; None where there is no data."""
    one = PUBLISHED[name]
    console.print(f"{name}: planning")
    try:
        designs = plans(one)
    except pytest.skip.Exception as reason:
        console.print(f"{name} is left out: {reason}")
        return None
    found = [None] * len(designs)
    if synth:
        found = synthesis.measured([design.planned for design in designs], console.print)
    return Result(*map(folded.made, designs, found))


def plans(one: Published) -> list:
    """The three designs."""
    theirs = folded.folded(one.network, one.file, part_of={"dsp": 0.0})
    used = folded.amounts(theirs.cost)
    others = folded.most({"bram18": used["bram18"], "dsp": 0})
    same_cycles = folded.explorer(one.network, part_of=others).within(int(theirs.cycles))
    same_luts = folded.explorer(one.network, part_of=others | folded.most({"lut": used["lut"]}))
    return [theirs, same_cycles, same_luts.fastest()]


HEADS = ("network", "published fold (PE, SIMD)", "design", "cycles a frame", "latency",
         "LUT, estimate", "LUT, synthesis", "FF", "BRAM18", "DSP")  # fmt: skip


def table(results: dict[str, Result]) -> str:
    """The README's table."""
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    for name, one in results.items():
        theirs = one.published
        lines.append(_row([PUBLISHED[name].network, _fold(name), "published"], theirs, "", ""))
        more = one.equal_cycles.estimate["lut"] / theirs.estimate["lut"] - 1
        lines.append(_row(["", "", "ours at its cycles"], one.equal_cycles, "",
                          f" ({more:+.1%}) {'✓' if more <= 0 else '✗'}"))  # fmt: skip
        faster = theirs.cycles / one.equal_lut.cycles
        lines.append(_row(["", "", "ours in its LUTs"], one.equal_lut,
                          f" ({faster:.2f} x) {'✓' if faster > 1 else '✗'}", ""))  # fmt: skip
    return "\n".join(lines) + "\n"


def _fold(name: str) -> str:
    file = PUBLISHED[name].file
    lanes = json.loads((folded.FOLDS / f"{file}.json").read_text()).values()
    return " ".join(f"({one['pe']},{one['simd']})" for one in lanes)


def _row(head: list[str], found: Made, cycles: str, lut: str) -> str:
    used, measured = found.estimate, found.synthesis
    shown = [*head, f"{found.cycles:,.10g}{cycles}", f"{found.latency:,}",
             f"{used['lut']:,}{lut}", f"{measured['lut']:,}" if measured else "",
             f"{used['ff']:,}", used["bram18"], used["dsp"]]  # fmt: skip
    return f"| {' | '.join(map(str, shown))} |"


def read() -> dict[str, Result]:
    """What was found last."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"networks": {}}
    return {name: Result(**{key: Made(**value) for key, value in one.items() if key != "source"})
            for name, one in kept["networks"].items()}  # fmt: skip


def write(results: dict[str, Result]) -> None:
    """The data and the table."""
    kept = {name: {"source": SOURCE.format(PUBLISHED[name].source)} | asdict(one)
            for name, one in results.items()}  # fmt: skip
    text = json.dumps({"yosys": version(), "networks": kept}, indent=1)
    RESULTS.write_text(f"{text}\n")
    README.write_text(with_table(README.read_text(), table(results), "published"))


def main() -> None:
    """Find all or some; those that are not stay as they were."""
    parser, console = argparse.ArgumentParser(description=__doc__), Console(stderr=True)
    parser.add_argument("--synth", action="store_true", help="synthesise the designs, too")
    args = asked(parser, PUBLISHED)
    update(args.names, PUBLISHED, read,
           lambda name: measure(name, console, synth=args.synth), write)  # fmt: skip
    print(RESULTS)


if __name__ == "__main__":
    main()
