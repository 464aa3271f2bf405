"""Weights, thresholds and biases as the words that load them, from what the manifest says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .errors import InputError

__all__ = ["encode"]

WORD = 32
"""Bits of a word of the load bus."""

Run = "tuple[int, np.ndarray]"


def encode(
    parameters: Sequence[Mapping],
    weights: Mapping[str, np.ndarray] | None = None,
    thresholds: Mapping[str, np.ndarray] | None = None,
    bias: Mapping[str, np.ndarray] | None = None,
) -> list[Run]:
    """The words that replace what layers hold: runs of a first address and uint32 words.

    Word k of a run is for the address k behind the first: the host writes LOAD_ADDRESS once and
    then every word to LOAD_DATA. Layers and kinds that are not named keep what they have.

    Parameters
    ----------
    parameters : of the manifest's ``system``, one for each memory
    weights : by layer, in the shape of the build's model.json: (outputs, inputs), or (outputs,
        kernel height, kernel width, inputs / groups)
    thresholds : by layer (outputs, levels), ascending, in the domain of the layer's ``accumulate``
    bias : by layer (outputs,)

    Raises
    ------
    InputError
        If a layer cannot be loaded so, or an array has another shape, or values that its layer's
        circuit has no room for.
    """
    given = {"weights": weights or {}, "thresholds": thresholds or {}, "bias": bias or {}}
    for kind, arrays in given.items():
        there = sorted({one["layer"] for one in parameters if one["kind"] == kind})
        for layer in arrays:
            if layer not in there:
                accepted = f"one of {', '.join(there)}" if there else "none of this build"
                raise InputError(f"Layer to load {kind} into must be {accepted}, not {layer!r}")
    runs = []
    for memory in parameters:
        arrays = given[memory["kind"]]
        if memory["layer"] in arrays:
            values = _integers(memory, arrays[memory["layer"]])
            runs += _runs(memory, _KINDS[memory["kind"]](memory, values))
    return runs


def _integers(memory: Mapping, given) -> np.ndarray:
    """An array of the shape and within the range that a memory is for."""
    values, shape = np.asarray(given), tuple(memory["shape"])
    name = f"{memory['kind'].capitalize()} of layer {memory['layer']!r}"
    if values.dtype != bool and not np.issubdtype(values.dtype, np.integer):
        raise InputError(f"{name} must be integers, not {values.dtype}")
    if values.shape != shape:
        raise InputError(f"{name} must have shape {shape}, not {values.shape}")
    values = values.astype(np.int64)
    if memory["kind"] == "thresholds":
        if np.any(np.diff(values, axis=1) < 0):
            raise InputError(f"{name} must ascend within each channel")
        return np.clip(values, memory["low"], memory["high"] + 1)  # beyond is never, or always
    bad = (values < memory["low"]) | (values > memory["high"])
    if memory["type"] == "bipolar":
        bad |= values == 0
    if bad.any():
        span = f"from {memory['low']} to {memory['high']}"
        accepted = "-1 or +1" if memory["type"] == "bipolar" else span
        raise InputError(f"{name} must be {accepted}, not {values[bad][0]}")
    return values


def _weights(memory: Mapping, values: np.ndarray) -> np.ndarray:
    """The words (words, parts) of a memory of weights.

    A word is for a step: of each lane, the first lowest, some bits of what stands for its simd
    columns, column 0 lowest. Steps go through the sets of groups, in each through the row groups,
    in each through the column groups. Padding is with the bits of 0, or of +1 where weights are
    bipolar.
    """
    columns, bipolar = memory["columns"], memory["type"] == "bipolar"
    if columns is not None:
        values = values.reshape(columns["reshape"]).transpose(columns["transpose"])
    pe, simd, width = memory["pe"], memory["simd"], memory["weight_bits"]
    groups, at_once = memory["groups"], memory["group_lanes"]
    rows, cols = memory["rows"], memory["cols"]
    row_groups, col_groups = -(-rows // pe), -(-cols // simd)
    codes = (values > 0).astype(np.int64) if bipolar else values
    bits = (codes.reshape(groups, rows, cols, 1) >> np.arange(width) & 1).astype(np.uint8)
    size = (groups, row_groups * pe, col_groups * simd, width)
    padded = np.full(size, int(bipolar), np.uint8)
    padded[:, :rows, :cols] = bits
    shape = (groups // at_once, at_once, row_groups, pe, col_groups, simd, width)
    steps = padded.reshape(shape).transpose(0, 2, 4, 1, 3, 5, 6)
    steps = steps.reshape(memory["words"], at_once * pe, simd * width)
    places = [first + k for first, count in memory["lane_bits"] for k in range(count)]
    mine = steps[:, :, places].reshape(memory["words"], -1)
    whole = np.zeros((len(mine), memory["parts"] * WORD), np.uint8)
    whole[:, : mine.shape[1]] = mine
    return np.packbits(whole, axis=1, bitorder="little").view("<u4")


def _values(memory: Mapping, values: np.ndarray) -> np.ndarray:
    """The words (words, parts) of a memory of one value, or one of each level, a row.

    Word s is for the rows of step s; a part is for a lane, or for a level, counted from 1, of a
    lane: lane * 2^level_bits + level. Levels that there are not are never reached.
    """
    values = (-values if memory["negate"] else values) + memory["offset"]
    values = values.reshape(len(values), -1)
    pe, groups, at_once = memory["pe"], memory["groups"], memory["group_lanes"]
    rows, levels = memory["rows"], values.shape[1]
    row_groups = -(-rows // pe)
    padded = np.zeros((groups, row_groups * pe, levels), np.int64)
    padded[:, :rows] = values.reshape(groups, rows, levels)
    steps = padded.reshape(groups // at_once, at_once, row_groups, pe, levels)
    steps = steps.transpose(0, 2, 1, 3, 4).reshape(memory["words"], at_once * pe, levels)
    first = int(memory["level_bits"] > 0)
    whole = np.full((*steps.shape[:2], 1 << memory["level_bits"]), memory["high"] + 1)
    whole[:, :, first : first + levels] = steps
    return whole.reshape(memory["words"], memory["parts"]) & (1 << memory["bits"]) - 1


_KINDS = {"weights": _weights, "thresholds": _values, "bias": _values}


def _runs(memory: Mapping, words: np.ndarray) -> list[Run]:
    """Words (words, parts) as runs: part by part, all as one where these leave no gap."""
    base, stride = memory["base"], memory["stride"]
    if stride == memory["words"]:
        return [(base, words.T.reshape(-1).astype(np.uint32))]
    return [(base + part * stride, words[:, part].astype(np.uint32))
            for part in range(memory["parts"])]
