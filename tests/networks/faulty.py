"""A small convolutional build, copies with a fault in their Verilog, and their golden twins."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from generators.finn.__main__ import main as finn
from sim import manifest, network
from sim.golden import network as golden
from tests.generators.finn import nets
from tests.generators.finn.map_nets import conv, layer, model

__all__ = ["FRAMES", "build", "frames", "names", "seeded", "values"]

FRAMES = 4

NET = model(
    conv("c0", "input", (4, 3, 3, 2), padding=[1, 1, 1, 1]),
    layer("pool", "maxpool", "c0", kernel=[2, 2]),
    conv("c1", "pool", (6, 2, 2, 4)),
    layer("flat", "flatten", "c1"),
    nets.dense("fc", "flat", size=(5, 24), weights="int3"),
    shape=(6, 6, 2),
)

FOLDS = {"c0": {"pe": 2, "simd": 2, "storage": "lut"}, "c1": {"pe": 2, "simd": 4, "storage": "lut"},
         "fc": {"pe": 1, "simd": 4, "storage": "lut"}}  # fmt: skip


def build(folder: Path) -> Path:
    """The network as a build."""
    (folder / "fold.json").write_text(json.dumps(FOLDS))
    made = folder / "build"
    given = [str(nets.folder(NET, folder)), "--fold", str(folder / "fold.json"), "-o", str(made)]
    with pytest.MonkeyPatch.context() as patch:
        nets.empty_systems(patch)
        assert finn(given) == 0
    return made


def seeded(whole: Path, folder: Path, module: str, old: str, new: str) -> Path:
    """A copy of a build in which the text of a module of top.v is another, once."""
    shutil.copytree(whole, folder, ignore=shutil.ignore_patterns("sim"))
    text = (folder / "top.v").read_text()
    (found,) = re.finditer(rf"^module {re.escape(module)}\s*\(.*?^endmodule", text, re.M | re.S)
    changed, count = re.subn(old, new, found[0], count=1)
    assert count == 1
    (folder / "top.v").write_text(text[: found.start()] + changed + text[found.end() :])
    document = json.loads((folder / "manifest.json").read_text())
    document["files"]["top.v"] = hashlib.sha256((folder / "top.v").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(document))
    return folder


def names(whole: Path) -> list[str]:
    """What the names of the streams' signals begin with."""
    document = json.loads((whole / "manifest.json").read_text())
    return [record["signals"] for record in document["streams"]]


def frames() -> np.ndarray:
    """Inputs, the same every time."""
    return nets.values("uint2", (FRAMES, 6, 6, 2), seed=3)


def values(whole: Path, change=lambda layers: None) -> dict[str, np.ndarray]:
    """What each layer gives for :func:`frames`, after a change of its fields."""
    layers = network.load(manifest.read(whole).folder)
    change({one["name"]: one for one in layers})
    return golden.run(layers, frames())
