"""Valid descriptions to corrupt: files, and the command that takes them."""

import io
import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from generators.network import write
from tests.fuzz import corrupt_npz
from tests.generators.network import bad_archives, float_files, onnx_files, test_qonnx_maps
from tests.generators.network.test_floats import small
from tests.generators.systolic import nets
from tests.networks import affine, coded, maps, pipeline

__all__ = ["Case", "corpus"]

MODELS = Path(__file__).parents[1] / "models"


@dataclass(frozen=True)
class Case:
    """Files of a folder by name, and a command with its arguments.

    ``command`` is "finn", "systolic" or "network"; in arguments ``{in}`` is the folder and
    ``{out}`` the one to be made.
    """

    name: str
    files: dict[str, bytes]
    command: str
    arguments: tuple[str, ...]

    def changed(self, **files: bytes) -> "Case":
        """With other contents of some files."""
        return replace(self, files=self.files | files)


def corpus() -> list[Case]:
    """The same every time."""
    return [*_models(), *_graphs(), *_integers(), *_floats()]


def _build(command: str, model: str, *arguments: str) -> tuple[str, tuple[str, ...]]:
    return command, ("{in}/" + model, *arguments, "-o", "{out}")


def _model(name: str, network, command: str, *arguments: str, **files: bytes) -> Case:
    with tempfile.TemporaryDirectory() as folder:
        write.write(network, Path(folder))
        text = (Path(folder) / "model.json").read_bytes()
        arrays = (Path(folder) / "weights.npz").read_bytes()
    files = {"model.json": text, "weights.npz": arrays, **files}
    return Case(name, files, *_build(command, "model.json", *arguments))


def _models() -> list[Case]:
    """Of every maker of random networks some, inline and in archives, with fold files."""
    found = []
    for seed in range(6):
        for maker in (pipeline, maps, affine):
            network = maker.random_network(np.random.default_rng(seed))
            name = f"{maker.__name__.rpartition('.')[2]}{seed}"
            wish = (("--cycles", "5000"), ("--max",), ("--fps", "10000"))[seed % 3]
            found.append(_model(name, network, "finn", *wish))
        folds = json.dumps({layer.name: {"pe": 1, "simd": 1} for layer in network.layers}).encode()
        found.append(_model(f"folds{seed}", network, "finn", "--fold", "{in}/fold.json",
                            **{"fold.json": folds}))
        network = nets.random_network(np.random.default_rng(seed))
        found.append(_model(f"systolic{seed}", network, "systolic", "--rows", "2", "--cols", "2"))
    for family in coded.FAMILIES:
        network = coded.random_network(np.random.default_rng(3), family)
        found.append(_model(family.replace(" ", "_"), network, "finn", "--cycles", "5000"))
    mixed = (MODELS / "mixed_formats" / "model.json").read_bytes()
    found.append(Case("mixed_formats", {"model.json": mixed}, *_build("finn", "model.json")))
    real = {"model.json": json.dumps(_real()).encode()}
    return [*found, Case("real", real, *_build("finn", "model.json", "--cycles", "2000"))]


def _real() -> dict:
    """Layers of real numbers, of every kind that is compiled away."""
    rng = np.random.default_rng(4)
    w = rng.integers(-3, 4, (4, 2, 2, 3)).tolist()
    layers = [
        {"op": "scale", "gain": ["1/255", 0.5, 2], "bias": 0.25},
        {"op": "quantize", "type": "int4", "scale": 0.125},
        {"op": "conv", "weights": {"type": "int3", "data": w, "scale": [0.5, 1, 2, 4]},
         "padding": [1, 0, 0, 1]},
        {"op": "batchnorm", "gamma": [1, -2, 0.5, 3], "beta": 0, "mean": [1, 2, 3, 4],
         "variance": 2},
        {"op": "relu"},
        {"op": "avgpool", "kernel": [2, 2]},
        {"op": "quantize", "type": "uint3", "scale": 0.5},
        {"op": "flatten"},
        {"op": "dense", "weights": {"type": "ternary", "data": rng.integers(-1, 2, (3, 16))
                                    .tolist()}},
        {"op": "sign"},
    ]  # fmt: skip
    names = ["input", *(f"n{i}" for i in range(len(layers)))]
    layers = [{"name": names[i + 1], "inputs": [names[i]]} | layer
              for i, layer in enumerate(layers)]  # fmt: skip
    return {"bitloom": 1, "name": "real", "input": {"shape": [5, 5, 3], "type": "uint8"},
            "layers": layers}


def _graphs() -> list[Case]:
    """ONNX graphs of every kind."""
    found = []
    for name, net in test_qonnx_maps.NETS.items():
        made, output = net()
        data = made.model(output).SerializeToString()
        command = _build("finn", "net.onnx", "--cycles", "20000")
        found.append(Case(f"onnx_{name}", {"net.onnx": data}, *command))
    net = onnx_files.Net((1, 6), seed=9)
    x = net.quant("x", 4, 0.5)
    x = net.op("Relu", net.norm(net.op("MatMul", f"{x} {net.weights(6, 4)}"), 4))
    x = net.op("Gemm", f"{net.quant(x, 3, 0.25, signed=0)} {net.weights(3, 4)}", transB=1)
    x = net.op("TopK", f"{x} {net.constant([1])}")
    net.nodes[-1].output.insert(0, "values")
    data = net.model(x).SerializeToString()
    found.append(Case("onnx_mlp", {"net.onnx": data}, *_build("finn", "net.onnx")))
    return found


def _integers() -> list[Case]:
    """Archives of integer networks."""
    found = []
    for name, arrays in (
        ("intnet", bad_archives.ARRAYS | {"meta": np.array(json.dumps(bad_archives.META))}),
        ("intnet_conv", bad_archives.ARRAYS | bad_archives.CONVS
         | {"meta": np.array(json.dumps(bad_archives.convs(4)))}),
    ):  # fmt: skip
        data = corrupt_npz.packed(arrays)
        found.append(Case(name, {"net.npz": data}, *_build("finn", "net.npz")))
        found.append(Case(f"{name}_converted", {"net.npz": data}, "network",
                          ("convert", "{in}/net.npz", "{out}")))  # fmt: skip
    return found


def _floats() -> list[Case]:
    """Float networks and the frames that calibrate them."""
    network = small()
    meta, arrays = float_files.described(network)
    archive = corrupt_npz.packed({"meta": np.array(json.dumps(meta)), **arrays})
    graph = float_files.onnx_model(network).SerializeToString()
    frames = io.BytesIO()
    np.save(frames, np.random.default_rng(1).integers(0, 256, (6, *network.shape), np.uint8))
    found = []
    for i, scheme in enumerate(("int8", "ternary", "fpec3", "biscaled4", "grouped4-power", "fixed6",
                                "blockfloat4", "hfp8", "log4", "binary")):  # fmt: skip
        name = ("float.npz", "float.onnx")[i % 2]
        arguments = ("quantize", "{in}/" + name, "--scheme", scheme, "--calibrate", "{in}/x.npy",
                     "-o", "{out}")  # fmt: skip
        files = {name: (archive, graph)[i % 2], "x.npy": frames.getvalue()}
        found.append(Case(f"quantize_{scheme}", files, "network", arguments))
    return found
