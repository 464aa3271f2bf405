"""What the manifest says of the memories that a host fills at run time."""

import numpy as np

from hdl.array.loadable import windows
from hdl.array.mvtu_config import Config

__all__ = ["parameters"]


def parameters(
    layer: str,
    config: Config,
    weights: np.ndarray,
    kind: str,
    columns: dict | None = None,
    bias: tuple[int, int] | None = None,
) -> list[dict]:
    """The memories of an MVTU whose storage is "ram", as ``boards.driver.parameters`` reads them.

    Part p of word w of a memory is the 32-bit word at the address base + p * stride + w of the load
    bus. A layer's weights may be several memories, of some bits of each lane's.

    Parameters
    ----------
    layer : its name
    config : of the MVTU
    weights : the layer's, for their shape
    kind : the weights' type
    columns : how the weights become rows of the MVTU's columns: ``reshape``, then ``transpose``; a
        last reshape to (groups * rows, cols) goes without saying
    bias : lowest and highest bias that may be loaded, where there is one
    """
    found = windows(config)
    size = {"groups": config.groups, "group_lanes": config.group_lanes, "rows": config.rows,
            "pe": config.pe}  # fmt: skip
    low, high = config.w.low, config.w.high
    memories = [
        {
            "layer": layer,
            "kind": "weights",
            **_window(window),
            "bits": config.memory(places).width,
            "shape": list(weights.shape),
            "type": kind,
            "low": -1 if kind == "ternary" else low,
            "high": high,
            **size,
            "cols": config.cols,
            "simd": config.simd,
            "weight_bits": config.w.width,
            "lane_bits": _ranges(places),
            "columns": columns,
        }
        for places, window in found.weights
    ]
    if found.activation is not None:
        rest = _thresholds(config) if config.levels else _bias(config, bias)
        memories.append({"layer": layer, **rest, **_window(found.activation), **size,
                         "level_bits": found.level_bits})  # fmt: skip
    return memories


def _window(window) -> dict:
    return {"base": window.base, "words": window.words, "parts": window.parts,
            "stride": window.stride}  # fmt: skip


def _thresholds(config: Config) -> dict:
    """Thresholds, or the negated one that sums start from."""
    return {
        "kind": "thresholds",
        "bits": config.total.width if config.signs else config.threshold.word.width,
        "shape": [config.groups * config.rows, config.levels],
        "type": "popcount" if config.counts else "sum",
        "low": config.acc.low,
        "high": config.acc.high,
        "negate": config.signs,
        "offset": 0,
    }


def _bias(config: Config, limits: tuple[int, int]) -> dict:
    """What sums start from; of popcounts doubled, without the columns."""
    return {
        "kind": "bias",
        "bits": config.total.width + config.counts,
        "shape": [config.groups * config.rows],
        "type": "sum",
        "low": limits[0],
        "high": limits[1],
        "negate": False,
        "offset": -config.cols if config.counts else 0,
    }


def _ranges(places: tuple[int, ...]) -> list[list[int]]:
    """Places as [first, count] of those that follow each other."""
    found: list[list[int]] = []
    for place in places:
        if found and place == sum(found[-1]):
            found[-1][1] += 1
        else:
            found.append([place, 1])
    return found
