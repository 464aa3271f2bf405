"""Layers of maps and of several inputs that must be refused; the cases are as in bad_models."""

from collections.abc import Callable
from pathlib import Path

from tests.generators.network.bad_models import described, model

MAP = {"shape": [3, 4, 2], "type": "uint4"}
DATA = [[[[1, 0], [0, -1]], [[1, 1], [0, 1]]]]
CONV = {"name": "c", "op": "conv", "inputs": ["input"], "weights": {"type": "int2", "data": DATA}}
BIPOLAR = {"type": "bipolar", "data": [[[[1, -1]]]]}
_L = "model.json: $.layers[0]"
_SECOND = "model.json: $.layers[1]"


def conv(source=MAP, **fields) -> Callable[[Path], Path]:
    """The description of one convolution with some fields changed."""
    return described(model(CONV | fields, input=source))


def one(op: str, source=MAP, **fields) -> Callable[[Path], Path]:
    """The description of one layer that reads the input."""
    return described(model({"name": "y", "op": op, "inputs": ["input"]} | fields, input=source))


def two(op: str, first: dict, source=MAP, **fields) -> Callable[[Path], Path]:
    """The description of a layer that reads the input and a first layer."""
    first = {"name": "x", "inputs": ["input"]} | first
    return described(model(first, {"name": "y", "op": op, "inputs": ["input", "x"]} | fields,
                           input=source))  # fmt: skip


_POOLED = {"op": "maxpool", "kernel": [1, 2]}

FIELDS = [
    ("kernel of one", one("maxpool", kernel=[2]),
     f"{_L}.kernel: Kernel must be a list of length 2, not [2]"),
    ("kernel absent", one("maxpool"), f"{_L}: Field 'kernel' must be given"),
    ("kernel 0", one("sumpool", kernel=[2, 0]),
     f"{_L}.kernel[1]: Item must be an integer >= 1, not 0"),
    ("stride of a text", one("avgpool", kernel=[2, 2], stride="2"),
     f'{_L}.stride: Stride must be a list or null, not "2"'),
    ("stride 0", conv(stride=[1, 0]), f"{_L}.stride[1]: Item must be an integer >= 1, not 0"),
    ("dilation 0", conv(dilation=[0, 1]), f"{_L}.dilation[0]: Item must be an integer >= 1, not 0"),
    ("padding of two", conv(padding=[1, 1]),
     f"{_L}.padding: Padding must be a list of length >= 4, not [1,1]"),
    ("padding of five", conv(padding=[1] * 5),
     f"{_L}.padding: Padding must be a list of length <= 4, not [1,1,1,1,1]"),
    ("padding negative", conv(padding=[1, 0, -1, 0]),
     f"{_L}.padding[2]: Item must be an integer >= 0, not -1"),
    ("padding wide", one("pad", padding=[0, 1025, 0, 0]),
     f"{_L}.padding[1]: Item must be an integer <= 1024, not 1025"),
    ("groups 0", conv(groups=0), f"{_L}.groups: Groups must be an integer >= 1, not 0"),
    ("pad value of a float", conv(pad_value=0.5),
     f"{_L}.pad_value: Pad_value must be an integer, not 0.5"),
    ("factor absent", one("upsample"), f"{_L}: Field 'factor' must be given"),
    ("field of another layer", one("avgpool", kernel=[1, 1], dilation=[1, 1]),
     f"{_L}: Fields must be among op, name, inputs, kernel, stride, padding, not 'dilation'"),
]  # fmt: skip

CONVS = [
    ("conv of two inputs", conv(inputs=["input", "input"]),
     f"{_L}.inputs: Inputs of conv must be 1, not 2"),
    ("conv of features", conv({"shape": [24], "type": "uint4"}),
     f"{_L}.inputs: Input of conv must have shape (height, width, channels), not (24,)"),
    ("conv weights absent", conv(weights={"type": "int2"}),
     f'{_L}.weights: Weights must have "data", or "npz" and "key"'),
    ("conv weights type", conv(weights={"type": "int", "data": DATA}),
     f"{_L}.weights.type: Type must be bipolar, ternary, intN or uintN with N from 1 to 32, "
     "not 'int'"),
    ("conv weights of floats", conv(weights={"type": "int2", "data": [[[[0.5, 1]]]]}),
     f"{_L}.weights: Weights must be integers, not 0.5"),
    ("conv weights of a matrix", conv(weights={"type": "int2", "data": [[1, 0]]}),
     f"{_L}.weights: Weights must have shape (outputs, kernel height, kernel width, 2), "
     "not (1, 2)"),
    ("conv channels", conv(weights={"type": "int2", "data": [[[[1, 0, 1]]]]}),
     f"{_L}.weights: Weights must have shape (outputs, kernel height, kernel width, 2), "
     "not (1, 1, 1, 3)"),
    ("conv channels of a group", conv(groups=2),
     f"{_L}.weights: Weights must have shape (outputs, kernel height, kernel width, 1), "
     "not (1, 2, 2, 2)"),
    ("conv weights empty", conv(weights={"type": "int2", "data": [[[]]]}),
     f"{_L}.weights: Weights must have shape (outputs, kernel height, kernel width, 2), "
     "not (1, 1, 0)"),
    ("groups of the channels", conv(groups=3),
     f"{_L}.groups: Groups must be a divisor of 2 (input channels), not 3"),
    ("groups of the outputs", conv(groups=2, weights={"type": "int2", "data": [[[[1]]]]}),
     f"{_L}.groups: Groups must be a divisor of 1 (outputs), not 2"),
    ("kernel too large", conv(dilation=[3, 1]),
     f"{_L}.weights: Kernel must lie within the padded map of 3 x 4 pixels, not span 4 x 2"),
    ("kernel too wide", conv(dilation=[1, 5], padding=[0, 1, 0, 0]),
     f"{_L}.weights: Kernel must lie within the padded map of 3 x 5 pixels, not span 2 x 6"),
    ("conv weights out of range", conv(weights={"type": "ternary", "data": [[[[2, 0]]]]}),
     f"{_L}.weights: Weights of type ternary must be from -1 to 1, not 2"),
    ("conv scales", conv(weights=CONV["weights"] | {"scale": [1, 2]}),
     f"{_L}.weights.scale: Scale must be one number or 1, not of shape (2,)"),
    ("conv bias", conv(bias=[1, 2]),
     f"{_L}.bias: Bias must be one number or 1, not of shape (2,)"),
    ("pad value", conv(pad_value=-1, padding=[1, 0, 0, 0]),
     f"{_L}.pad_value: Pad_value of inputs of type uint4 must be from 0 to 15, not -1"),
    ("pad value of bipolar", conv({"shape": [3, 4, 2], "type": "bipolar"}, pad_value=2),
     f"{_L}.pad_value: Pad_value of inputs of type bipolar must be -1, 0 or +1, not 2"),
    ("popcount of uint4", conv(accumulate="popcount"),
     f"{_L}.accumulate: Accumulate must be sum unless inputs and weights are bipolar"),
    ("popcount of zeros", conv({"shape": [3, 4, 2], "type": "bipolar"}, weights=BIPOLAR,
                               accumulate="popcount", padding=[0, 0, 1, 0]),
     f"{_L}.accumulate: Accumulate must be sum where bipolar inputs are padded with 0"),
    ("conv accumulators", conv({"shape": [3, 4, 2], "type": "int32"}),
     f"{_L}.weights: Accumulators must fit 32 bits, not reach -10737418239..10737418236"),
    ("conv thresholds", conv(activation={"type": "uint1", "thresholds": [[0], [1]]}),
     f"{_L}.activation.thresholds: Thresholds must have shape (1, levels) or (1, levels), "
     "not (2, 1)"),
    ("conv activation of real numbers", conv(weights=CONV["weights"] | {"scale": 0.5},
                                             activation={"type": "bipolar"}),
     f"{_L}.activation: Activation must stand behind integers; use a quantize layer"),
    ("pad value of real numbers", described(model(
        {"name": "s", "op": "scale", "inputs": ["input"], "gain": 0.5},
        CONV | {"inputs": ["s"], "pad_value": -(1 << 31) - 1}, input=MAP)),
     f"{_SECOND}.pad_value: Pad_value must fit 32 bits, not reach -2147483649..0"),
]  # fmt: skip

MAPS = [
    *((f"{op} of features", one(op, {"shape": [3], "type": "uint4"}, **fields),
       f"{_L}.inputs: Input of {op} must have shape (height, width, channels), not (3,)")
      for op, fields in (
          ("maxpool", {"kernel": [1, 1]}), ("sumpool", {"kernel": [1, 1]}),
          ("avgpool", {"kernel": [1, 1]}), ("globalavgpool", {}),
          ("upsample", {"factor": [2, 2]}), ("pad", {"padding": [1, 1, 1, 1]}))),
    *((f"{op} window", one(op, kernel=[5, 2], padding=[1, 0, 0, 0]),
       f"{_L}.kernel: Kernel must lie within the padded map of 4 x 4 pixels, not span 5 x 2")
      for op in ("maxpool", "sumpool", "avgpool")),
    ("maxpool padding", one("maxpool", kernel=[2, 2], padding=[1, 1, 1, 2]),
     f"{_L}.padding: Padding must be smaller than the kernel (2, 2), not (1, 1, 1, 2)"),
    ("maxpool padding above", one("maxpool", kernel=[2, 3], padding=[2, 2, 0, 0]),
     f"{_L}.padding: Padding must be smaller than the kernel (2, 3), not (2, 2, 0, 0)"),
    ("maxpool of two inputs", one("maxpool", inputs=["input"] * 2, kernel=[1, 1]),
     f"{_L}.inputs: Inputs of maxpool must be 1, not 2"),
    ("sums too wide", one("sumpool", {"shape": [3, 4, 2], "type": "uint31"}, kernel=[2, 2]),
     f"{_L}.kernel: Sums must fit 32 bits, not reach 0..8589934588"),
    ("value of a border", one("pad", padding=[1, 1, 1, 1], value=1 << 32),
     f"{_L}.value: Values must fit 32 bits, not reach 0..4294967296"),
    ("map too large", one("upsample", factor=[1 << 20, 1 << 20]),
     f"{_L}.op: Output of upsample must have at most 67108864 elements a frame, "
     "not 26388279066624"),
]  # fmt: skip

JOINS = [
    ("add of one", one("add"), f"{_L}.inputs: Inputs of add must be at least 2, not 1"),
    ("concat of one", one("concat"), f"{_L}.inputs: Inputs of concat must be at least 2, not 1"),
    ("add of two shapes", two("add", _POOLED),
     f"{_SECOND}.inputs: Inputs of add must have one shape, not (3, 4, 2) and (3, 2, 2)"),
    ("gains of three", one("add", inputs=["input"] * 2, gains=[1, 1, 1]),
     f"{_L}.gains: Gains must have shape (2,) or (2, 2), not (3,)"),
    ("gains of floats", one("add", inputs=["input"] * 2, gains=[1, 0.5]),
     f"{_L}.gains: Gains must be integers, not 0.5"),
    ("gains of rationals", one("add", inputs=["input"] * 2, gains=["1/3", 1]),
     f"{_L}.gains: Gains must be integers, not 1/3"),
    ("gain 0", one("add", inputs=["input"] * 2, gains=[[1, 0], [1, 1]]),
     f"{_L}.gains: Gains must not be 0"),
    ("gains too large", one("add", inputs=["input"] * 2, gains=[1 << 30, 1]),
     f"{_L}.gains: Sums must fit 32 bits, not reach 0..16106127375"),
    ("concat of two sizes", two("concat", _POOLED),
     f"{_SECOND}.inputs: Inputs of concat must be equal in height and width, not (3, 4, 2) and "
     "(3, 2, 2)"),
    ("concat of features", two("concat", {"op": "flatten"}),
     f"{_SECOND}.inputs: Inputs of concat must be equal in height and width, not (3, 4, 2) and "
     "(24,)"),
    ("concat of types", two("concat", {"op": "threshold", "type": "int2", "thresholds": [[0]]},
                            {"shape": [3, 4, 2], "type": "uint32"}),
     f"{_SECOND}.inputs: Values must fit 32 bits, not reach -2..4294967295"),
]  # fmt: skip

CASES = FIELDS + CONVS + MAPS + JOINS
