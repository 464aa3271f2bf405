"""Proofs by what PyPI has: yosys makes an AIGER model of a bench, the ABC in it proves it."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from generators.emit.verilog import yosys
from tests.formal.bench import Bench, Case

__all__ = ["AIGER", "BENCH", "DUMMY", "FORGET", "SECONDS", "Verdict", "folder", "output", "prove",
           "run"]  # fmt: skip

SECONDS = 600
"""Of a proof at most."""

CYCLES = 40
"""In which what is covered happens, and what is searched for."""

# ABC runs within an optimisation, which wants a circuit to optimise.
DUMMY = """module \\dummy
  wire input 1 \\a
  wire input 2 \\b
  wire output 3 \\y
  cell $_AND_ \\and
    connect \\A \\a
    connect \\B \\b
    connect \\Y \\y
  end
end
"""

# A memory becomes flip-flops; those of the circuit lose their initial value where any may be.
BENCH = """read_rtlil bench.il
hierarchy -top top
proc
memory -nomap
memory_map
{forget}
flatten
opt -full
"""

# What ABC reads: and-gates and flip-flops.
AIGER = """dffunmap
setundef -undriven -zero
opt -full
techmap
opt
aigmap
opt_clean
write_aiger -zinit -symbols model.aig
"""

MODEL = f"""{BENCH}delete t:$check t:$print t:$scopeinfo
formalff -clk2ff -ff2anyinit
{AIGER}design -reset
read_rtlil dummy.il
"""

FORGET = "setattr -unset init top.dut/w:* top.dut.*/w:*"


@dataclass(frozen=True)
class Verdict:
    """Of a property or a cover: ``proved``, ``violated``, ``reached`` or ``unknown``.

    frame : the cycle of the violation, or in which what is covered happens
    """

    name: str
    answer: str
    frame: int | None
    seconds: float


def prove(case: Case, *, begins=True, only=None, search=False) -> Iterator[Verdict]:
    """Prove what a case claims, for all time, and reach what it covers.

    begins : as of :class:`tests.formal.bench.Bench`
    only : the names of some
    search : only look for violations, in the first cycles
    """
    text, claims, covers = Bench.rtlil(case.make(), case.describe, begins=begins)
    with folder() as where:
        (where / "bench.il").write_text(text)
        (where / "dummy.il").write_text(DUMMY)
        (where / "model.ys").write_text(MODEL.format(forget=FORGET if begins else ""))
        run(where, "-s", "model.ys")
        model = (where / "model.aig").read_bytes()
        names = [name for name in (*claims, *covers) if only is None or name in only]
        for name in names:
            kind = "bad" if name in claims else "see"
            (where / f"{name}.aig").write_bytes(one_output(model, f"{kind}_{name}"))
        yield from _abc(where, names, names if search else covers, covers)


@contextmanager
def folder() -> Iterator[Path]:
    """One that the tools of YoWASP see: they have another folder for temporary files."""
    with tempfile.TemporaryDirectory(dir=".", prefix=".formal-") as name:
        yield Path(name)


def _abc(where: Path, names: list[str], search: list[str], covers: list[str]) -> Iterator[Verdict]:
    """Verdicts of models with one output each, by one run."""
    lines = ["backup"]
    for name in names:
        engine = f"bmc3 -F {CYCLES}" if name in search else "pdr"
        lines += [f"read_aiger {name}.aig", "strash", "scleanup", f"write_aiger {name}.clean",
                  f"{engine} -T {SECONDS}", f"write_status {name}.status"]  # fmt: skip
    (where / "script.abc").write_text("\n".join([*lines, "restore"]) + "\n")
    run(where, "-p", "read_rtlil dummy.il; abc -script script.abc")
    for name in names:
        begin, end = where / f"{name}.clean", where / f"{name}.status"
        words = end.read_text().split()
        answer = {"snl_UNSAT": "proved", "snl_SAT": "violated"}.get(words[0], "unknown")
        if name in search and answer == "proved":
            answer = "unknown"  # of the cycles behind those
        frame = int(words[4]) if answer == "violated" else None
        if output(begin) == 0:  # by constant folding alone: of this ABC has no status
            answer = "proved"
        if name in covers:
            answer = {"violated": "reached"}.get(answer, answer)
        yield Verdict(name, answer, frame, end.stat().st_mtime - begin.stat().st_mtime)


def one_output(model: bytes, name: str) -> bytes:
    """A binary AIGER model with one of its outputs alone."""
    head, _, rest = model.partition(b"\n")
    _, *numbers = head.split()
    top, inputs, latches, outputs, ands = map(int, numbers[:5])
    lines = rest.split(b"\n", latches + outputs)
    gates = lines.pop()
    symbols = dict(line.split(b" ", 1) for line in _after(gates, ands).split(b"\n")
                   if line[:1] == b"o")  # fmt: skip
    number = {text.decode(): int(key[1:]) for key, text in symbols.items()}[name]
    body = gates[: len(gates) - len(_after(gates, ands))]
    head = f"aig {top} {inputs} {latches} 1 {ands}".encode()
    return b"\n".join([head, *lines[:latches], lines[latches + number], body])


def output(path: Path) -> int:
    """The only output of a model, as AIGER numbers signals: 0 is never set."""
    head, *lines = path.read_bytes().split(b"\n")
    return int(lines[int(head.split()[3])])


def _after(gates: bytes, ands: int) -> bytes:
    """What follows the gates, each two numbers of as many bytes as have their highest bit set."""
    place = 0
    for _ in range(2 * ands):
        while gates[place] & 0x80:
            place += 1
        place += 1
    return gates[place:]


def run(where: Path, *options: str) -> None:
    """Run yosys in a folder."""
    done = subprocess.run([yosys(), "-q", *options], cwd=where, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"yosys {' '.join(options)}: {done.stderr or done.stdout}")

