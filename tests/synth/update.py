"""Writes snapshots.json anew: ``python -m tests.synth.update``.

A commit that changes the file says why, and what the circuits gained or lost.
"""

import argparse
import json
import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import track

from generators.emit.verilog import yosys
from generators.synth.synthesize import synthesize
from tests.synth.circuits import CIRCUITS

SNAPSHOTS = Path(__file__).with_name("snapshots.json")
README = Path(__file__).parents[2] / "README.md"


def version() -> str:
    """Of yosys: another one maps the same circuit to other cells."""
    text = subprocess.run([yosys(), "-V"], capture_output=True, text=True, check=True).stdout
    return re.match(r"Yosys (\S+)", text)[1]


def measure(name: str) -> dict[str, int]:
    """Resources of one circuit, by yosys."""
    return asdict(synthesize(CIRCUITS[name]()))


def what(name: str) -> str:
    """The sentence in which a circuit's module says what it is."""
    made = CIRCUITS[name]
    circuit = getattr(made, "func", made).__annotations__["return"]
    return sys.modules[circuit.__module__].__doc__.splitlines()[0]


def table(circuits: dict[str, dict[str, int]]) -> str:
    """The README's table of circuits; the first of a kind says what it is."""
    text = "| circuit | LUT | FF | BRAM18 | DSP | what it is |\n|---|---|---|---|---|---|\n"
    said = set()
    for name, used in circuits.items():
        sentence = what(name)
        figures = " | ".join(str(used[one]) for one in ("lut", "ff", "bram18", "dsp"))
        text += f"| {name} | {figures} | {'' if sentence in said else sentence} |\n"
        said.add(sentence)
    return text


def with_table(text: str, made: str, name: str = "circuits") -> str:
    """The README with its table of that name replaced."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, _, rest = text.partition(begin)
    return f"{before}{begin}{made}{end}{rest.partition(end)[2]}"


def main() -> None:
    """Synthesises all circuits, or some and those that are new; prints what changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help="parts of names (default all)")
    names = parser.parse_args().names
    console = Console(stderr=True)
    before = json.loads(SNAPSHOTS.read_text())["circuits"] if SNAPSHOTS.exists() else {}
    wanted = [name for name in CIRCUITS if any(part in name for part in names or [""])]
    chosen = {*wanted, *(name for name in CIRCUITS if name not in before)}
    after = {name: measure(name) if name in chosen else before[name]
             for name in track(CIRCUITS, console=console)}  # fmt: skip
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(after[name])}" for name in after)
    tool = json.dumps(version())
    SNAPSHOTS.write_text(f'{{\n  "yosys": {tool},\n  "circuits": {{\n{lines}\n  }}\n}}\n')
    README.write_text(with_table(README.read_text(), table(after)))
    for name in {**before, **after}:
        if before.get(name) != after.get(name):
            console.print(f"{name}: {before.get(name)} -> {after.get(name)}")
    print(SNAPSHOTS)


if __name__ == "__main__":
    main()
