"""Archives of float networks that must be refused, each with its one sentence."""

import numpy as np
import pytest

from generators.network import floats
from generators.network.error import ModelError
from tests.generators.network import float_files

CONV = {"name": "conv", "op": "conv"}
POOL = {"name": "pool", "op": "maxpool", "kernel": [2, 2]}
FC = {"name": "fc", "op": "dense"}
OPS = "conv, dense, flatten, globalavgpool, maxpool, relu"


def good(*layers, shape=(4, 4, 2), **fields) -> dict:
    return {"bitloom_float": 1, "name": "net", "input": {"shape": shape} | fields,
            "layers": list(layers)}  # fmt: skip


def refusal(folder, meta, arrays) -> str:
    path = float_files.archive(folder / "net.npz", meta, arrays)
    with pytest.raises(ModelError) as caught:
        floats.read(path)
    return str(caught.value)


ONES = {"fc.weights": np.ones((3, 32))}
KERNELS = {"conv.weights": np.ones((4, 2, 2, 2))}


@pytest.mark.parametrize(("meta", "arrays", "sentence"), [
    ({"name": "net"}, {}, "meta: $: Field 'bitloom_float' must be given"),
    (good(FC) | {"bitloom_float": 2}, ONES,
     "meta: $.bitloom_float: Bitloom_float must be 1, not 2"),
    (good(FC) | {"name": "a b"}, ONES,
     'meta: $.name: Name must be a string that matches ^[A-Za-z_][A-Za-z0-9_.-]*$, not "a b"'),
    (good(FC) | {"author": "x"}, ONES,
     "meta: $: Fields must be among bitloom_float, name, input, layers, not 'author'"),
    (good(FC, gain=0.0), ONES, "meta: $.input.gain: Gain must be a number > 0.0, not 0.0"),
    (good(FC, shape=[]), ONES, "meta: $.input.shape: Shape must be a list of length >= 1, not []"),
    (good(FC, offset=1), ONES,
     "meta: $.input: Fields must be among shape, gain, bias, not 'offset'"),
    (good(FC), {"fc.weights": np.full((3, 32), -1e200)},
     "layer 'fc': Weights must be at most 1e+36 in size, not 1e+200"),
    (good(FC), ONES | {"fc.bias": np.array([0, 1e40, 0])},
     "layer 'fc': Bias must be at most 1e+36 in size, not 1e+40"),
    (good(FC, gain=1e300), ONES, "Gain of the input must be at most 1e+36 in size, not 1e+300"),
    (good(), {}, "meta: $.layers: Layers must be a list of length >= 1, not []"),
    (good({"name": "fc"}), ONES, f"meta: $.layers[0].op: Op must be one of {OPS}, not null"),
    (good({"name": "s", "op": "sigmoid"}), {},
     f'meta: $.layers[0].op: Op must be one of {OPS}, not "sigmoid"'),
    (good({"op": "dense"}), ONES, "meta: $.layers[0]: Field 'name' must be given"),
    (good({"name": "r", "op": "relu", "top": 6}), {},
     "meta: $.layers[0]: Fields must be among op, name, not 'top'"),
    (good(FC | {"weights": [[1]]}), {},
     "meta: $.layers[0].weights: Weights must be an array of the file, not stand in meta"),
    (good(POOL | {"kernel": 2}, FC), {},
     "meta: $.layers[0].kernel: Kernel must be a list, not 2"),
    (good(CONV | {"stride": [0, 1]}, FC), KERNELS,
     "meta: $.layers[0].stride[0]: Item must be an integer >= 1, not 0"),
    (good(FC), {}, "meta: $.layers[0]: Array fc.weights must be given"),
    (good(FC), {"fc.weights": np.array(1.0)}, "meta: $.layers[0]: Array fc.weights must be given"),
    (good(FC), {"fc.weights": np.array([["a"]])},
     "meta: $.layers[0]: Array fc.weights must hold numbers, not <U1"),
    (good(FC), ONES | {"fc.weight": np.ones(1)},
     "Arrays must be meta, NAME.weights and NAME.bias of layers with weights, unlike 'fc.weight'"),
    (good(POOL), {}, "Layers must be some with weights, dense or conv"),
    (good(POOL, POOL, FC), {"fc.weights": np.ones((1, 2))},
     "layer 'pool': Name must be another than those before (input, pool), not 'pool'"),
    (good(FC | {"name": "input"}), {"input.weights": np.ones((1, 32))},
     "layer 'input': Name must be another than those before (input), not 'input'"),
    (good(FC), {"fc.weights": np.ones((3, 31))},
     "layer 'fc': Weights must have shape (outputs, 32), not (3, 31)"),
    (good(FC), ONES | {"fc.bias": np.ones(2)},
     "layer 'fc': Bias must have shape (3,), not (2,)"),
    (good(CONV), {"conv.weights": np.ones((4, 2, 2, 3))},
     "layer 'conv': Weights must have shape (outputs, kernel height, kernel width, 2), "
     "not (4, 2, 2, 3)"),
    (good(CONV), {"conv.weights": np.ones((4, 5, 2, 2))},
     "layer 'conv': Kernel must fit into (4, 4) pixels, not be (5, 2)"),
    (good(CONV, shape=[32]), KERNELS,
     "layer 'conv': Input of conv must be a map (height, width, channels), not (32,)"),
    (good(CONV | {"groups": 3}), KERNELS,
     "layer 'conv': Groups must divide the 2 channels, not be 3"),
    (good(CONV | {"groups": 2}), {"conv.weights": np.ones((3, 2, 2, 1))},
     "layer 'conv': Groups must divide the 3 outputs, not be 2"),
    (good(POOL | {"padding": [2, 0, 0, 0]}, FC), ONES,
     "layer 'pool': Padding must be smaller than the kernel (2, 2), not (2, 0, 0, 0)"),
    (good(FC, POOL), ONES,
     "layer 'pool': Input of maxpool must be a map (height, width, channels), not (3,)"),
    (good(FC, {"name": "mean", "op": "globalavgpool"}), ONES,
     "layer 'mean': Input of globalavgpool must be a map (height, width, channels), not (3,)"),
])  # fmt: skip
def test_refusals(meta, arrays, sentence, tmp_path):
    assert refusal(tmp_path, meta, arrays) == f"net.npz: {sentence}"


@pytest.mark.parametrize(("arrays", "sentence"), [
    ({"w": np.ones(2)}, "net.npz: meta: Array meta must be given, one JSON string"),
    ({"meta": np.array("{")},
     "net.npz: meta: Array meta must be a JSON string, which it is not"),
    ({"meta": np.array("{}"), "w": np.array([np.nan])},
     "net.npz: File must hold finite numbers, unlike its array 'w'"),
])  # fmt: skip
def test_no_float_network(arrays, sentence, tmp_path):
    np.savez(tmp_path / "net.npz", **arrays)
    with pytest.raises(ModelError) as caught:
        floats.read(tmp_path / "net.npz")
    assert str(caught.value) == sentence


def test_files(tmp_path):
    missing, other, broken = (tmp_path / name for name in ("a.npz", "a.json", "b.npz"))
    broken.write_text("not an archive")
    for path, sentence in (
        (missing, f"{missing}: File cannot be read: No such file or directory"),
        (other, f"{other}: File must end in .npz or .onnx, not '.json'"),
        (broken, "b.npz: File must be an npz archive of numbers"),
    ):
        with pytest.raises(ModelError) as caught:
            floats.read(path)
        assert str(caught.value) == sentence
