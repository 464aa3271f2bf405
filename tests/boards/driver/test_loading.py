import re

import numpy as np
import pytest

from boards import driver
from tests.boards.driver import model
from tests.boards.driver.model import Direct, Model


@pytest.fixture
def accelerator(monkeypatch):
    """A core whose weights are three words from address 64 on."""
    document = model.manifest()
    document["system"] = document["system"] | {"parameters": ["a memory"]}
    hardware = Model(document, lambda x: x[:, :3] * [hardware.words[64 + k] for k in range(3)])
    hardware.words = {64: 1, 65: 2, 66: 3}

    def encode(parameters, weights, thresholds, bias):
        assert parameters == ["a memory"] and thresholds is None and bias is None
        if "fc0" not in weights:
            raise ValueError("Layer must be fc0")
        return [(64, np.array(weights["fc0"], np.uint32))]

    monkeypatch.setattr("boards.driver.loading.encode", encode)
    return driver.Accelerator(document, Direct(hardware))


def test_loads(accelerator):
    frames = np.arange(24).reshape(2, 12)
    vectors = frames, frames[:, :3] * [1, 2, 3]
    accelerator.load(weights={"fc0": [1, 2, 3]}, vectors=vectors)
    assert accelerator.vectors is vectors
    accelerator.load(weights={"fc0": [5, 6, 7]})
    assert accelerator.vectors is None  # they were those of other weights
    np.testing.assert_array_equal(accelerator.run(frames), frames[:, :3] * [5, 6, 7])


def test_other_results(accelerator):
    frames = np.arange(24).reshape(2, 12)
    message = ("Loaded parameters must give the known results of 2 frames, not in 2 of them "
               "another; check that they are those of the vectors")  # fmt: skip
    with pytest.raises(driver.DriverError, match=f"^{message}$"):
        accelerator.load(weights={"fc0": [1, 2, 4]}, vectors=(frames, frames[:, :3] * [1, 2, 3]))


def test_refuses(accelerator):
    with pytest.raises(driver.InputError, match=r"^Layer must be fc0$"):
        accelerator.load(weights={"fc1": [1]})
    accelerator.running = True
    message = "Parameters must be loaded while no run is on"
    with pytest.raises(driver.InputError, match=f"^{message}$"):
        accelerator.load(weights={"fc0": [1, 2, 3]})


def test_nothing_to_load():
    document = model.manifest()
    accelerator = driver.Accelerator(document, Direct(Model(document)))
    message = "Build 'small' has no layer of storage \"ram\"; fold one so, build again"
    with pytest.raises(driver.InputError, match=f"^{re.escape(message)}$"):
        accelerator.load(weights={})
