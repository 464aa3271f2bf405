"""The committed schema is that of the records, and says what the reader says."""

import json
from pathlib import Path

import jschon
import pytest

from generators.network import schema
from tests.generators.network.bad_models import BN, DENSE, QUANT, model

CONV = {"name": "c", "op": "conv", "inputs": ["input"],
        "weights": {"type": "int2", "data": [[[[1, 0, 1]]]]}}  # fmt: skip
POOL = {"name": "p", "op": "maxpool", "inputs": ["input"], "kernel": [2, 2]}
ADD = {"name": "a", "op": "add", "inputs": ["input", "c"], "gains": [[1, 2], [3, 4]]}

# jschon asks rfc3986 for something that is to be removed.
pytestmark = pytest.mark.filterwarnings("ignore:Please use rfc3986:DeprecationWarning")
FILE = Path(schema.__file__).with_name("model.schema.json")


@pytest.fixture(scope="module")
def valid():
    """Whether the schema accepts a document."""
    jschon.create_catalog("2020-12")
    rules = jschon.JSONSchema(schema.schema())
    return lambda document: rules.evaluate(jschon.JSON(json.loads(json.dumps(document)))).valid


def test_committed_file():
    assert FILE.read_text() == schema.text(), "python -m generators.network schema >" + str(FILE)


@pytest.mark.parametrize("document", [
    model(),
    model(DENSE | {"weights": {"type": "int2", "npz": "weights.npz", "key": "fc0"}}),
    model(DENSE | {"weights": {"type": {"format": "log", "bits": 4}, "data": [[1, 2]]}}),
    model(DENSE | {"weights": {"type": {"format": "codebook", "values": [3]}, "data": [[0]]}}),
    model(BN | {"variance": [1, 2, 3.5]}),
    model(BN | {"variance": {"npz": "weights.npz", "key": "v"}}),
    model(QUANT | {"rounding": "FLOOR"}, output={"gain": "1/255", "bias": {"data": [0, 1]}}),
    model(CONV, ADD, CONV | {"padding": [1, 0, 0, 1], "pad_value": -1, "groups": 2}),
    model(POOL, POOL | {"stride": [1, 1]}, POOL | {"stride": None}),
])  # fmt: skip
def test_accepts(valid, document):
    assert valid(document)


@pytest.mark.parametrize("document", [
    model(DENSE | {"weight": 1}),
    model(author="x"),
    model(DENSE | {"weights": {"type": "int2"}}),
    model(DENSE | {"weights": DENSE["weights"] | {"npz": "weights.npz", "key": "fc0"}}),
    model(DENSE | {"weights": {"type": "int2", "data": [["a"]]}}),
    model(DENSE | {"op": "lstm"}),
    model(DENSE | {"weights": {"type": {"format": "log"}, "data": [[1, 2]]}}),
    model(DENSE | {"weights": {"type": {"format": "codebook", "bits": 2}, "data": [[0]]}}),
    model(DENSE | {"weights": {"type": {"format": "fpec"}, "data": [[0]]}}),
    model(BN | {"variance": "1/0"}),
    model(QUANT | {"rounding": "NEAREST"}),
    model(CONV | {"padding": [1, 1]}),
    model(CONV | {"groups": 0}),
    model(POOL | {"kernel": [2]}),
    model(POOL | {"dilation": [1, 1]}),
    model(bitloom=2),
    model(layers=[]),
    [],
])  # fmt: skip
def test_refuses(valid, document):
    assert not valid(document)
