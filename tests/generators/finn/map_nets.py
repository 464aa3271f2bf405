"""Descriptions of layers on maps."""

from tests.generators.finn import nets

__all__ = ["conv", "layer", "model"]


def conv(name: str, reads: str, shape, weights: str = "int3", kind: str | None = "uint2",
         **fields) -> dict:  # fmt: skip
    """A convolution with random weights (outputs, height, width, channels) and an activation."""
    data = nets.values(weights, shape, seed=len(name)).tolist()
    if kind == "uint2":
        fields["activation"] = {"type": kind, "thresholds": [[-2, 1, 5]] * shape[0]}
    elif kind == "bipolar":
        fields["activation"] = {"type": kind, "thresholds": [[1]] * shape[0]}
    return {"name": name, "op": "conv", "inputs": [reads],
            "weights": {"type": weights, "data": data}, **fields}  # fmt: skip


def layer(name: str, op: str, *reads: str, **fields) -> dict:
    """Any other layer."""
    return {"name": name, "op": op, "inputs": list(reads), **fields}


def model(*layers, shape=(6, 6, 4), kind: str = "uint2") -> dict:
    """A description of these layers."""
    return nets.model(*layers, shape=shape, kind=kind)
