"""Turn what msgspec says of a description into our sentence: subject, rule, offending value."""

import re
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import numpy as np

from generators.network import formats, graph

OPS = {kind.__struct_config__.tag: kind for kind in get_args(graph.AnyLayer)}
FORMATS = {kind.__struct_config__.tag: kind
           for kind in (formats.Codebook, formats.Log, *get_args(formats.Coding))}  # fmt: skip

_KINDS = {
    "str": "a string", "int": "an integer", "float": "a number", "bool": "true or false",
    "object": "an object", "array": "a list", "null": "null",
}  # fmt: skip


def explain(text: str, document, root: type[msgspec.Struct] = graph.Network) -> tuple[str, str]:
    """Place and sentence of a ``msgspec.ValidationError`` about the document of a root record."""
    match = re.fullmatch(r"(.*?)(?: - at `(.*)`)?", text, re.DOTALL)
    what, where = match[1], match[2] or "$"
    path = re.findall(r"\.(\w+)|\[(\d+)\]", where)
    for pattern, rule in _RULES:
        found = re.fullmatch(pattern, what, re.DOTALL)
        if found:
            return where, rule(found, path, document, root)
    return where, what


def brief(value) -> str:
    """The value as JSON, cut where it is long."""
    text = msgspec.json.encode(value, enc_hook=_array).decode()
    return text if len(text) < 40 else f"{text[:37]}..."


def _array(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}"
    raise NotImplementedError(type(value))


def _missing(found, path, document, root) -> str:
    return f"Field {found[1]!r} must be given"


def _unknown(found, path, document, root) -> str:
    kind = _record(path, document, root)
    names = ", ".join(kind.__struct_encode_fields__)
    if kind.__struct_config__.tag is not None:  # is a field, too
        names = f"{kind.__struct_config__.tag_field}, {names}"
    return f"Fields must be among {names}, not {found[1]!r}"


def _choice(found, path, document, root) -> str:
    """A value that is none of a Literal's, or an op that there is not."""
    field = path[-1][0]
    if field == "op":
        choices = sorted(OPS)
    elif field == "format":
        hint = get_type_hints(_record(path[:-2], document, root))[path[-2][0]]
        choices = sorted(name for name, kind in FORMATS.items() if kind in get_args(hint))
    else:
        hint = get_type_hints(_record(path[:-1], document, root))[field]
        literals = [t for t in (hint, *get_args(hint)) if get_origin(t) is Literal]
        choices = [brief(choice) for choice in get_args(literals[0])]
    accepted = choices[0] if len(choices) == 1 else f"one of {', '.join(choices)}"
    return f"{field.capitalize()} must be {accepted}, not {brief(_value(path, document))}"


def _expected(found, path, document, root) -> str:
    kinds = " or ".join(_KINDS.get(kind, kind) for kind in re.findall(r"\w+", found[1]))
    rule = re.sub("matching regex '(.*)'", r"that matches \1", found[2] or "")
    subject = (path[-1][0].capitalize() or "Item") if path else "Description"
    return f"{subject} must be {kinds}{rule}, not {brief(_value(path, document))}"


_RULES = (
    (r"Object missing required field `(\w+)`", _missing),
    (r"Object contains unknown field `(.*)`", _unknown),
    (r"Invalid (?:enum )?value .*", _choice),
    (r"Expected `([^`]*)`(?:, got `[^`]*`|( .*?)(?:, got \d+)?)?", _expected),
)


def _value(path, document):
    for field, index in path:
        document = document[field] if field else document[int(index)]
    return document


def _record(path, document, root) -> type[msgspec.Struct]:
    """The record that stands at a path of the document."""
    kind = root
    for depth, (field, index) in enumerate(path):
        if index:
            kind = OPS[_value(path[: depth + 1], document)["op"]]
        elif field != "layers":
            hint = get_type_hints(kind)[field]
            kinds = [t for t in (hint, *get_args(hint)) if hasattr(t, "__struct_fields__")]
            format = _value(path[: depth + 1], document).get("format")
            kind = FORMATS[format] if len(kinds) > 1 and format in FORMATS else kinds[0]
    return kind
