"""Corruptions of an ONNX model: fields of its messages, found by reflection, and its bytes."""

import random

from google.protobuf.message import DecodeError, EncodeError, Message
from onnx import ModelProto, helper

from tests.fuzz import corrupt

__all__ = ["model"]

OPS = ("Add", "ArgMax", "AveragePool", "BatchNormalization", "BipolarQuant", "Cast", "Clip",
       "Concat", "Constant", "Conv", "ConvTranspose", "Div", "Dropout", "Flatten", "Gemm",
       "GlobalAveragePool", "GlobalMaxPool", "Identity", "If", "IntQuant", "LSTM", "MatMul",
       "MaxPool", "Mul", "Pad", "Pow", "Quant", "QuantizeLinear", "ReduceMean", "Relu", "Reshape",
       "Resize", "Shape", "Sigmoid", "Slice", "Softmax", "Sqrt", "Squeeze", "Sub", "Sum", "TopK",
       "Transpose", "Unsqueeze", "Upsample", "Neg", "Sign", "Gather", "")  # fmt: skip
ATTRIBUTES = {
    "axis": (0, 1, -1, 2, 7, -9), "axes": ([0], [1], [2, 3], [1, 1], [-1], []),
    "group": (0, 1, 2, 3, -1, 1 << 40), "strides": ([0, 0], [1, 1], [2, 1], [3], [-1, 1]),
    "pads": ([1, 1, 1, 1], [-1, 0, 0, 0], [1], [1 << 30] * 4, [0, 3, 2, 1]),
    "dilations": ([1, 1], [2, 2], [0, 1], [1 << 40] * 2), "kernel_shape": ([2, 2], [0, 0], [99, 1]),
    "perm": ([0, 2, 3, 1], [0, 1], [0, 0], [3, 2, 1, 0]), "transA": (0, 1), "transB": (0, 1, 2),
    "alpha": (0.0, 1.0, 0.5, float("nan")), "beta": (0.0, 1.0, -2.0),
    "epsilon": (0.0, -1.0, 1e-5, float("inf")), "signed": (0, 1, 2), "narrow": (0, 1, -1),
    "rounding_mode": ("ROUND", "FLOOR", "CEIL", "é", "UP"), "auto_pad": ("SAME_UPPER", "VALID", ""),
    "ceil_mode": (0, 1), "count_include_pad": (0, 1), "keepdims": (0, 1), "mode": ("linear", "edge",
    "reflect", "constant", "nearest"), "k": (0, 1, 2), "largest": (0, 1), "to": (1, 7, 9, 99),
    "training_mode": (0, 1), "allowzero": (0, 1), "start": (0, 1, -1), "end": (0, 2), "value": (0,),
    "coordinate_transformation_mode": ("asymmetric", "half_pixel"), "select_last_index": (1, 0),
}  # fmt: skip
INTEGERS = (0, 1, -1, 2, 3, 4, 7, 11, 13, 24, 1 << 20, 1 << 31, -(1 << 31), (1 << 63) - 1)
FLOATS = (0.0, -1.0, 0.5, 1e30, float("nan"), float("inf"), -0.0)
TEXTS = ("", "x", "y", "é☃", "t0", "c1", "zero", "a" * 300, "ai.onnx.ml", "\x00")


def model(rng: random.Random, data: bytes) -> bytes:
    """A serialized model with one to four fields of its messages, or some bytes, corrupted."""
    if rng.random() < 0.2:
        return corrupt.text(rng, data)
    made = ModelProto.FromString(data)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        try:
            _corrupt(rng, made)
        except (ValueError, TypeError, EncodeError, DecodeError):
            continue  # what protobuf itself does not take
    return made.SerializeToString()


def _corrupt(rng: random.Random, made: ModelProto) -> None:
    kind = rng.random()
    nodes = made.graph.node
    if kind < 0.2 and nodes:
        _node(rng, made, rng.choice(nodes))
    elif kind < 0.3 and nodes:
        first, second = rng.randrange(len(nodes)), rng.randrange(len(nodes))
        _swapped(nodes[first], nodes[second])
    elif kind < 0.4 and nodes:
        name = rng.choice(tuple(ATTRIBUTES))
        given = helper.make_attribute(name, rng.choice(ATTRIBUTES[name]) or 0)
        rng.choice(nodes).attribute.append(given)
    elif kind < 0.5 and made.graph.initializer:
        _numbers(rng, rng.choice(made.graph.initializer))
    else:
        _field(rng, *rng.choice(_messages(made)))


def _node(rng: random.Random, made: ModelProto, node) -> None:
    names = [*TEXTS, *(name for one in made.graph.node for name in (*one.input, *one.output)),
             *(one.name for one in made.graph.initializer)]  # fmt: skip
    kind = rng.randrange(7)
    if kind == 0:
        node.op_type = rng.choice(OPS)
    elif kind == 1 and node.input:
        node.input[rng.randrange(len(node.input))] = rng.choice(names)
    elif kind == 2:
        node.input.append(rng.choice(names))
    elif kind == 3 and node.input:
        del node.input[rng.randrange(len(node.input))]
    elif kind == 4 and node.output:
        node.output[0] = rng.choice(names)
    elif kind == 5:
        made.graph.node.append(node)
    else:
        made.graph.node.remove(node)


def _swapped(first: Message, second: Message) -> None:
    kept = type(first).FromString(first.SerializeToString())
    first.CopyFrom(second)
    second.CopyFrom(kept)


def _numbers(rng: random.Random, tensor) -> None:
    """Another shape, another type, fewer bytes, numbers that are none."""
    kind = rng.randrange(6)
    if kind == 0:
        tensor.data_type = rng.randrange(24)
    elif kind == 1 and tensor.dims:
        tensor.dims[rng.randrange(len(tensor.dims))] = rng.choice((0, 1, 2, -1, 1 << 40, 3))
    elif kind == 2:
        tensor.dims.append(rng.choice((1, 1, 2)))
    elif kind == 3 and len(tensor.raw_data) >= 4:
        place = 4 * rng.randrange(len(tensor.raw_data) // 4)
        bad = rng.choice((b"\0\0\xc0\x7f", b"\0\0\x80\x7f", b"\0\0\0\0", b"\0\0\0\xbf",
                          b"\xff\xff\x7f\x7f", b"\1\0\0\0"))  # fmt: skip
        tensor.raw_data = tensor.raw_data[:place] + bad + tensor.raw_data[place + 4 :]
    elif kind == 4:
        tensor.raw_data = tensor.raw_data[: rng.randrange(len(tensor.raw_data) + 1)]
    else:
        tensor.data_location = 1
        tensor.external_data.add(key="location", value="../weights.bin")


def _messages(message: Message) -> list[tuple[Message, object]]:
    """Every field that is set in a message and in those below it, with the message."""
    found = []
    for field, value in message.ListFields():
        found.append((message, field))
        if field.message_type is not None:
            values = [value] if isinstance(value, Message) else value
            found += [one for inner in values for one in _messages(inner)]
    return found


def _field(rng: random.Random, message: Message, field) -> None:
    value = getattr(message, field.name)
    if isinstance(value, (Message, str, bytes, int, float)):
        if rng.random() < 0.3 or isinstance(value, Message):
            message.ClearField(field.name)
        else:
            setattr(message, field.name, _scalar(rng, value))
        return
    place, kind = rng.randrange(len(value)), rng.randrange(4)
    if kind == 0:
        del value[place]
    elif kind == 1 and len(value) < 10000:
        value.extend([value[place]])
    elif kind == 2 and field.message_type is None:
        value[place] = _scalar(rng, value[place])
    else:
        message.ClearField(field.name)


def _scalar(rng: random.Random, value):
    if isinstance(value, str):
        return rng.choice((*TEXTS, value + "_", value[:-1]))
    if isinstance(value, bytes):
        return corrupt.text(rng, value)
    if isinstance(value, float):
        return rng.choice((*FLOATS, -value, 2 * value))
    return rng.choice((*INTEGERS, value + 1, value - 1))
