"""Layers whose weights, and thresholds or bias, are replaced at run time: storage "ram"."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from generators.cost import load
from generators.emit import parameters as described
from generators.finn import lower_linear, lower_mvtu
from generators.finn.linear import linear_layers
from generators.finn.part import Part
from generators.finn.pipeline import tensors_of
from generators.network import graph
from generators.network.error import ModelError
from generators.network.infer_weights import bias_range
from generators.synth.resources import Cost
from hdl.array.loadable import MOST_BITS, windows
from hdl.array.mvtu_config import Config as MVTUConfig
from hdl.bus.load import Chain

__all__ = ["chain", "cost", "loadable", "marked", "parameters", "suited"]

DATAPATHS = ("mvtu", "popcount", "integer", "mvtu_dsp")
"""Those whose circuits do not follow from the weights; of bipolar numbers the last's do."""


def marked(network: graph.Network, folds: Mapping[str, graph.Fold]) -> graph.Network:
    """The network that says itself which layers are replaced: folds of a file stand in it then.

    So everything that follows from a network, as accumulators do, holds for any weights.
    """
    layers = []
    for layer in network.layers:
        fold, given = folds.get(layer.name), getattr(layer, "fold", None)
        if fold is not None and "ram" in (fold.storage, given.storage if given else None):
            layer = replace(layer, fold=fold)
        layers.append(layer)
    same = all(new is old for new, old in zip(layers, network.layers))
    return network if same else replace(network, layers=tuple(layers))


def suited(names: list[str], config: MVTUConfig, storage: str | None, where: str) -> list[str]:
    """Of datapaths those that multiply by what is stored so: any weights, if that is "ram".

    Raises
    ------
    ModelError
        If there is none, or sums of any weights are too wide for a word of the load bus.
    """
    if storage != "ram":
        return names
    found = [name for name in names if name in DATAPATHS]
    if config.counts:
        found = [name for name in found if name != "mvtu_dsp"]
    if not found:
        accepted = "mvtu or popcount" if config.counts else "mvtu, integer or mvtu_dsp"
        raise ModelError(where, f"Storage ram takes datapath {accepted}, not {names[0]}")
    if config.acc.width > MOST_BITS:
        what = f"sums of at most {MOST_BITS} bits, not {config.acc.width}"
        raise ModelError(where, f"Storage ram takes {what}")
    return found


def loadable(parts: Sequence[Part]) -> list[Part]:
    """The parts that have a load bus, in the order in which it goes through them."""
    return [part for part in parts if getattr(part.config, "storage", None) == "ram"]


def chain(parts: Sequence[Part]) -> Chain.Config | None:
    """What brings words to these parts; nothing if there are none."""
    found = loadable(parts)
    if not found:
        return None
    end = max(windows(part.config).end for part in found)
    return Chain.Config(links=len(found), address_bits=max(1, (end - 1).bit_length()))


def cost(parts: Sequence[Part]) -> Cost:
    """The estimate of what brings words to these parts."""
    return load.bus(chain(parts))


def parameters(planned) -> list[dict]:
    """The memories of a plan's parts, for the manifest's ``system``."""
    network, memories = planned.network, []
    layers = {layer.name: layer for layer in linear_layers(network)}
    for part in loadable(planned.parts):
        layer = layers[part.layer]
        folded = lower_mvtu.fold(network, layer.name, planned.choices[layer.name])
        source = tensors_of(network)[layer.inputs[0]].type
        memories += described.parameters(
            layer.name, part.config, layer.weights.data, layer.weights.type,
            columns=lower_linear.columns(layer, folded), bias=bias_range(layer, source),
        )  # fmt: skip
    return memories
