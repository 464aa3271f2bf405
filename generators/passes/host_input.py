"""The network's first thresholds, left to the host that sends the frames."""

import numpy as np
from msgspec.structs import replace

from generators.network import graph
from generators.network.error import ModelError
from generators.passes import rewrite
from sim.golden import quant
from sim.golden.formats import integer


def host_input(network: graph.Network) -> tuple[graph.Network, dict]:
    """A compiled network without its first thresholds, and what the host does in their place.

    That is a record of the manifest: of frames of ``type`` the host sends base + step * how many of
    its channel's ``thresholds`` (channels or 1, levels) a value reaches.

    The frames then hold the thresholds' type: pixels that a network compares with one threshold
    travel as bits. The golden result of what is left, on frames that the host has compared, is the
    one of the whole network on the frames as they were.

    Raises
    ------
    ModelError
        If another layer than thresholds reads the input, or nothing is left behind them.
    """
    readers = rewrite.readers(network, "input")
    first = readers[0]
    if len(readers) > 1 or not isinstance(first, graph.Threshold):
        what = "Network must begin with thresholds, which the host then applies"
        raise ModelError("--pack-input", f"{what}, not with {first.name!r} ({_op(first)})")
    if rewrite.output_name(network) == first.name:
        raise ModelError("--pack-input", f"Network must go on behind its thresholds {first.name!r}")
    form = integer.parse(first.type)
    host = {
        "type": network.input.type,
        "thresholds": _rows(first.thresholds).tolist(),
        "base": form.low if first.base is None else first.base,
        "step": form.step,
    }
    packed = replace(network, input=replace(network.input, type=first.type))
    return rewrite.splice(packed, rewrite.layer(packed, first.name), []), host


def hosted(host: dict, x: np.ndarray) -> np.ndarray:
    """What the host of such a record sends for frames x, channels innermost."""
    return host["base"] + host["step"] * quant.threshold(x, np.array(host["thresholds"]))


def _op(layer: graph.AnyLayer) -> str:
    return layer.__struct_config__.tag


def _rows(thresholds: np.ndarray) -> np.ndarray:
    """One row where those of all channels are alike."""
    return thresholds[:1] if (thresholds == thresholds[0]).all() else thresholds
