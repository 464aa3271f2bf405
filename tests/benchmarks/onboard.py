"""Systems on boards: ``python -m tests.benchmarks.onboard [PART…]``.

TFC_1W1A is built for a Zynq board and system.v simulated with the driver of the build: frames a
second beside what core and memory port allow, and the bandwidth of the DMA at several latencies of
the memory; what system.v takes besides its core, by synthesis; and bitstreams for an ECP5 board by
yosys and nextpnr. Writes onboard.json and the README's tables of it. Ten minutes each, the
bitstreams half an hour; it needs $BITLOOM_DATA.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from tests.benchmarks import onboard_ecp5, onboard_parts, onboard_run, onboard_tables
from tests.synth.update import README, with_table

__all__ = ["MEASURES", "RESULTS", "read", "shortcomings", "table"]

RESULTS = Path(__file__).with_name("onboard.json")

MEASURES = {"onboard": onboard_run.frames, "dma": onboard_run.dma,
            "onboard-parts": onboard_parts.measure, "ulx3s": onboard_ecp5.measure}  # fmt: skip
"""By the README's marker."""

BANDWIDTH = 0.95
"""Of a word a cycle, sustained, at latencies that a DDR has."""

DDR = 60
"""Cycles: the longest of these latencies."""


def read() -> dict[str, list[dict]]:
    """What was measured last, by marker."""
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}


def table(name: str, rows: list[dict]) -> str:
    """One of the tables, as Markdown."""
    return onboard_tables.TABLES[name](rows)


def shortcomings(found: dict[str, list[dict]]) -> list[str]:
    """What is not as it must be, a sentence each."""
    wrong = [f"{row['name']}: {row['mismatches']} frames or bytes differ"
             for name in ("onboard", "dma") for row in found.get(name, ())
             if row["mismatches"]]  # fmt: skip
    cases: dict[tuple, list[dict]] = {}
    for row in found.get("dma", ()):
        cases.setdefault((row["latency"], row["way"]), []).append(row)
    for (latency, way), rows in cases.items():
        share = onboard_tables.sustained(rows)
        if latency <= DDR and share < BANDWIDTH:
            wrong.append(f"{way} at latency {latency}: {share:.1%} of 8 bytes a cycle, sustained")
    return wrong + [f"{row['name']}, seed {row['seed']}: clock is missed"
                    for row in found.get("ulx3s", ()) if not row["timing_met"]]  # fmt: skip


def _write(found: dict[str, list[dict]]) -> None:
    parts = []
    for name in (name for name in MEASURES if name in found):
        rows = ",\n".join(f"  {json.dumps(row)}" for row in found[name])
        parts.append(f" {json.dumps(name)}: [\n{rows}\n ]")
    RESULTS.write_text("{\n" + ",\n".join(parts) + "\n}\n")


def main(argv: list[str] | None = None) -> int:
    """Measure some parts or all; returns 1 if one is not as it must be."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks.onboard", description=__doc__)
    every = ", ".join(MEASURES)
    parser.add_argument("names", metavar="PART", nargs="*", help=f"of {every} (default: all)")
    names = parser.parse_args(argv).names or list(MEASURES)
    for name in names:
        if name not in MEASURES:
            parser.error(f"PART must be one of {every}, not {name!r}")
    found = read()
    for name in names:
        start, rows = time.monotonic(), []
        for row in MEASURES[name]():
            rows.append(row)
            print(f"{name}: {json.dumps(row)}", file=sys.stderr)
        found[name] = rows
        _write(found)
        print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    for name, rows in found.items():
        text = table(name, rows)
        if f"<!-- {name} -->" in README.read_text():
            README.write_text(with_table(README.read_text(), text, name))
        print(text)
    if "dma" in found:
        onboard_tables.draw(found["dma"])
    wrong = shortcomings(found)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
