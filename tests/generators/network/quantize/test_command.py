"""The command: what it prints, what it leaves, and its refusals."""

import json

import numpy as np
import pytest

from generators.network import load, run, write
from generators.network.__main__ import main
from generators.network.quantize import options, quantize
from tests.generators.network import float_files, onnx_files, test_floats
from tests.generators.network.quantize.nets import frames, mlp


@pytest.fixture
def files(tmp_path):
    """The paths of a float network and of frames."""
    network = mlp()
    linear = [layer for layer in network.layers if hasattr(layer, "weights")]
    arrays = {f"{layer.name}.{field}": getattr(layer, field)
              for layer in linear for field in ("weights", "bias")}  # fmt: skip
    kinds = {layer.name: layer.__struct_config__.tag for layer in network.layers}
    meta = {"bitloom_float": 1, "name": "mlp", "input": {"shape": network.shape},
            "layers": [{"name": name, "op": op} for name, op in kinds.items()]}  # fmt: skip
    np.savez(tmp_path / "float.npz", meta=json.dumps(meta), **arrays)
    np.save(tmp_path / "x.npy", frames(network.shape))
    return tmp_path / "float.npz", tmp_path / "x.npy"


def quantized(files, out, *arguments):
    """The exit status of the command."""
    source, x = map(str, files)
    return main(["quantize", source, "--calibrate", x, "-o", str(out), *arguments])


def test_writes_a_network(files, tmp_path, capsys):
    out = tmp_path / "out"
    assert quantized(files, out, "--scheme", "fpec", "--bits", "6", "--magnitude", "1") == 0

    shown = capsys.readouterr()
    assert shown.out == f"{out}/model.json\n"
    assert [line for line in shown.err.splitlines() if "fpec6+1" in line and "ufpec6+1" in line]
    assert "SQNR" in shown.err
    network = load.load(out / "model.json")
    x = np.load(files[1])
    same = quantize(mlp(), x, options("fpec6", magnitude=1)).network
    np.testing.assert_array_equal(run.run(network, x), run.run(same, x))
    assert network.name == "mlp"


def test_every_option(files, tmp_path):
    """Of the command are those of the function."""
    out = tmp_path / "out"
    assert quantized(files, out, "--scheme", "int4", "--activation-bits", "6", "--clip", "aciq",
                     "--activation-clip", "max", "--per-channel", "--no-bias-correction",
                     "--split", "2", "--argmax", "--frames", "7", "--name", "net") == 0  # fmt: skip
    x = np.load(files[1])[[0, 6, 13, 19, 26, 32, 39]]
    same = quantize(mlp(), x, name="net", options=options(
        "int4", activation_bits=6, clip="aciq", activation_clip="max", per_channel=True,
        bias_correction=False, split=2, argmax=True))  # fmt: skip
    write.write(same.network, tmp_path)
    for name in ("model.json", "weights.npz"):
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes()


@pytest.mark.parametrize("scheme", ["fixed8", "blockfloat4", "grouped3-simple", "biscaled6"])
def test_the_same_bytes_each_time(scheme, files, tmp_path):
    choices = ["--rounding", "stochastic"] if scheme == "fixed8" else []
    for name in ("a", "b"):
        assert quantized(files, tmp_path / name, "--scheme", scheme, *choices) == 0
    for name in ("model.json", "weights.npz"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def refused(files, tmp_path, capsys, sentence, *arguments):
    assert quantized(files, tmp_path / "out", *arguments) == 2
    assert capsys.readouterr() == ("", sentence + "\n")
    assert not (tmp_path / "out").exists()


def test_a_refused_graph_is_one_sentence(tmp_path, capsys):
    """Without the note on its pixels, and without an empty line of the bar."""
    network = test_floats.small()
    onnx_files.save(tmp_path, float_files.onnx_model(network), "float.onnx")
    np.save(tmp_path / "x.npy", frames(network.shape))
    refused((tmp_path / "float.onnx", tmp_path / "x.npy"), tmp_path, capsys,
            "conv1: Groups must be 1 in the format fpec", "--scheme", "fpec4")  # fmt: skip


def test_refusals(files, tmp_path, capsys):
    source, x = files
    check = (tmp_path, capsys)
    refused(files, *check, "--bits: Bits of int must be 2 to 8, not 16", "--scheme", "int16")
    refused(files, *check, "--frames: Frames must be at least 1, not 0", "--scheme", "int8",
            "--frames", "0")  # fmt: skip
    refused((source, source), *check,
            f"{source}: File must be an array (.npy), not an archive of some (.npz)", "--scheme",
            "int8")  # fmt: skip
    refused((x, x), *check, f"{x}: File must end in .npz or .onnx, not '.npy'", "--scheme", "int8")
    np.save(x, np.zeros((3, 28, 28), np.uint8))
    refused(files, *check, f"{x}: Frames must have shape (frames, 4, 4, 2), not (3, 28, 28)",
            "--scheme", "int8")  # fmt: skip


def test_interrupted(files, tmp_path, capsys, monkeypatch):
    def stop(*arguments, **fields):
        raise KeyboardInterrupt

    monkeypatch.setattr("generators.network.quantize.command.quantize", stop)
    out = tmp_path / "out"
    refused(files, tmp_path, capsys, f"{out}: Quantization was interrupted before it ended",
            "--scheme", "int8")  # fmt: skip


def test_a_folder_in_use(files, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("years of work")
    assert quantized(files, tmp_path / "out", "--scheme", "int8") == 2
    sentence = f"{tmp_path}/out: Folder must be new or hold only a model, not 'thesis.tex'"
    assert capsys.readouterr().err.splitlines()[-1] == sentence


def test_no_scheme(files, tmp_path):
    with pytest.raises(SystemExit, match=r"^2$"):
        quantized(files, tmp_path / "out")
