"""QONNX graphs of convolutions and branches, from the file to RTL that equals the golden model."""

import numpy as np
import pytest

from generators.network import qonnx
from tests.generators.network import onnx_files
from tests.generators.network.test_qonnx_maps import NETS
from tests.networks import pipeline

QUICK = ("separable", "audio")
LONG = ("residual", "unet", "channels_last")


@pytest.mark.parametrize("name", [
    *QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in LONG)])
def test_rtl_equals_golden(name, tmp_path):
    net, output = NETS[name]()
    network = qonnx.read(onnx_files.save(tmp_path, net.model(output)))
    pipeline.check_random(network, np.random.default_rng(len(name)))
