"""Bitstreams for an ECP5 board: ``python -m tests.benchmarks.onboard ulx3s``.

yosys, nextpnr-ecp5 and ecppack, as ``python -m boards build`` runs them, with several seeds of the
placement; and what of it the core takes, which is packed alone.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from boards import devices, toolchains
from boards.parts import PARTS
from boards.toolchains import ecp5, tools
from generators.emit.verilog import run_yosys, scratch
from tests.benchmarks.onboard_cases import ULX3S, built

__all__ = ["SEEDS", "measure"]

SEEDS = (1, 2, 3)

LINE_BITS = 10
"""Of a byte on the serial line: start, eight of data, stop."""

_CORE = """
read_verilog top.v
read_verilog -icells xc7_on_ecp5.v
synth_ecp5 -top top -json core.json
"""

PACKER = next(step.tool for step in ecp5.steps(PARTS[devices.find("ulx3s_85f").part], 50)
              if step.name == "Place and route")  # fmt: skip


def measure() -> Iterator[dict]:
    """A row for each network and seed, as they come."""
    for case in ULX3S:
        build = built(case)
        manifest, report = (json.loads((build / name).read_text())
                            for name in ("manifest.json", "report.json"))  # fmt: skip
        core = _core(build)
        for seed in SEEDS:
            made = _seed(build, seed)
            line = sum(manifest[side]["frame_bytes"] for side in ("input", "output"))
            baud = manifest["system"]["baud"]
            yield {"name": case.name, "seed": seed, **made,
                   "estimated_lut": report["totals"]["lut"], "core": core,
                   "compute_bound": report["cycles_per_frame"], "line_bytes": line, "baud": baud,
                   "line_frames_per_second": round(baud / LINE_BITS / line)}  # fmt: skip


def _seed(build: Path, seed: int) -> dict:
    """What place and route says, also where it misses the clock."""
    try:
        made = toolchains.build(build, seed=seed)
    except toolchains.ToolError:
        made = json.loads((build / "report.json").read_text())["implementation"]
    names = ("source", "part", "clock_mhz", "fmax_mhz", "timing_met", "lut", "ff", "bram18", "dsp",
             "seconds")  # fmt: skip
    size = (build / "system.bit").stat().st_size if made["bitstream"] else None
    return {**{name: made[name] for name in names}, "bit_bytes": size}


def _core(build: Path) -> dict[str, int]:
    """What nextpnr counts of top.v alone, which it packs and does not place."""
    with scratch() as folder:
        for name in ("top.v", "xc7_on_ecp5.v"):
            shutil.copy(build / name, folder)
        run_yosys(_CORE, folder)
        subprocess.run([tools.locate(PACKER), "--85k", "--package", "CABGA381", "--json",
                        "core.json", "--pack-only", "--report", "report.json"],
                       cwd=folder, check=True, capture_output=True)  # fmt: skip
        text = (folder / "report.json").read_text()
    used = {name: one["used"] for name, one in json.loads(text)["utilization"].items()}
    return {"lut": used["TRELLIS_COMB"], "ff": used["TRELLIS_FF"], "bram18": used["DP16KD"]}
