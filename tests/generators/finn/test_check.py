"""``python -m generators.finn MODEL --check X.npy``: the graph, the golden model and the RTL."""

import json

import numpy as np
import onnx
import pytest

from generators.finn import __main__ as cli
from generators.finn import check
from generators.network import reference
from tests.generators.finn import nets
from tests.generators.network import onnx_files
from tests.generators.network.onnx_files import Net

FRAMES = 6


def network() -> Net:
    """Two convolutions, the second of features that differ by channel, and a dense layer."""
    net = Net((1, 2, 5, 4), seed=4)
    y = net.op("Conv", f"x {net.weights(3, 2, 3, 3)}", pads=[1, 1, 1, 1])
    y = net.quant(net.norm(y, 3), 2, 0.5)
    y = net.op("Flatten", y, axis=1)
    y = net.op("MatMul", f"{y} {net.quant(net.constant(net.rng.normal(size=(60, 4))), 3, 0.25)}")
    net.output = y
    return net


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    folder, net = tmp_path_factory.mktemp("check"), network()
    return onnx_files.save(folder, net.model(net.output))


def frames(folder, x=None):
    x = np.random.default_rng(2).integers(0, 256, (FRAMES, 5, 4, 2), np.uint8) if x is None else x
    np.save(folder / "x.npy", x)
    return folder / "x.npy"


def run(capsys, folder, model, *arguments):
    """Build into folder/b; returns the status, the report's check, and what was said."""
    given = [model, "--cycles", 400, "-o", folder / "b", "--check", *arguments]
    status = cli.main([str(argument) for argument in given])
    out, err = capsys.readouterr()
    file = folder / "b" / "report.json"
    return status, json.loads(file.read_text())["check"] if file.exists() else None, out, err


def test_all_three(capsys, tmp_path, graph):
    """With the real simulation, and qonnx."""
    status, found, out, err = run(capsys, tmp_path, graph, frames(tmp_path))
    assert (status, out) == (0, f"{tmp_path}/b\n")
    assert (found["frames"], found["agree"]) == (FRAMES, True)
    assert found["original"] is found["rtl"] is None
    stages = [pair["stages"] for pair in found["pairs"]]
    assert stages == [["ONNX", "golden"], ["golden", "RTL"], ["ONNX", "RTL"]]
    assert all((pair["equal"], pair["arg_max"]) == (6, 6) for pair in found["pairs"])
    assert [pair["integers"] for pair in found["pairs"]] == [False, True, False]
    assert found["pairs"][0]["largest_difference"] < 1e-5
    assert err.splitlines()[-4:] == check.sentences(found)
    page = (tmp_path / "b" / "report.html").read_text()
    assert "✓ ONNX, golden, RTL agree in all 6 frames" in page and "✓ 6 frames simulated" in page
    assert check.sentences(found)[1:2] == [
        "golden = RTL: 6 of 6 frames equal (integers, bit for bit), arg max in 6"]
    assert check.sentences(found)[-1] == "check: ONNX, golden, RTL agree in all 6 frames"


def stand_in(monkeypatch, change=lambda y: y, fault=None):
    """No Verilog, and in place of its simulation the golden model's outputs, changed."""
    nets.empty_systems(monkeypatch)
    monkeypatch.setattr("generators.finn.build.Top", lambda *parts: None)
    monkeypatch.setattr("generators.finn.build.convert", lambda top: "")
    kept = {}
    golden = check.run.run

    def keep(found, x):
        kept["y"] = golden(found, x)
        return kept["y"]

    def simulated(x, folder):
        y = change(kept["y"].reshape(len(x), -1).astype(np.int64).copy())
        return (None, fault) if fault else (y, None)

    monkeypatch.setattr(check.run, "run", keep)
    monkeypatch.setattr(check, "_simulated", simulated)


def test_rtl_that_differs(capsys, tmp_path, monkeypatch, graph):
    def change(y):
        y[2, y[2].argmax()] -= 10_000
        y[4] += 1
        return y

    stand_in(monkeypatch, change)
    status, found, out, err = run(capsys, tmp_path, graph, frames(tmp_path))
    assert (status, out, found["agree"]) == (1, f"{tmp_path}/b\n", False)
    assert [pair["equal"] for pair in found["pairs"]] == [6, 4, 4]
    assert [pair["arg_max"] for pair in found["pairs"]] == [6, 5, 5]
    assert err.splitlines()[-3] == (
        "golden = RTL: 4 of 6 frames equal (integers, bit for bit), arg max in 5")
    assert err.splitlines()[-1] == "check: FAILED, golden and RTL, ONNX and RTL differ"


def test_graph_that_differs(capsys, tmp_path, monkeypatch, graph):
    stand_in(monkeypatch)
    original = reference.run

    def other(*arguments):
        y = original(*arguments)
        y[1, 3] += 0.25
        return y

    monkeypatch.setattr(reference, "run", other)
    status, found, _, err = run(capsys, tmp_path, graph, frames(tmp_path))
    assert status == 1
    assert [pair["equal"] for pair in found["pairs"]] == [5, 6, 5]
    assert found["pairs"][0]["largest_difference"] == pytest.approx(0.25)
    assert err.splitlines()[-1] == "check: FAILED, ONNX and golden, ONNX and RTL differ"


def test_rtl_without_outputs(capsys, tmp_path, monkeypatch, graph):
    stand_in(monkeypatch, fault="Top must answer 6 frames within 9 cycles, but took 6 and gave 0")
    status, found, _, err = run(capsys, tmp_path, graph, frames(tmp_path))
    assert (status, len(found["pairs"])) == (1, 1)
    assert err.splitlines()[-2:] == [
        "the RTL gave no outputs: Top must answer 6 frames within 9 cycles, but took 6 and gave 0",
        "check: FAILED, the RTL gave no outputs"]


def test_no_original(capsys, tmp_path, monkeypatch):
    """A model.json is the network itself; two are compared, bit for bit."""
    stand_in(monkeypatch)
    path = nets.folder(nets.model(nets.dense(size=(1, 6))), tmp_path)
    x = frames(tmp_path, np.ones((3, 6), bool))
    status, found, _, err = run(capsys, tmp_path, path, x)
    assert status == 0
    assert [pair["stages"] for pair in found["pairs"]] == [["golden", "RTL"]]
    assert err.splitlines()[-3:] == [
        "golden = RTL: 3 of 3 frames equal (integers, bit for bit)",
        "no original to run: model.json is the network itself, not a graph",
        "check: golden, RTL agree in all 3 frames"]


def test_packed_input(capsys, tmp_path, monkeypatch):
    """The graph sees pixels, the golden model and the RTL what the host makes of them."""
    net = Net((1, 12), seed=3)
    y = net.bipolar(net.op("Sub", f"x {net.constant(0.5)}"))
    weights = net.bipolar(net.constant(net.rng.normal(size=(12, 3))))
    path = onnx_files.save(tmp_path, net.model(net.op("MatMul", f"{y} {weights}")))
    stand_in(monkeypatch)
    x = np.random.default_rng(0).integers(0, 256, (5, 12), np.uint8)
    status, found, _, _ = run(capsys, tmp_path, path, frames(tmp_path, x), "--pack-input")
    assert (status, found["pairs"][0]["equal"]) == (0, 5)


def test_integers_of_a_graph(capsys, tmp_path, monkeypatch):
    """An arg max of the graph is an integer, and compared as such; it is no score."""
    net = Net((1, 12), seed=3)
    weights = net.bipolar(net.constant(net.rng.normal(size=(12, 3))))
    y = net.op("ArgMax", net.op("MatMul", f"{net.bipolar('x')} {weights}"), axis=1, keepdims=0)
    made = net.model(y)
    made.graph.output[0].type.tensor_type.elem_type = onnx.TensorProto.INT64
    path = onnx_files.save(tmp_path, made)
    stand_in(monkeypatch)
    x = np.random.default_rng(0).choice([-1, 1], (8, 12))
    status, found, _, err = run(capsys, tmp_path, path, frames(tmp_path, x))
    assert status == 0
    assert [(pair["integers"], pair["arg_max"]) for pair in found["pairs"]] == [(True, None)] * 3
    assert "ONNX = golden: 8 of 8 frames equal (integers, bit for bit)" in err.splitlines()


@pytest.mark.parametrize(("x", "what"), [
    (np.zeros((2, 5, 4, 2)), "Frames must be integers, not float64"),
    (np.zeros((2, 5, 4, 3), int), "Frames must have shape (frames, 5, 4, 2), not (2, 5, 4, 3)"),
    (np.zeros(40, int), "Frames must have shape (frames, 5, 4, 2), not (40,)"),
    (np.zeros((0, 40), int), "Frames must have shape (frames, 5, 4, 2), not (0, 40)"),
    (np.arange(80).reshape(2, 40) - 44,
     "Frames must hold values of uint8 (0 to 255), not -44 in frame 0"),
    (np.full((1, 40), 1 << 63, np.uint64),
     "Frames must hold values of uint8 (0 to 255), not 9223372036854775808 in frame 0"),
])  # fmt: skip
def test_refused_frames(capsys, tmp_path, graph, x, what):
    file = frames(tmp_path, x)
    before = sorted(tmp_path.iterdir())
    assert run(capsys, tmp_path, graph, file) == (2, None, "", f"{file}: {what}\n")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(("data", "what"), [
    (None, "File cannot be read: No such file or directory"),
    (b"1, 2", "File must be an array that numpy.save wrote"),
])
def test_refused_files(capsys, tmp_path, graph, data, what):
    file = tmp_path / "x.npy"
    if data is not None:
        file.write_bytes(data)
    assert run(capsys, tmp_path, graph, file) == (2, None, "", f"{file}: {what}\n")


def test_archive(capsys, tmp_path, graph):
    np.savez(tmp_path / "x.npz", x=np.zeros((1, 40), int))
    what = "File must be an array (.npy), not an archive of some (.npz)"
    given = tmp_path / "x.npz"
    assert run(capsys, tmp_path, graph, given) == (2, None, "", f"{given}: {what}\n")


@pytest.mark.parametrize("package", ["qonnx", "onnxruntime"])
def test_missing_package(capsys, tmp_path, monkeypatch, graph, package):
    find = reference.importlib.util.find_spec
    monkeypatch.setattr(reference.importlib.util, "find_spec",
                        lambda name: None if name == package else find(name))  # fmt: skip
    what = f"Package {package} must be installed (pip install 'bitloom[check]')"
    assert run(capsys, tmp_path, graph, frames(tmp_path)) == (2, None, "", f"--check: {what}\n")


def test_graph_that_qonnx_cannot_run(capsys, tmp_path, monkeypatch, graph):
    def fail(*arguments):
        raise RuntimeError("no such node\nand more")

    monkeypatch.setattr("qonnx.core.onnx_exec.execute_onnx", fail)
    what = "net.onnx: Graph must run in qonnx, for --check: no such node"
    file = frames(tmp_path)
    assert run(capsys, tmp_path, graph, file) == (2, None, "", f"{what}\n")
    assert list(tmp_path.iterdir()) == [file]
