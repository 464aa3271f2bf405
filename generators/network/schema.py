"""The JSON Schema of model.json, made from the records that read it."""

import json

import msgspec
import numpy as np

from generators.network import graph
from generators.network.read import RATIONAL

_ARRAY = {
    "title": "Array",
    "description": "Numbers in nested lists, all rows of one length, or an array of an npz file "
    'beside the description. A real number may be an exact rational, "1/255".',
    "anyOf": [
        {"$ref": "#/$defs/Numbers"},
        {
            "type": "object",
            "properties": {"data": {"$ref": "#/$defs/Numbers"}},
            "required": ["data"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"npz": {"type": "string"}, "key": {"type": "string"}},
            "required": ["npz", "key"],
            "additionalProperties": False,
        },
    ],
}
_NUMBERS = {
    "title": "Numbers",
    "anyOf": [
        {"type": "number"},
        {"type": "string", "pattern": RATIONAL},
        {"type": "array", "items": {"$ref": "#/$defs/Numbers"}},
    ],
}


def schema() -> dict:
    """The schema, in the draft of 2020-12."""
    document = msgspec.json.schema(graph.Network, schema_hook=_array)
    definitions = document["$defs"]
    for definition in definitions.values():
        if "description" in definition:  # docstrings are folded at the width of the code
            definition["description"] = " ".join(definition["description"].split())
    definitions["Weights"]["oneOf"] = [{"required": ["data"]}, {"required": ["npz", "key"]}]
    definitions |= {"Array": _ARRAY, "Numbers": _NUMBERS}
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Bitloom model.json",
    }
    return head | document


def text() -> str:
    """The schema as it stands in model.schema.json."""
    return json.dumps(schema(), indent=1) + "\n"


def _array(kind: type) -> dict:
    if kind is not np.ndarray:
        raise NotImplementedError(kind)
    return {"$ref": "#/$defs/Array"}
