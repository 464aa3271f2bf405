"""Numbers in formats of their own that layers cannot read; cases as in bad_models."""

from tests.generators.network.bad_models import described, model

FPEC = {"format": "fpec", "bits": 4}
BISCALED = {"format": "biscaled", "bits": 4, "shift": 2}
GROUPED = {"format": "grouped", "bits": 4, "group": 2, "exponents": 3}
BLOCK = {"format": "blockfloat", "bits": 4, "block": 2, "exponents": 3}
MINI = {"format": "minifloat", "exponent": 4, "mantissa": 3, "bias": 11}
W = {FORM["format"]: {"type": FORM, "data": [[0, 0], [0, 0]]}
     for FORM in (FPEC, BISCALED, GROUPED, BLOCK, MINI)}  # fmt: skip
INTEGERS = {"type": "int2", "data": [[0, 0], [0, 0]]}
_L = "model.json: $.layers"


def layers(*chain, **fields):
    """Layers that read each other, of two integers, the first of which is named input."""
    made, source = [], "input"
    for index, layer in enumerate(chain):
        made.append({"name": f"l{index}", "inputs": [source]} | layer)
        source = f"l{index}"
    return described(model(*made, input={"shape": [2], "type": "int8"}) | fields)


def encode(kind, **fields):
    """An encode layer."""
    return {"op": "encode", "type": kind} | fields


def dense(weights, **fields):
    """A dense layer."""
    return {"op": "dense", "weights": weights} | fields


def after(form, layer, last=()):
    """A layer behind an encode layer, which is the first."""
    return layers(encode(form), layer, *last)


SUMS = (encode(MINI), dense(W["minifloat"]))

CASES = [
    ("coding output", layers(encode(FPEC)),
     f"{_L}[0].type: Type of the network's output must be an integer type, not a format"),
    ("coding encode bipolar", layers(encode("bipolar")),
     f"{_L}[0].type: Type of encode must not be bipolar; use a sign layer"),
    ("coding encode of weights only", layers(encode(GROUPED)),
     f"{_L}[0].type.format: Format must be one of biscaled, blockfloat, fpec, minifloat, "
     'not "grouped"'),
    ("coding seed", layers(encode(FPEC, seed=3)),
     f"{_L}[0].seed: Seed must be absent in the format fpec; integers are rounded so"),
    ("coding ways", layers(encode("int4", ways=2)),
     f"{_L}[0].ways: Ways must be 1 but for the format blockfloat, not 2"),
    ("coding block of channels", layers(encode(BLOCK | {"block": 4}), dense(
        {"type": BLOCK | {"block": 4}, "data": [[0] * 4]})),
     f"{_L}[0].type.block: Block must divide the 2 channels, not be 4"),
    ("coding lanes of an activation", layers(encode(FPEC | {"lanes": 2})),
     f"{_L}[0].type.lanes: Lanes must be absent but for weights"),
    ("coding list of an activation", layers(encode(BISCALED | {"block": 2})),
     f"{_L}[0].type.block: Block must be absent but for weights"),
    ("coding encode of codes", after(FPEC, encode("int4")),
     f"{_L}[1].inputs: Input of encode must be sums, not the format fpec"),
    ("coding encode of sums", layers(*SUMS, encode("int4")),
     f"{_L}[2].type: Type must be a minifloat where sums of minifloats come in, not integers"),
    ("coding of reals", layers({"op": "scale", "gain": 0.5}, encode("int4")),
     f"{_L}[1].inputs: Input of encode must be integers; use a quantize layer"),
    ("coding read by sign", after(FPEC, {"op": "sign"}),
     f"{_L}[1].inputs: Input of sign must be integers, not the format fpec"),
    ("coding read by argmax", after(BISCALED, {"op": "argmax"}),
     f"{_L}[1].inputs: Input of argmax must be integers, not the format biscaled"),
    ("coding of integers", after(MINI, dense(INTEGERS)),
     f"{_L}[1].weights.type: Weights of integers are not multiplied with inputs of the format "
     "minifloat"),
    ("coding of another format", after(FPEC, dense(W["biscaled"])),
     f"{_L}[1].weights.type: Weights of the format biscaled are not multiplied with inputs of the "
     "format fpec"),
    ("coding minifloat alone", layers(dense(W["minifloat"])),
     f"{_L}[0].weights.type: Weights of the format minifloat are not multiplied with inputs of "
     "integers"),
    ("coding magnitude", after(FPEC | {"magnitude": 1}, dense(W["fpec"])),
     f"{_L}[1].weights.type.magnitude: Magnitude must be 1, as of the inputs, not 0"),
    ("coding block", after(BLOCK, dense({"type": BLOCK | {"block": 4}, "data": [[0] * 4]})),
     f"{_L}[1].weights.type.block: Block must be 2, as of the inputs, not 4"),
    ("coding channels", layers(dense({"type": GROUPED, "data": [[0, 0, 0]]})),
     f"{_L}[0].weights.type: Channels of weights of the format grouped must be a multiple of its "
     "2, not 3"),
    ("coding weights", layers(dense({"type": FPEC, "data": [[0, 2], [0, 0]]})),
     f"{_L}[0].weights.data: Weights must be numbers of the format fpec, not 2"),
    ("coding weights given", layers(dense(INTEGERS | {"coding": BISCALED, "data": [[0, 1], [9, 0]],
                                                      "type": "int5"})),
     f"{_L}[0].weights.data: Weights must be numbers of the format biscaled, not 9"),
    ("coding shift", layers(encode(BISCALED | {"shift": 4})),
     f"{_L}[0].type: BiScaled shift must be at most 3 of 4 signed bits, not 4"),
    ("coding mantissa", layers(dense(W["grouped"] | {"type": GROUPED | {"mantissa": "simple"}})),
     f"{_L}[0].weights.type: Mantissa_bits must be from 1 to 3 of a simple mantissa, not 0"),
    ("coding compensators", layers(dense(W["fpec"] | {"type": FPEC | {"compensators": 0}})),
     f"{_L}[0].weights.type.compensators: Compensators must be an integer >= 1, not 0"),
    ("coding scale", layers(dense(W["fpec"] | {"scale": 0.5})),
     f"{_L}[0].weights.scale: Weights must have no scale in the format fpec"),
    ("coding zero point", layers(dense(W["grouped"] | {"zero_point": 1})),
     f"{_L}[0].weights.zero_point: Weights must have no zero_point in the format grouped"),
    ("coding input zero point", layers(dense(W["biscaled"], input_zero_point=1)),
     f"{_L}[0].input_zero_point: Input_zero_point must be 0 in the format biscaled"),
    ("coding activation", layers(encode(MINI), dense(W["minifloat"], activation={
        "type": "bipolar"})),
     f"{_L}[1].activation: Activation must be an encode layer behind sums in the format minifloat"),
    ("coding input type", layers(dense(W["fpec"], input_type=FPEC)),
     f"{_L}[0].input_type: Input_type must be that of the layer that is read, integers, not the "
     "format fpec"),
    ("coding other input type", after(FPEC, dense(W["fpec"], input_type=FPEC | {"bits": 5})),
     f"{_L}[1].input_type: Input_type must be that of the layer that is read, the format fpec with "
     "other fields"),
]


def _map(form, layer):
    """A layer behind an encoded map."""
    chain = [{"name": "e", "inputs": ["input"]} | encode(form),
             {"name": "l", "inputs": ["e"]} | layer]  # fmt: skip
    return described(model(*chain, input={"shape": [4, 4, 2], "type": "int8"}))


CASES += [
    ("coding pad value", _map(FPEC, {"op": "pad", "padding": [1, 1, 1, 1], "value": 1}),
     f"{_L}[1].value: Value must be 0 in the format fpec, not 1"),
    ("coding pad of blocks", _map(BLOCK, {"op": "pad", "padding": [1, 1, 1, 1]}),
     f"{_L}[1].inputs: Input of pad must be integers, not the format blockfloat"),
    ("coding maxpool", _map(FPEC, {"op": "maxpool", "kernel": [2, 2]}),
     f"{_L}[1].inputs: Input of maxpool must be integers, not the format fpec"),
    ("coding border", _map(FPEC, {"op": "conv", "padding": [1, 1, 1, 1], "pad_value": 4,
                                  "weights": {"type": FPEC, "data": [[[[0, 0]]]]}}),
     f"{_L}[1].pad_value: Pad_value must be 0 in the format fpec"),
    ("coding groups", _map(FPEC, {"op": "conv", "groups": 2,
                                  "weights": {"type": FPEC, "data": [[[[0]]], [[[0]]]]}}),
     f"{_L}[1].groups: Groups must be 1 in the format fpec"),
]
