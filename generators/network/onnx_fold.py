"""What an ONNX graph does without arithmetic on activations: constants and moves of axes.

A value of the graph is a :class:`Constant`, the :class:`Codes` of quantized weights, or a
:class:`Signal`, an activation. A move of axes is one numpy function, applied to whatever arrays
the value is made of; of a signal that is the place of each of its numbers in our own layout. So
channels-first maps and transpositions cost nothing: who reads numbers in another order than they
lie permutes its own constants.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import onnx

from generators.network.error import ModelError
from generators.network.onnx_graph import Node, tensor
from sim.golden import exact
from sim.golden.formats import integer


@dataclass(frozen=True)
class Constant:
    """Numbers as they stand in the file."""

    array: np.ndarray

    def moved(self, move: Callable) -> "Constant":
        """The value after a move of its axes."""
        return Constant(move(self.array))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape in the graph."""
        return self.array.shape

    @property
    def values(self) -> np.ndarray:
        """The real numbers."""
        return self.array


@dataclass(frozen=True)
class Codes:
    """Quantized constants, real = scale * codes; the scale has the codes' shape."""

    codes: np.ndarray
    scale: np.ndarray
    form: integer.Integer

    def moved(self, move: Callable) -> "Codes":
        """The value after a move of its axes."""
        return replace(self, codes=move(self.codes), scale=move(self.scale))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape in the graph."""
        return self.codes.shape

    @property
    def values(self) -> np.ndarray:
        """The real numbers, exactly."""
        return exact.fractions(self.codes) * exact.fractions(self.scale)


@dataclass(frozen=True)
class Signal:
    """The output of a layer of ours; ``index`` has the graph's shape and says, for each number of
    the graph's tensor, where it lies in our frame of the given shape, row-major.

    ``raw`` is the graph's input, before it is known which integers it stands for.
    """

    layer: str
    frame: tuple[int, ...]
    index: np.ndarray
    raw: bool = False

    def moved(self, move: Callable) -> "Signal":
        """The value after a move of its axes."""
        return replace(self, index=move(self.index))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape in the graph."""
        return self.index.shape


Value = Constant | Codes | Signal

PLAIN_DOMAINS = ("", "ai.onnx")


def move(node: Node, values: list[Value]) -> Value | None:
    """The output of a node that only moves axes; None if it is another kind of node."""
    rule = MOVES.get(node.op)
    if rule is None:
        return None
    return guarded(node, values, lambda: values[0].moved(rule(node, values)))


def fold(node: Node, values: list[Value]) -> Constant | None:
    """The output of a node that needs constants or shapes only; None if it is another."""
    if node.op == "Constant":
        found = [value for name, value in node.attributes.items() if name.startswith("value")]
        if len(found) != 1:
            raise node.refused("Constant must have one value in its attributes")
        return Constant(tensor(found[0], node.where))
    if node.op == "Shape" and values:
        ends = slice(node.attributes.get("start", 0), node.attributes.get("end"))
        return Constant(np.array(guarded(node, values, lambda: values[0].shape[ends]), np.int64))
    rule = FOLDS.get(node.op)
    if rule is None or not values or not all(isinstance(value, Constant) for value in values):
        return None
    arrays = [value.array for value in values]
    with np.errstate(all="ignore"):
        array = np.asarray(guarded(node, values, lambda: rule(node, *arrays)))
    if not np.isfinite(array).all():
        raise node.refused("Constants must give finite numbers")
    return Constant(array)


def given(values: list[Value | None], position: int) -> bool:
    """Whether a node has the optional input."""
    return position < len(values) and values[position] is not None


def constant(node: Node, values: list[Value], position: int, what: str) -> np.ndarray:
    """The numbers of an input that must be a constant."""
    if not given(values, position):
        raise node.refused(f"{what} must be given as input {position}")
    if not isinstance(values[position], Constant):
        raise node.refused(f"{what} must be constant")
    return values[position].array


def integers(node: Node, values: list[Value], position: int, name: str) -> list[int] | None:
    """An operand that is an attribute in old opsets and an input in new ones; None if absent."""
    if name in node.attributes:
        array = np.array(node.attributes[name])
    elif given(values, position):
        array = constant(node, values, position, name.capitalize())
    else:
        return None
    if array.dtype.kind not in "iu":
        raise node.refused(f"{name.capitalize()} must be integers, not of type {array.dtype}")
    return [int(v) for v in array.ravel()]


def fits(shape: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    """Whether an array of a shape can be broadcast to the whole."""
    try:
        return np.broadcast_shapes(shape, whole) == whole
    except ValueError:
        return False


def guarded(node: Node, values: list[Value], compute: Callable):
    """What compute returns; numpy's errors about shapes become ours."""
    try:
        return compute()
    except ModelError:
        raise
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, MemoryError):
        shapes = ", ".join(str(value.shape) for value in values if value is not None)
        what = f"Inputs and attributes must fit each other, not shapes {shapes}"
        raise node.refused(what) from None


def _reshape(node: Node, values: list[Value]) -> Callable:
    old = values[0].shape
    target = integers(node, values, 1, "shape")
    if target is None:
        raise node.refused("Shape must be given as input 1")
    if not node.attributes.get("allowzero", 0):
        target = [old[i] if d == 0 and i < len(old) else d for i, d in enumerate(target)]
    return lambda a: a.reshape(target)


def _flatten(node: Node, values: list[Value]) -> Callable:
    old, axis = values[0].shape, node.attributes.get("axis", 1)
    rows = int(np.prod(old[:axis]))
    return lambda a: a.reshape(rows, -1)


def _squeeze(node: Node, values: list[Value]) -> Callable:
    axes = integers(node, values, 1, "axes")
    return lambda a: np.squeeze(a, None if axes is None else tuple(axes))


def _unsqueeze(node: Node, values: list[Value]) -> Callable:
    axes = integers(node, values, 1, "axes")
    if axes is None:
        raise node.refused("Axes must be given")
    return lambda a: np.expand_dims(a, tuple(axes))


def _dropout(node: Node, values: list[Value]) -> Callable:
    if given(values, 2) and np.any(constant(node, values, 2, "Training_mode")):
        raise node.refused("Training_mode must be false")
    return lambda a: a


def _kind(node: Node) -> np.dtype:
    """The type that a Cast gives."""
    try:
        return np.dtype(onnx.helper.tensor_dtype_to_np_dtype(node.attributes.get("to", 0)))
    except KeyError:
        raise node.refused(f"Attribute to must be a type, not {node.attributes['to']}") from None


def _cast(node: Node, values: list[Value]) -> Callable:
    kind = _kind(node)
    if kind.kind != "f":
        raise node.refused(f"Activations must stay float numbers, not become {kind}")
    return lambda a: a


MOVES = {
    "Cast": _cast,
    "Dropout": _dropout,
    "Flatten": _flatten,
    "Identity": lambda node, values: lambda a: a,
    "Reshape": _reshape,
    "Squeeze": _squeeze,
    "Transpose": lambda node, values: lambda a: np.transpose(a, node.attributes.get("perm")),
    "Unsqueeze": _unsqueeze,
}


def _gather(node: Node, array: np.ndarray, indices: np.ndarray) -> np.ndarray:
    return np.take(array, indices, axis=node.attributes.get("axis", 0))


def _divide(node: Node, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if a.dtype.kind in "iu" and np.all(b != 0):  # ONNX divides integers towards zero
        return np.sign(a) * np.sign(b) * (np.abs(a) // np.abs(b))
    return a / b


FOLDS = {
    "Add": lambda node, a, b: a + b,
    "Cast": lambda node, a: a.astype(_kind(node)),
    "Concat": lambda node, *arrays: np.concatenate(arrays, node.attributes["axis"]),
    "Div": _divide,
    "Gather": _gather,
    "Mul": lambda node, a, b: a * b,
    "Pow": lambda node, a, b: np.power(a, b),
    "Sub": lambda node, a, b: a - b,
}


def affine(node: Node, values: list[Value]) -> tuple[Signal, np.ndarray, np.ndarray]:
    """(x, gain, bias), exact, of an Add, Sub, Mul or Div of a signal x and constants."""
    signals = [value for value in values if isinstance(value, Signal)]
    if len(values) != 2 or len(signals) != 1 or None in values:
        raise node.refused("Inputs must be one activation and one constant")
    first = isinstance(values[0], Signal)
    c = exact.fractions(values[1 if first else 0].values)
    one, zero = Fraction(1), Fraction(0)
    if node.op == "Mul":
        gain, bias = c, zero
    elif node.op == "Add":
        gain, bias = one, c
    elif node.op == "Sub":
        gain, bias = (one, -c) if first else (-one, c)
    elif node.op != "Div":
        raise node.refused(f"Inputs of {node.op} must be constant")
    elif not first:
        raise node.refused("Divisor, input 1, must be constant")
    elif np.any(c == 0):
        raise node.refused("Divisor must not be 0")
    else:
        gain, bias = one / c, zero
    return signals[0], np.asarray(gain, object), np.asarray(bias, object)
