"""What the campaigns found: results.json and the README's table."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.mutation.campaign import Case, Result
from tests.mutation.cases import CASES
from tests.synth.update import README, version, with_table

__all__ = ["RESULTS", "Kept", "kept", "read", "table", "write"]

RESULTS = Path(__file__).with_name("results.json")

HEADS = ("circuit", "configurations", "mutants", "noticed", "proved equal", "left",
         "of these not explained", "score", "s")  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """Of a circuit, as results.json has it.

    configurations : the first test of each
    equal, promised : mutants that are proved to be equal, at all outputs or in what streams promise
    survivors : the others, each with its configuration, text, source, verdict and explanation
    """

    configurations: list[str]
    mutants: int
    noticed: int
    equal: int
    promised: int
    survivors: list[dict]
    seconds: int

    @property
    def score(self) -> float:
        """Noticed, of those that are not proved to be equal."""
        return self.noticed / max(1, self.mutants - self.equal - self.promised)

    @property
    def unexplained(self) -> int:
        """Mutants that are left, and of which nobody has said why; a test or a reason is owed."""
        return sum(not left["explanation"] for left in self.survivors)


def kept(case: Case, result: Result) -> Kept:
    """What is kept of a campaign."""
    survivors = [{
        "configuration": one.design, "mutant": one.mutant.text, "source": one.mutant.source,
        "verdict": one.verdict, "cycle": one.cycle,
        "explanation": next((why for part, why in case.explained.items()
                             if part in f"{one.design}: {one.mutant.text}"), ""),
    } for one in result.survivors]  # fmt: skip
    return Kept(result.configurations, result.mutants, result.noticed, result.equal,
                result.promised, survivors, round(result.seconds))  # fmt: skip


def table(results: dict[str, Kept]) -> str:
    """Of all circuits; and of all mutants that are left, what they are."""
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    for name, one in results.items():
        fields = [name, len(one.configurations), one.mutants, one.noticed,
                  one.equal + one.promised, len(one.survivors), one.unexplained,
                  f"{one.score:.1%}", one.seconds]  # fmt: skip
        lines.append(f"| {' | '.join(map(str, fields))} |")
    return "\n".join(lines) + "\n"


def read() -> dict[str, Kept]:
    """What was found last."""
    found = json.loads(RESULTS.read_text())["circuits"] if RESULTS.exists() else {}
    return {name: Kept(**found[name]) for name in CASES if name in found}


def write(results: dict[str, Kept]) -> None:
    """results.json, in the order of the cases, and the README's table."""
    whole = {"yosys": version(), "circuits": {name: asdict(one) for name, one in results.items()}}
    RESULTS.write_text(json.dumps(whole, indent=1) + "\n")
    README.write_text(with_table(README.read_text(), table(results), "mutation"))
