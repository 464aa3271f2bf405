"""TFC_1W1A on an ECP5 board, reached over its simulated serial line by the driver's own UART."""

import json

import numpy as np
import pytest

from generators.finn.__main__ import main as finn
from sim.__main__ import main
from tests import data
from tests.networks import test_system

pytestmark = pytest.mark.slow

LIMIT = 10_000_000  # cycles of a program: a byte on the line takes 167


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The network with packed pixels, of which the FPGA's memory holds 300 frames."""
    folder = tmp_path_factory.mktemp("build") / "uart"
    model = data.folder() / "models" / "tfc_1w1a" / "TFC_1W1A.onnx"
    command = [str(model), "--board", "ulx3s_85f", "--cycles", "98", "--pack-input"]
    assert finn([*command, "-o", str(folder)]) == 0
    images, labels = data.mnist("t10k")
    return test_system.Built(folder, images[:100, :, :, None], labels[:100])


@pytest.mark.parametrize("driver", ["python_driver", "c_driver"])
def test_images(built, driver):
    result = test_system.given(built.run([driver], LIMIT), driver)
    assert result["mismatches"] == 0
    assert np.sum(np.array(result["classes"]) == built.labels) == test_system.RIGHT


@pytest.mark.parametrize("name", ["python_selftest", "other_digest", "reset_in_little_memory"])
def test_program(built, name):
    test_system.given(built.run([name], LIMIT), name)


@pytest.mark.parametrize("driver", ["python", "c"])
def test_command(built, driver, tmp_path, capsys):
    file = tmp_path / "result.json"
    command = [str(built.manifest.folder), "--driver", driver, "--frames", "10"]
    assert main([*command, "--json", str(file)]) == 0
    result = json.loads(file.read_text())
    assert (result["frames"], result["mismatches"], result["bandwidth"]) == (10, 0, None)
    lines = capsys.readouterr().out.splitlines()
    assert not [line for line in lines if line.startswith("bandwidth")]
