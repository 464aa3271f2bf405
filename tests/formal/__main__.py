"""Prove all that is claimed: ``python -m tests.formal``; minutes.

Writes proofs.json and the README's table. Exits 1 if something is not proved.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from tests.formal.bench import Case
from tests.formal.buses import BUSES
from tests.formal.induct import check
from tests.formal.streams import STREAMS
from tests.synth.update import README, with_table

__all__ = ["CASES", "RESULTS", "measure", "read", "table"]

RESULTS = Path(__file__).with_name("proofs.json")

CASES = STREAMS | BUSES

HEADS = ("component", "properties", "how far", "cycles at the beginning", "seconds")


def measure(case: Case) -> dict:
    """What was proved of a case, from any state and from power-up, and how long it took."""
    start, row = time.time(), {}
    for begins in (True, False):
        verdicts = check(case, begins=begins)
        found = {verdict.name: verdict.answer for verdict in verdicts}
        wrong = sorted(name for name, answer in found.items()
                       if answer not in ("proved", "bounded", "reached"))  # fmt: skip
        row.setdefault("wrong", []).extend(wrong)
        row["properties"] = [name for name, answer in found.items() if answer != "reached"]
        row["reached"] = {verdict.name: verdict.frame for verdict in verdicts
                          if verdict.answer == "reached"}  # fmt: skip
    row["seconds"] = round(time.time() - start, 1)
    return row


def how(case: Case) -> tuple[str, str]:
    """How far a proof goes, and by what; cycles that were looked at one by one."""
    if case.bounded:
        return "bounded", str(case.steps + 1)
    if case.steps is None:
        return "unbounded (PDR)", ""
    return f"unbounded ({case.steps}-induction)", str(case.steps + 1)


def table(rows: dict[str, dict]) -> str:
    """Of all cases, as Markdown."""
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    for name, row in rows.items():
        fields = (name, ", ".join(row["properties"]), *how(CASES[name]), f"{row['seconds']:.1f}")
        lines.append(f"| {' | '.join(fields)} |")
    total = sum(row["seconds"] for row in rows.values())
    lines += ["", "Seconds of both proofs, from reset in any state and from power-up, and of runs "
              "that show that what is watched happens, measured on two shared cores by "
              f"`python -m tests.formal`: {total:.0f} in all. Payloads have 1 or 2 bits but in the "
              "last four; the DMAs have one burst under way."]  # fmt: skip
    return "\n".join(lines) + "\n"


def read() -> dict[str, dict]:
    """What was proved last, by case."""
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}


def main(argv: list[str] | None = None) -> int:
    """Prove the cases, or those of which a part of the name is given."""
    parser = argparse.ArgumentParser("python -m tests.formal", description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help="parts of names (default: all)")
    names = parser.parse_args(argv).names
    rows, wrong = read(), []
    for name, case in CASES.items():
        if names and not any(part in name for part in names):
            continue
        row = measure(case)
        failed = row.pop("wrong")
        wrong += [f"{name}: {one}" for one in failed]
        if not failed:
            rows[name] = row
            _write(rows)
        print(f"{name}: {row['seconds']} s{', not proved: ' * bool(failed)}{', '.join(failed)}",
              file=sys.stderr, flush=True)  # fmt: skip
    if wrong:
        return 1
    print(table(read()), end="")
    return 0


def _write(rows: dict[str, dict]) -> None:
    rows = {name: rows[name] for name in CASES if name in rows}
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
    RESULTS.write_text(f"{{\n{lines}\n}}\n")
    README.write_text(with_table(README.read_text(), table(rows), "proofs"))


if __name__ == "__main__":
    sys.exit(main())
