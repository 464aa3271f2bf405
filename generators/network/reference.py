"""Run an ONNX graph itself, by those who know nothing of us: qonnx and onnxruntime."""

import importlib.util
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
import onnx

from generators.network import onnx_quant, qonnx
from generators.network.error import ModelError

__all__ = ["available", "run"]

DOMAIN = "qonnx.custom_op.general"
"""Where the package qonnx knows quantizers, by whatever name the file calls them."""

IR_VERSION = 10
"""qonnx has each node run as a model of the newest format, which onnxruntime may not know yet."""

PACKAGES = ("qonnx", "onnxruntime")


def available(option: str) -> None:
    """Refuse an option that needs packages which are not there."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        what = f"Package {missing[0]} must be installed (pip install 'bitloom[check]')"
        raise ModelError(option, what)


def run(path: Path, x: np.ndarray,
        progress: Callable[[int], None] = lambda frame: None) -> np.ndarray:  # fmt: skip
    """The outputs (frames, items) of a graph, for frames of the network that we import from it.

    The graph's inputs are the multiples that the import took x for, rounded to float32; its outputs
    come as they are, integers or float64, in the order of the network's. ``progress`` is called
    before each frame.

    Raises
    ------
    ModelError
        If qonnx cannot run it.
    """
    found = qonnx.imported(path)
    # Rounded once each: the quotient of pixels / 255, the product with a quantizer's scale.
    gain = Fraction(found.gain)
    above, below = (gain.numerator, 255) if gain.denominator == 255 else (float(gain), 1)
    flat = x.reshape(len(x), -1)[:, found.i_index.ravel()].astype(np.float64)
    given = (flat * above / below).astype(np.float32).reshape(len(x), *found.i_index.shape)
    outputs = []
    with _quiet():
        execute = _executor(path)
        for frame, one in enumerate(given):
            progress(frame)
            outputs.append(_ordered(execute(one), found.o_index))
    return np.array(outputs)


@contextmanager
def _quiet() -> Iterator[None]:
    kept = onnx.IR_VERSION
    onnx.IR_VERSION = IR_VERSION
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        onnx.IR_VERSION = kept


def _executor(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    # Here, as they take seconds to import and need not be there.
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.infer_shapes import InferShapes

    model = onnx.load(str(path))
    for node in model.graph.node:
        if node.op_type in onnx_quant.OPS:
            node.domain = DOMAIN
    constants = {tensor.name for tensor in model.graph.initializer}
    source = next(value.name for value in model.graph.input if value.name not in constants)
    output = model.graph.output[0].name

    def refused(error: Exception) -> ModelError:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return ModelError(path.name, f"Graph must run in qonnx, for --check: {reason}")

    try:
        wrapped = ModelWrapper(model).transform(InferShapes())
    except Exception as error:  # whatever a package of others raises
        raise refused(error) from error

    def execute(x: np.ndarray) -> np.ndarray:
        try:
            return execute_onnx(wrapped, {source: x})[output]
        except Exception as error:
            raise refused(error) from error

    return execute


def _ordered(y: np.ndarray, index: np.ndarray) -> np.ndarray:
    """A graph's output in our order."""
    kind = np.int64 if y.dtype.kind in "biu" else np.float64
    found = np.empty(index.size, kind)
    found[index.ravel()] = y.ravel()
    return found
