"""What of maps and of graphs with branches must be refused, each with its one sentence."""

import numpy as np
import pytest

from generators.network import qonnx
from generators.network.error import ModelError
from tests.generators.network.onnx_files import model, node, quant, save

SHAPE = (1, 4, 5, 6)
KNOWN = {
    "w": np.ones((2, 4, 3, 3)), "one": np.ones(1), "none": np.zeros(0), "s": np.array(0.5),
    "zero": np.zeros(()), "four": np.array(4.0),
}  # fmt: skip
POOL = {"kernel_shape": [2, 2]}
RELU = node("Relu", "x", "r")
MOVED = node("Transpose", "p", "t", perm=[0, 1, 3, 2])


def case(name: str, nodes, sentence: str, shape=SHAPE, **constants):
    """A test's parameters; the last node is the one that is refused, if it is named y."""
    nodes = nodes if isinstance(nodes, list) else [nodes]
    last = nodes[-1]
    where = f"net.onnx: node '{last.name}' ({last.op_type})"
    return pytest.param(nodes, f"{where}{sentence}", shape, constants, id=name)


def conv(inputs="x w", **attributes):
    return node("Conv", inputs, "y", **attributes)


def maxpool(**attributes):
    return node("MaxPool", "x", "y", **attributes)


def resize(scales=(1.0, 1.0, 2.0, 2.0), **attributes):
    """A Resize node and its scales."""
    return [node("Resize", "x none scales", "y", **attributes)], {"scales": np.array(scales)}


def resized(name: str, sentence: str, *scales, **attributes):
    nodes, constants = resize(*scales, **attributes)
    return case(name, nodes, sentence, **constants)


def pad(name: str, pads, sentence: str, inputs="x pads", **attributes):
    return case(name, node("Pad", inputs, "y", **attributes), sentence, pads=np.array(pads))


IN_ORDER = "channels first, without moved axes"
MAP = "Input 0 must be a map (1, channels, length) or (1, channels, height, width)"
COORDINATES = "repeat each pixel alike (asymmetric with floor, or half_pixel with "

MAPS = [
    case("conv of features", [node("Flatten", "x", "f"), node("Relu", "f", "r"), conv("r w")],
         f": {MAP}, not of shape (1, 120)"),
    case("conv of moved axes", [node("MaxPool", "x", "p", **POOL), MOVED, conv("t w")],
         f": Input 0 must be the map (4, 5, 4) of layer 'maxpool0', {IN_ORDER}"),
    case("conv behind factors by pixel", [node("Mul", "x c", "m"), conv("m w")],
         ": Input 0 must be a map, but layer 'scale1' makes features, (120,)",
         c=np.arange(120.0).reshape(SHAPE)),
    case("conv of a constant", conv("w w"), ": Input 0 must be an activation, not constant"),
    case("conv of activations", [RELU, conv("r r")], ": Weights, input 1, must be constant"),
    case("conv without weights", conv("x"), ": Weights, input 1, must be constant"),
    case("group", conv(group=3), ": Attribute group must divide the 4 channels, not be 3"),
    case("group 0", conv(group=0), ": Attribute group must divide the 4 channels, not be 0"),
    case("group of outputs", conv(group=4), ": Attribute group must divide the 2 outputs, not be 4",
         w=np.ones((2, 1, 3, 3))),
    case("channels", conv(), ": Weights must have shape (outputs, 4, kernel height, kernel width), "
         "not (2, 3, 3, 3)", w=np.ones((2, 3, 3, 3))),
    case("line", conv(), ": Weights must have shape (outputs, 3, kernel size), not (2, 4, 3, 3)",
         shape=(1, 3, 8)),
    case("kernel_shape", conv(kernel_shape=[1, 1]),
         ": Attribute kernel_shape must be [3, 3], not [1, 1]"),
    case("real weights", conv(), ": Weights must be quantized by a Quant node, or integers from "
         "-128 to 127, not 0.5", w=np.full((2, 4, 1, 1), 0.5)),
    case("scale by channel of the input", [quant("w scale zero four", "q"), conv("x q")],
         ": Scale of the weights must be one number, or one for each output",
         scale=np.arange(1.0, 5).reshape(1, 4, 1, 1)),
    case("bias", conv("x w one"), ": Bias, input 2, must have shape (2,), not (1,)"),
    case("bias of activations", [RELU, conv("x w r")], ": Bias, input 2, must be constant"),
    case("strides", conv(strides=[1, 0]),
         ": Attribute strides must be 2 integers from 1 to 1048576, not [1, 0]"),
    case("strides of a line", conv(strides=[1, 1]),
         ": Attribute strides must be 1 integer from 1 to 1048576, not [1, 1]",
         shape=(1, 4, 8), w=np.ones((2, 4, 3))),
    case("strides that are none", conv(strides=2),
         ": Attribute strides must be of type INTS, not INT"),
    case("negative pads", conv(pads=[-1, 0, 0, 0]),
         ": Attribute pads must be 4 integers from 0 to 1024, not [-1, 0, 0, 0]"),
    case("kernel too large", conv(dilations=[1, 3]), ": Kernel must fit into 6 pixels, not span 7"),
    case("auto_pad", conv(auto_pad="SAME"), ": Attribute auto_pad must be one of NOTSET, "
         "SAME_LOWER, SAME_UPPER, VALID, not SAME"),
    case("auto_pad and pads", conv(auto_pad="VALID", pads=[1] * 4),
         ": Attribute pads must be absent where auto_pad is VALID"),
    case("auto_pad of far windows", conv(auto_pad="SAME_UPPER", strides=[1, 5]),
         ": Attribute auto_pad must not be SAME_UPPER where its windows leave out 3 pixels at the "
         "end", w=np.ones((2, 4, 1, 1)), shape=(1, 4, 5, 9)),
    case("output too large", conv(pads=[1024] * 4),
         ": Output must be at most 16777216 numbers, not (2051, 2052, 9)", w=np.ones((9, 4, 3, 3))),
    case("pool without kernel", maxpool(), ": Attribute kernel_shape must be given"),
    case("dilated pool", maxpool(**POOL, dilations=[1, 2]),
         ": Attribute dilations must be 1, not [1, 2]"),
    case("padding of a pool", maxpool(**POOL, pads=[0, 2, 0, 0]),
         ".padding: Padding must be smaller than the kernel (2, 2), not (0, 2, 0, 0)"),
    case("mean without padding", node("AveragePool", "x", "y", **POOL, pads=[0, 1, 0, 1]),
         ": Attribute count_include_pad must be 1 where there is padding"),
    case("mean of ceil_mode", node("AveragePool", "x", "y", **POOL, ceil_mode=1),
         ": Attribute ceil_mode must be 0"),
    case("mean of rows", node("ReduceMean", "x", "y", axes=[2]),
         ": Axes must be those of all pixels in (1, 4, 5, 6), not [2]"),
    case("mean of channels", node("ReduceMean", "x", "y", axes=[1]),
         ": Axes must be those of all pixels in (1, 4, 5, 6), not [1]"),
    case("mean of all", node("ReduceMean", "x", "y"),
         ": Axes must be those of all pixels in (1, 4, 5, 6), not [0, 1, 2, 3]"),
    case("mean of axis 4", node("ReduceMean", "x", "y", axes=[4]),
         ": Axes must be those of all pixels in (1, 4, 5, 6), not [4]"),
    case("mean of nothing", node("ReduceMean", "x", "y", noop_with_empty_axes=1),
         ": Attribute noop_with_empty_axes must be 0"),
    resized("linear", ": Attribute mode must be nearest, not linear", mode="linear"),
    resized("aspect", ": Attribute keep_aspect_ratio_policy must be stretch, not not_larger",
            keep_aspect_ratio_policy="not_larger"),
    resized("scales", ": Scales must give whole multiples of height and width of (1, 4, 5, 6), not "
            "[1.0, 1.0, 1.5, 2.0]", (1.0, 1.0, 1.5, 2.0)),
    resized("smaller", ": Scales must give whole multiples of height and width of (1, 4, 5, 6), "
            "not [1.0, 1.0, 0.5, 0.5]", (1.0, 1.0, 0.5, 0.5)),
    resized("channels scaled", ": Scales must give whole multiples of height and width of "
            "(1, 4, 5, 6), not [1.0, 2.0, 1.0, 1.0]", (1.0, 2.0, 1.0, 1.0)),
    resized("axis of scales", ": Scales must give whole multiples of height and width of "
            "(1, 4, 5, 6), not [2.0]", (2.0,), axes=[4]),
    case("sizes", node("Resize", "x none none sizes", "y"), ": Sizes must give whole multiples of "
         "height and width of (1, 4, 5, 6), not [1, 4, 9, 12]", sizes=np.array([1, 4, 9, 12])),
    case("no scales", node("Resize", "x none none", "y"), ": Scales or sizes must be given"),
    case("scales of activations", [RELU, node("Upsample", "x r", "y")],
         ": Scales must be constant"),
    resized("corners", f": Coordinates must {COORDINATES}round_prefer_floor), "
            "not be align_corners with floor",
            coordinate_transformation_mode="align_corners", nearest_mode="floor"),
    resized("half pixel floored", f": Coordinates must {COORDINATES}round_prefer_floor), "
            "not be half_pixel with floor", nearest_mode="floor"),
    resized("cropped", f": Coordinates must {COORDINATES}round_prefer_floor), "
            "not be tf_crop_and_resize with round_prefer_floor",
            coordinate_transformation_mode="tf_crop_and_resize"),
    resized("rounded thrice", f": Coordinates must {COORDINATES}round_prefer_floor), "
            "not be asymmetric with round_prefer_floor", (1.0, 1.0, 3.0, 3.0),
            coordinate_transformation_mode="asymmetric"),
    pad("reflect", [0] * 8, ": Attribute mode must be constant, not reflect", mode="reflect"),
    pad("pads of channels", [0, 1, 0, 0, 0, 0, 0, 0], ": Pads must be from 0 to 1024, and 0 for "
        "batch and channels of (1, 4, 5, 6), not [0, 1, 0, 0, 0, 0, 0, 0]"),
    pad("cropping", [0, 0, -1, 0, 0, 0, 0, 0], ": Pads must be from 0 to 1024, and 0 for "
        "batch and channels of (1, 4, 5, 6), not [0, 0, -1, 0, 0, 0, 0, 0]"),
    pad("few pads", [1, 1], ": Pads must be from 0 to 1024, and 0 for batch and channels of "
        "(1, 4, 5, 6), not [1, 1]"),
    pad("pads absent", [], ": Pads must be given", "x"),
    pad("value", [0, 0, 0, 0, 0, 0, 0, 1],
        ": Value must be an integer of at most 32 bits, not 0.5", "x pads s"),
    pad("values", [0, 0, 0, 0, 0, 0, 0, 1], ": Value must be one number", "x pads none"),
]  # fmt: skip

JOINS = [
    case("broadcast", [node("GlobalAveragePool", "x", "g"), RELU, node("Add", "r g", "y")],
         ": Activations must have one shape, without broadcasting, not (1, 4, 5, 6), "
         "(1, 4, 1, 1)"),
    case("sum of a constant", node("Sum", "x c", "y"),
         ": Input 1 must be an activation, not constant", c=np.ones(SHAPE)),
    case("sum of moved axes", [RELU, node("Transpose", "r", "t", perm=[0, 1, 3, 2]),
                               node("Sub", "r t", "y")],
         ": Axes of the activations must be moved alike, in one order, unlike those of layers "
         "'relu0' and 'relu0'", shape=(1, 4, 5, 5)),
    case("product", [RELU, node("Mul", "r x", "y")],
         ": Inputs must be one activation and one constant"),
    case("concat of rows", [RELU, node("Concat", "r x", "y", axis=2)],
         ": Axis must be that of the channels of maps, 1, not 2"),
    case("concat without axis", [RELU, node("Flatten", "r", "f"), node("Concat", "f f", "y")],
         ": Attribute axis must be given"),
    case("concat on axis 2", [RELU, node("Flatten", "r", "f"),
                              node("Concat", "f f", "y", axis=2)],
         ": Inputs and attributes must fit each other, not shapes (1, 120), (1, 120)"),
    case("concat of other sizes", [node("MaxPool", "x", "p", **POOL),
                                   node("Concat", "x p", "y", axis=1)],
         ": Inputs and attributes must fit each other, not shapes (1, 4, 5, 6), (1, 4, 4, 5)"),
    case("concat with a constant", node("Concat", "x c", "y", axis=1),
         ": Inputs must be activations only, or constants only", c=np.ones(SHAPE)),
    case("bounds", node("Clip", "x c", "y"), ": Min must be one number", c=np.ones(4)),
    case("bound of activations", [RELU, node("Clip", "x s r", "y")], ": Max must be constant"),
]  # fmt: skip


@pytest.mark.parametrize(("nodes", "sentence", "shape", "constants"), MAPS + JOINS)
def test_refused(nodes, sentence, shape, constants, tmp_path):
    known = KNOWN | constants
    used = {name: known[name] for each in nodes for name in each.input if name in known}
    path = save(tmp_path, model(nodes, shape, **used))

    with pytest.raises(ModelError) as refused:
        qonnx.read(path)

    assert str(refused.value) == sentence


def test_indices_of_a_maxpool(tmp_path):
    nodes = [node("MaxPool", "x", "p i", **POOL), node("Add", "p i", "y")]
    message = "Inputs must be outputs of earlier nodes (of TopK: the indices), unlike 'i'"
    with pytest.raises(ModelError, match=r"node 'Add_y' \(Add\): Inputs must be") as refused:
        qonnx.read(save(tmp_path, model(nodes, SHAPE)))
    assert refused.value.what == message
