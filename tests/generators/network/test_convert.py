"""The commands: what they print, what they leave, and that a failure leaves what was there."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from generators.network import load, run, schema, write
from generators.network.__main__ import main
from tests import data
from tests.generators.network.bad_models import described, model
from tests.generators.network.test_qonnx import NETWORKS, PIXELS, TFC

ROOT = Path(__file__).parents[3]


@pytest.fixture
def source(tmp_path):
    """A good model.json in a folder of its own."""
    (tmp_path / "in").mkdir()
    return described(model())(tmp_path / "in")


def test_writes_a_model(source, tmp_path, capsys):
    out = tmp_path / "a" / "out"

    assert main(["convert", str(source), str(out)]) == 0

    assert capsys.readouterr() == (f"{out}/model.json\n", "")
    assert sorted(p.name for p in out.iterdir()) == ["model.json", "weights.npz"]
    assert sorted(p.name for p in out.parent.iterdir()) == ["out"]
    assert out.stat().st_mode & 0o777 == source.parent.stat().st_mode & 0o777
    network = load.load(out / "model.json")
    np.testing.assert_array_equal(network.layers[0].weights.data, [[1, 0, -1], [0, 1, 1]])


def test_replaces_an_earlier_model(source, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    assert main(["convert", str(source), str(out)]) == 0
    first = (out / "model.json").read_bytes()
    (out / "model.json").write_text("old")

    assert main(["convert", str(source), str(out)]) == 0
    assert (out / "model.json").read_bytes() == first


def test_onto_itself(source):
    before = json.loads(source.read_text())
    assert main(["convert", str(source), str(source.parent)]) == 0
    assert json.loads(source.read_text())["layers"][0]["name"] == before["layers"][0]["name"]
    assert sorted(p.name for p in source.parent.parent.iterdir()) == ["in"]


def test_keeps_other_files(source, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.tex").write_text("years of work")

    assert main(["convert", str(source), str(out)]) == 2

    sentence = f"{out}: Folder must be new or hold only a model, not 'thesis.tex'\n"
    assert capsys.readouterr() == ("", sentence)
    assert [p.name for p in out.iterdir()] == ["thesis.tex"]


def test_a_file_in_the_way(source, tmp_path, capsys):
    (tmp_path / "out").write_text("")
    assert main(["convert", str(source), str(tmp_path / "out")]) == 2
    sentence = f"{tmp_path}/out: Folder cannot be written: Not a directory\n"
    assert capsys.readouterr().err == sentence


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
@pytest.mark.parametrize("earlier", [False, True])
def test_failure_leaves_what_was_there(error, earlier, source, tmp_path, monkeypatch, capsys):
    out = tmp_path / "out"
    if earlier:
        assert main(["convert", str(source), str(out)]) == 0
        capsys.readouterr()

    def stop(arrays):
        raise error

    monkeypatch.setattr(write, "npz", stop)
    assert main(["convert", str(source), str(out)]) == 2

    what = "Folder cannot be written: No space left on device"
    if error is KeyboardInterrupt:
        what = "Conversion was interrupted before it ended"
    assert capsys.readouterr() == ("", f"{out}: {what}\n")
    assert sorted(p.name for p in tmp_path.iterdir()) == (["in", "out"] if earlier else ["in"])
    if earlier:
        load.load(out / "model.json")


def test_failing_rename_puts_the_earlier_model_back(source, tmp_path, monkeypatch):
    out = tmp_path / "out"
    assert main(["convert", str(source), str(out)]) == 0
    rename = Path.rename

    def fail(path, target):
        if path.name == "new":
            raise PermissionError(13, "Permission denied")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    assert main(["convert", str(source), str(out)]) == 2
    load.load(out / "model.json")


@pytest.mark.parametrize("folder", NETWORKS)
def test_converted_networks_compute_the_same(folder, tmp_path, capsys):
    """Every layer, exactly, on frames that hold every value of the input's type."""
    path = data.folder() / "models" / folder / f"{NETWORKS[folder]}.onnx"
    network = load.load(path)

    assert main(["convert", str(path), str(tmp_path / "out")]) == 0

    note = f"{path.name}: {PIXELS}\n" if folder in TFC else ""
    assert capsys.readouterr() == (f"{tmp_path}/out/model.json\n", note)
    items = np.prod(network.input.shape)
    x = np.arange(2 * items).reshape(2, items) % 256 - (0 if folder in TFC else 128)
    expected = run.run_all(network, x)
    values = run.run_all(load.load(tmp_path / "out" / "model.json"), x)
    assert list(values) == list(expected)
    for name, value in values.items():
        assert np.array_equal(value, expected[name]), name


def test_schema(capsys):
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == schema.text()


def test_as_a_command(tmp_path):
    command = [sys.executable, "-m", "generators.network", "convert", "no.json", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    sentence = "no.json: File cannot be read: No such file or directory\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", sentence)


def test_wrong_usage(capsys):
    with pytest.raises(SystemExit) as refused:
        main(["convert"])
    assert refused.value.code == 2
    assert "the following arguments are required: IN, OUT_DIR" in capsys.readouterr().err
