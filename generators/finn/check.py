"""A build beside what it was made from: the original graph, the golden model and the RTL agree."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from generators import passes
from generators.emit import agreement
from generators.emit.place import write_json
from generators.network import frames, graph, reference, run
from generators.network.error import ModelError

__all__ = ["Given", "agree", "check", "prepare", "sentences"]

Tell = Callable[[str], None]

ONNX, GOLDEN, RTL = "ONNX", "golden", "RTL"

TOLERANCE = 1e-4
"""Of the largest output: how far the graph's float32 may be from the exact number."""

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, eq=False)
class Given:
    """What a build is checked with: frames of the network's input, and the graph's outputs.

    These are there if ``model`` is a graph.
    """

    model: Path
    x: np.ndarray
    outputs: np.ndarray | None


def prepare(option: str, file: Path, model: Path, network: graph.Network, tell: Tell) -> Given:
    """Read the frames and run the graph, if the model is one, as it is in qonnx and onnxruntime.

    So what cannot be done is refused before anything is built.

    Raises
    ------
    ModelError
        If the file has no frames of the network's input, the graph's packages are missing, or they
        cannot run it.
    """
    x, outputs = frames.frames(file, network.input), None
    if model.suffix.lower() == ".onnx":
        reference.available(option)
        said = lambda n: tell(f"running {model.name} (frame {n + 1} of {len(x)})")  # noqa: E731
        outputs = reference.run(model, x, said)
    return Given(model, x, outputs)


def check(given: Given, network: graph.Network, host: dict | None, folder: Path,
          tell: Tell) -> dict:  # fmt: skip
    """Run the frames through the others, too, and write into both reports how all agree.

    The golden model runs the network as compiled, the RTL is simulated (``python -m sim``). The
    record, which is returned, says how many ``frames``, whether all ``agree``, and of each pair in
    ``pairs``: which ``stages``, how many frames are ``equal``, in how many the arg max is the same
    (``arg_max``; None of single numbers), whether the numbers were compared as ``integers``, and
    else the ``largest_difference`` in the graph's units. Real numbers of the graph are equal to the
    exact ones within :data:`TOLERANCE` of the largest. ``original`` says why there is no graph,
    ``rtl`` why there is no output of the RTL.

    Parameters
    ----------
    network : as compiled
    host : what the host does before it sends a frame, see :func:`generators.passes.host_input`

    Raises
    ------
    ModelError
        If the simulation cannot be started.
    """
    x, outputs = given.x, given.outputs
    tell("running the golden model")
    sent = x if host is None else passes.hosted(host, x)
    golden = run.run(network, sent).reshape(len(x), -1)
    tell(f"simulating {len(x)} frames")
    rtl, fault = _simulated(sent, folder)
    pairs = []
    if outputs is not None:
        pairs.append(_real(ONNX, GOLDEN, outputs, golden, network))
    if rtl is not None:
        pairs.append(_integers(GOLDEN, RTL, golden, rtl))
    if outputs is not None and rtl is not None:
        pairs.append(_real(ONNX, RTL, outputs, rtl, network))
    alone = f"{given.model.name} is the network itself, not a graph"
    record = {
        "frames": len(x),
        "agree": fault is None and all(pair["equal"] == len(x) for pair in pairs),
        "pairs": pairs,
        "original": alone if outputs is None else None,
        "rtl": fault,
    }
    report = json.loads((folder / "report.json").read_text())
    write_json(folder / "report.json", report | {"check": record})
    agreement.renew(folder)
    return record


def agree(record: dict) -> bool:
    """Whether all that was run agrees."""
    return record["agree"]


def sentences(record: dict) -> list[str]:
    """The record for people: a line for each pair, and the verdict."""
    lines = [_sentence(pair, record["frames"]) for pair in record["pairs"]]
    if record["original"] is not None:
        lines.append(f"no original to run: {record['original']}")
    if record["rtl"] is not None:
        lines.append(f"the RTL gave no outputs: {record['rtl']}")
    stages = [stage for stage in (ONNX, GOLDEN, RTL)
              if any(stage in pair["stages"] for pair in record["pairs"])]  # fmt: skip
    if record["agree"]:
        return [*lines, f"check: {', '.join(stages)} agree in all {record['frames']} frames"]
    apart = [" and ".join(pair["stages"]) for pair in record["pairs"]
             if pair["equal"] < record["frames"]]  # fmt: skip
    apart = f"{', '.join(apart)} differ" if apart else "the RTL gave no outputs"
    return [*lines, f"check: FAILED, {apart}"]


def _sentence(pair: dict, frames: int) -> str:
    one, other = pair["stages"]
    text = f"{one} = {other}: {pair['equal']} of {frames} frames equal"
    text += " (integers, bit for bit)" if pair["integers"] else ""
    if pair["arg_max"] is not None:
        text += f", arg max in {pair['arg_max']}"
    if not pair["integers"]:
        text += f", largest difference {pair['largest_difference']:.3g}"
    return text


def _integers(one: str, other: str, y: np.ndarray, z: np.ndarray) -> dict:
    return _pair(one, other, (y == z).all(axis=1), _same_best(y, z), None)


def _real(one: str, other: str, graph_y: np.ndarray, y: np.ndarray,
          network: graph.Network) -> dict:  # fmt: skip
    """The graph's outputs and integers, by what these mean."""
    meant = run.meaning(network, y)
    if graph_y.dtype.kind == "i" and meant.dtype != object:
        return _integers(one, other, graph_y, meant)
    meant = meant.astype(np.float64)
    apart = np.abs(meant - graph_y)
    near = apart <= TOLERANCE * max(1e-30, np.abs(meant).max())
    return _pair(one, other, near.all(axis=1), _same_best(graph_y, meant), float(apart.max()))


def _same_best(y: np.ndarray, z: np.ndarray) -> np.ndarray | None:
    """Where the first arg max of the one is among the best of the other: ties may break either way.
    """
    if y.shape[1] < 2:
        return None
    frame = np.arange(len(y))
    one = y[frame, z.argmax(axis=1)] == y.max(axis=1)
    return one | (z[frame, y.argmax(axis=1)] == z.max(axis=1))


def _pair(one: str, other: str, equal: np.ndarray, best: np.ndarray | None,
          largest: float | None) -> dict:  # fmt: skip
    return {
        "stages": [one, other],
        "equal": int(equal.sum()),
        "arg_max": None if best is None else int(best.sum()),
        "integers": largest is None,
        "largest_difference": largest,
    }


def _simulated(x: np.ndarray, folder: Path) -> tuple[np.ndarray | None, str | None]:
    """The RTL's outputs (frames, items), or why there are none.

    By the command, as the simulation knows nothing of us, nor we of it.
    """
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    with tempfile.TemporaryDirectory() as name:
        given, left = Path(name, "x.npy"), Path(name, "y.npy")
        np.save(given, x)
        command = [sys.executable, "-m", "sim", str(folder), "--input", str(given),
                   "--output", str(left)]  # fmt: skip
        done = subprocess.run(command, env=env, capture_output=True, text=True)
        if done.returncode == 2:
            raise ModelError("--check", f"Simulation must run: {done.stderr.strip()}")
        if not left.exists():
            lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
            return None, lines[-1]
        return np.load(left).reshape(len(x), -1).astype(np.int64), None
