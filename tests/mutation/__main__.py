"""Do the tests notice faults? ``python -m tests.mutation [CIRCUIT…] [--count N] [--seed S]``.

yosys changes a small configuration of each circuit in one place at a time (``mutate``: a bit of a
cell's input or output inverted, stuck, or inverted where another is set), N times. All mutants are
one Verilator model, an input of which chooses one.

**What counts as noticed** is what the circuit's own tests in tests/hdl assert: nothing is recorded
and compared. The functions that pytest collects run as they are, on a stand-in for Amaranth's
simulator (:mod:`tests.mutation.engine`) that puts the compiled mutant in place of the circuit, and
a mutant is noticed if one of them raises. So an output that a test does not look at is not looked
at, a cycle counts where the test asserts cycles, and a bench that answers a circuit answers the
mutant. Each configuration is a circuit of its own, and its mutants are given only those tests that
simulate this very configuration: fewer than one fault in the source would meet. A test that goes on
for four times as long as on the circuit has failed. The unchanged circuit must pass by the same
way, else the campaign ends.

Not mutated: clocks, and the outputs of flip-flops (their initial value would be lost), whose
inputs and readers are. LUT6_2 and CARRY4 are the equations that Amaranth's simulator is given in
their place; the tests of the netlists with these primitives (tests/hdl/primitives.py) take no part.

**What cannot be noticed** is proved by property-directed reachability: the mutant and the circuit
side by side give the same at all outputs, whatever the inputs do in any number of cycles; or in
all that a stream promises (a payload counts while it is valid, and what is offered and not taken
stays), of inputs that keep to it. These leave the score: noticed / (all - proved equal). What is
left is listed in results.json with its place in the source.
"""

import argparse
from pathlib import Path

from rich.console import Console

from generators.emit.verilog import scratch
from tests.benchmarks.kept import asked, update
from tests.mutation.campaign import campaign
from tests.mutation.cases import CASES
from tests.mutation.results import RESULTS, Kept, kept, read, write


def main() -> None:
    """Mutate all circuits, or some."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation",
                                     description=__doc__.partition("\n")[0])  # fmt: skip
    parser.add_argument("--count", type=int, default=200, metavar="N", help="mutants of each")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="by which they are drawn")
    parser.add_argument("--folder", type=Path, metavar="DIR",
                        help="keep the models there (not below /tmp, which yosys does not see)")
    args = asked(parser, CASES)
    if args.count < 1:
        parser.error(f"--count must be a positive number, not {args.count}")
    console = Console(stderr=True)

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False)

    def measure(name: str) -> Kept:
        with scratch() as own:
            result = campaign(CASES[name], args.folder or own, args.count, args.seed, say)
        return kept(CASES[name], result)

    update(args.names, CASES, read, measure, write)
    print(RESULTS)


if __name__ == "__main__":
    main()
