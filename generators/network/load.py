"""Load a network from any file that we read, checked."""

from collections.abc import Callable
from pathlib import Path

from generators.network import check, graph, intnet, read
from generators.network.error import ModelError


def load(path: Path, notes: Callable[[str], None] = lambda note: None) -> graph.Network:
    """Read and check a model.json, a QONNX graph (.onnx) or an integer network (.npz).

    ``notes`` is called with a sentence on whatever the file leaves open and a user should know.

    Raises
    ------
    ModelError
        If it cannot be built.
    """
    suffix = path.suffix.lower()
    if suffix == ".json":
        return check.check(read.read(path), path.name)
    if suffix == ".npz":
        return intnet.read(path)
    if suffix == ".onnx":
        # Here, as the package onnx takes longer to import than most commands take otherwise.
        from generators.network import qonnx

        return qonnx.read(path, notes)
    raise ModelError(str(path), f"File must end in .json, .onnx or .npz, not {path.suffix!r}")
