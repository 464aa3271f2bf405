"""CNV folded as on the board: RTL against the sums of its vectors, at the board's interval."""

import json

import numpy as np
import pytest

from generators.finn.__main__ import main as finn
from tests import data
from tests.networks import predicted
from tests.networks.test_cosim import folds, simulate

pytestmark = pytest.mark.slow

BOARD = {
    "conv0": (16, 3), "conv1": (32, 32), "conv2": (16, 32), "conv3": (16, 32), "conv4": (4, 32),
    "conv5": (1, 32), "fc6": (1, 4), "fc7": (1, 8), "fc8": (4, 1),
}  # fmt: skip


@pytest.fixture(scope="module")
def cnv(tmp_path_factory):
    """The build's folder and the vectors."""
    folder, files = tmp_path_factory.mktemp("cnv"), data.folder() / "models"
    files /= "bnnpynq_cnvw1a1_cifar10"
    wish = folds(folder, BOARD)
    assert finn([str(files / "intnet.npz"), *wish, "-o", str(folder / "build")]) == 0
    return folder / "build", dict(np.load(files / "vectors.npz"))


def test_back_to_back(cnv, tmp_path):
    build, vectors = cnv
    result, y = simulate(build, vectors["x"][:12], 0.0, tmp_path)
    assert (result["frames"], result["mismatches"]) == (12, 0)
    np.testing.assert_array_equal(y.reshape(12, -1), vectors["acc"][:12])
    report = json.loads((build / "report.json").read_text())
    predicted.check(report, result)
    assert report["cycles_per_frame"] == 32768


def test_stalled(cnv, tmp_path):
    build, vectors = cnv
    result, y = simulate(build, vectors["x"][12:16], 0.2, tmp_path)
    assert (result["frames"], result["mismatches"]) == (4, 0)
    np.testing.assert_array_equal(y.reshape(4, -1), vectors["acc"][12:16])
