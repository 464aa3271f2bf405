"""``make demo``: the shipped digits network, from its description to simulated RTL."""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from generators.emit.command import terminal
from generators.finn import __main__ as finn
from sim import __main__ as sim

MODEL = Path(__file__).parent / "digits"
BUILD = Path("build") / "digits"


def main() -> int:
    """Build, simulate all test images, and compare classes with labels."""
    steps = ["--board", "zynq7020", "--cycles", "64", "-o", str(BUILD)]
    print(f"python -m generators.finn {MODEL.name}/model.json {' '.join(steps)}", file=sys.stderr)
    status = finn.main([str(MODEL / "model.json"), *steps])
    if status:
        return status
    images = np.load(MODEL / "images.npz")
    with tempfile.TemporaryDirectory() as folder:
        x, y, result = (Path(folder) / name for name in ("x.npy", "y.npy", "result.json"))
        np.save(x, images["x"])
        print(f"python -m sim {BUILD} --input x.npy", file=sys.stderr)
        files = ["--input", str(x), "--output", str(y), "--json", str(result)]
        status = sim.main([str(BUILD), *files])
        if status:
            return status
        scores, found = np.load(y), json.loads(result.read_text())
    report = json.loads((BUILD / "report.json").read_text())
    right = np.mean(scores.argmax(axis=1) == images["label"])
    terminal().print(finn.table(report))
    print(f"RTL in {BUILD / 'top.v'}; {right:.2%} of the classes are the labels")
    print(f"{found['frames']} images simulated, {found['mismatches']} mismatches")
    return 0


if __name__ == "__main__":
    sys.exit(main())
