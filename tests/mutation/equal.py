"""Which mutants no test can notice: a miter with the circuit, and ABC's PDR."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from generators.emit.verilog import run_yosys
from tests.formal.prove import AIGER, DUMMY, output, run
from tests.mutation.aiger import inputs, with_constants
from tests.mutation.model import Mutants

__all__ = ["Verdict", "verdicts"]

ROUNDS = (60, 5, ""), (1200, 240, " -n")
"""Seconds of all proofs of a configuration and of one at most, and how PDR generalizes; then of
those still unknown. Each way proves what the other does not."""

BITS = 16

LARGE = 10_000
"""Registers beyond which merging equal nodes takes minutes, and is given up where none helps."""

# Gold is the circuit, gate all mutants that are asked for, one of which an input chooses.
MODEL = """read_rtlil prepared.il
rename dut gold
write_rtlil gold.il
design -reset
read_rtlil prepared.il
{changes}
rename dut gate
read_rtlil gold.il
read_verilog miter.v
hierarchy -top miter
proc
flatten
memory_map
opt -full
async2sync
formalff -clk2ff -ff2anyinit
""" + AIGER


@dataclass(frozen=True)
class Verdict:
    """``equal``, ``different``, from which cycle on (the first is 0), or ``unknown``."""

    answer: str
    cycle: int | None = None


def verdicts(model: Mutants, numbers: list[int], contract: bool,
             assume: str = "1") -> list[Verdict]:  # fmt: skip
    """Of each mutant, whether any inputs in any cycles make it differ at its outputs.

    contract : differences are those of what the circuit promises, else every output in every cycle
        of any inputs. Of a stream a payload counts while it is valid, nothing counts while reset
        is asserted, and inputs keep to it (what is offered and not taken stays). Of a pipeline
        with an enable what comes before the first result since reset does not count.
    assume : of the inputs besides, in Verilog, by the ports' paths
    """
    text = miter(model, contract, assume)
    told = model.folder / f"verdicts-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    known = json.loads(told.read_text()) if told.exists() else {}
    lines = {number: model.mutants[number - 1].line for number in numbers}
    for every, most, way in ROUNDS:
        asked = [number for number in numbers if lines[number] not in known]
        if asked:
            (model.folder / "miter.v").write_text(text)
            limit = max(1, min(most, every // len(asked)))
            found = _prove(model, asked, f"pdr{way} -T {limit}")
            known |= {lines[number]: (one.answer, one.cycle)
                      for number, one in zip(asked, found) if one.answer != "unknown"}  # fmt: skip
            told.write_text(json.dumps(known))
    return [Verdict(*known.get(lines[number], ("unknown",))) for number in numbers]


def _prove(model: Mutants, numbers: list[int], pdr: str) -> Iterator[Verdict]:
    """The verdicts by one run of yosys and one of its ABC."""
    folder = model.folder
    (folder / "dummy.il").write_text(DUMMY)
    changes = [model.mutants[number - 1].line.replace(
        "mutate ", f"mutate -ctrl mutsel {BITS} {number} ", 1) for number in numbers]  # fmt: skip
    run_yosys(MODEL.format(changes="\n".join(changes)), folder)
    whole = (folder / "model.aig").read_bytes()
    # Nodes are merged that four cycles together show to be equal: one shows little of a network.
    large = int(whole.split(maxsplit=4)[3]) > LARGE
    sweep = "scorr -C 100 -q" if large else "scorr -F 4 -C 10000"
    choice = [inputs(whole)[f"mutsel[{k}]"] for k in range(BITS)]
    script = ["backup"]
    for number in numbers:
        (folder / f"{number}.status").unlink(missing_ok=True)
        values = {literal: number >> k & 1 for k, literal in enumerate(choice)}
        (folder / f"{number}.aig").write_bytes(with_constants(whole, values))
        script += [f"read_aiger {number}.aig", "strash", "scleanup", "lcorr", sweep,
                   f"write_aiger {number}.clean", pdr,
                   f"write_status {number}.status"]  # fmt: skip
    (folder / "script.abc").write_text("\n".join([*script, "restore"]) + "\n")
    run(folder, "-p", "read_rtlil dummy.il; abc -script script.abc")
    for number in numbers:
        yield _verdict(folder / f"{number}.clean", folder / f"{number}.status")


def _verdict(clean: Path, status: Path) -> Verdict:
    words = status.read_text().split()
    if output(clean) == 0 or words[0] == "snl_UNSAT":  # of a constant ABC has no status
        return Verdict("equal")
    if words[0] == "snl_SAT":
        return Verdict("different", int(words[4]))
    return Verdict("unknown")


def miter(model: Mutants, contract: bool, assume: str) -> str:
    """Verilog whose output ``bad`` is 1 where the mutant differs."""
    ports = [(path, f"p{k}", len(value), drives)
             for k, (path, value, drives) in enumerate(model.circuit.ports)]  # fmt: skip
    entries = ["input clk", "input rst", f"input [{BITS - 1}:0] mutsel"]
    entries += [f"input [{width - 1}:0] {path}" for path, _, width, drives in ports if drives]
    lines = [f"module miter({', '.join(entries)}, output bad);"]
    for side in ("gold", "gate"):
        pins = [".clk(clk)", ".rst(rst)", *([".mutsel(mutsel)"] if side == "gate" else [])]
        for path, pin, width, drives in ports:
            pins.append(f".{pin}({path if drives else f'{side}_{path}'})")
            if not drives:
                lines.append(f"  wire [{width - 1}:0] {side}_{path};")
        lines.append(f"  {side} {side}({', '.join(pins)});")
    inside = {path for path, _, _, drives in ports if drives}
    outside = [path for path, _, _, drives in ports if not drives]
    told, differ = [f"({assume})"], [f"gold_{path} != gate_{path}" for path in outside]
    if contract:
        differ = [_promised(path, {*outside, *inside}, inside) for path in outside]
        for path in sorted(inside):
            if path.endswith("valid"):
                lines += _stable(path.removesuffix("valid"), ports)
                told.append(f"{path}_kept")
    lines += ["  reg held = 1;", f"  wire holds = held & ({' & '.join(told)} | rst);",
              "  always @(posedge clk) held <= holds;"]  # fmt: skip
    guard = ""
    if contract:
        filled = model.circuit.latency if "en" in inside else 0
        lines += ["  reg [7:0] ran = 0;", "  always @(posedge clk) if (rst) ran <= 0;",
                  f"    else if ({'en' if filled else '0'}) ran <= ran + (ran < {filled});"]
        guard = f" & ~rst & (ran == {filled})"
    lines += [f"  assign bad = holds{guard} & ({' | '.join(f'({d})' for d in differ)});",
              "endmodule", ""]  # fmt: skip
    return "\n".join(lines)


def _promised(path: str, every: set[str], inside: set[str]) -> str:
    """Whether an output differs; of a payload, while it is valid."""
    valid = [name for name in every if name.endswith("valid") and name not in inside
             and path.startswith(name.removesuffix("valid")) and path != name]
    differs = f"gold_{path} != gate_{path}"
    return f"gold_{valid[0]} & ({differs})" if valid else differs


def _stable(prefix: str, ports) -> list[str]:
    """``PREFIXvalid_kept``: what was offered and not taken is offered still."""
    own = [(path, width) for path, _, width, drives in ports
           if path.startswith(prefix) and drives]  # fmt: skip
    bits, whole = sum(width for _, width in own), ", ".join(path for path, _ in own)
    ready = next(path for path, _, _, drives in ports if path == f"{prefix}ready")
    name = f"{prefix}valid"
    return [f"  reg {name}_waits = 0; reg [{bits - 1}:0] {name}_before = 0;",
            f"  always @(posedge clk) {name}_waits <= {name} & ~gold_{ready} & ~rst;",
            f"  always @(posedge clk) {name}_before <= {{{whole}}};",
            f"  wire {name}_kept = ~{name}_waits | ({{{whole}}} == {name}_before);"]  # fmt: skip
