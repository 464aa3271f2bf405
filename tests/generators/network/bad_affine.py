"""Zero points and requantizations that must be refused; cases as in bad_models."""

from tests.generators.network.bad_models import DENSE, dense, described, model

_L = "model.json: $.layers[0]"
_R = f"{_L}.activation.requantize"
GIVEN = {"multiplier": 1 << 30, "right_shift": 1}
SCALES = {"input_scale": 0.5, "weight_scale": [0.25, 1], "output_scale": 2}
FORMS = '"multiplier" and "right_shift", or "input_scale", "weight_scale" and "output_scale"'
CONV = {"name": "c", "op": "conv", "inputs": ["input"], "padding": [1, 0, 0, 0],
        "weights": {"type": "int2", "data": [[[[1, 0, 1]]]]}}  # fmt: skip


def requantize(kind="uint8", **fields):
    """A dense layer that is requantized."""
    return dense(activation={"type": kind, "requantize": fields})


def given(kind="uint8", **fields):
    """The same with multiplier and shift, and some more fields."""
    return requantize(kind, **GIVEN | fields)


def weights(kind="uint8", **fields):
    """A dense layer with weights of a type."""
    return dense(weights={"type": kind, "data": [[1, 1, 1], [1, 1, 1]]} | fields, activation=None)


ZERO_POINTS = [
    ("zero point of inputs", dense(input_zero_point=128),
     f"{_L}.input_zero_point: Input_zero_point of inputs of type int8 must be from -128 to 127, "
     "not 128"),
    ("zero point of bipolar inputs", described(model(
        DENSE | {"input_zero_point": 1}, input={"shape": [3], "type": "bipolar"})),
     f"{_L}.input_zero_point: Input_zero_point must be 0 where inputs are bipolar, not 1"),
    ("zero point of real inputs", described(model(
        {"name": "s", "op": "scale", "inputs": ["input"], "gain": 0.5},
        DENSE | {"inputs": ["s"], "activation": None, "input_zero_point": 1})),
     "model.json: $.layers[1].input_zero_point: Input_zero_point must be 0 where inputs are real "
     "numbers, not 1"),
    ("zero point before a scale", dense(
        weights=DENSE["weights"] | {"scale": 2}, activation=None, input_zero_point=1),
     f"{_L}.input_zero_point: Input_zero_point must be 0 where weights have a scale, not 1"),
    ("zero point of a fraction", dense(input_zero_point=0.5),
     f"{_L}.input_zero_point: Input_zero_point must be an integer, not 0.5"),
    ("zero point of uint8 weights", weights(zero_point=256),
     f"{_L}.weights.zero_point: Zero_point of weights of type uint8 must be from 0 to 255, "
     "not 256"),
    ("zero points of weights", weights(zero_point=[1, 2, 3]),
     f"{_L}.weights.zero_point: Zero_point must be one number or 2, not of shape (3,)"),
    ("zero point of weights of a fraction", weights(zero_point=[1, 0.5]),
     f"{_L}.weights.zero_point: Zero_point must be integers, not 0.5"),
    ("zero point of bipolar weights", weights("bipolar", zero_point=1),
     f"{_L}.weights.zero_point: Zero_point must not be given for weights of type bipolar"),
    ("padding that is not the zero point", described(model(
        CONV | {"input_zero_point": -5}, input={"shape": [2, 2, 3], "type": "int8"})),
     f"{_L}.pad_value: Pad_value must be the zero point -5 of inputs, not 0"),
]  # fmt: skip

REQUANTIZE = [
    ("requantize unknown field", given(shift=1),
     f"{_R}: Fields must be among multiplier, right_shift, input_scale, weight_scale, "
     "output_scale, zero_point, low, high, not 'shift'"),
    ("requantize empty", requantize(), f"{_R}: Requantize must have {FORMS}"),
    ("requantize without shift", requantize(multiplier=1), f"{_R}: Requantize must have {FORMS}"),
    ("requantize twice", given(**SCALES), f"{_R}: Requantize must have {FORMS}"),
    ("requantize without a scale", requantize(input_scale=1, output_scale=1),
     f"{_R}: Requantize must have {FORMS}"),
    ("requantize and thresholds", dense(activation={
        "type": "uint1", "thresholds": [[0], [1]], "requantize": GIVEN}),
     f"{_L}.activation.thresholds: Thresholds must not be given beside requantize"),
    ("requantize and base", dense(activation={"type": "uint1", "base": 0, "requantize": GIVEN}),
     f"{_L}.activation.base: Base must not be given beside requantize"),
    ("requantize to bipolar", given("bipolar"),
     f"{_L}.activation.type: Type of requantize must not be bipolar; use thresholds"),
    ("requantize type", given("float8"),
     f"{_L}.activation.type: Type must be bipolar, ternary, intN or uintN with N from 1 to 32, "
     "not 'float8'"),
    ("multiplier negative", given(multiplier=[1, -1]),
     f"{_R}.multiplier: Multiplier must be from 0 to 2147483647, not -1"),
    ("multiplier 2^31", given(multiplier=1 << 31),
     f"{_R}.multiplier: Multiplier must be from 0 to 2147483647, not 2147483648"),
    ("multiplier real", given(multiplier=0.5),
     f"{_R}.multiplier: Multiplier must be integers, not 0.5"),
    ("multipliers", given(multiplier=[1, 2, 3]),
     f"{_R}.multiplier: Multiplier must be one number or 2, not of shape (3,)"),
    ("right shift", given(right_shift=[1, 32]),
     f"{_R}.right_shift: Right_shift must be from -31 to 31, not 32"),
    ("right shift far left", given(right_shift=-32),
     f"{_R}.right_shift: Right_shift must be from -31 to 31, not -32"),
    ("right shifts", given(right_shift=[[1, 2]]),
     f"{_R}.right_shift: Right_shift must be one number or 2, not of shape (1, 2)"),
    ("sums too wide to shift", given(right_shift=-24),
     f"{_R}: Sums shifted left by 24 must fit int32, not reach -4294967296..4278190080"),
    ("sums not of int32", described(model(
        DENSE | {"weights": {"type": "uint1", "data": [[1, 0, 0]]},
                 "activation": {"type": "uint8", "requantize": GIVEN}},
        input={"shape": [3], "type": "uint32"})),
     f"{_R}: Sums must fit int32, not reach 0..4294967295"),
    ("requantize scale 0", requantize(**SCALES | {"input_scale": 0}),
     f"{_R}.input_scale: Input_scale must be positive, not 0.0"),
    ("requantize scale negative", requantize(**SCALES | {"weight_scale": [1, -2]}),
     f"{_R}.weight_scale: Weight_scale must be positive, not -2"),
    ("requantize scales of channels", requantize(**SCALES | {"weight_scale": [1, 2, 3]}),
     f"{_R}.weight_scale: Weight_scale must be one number or 2, not of shape (3,)"),
    ("scales too large", requantize(**SCALES | {"output_scale": 1e-12}),
     f"{_R}: Scales must make multipliers below 2^31, not 5e+11"),
    ("zero point of outputs", given(zero_point=-1),
     f"{_R}.zero_point: Zero_point of type uint8 must be from 0 to 255, not -1"),
    ("low above high", given(low=9, high=8),
     f"{_R}.low: Low and high of type uint8 must be from 0 to 255 and ascend, not 9..8"),
    ("high beyond the type", given("int8", high=128),
     f"{_R}.low: Low and high of type int8 must be from -128 to 127 and ascend, not -128..128"),
    ("requantize of a popcount", described(model(
        DENSE | {"weights": {"type": "bipolar", "data": [[1, 1, -1]]}, "accumulate": "popcount",
                 "activation": {"type": "uint8", "requantize": GIVEN}},
        input={"shape": [3], "type": "bipolar"})),
     f"{_L}.accumulate: Accumulate must be sum before requantize"),
    ("requantize of real numbers", dense(
        weights=DENSE["weights"] | {"scale": 0.5},
        activation={"type": "uint8", "requantize": GIVEN}),
     f"{_L}.activation: Activation must stand behind integers; use a quantize layer"),
]  # fmt: skip

CASES = ZERO_POINTS + REQUANTIZE
