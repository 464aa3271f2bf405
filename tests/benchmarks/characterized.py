"""The README's table of the estimates' errors, out of generators/cost/measured.json.

``python -m generators.characterize --fit`` measures; ``python -m tests.benchmarks.characterized``
writes the table anew.
"""

import argparse
import json

from generators.cost.bands import FILE, typical
from tests.synth.update import README, with_table

__all__ = ["read", "table"]

FAMILIES = {
    "MVTU, all datapaths": ("mvtu",),
    "bit-serial, minifloat, unrolled": ("serial", "minifloat", "unrolled"),
    "weight memories": ("weights", "loadable"),
    "thresholds, requantization, encoders, arg max": (
        "threshold", "lanes", "requantize", "encode", "statistic", "argmax"),
    "streams": ("fifo", "converter", "gather", "scatter", "repeat", "fork", "concat", "add"),
    "windows, pools": ("window", "columns", "pool", "upsample"),
    "systolic arrays": ("systolic", "output_stationary"),
}  # fmt: skip
OTHERS = "bus, DMA, shell"

HEADS = ("circuits", "fitted to", "unseen", "LUT: median, 95th percentile", "FF", "delay",
         "BRAM18 or DSP wrong")  # fmt: skip


def read() -> list[dict]:
    """The circuits that were measured."""
    return json.loads(FILE.read_text())["circuits"] if FILE.exists() else []


def table(rows: list[dict]) -> str:
    """A line a family, and one of all; errors are those of unseen circuits."""
    known = {kind for kinds in FAMILIES.values() for kind in kinds}
    families = {name: [row for row in rows if row["circuit"] in kinds]
                for name, kinds in FAMILIES.items()}  # fmt: skip
    families[OTHERS] = [row for row in rows if row["circuit"] not in known]
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    lines += [_line(name, some) for name, some in families.items() if some]
    return "\n".join([*lines, _line("**all**", rows)]) + "\n"


def _line(name: str, rows: list[dict]) -> str:
    unseen = [row for row in rows if row["sample"] == "unseen"]
    fields = [name, len(rows) - len(unseen), len(unseen)]
    for resource in ("lut", "ff", "ps"):
        off = typical(row["error"][resource] for row in unseen)
        fields.append(f"{off[0]:.1%}, {off[1]:.1%}" if off else "")
    wrong = sum(bool(row["error"]["bram18"] or row["error"]["dsp"]) for row in unseen)
    return f"| {' | '.join(map(str, (*fields, wrong)))} |"


def main() -> None:
    """Write the table."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    README.write_text(with_table(README.read_text(), table(read()), "characterized"))
    print(README)


if __name__ == "__main__":
    main()
