"""The arithmetic of a bit-serial MVTU: counts of all its rows, added plane by plane."""

import numpy as np
from amaranth.hdl import Cat, Module, Value

from hdl.accumulate.serial import SerialAccumulator
from hdl.array.pack import words
from hdl.array.serial_config import SELECT_LATENCY, Config
from hdl.array.weights import Weights
from hdl.shared import Shared
from hdl.stream.delay import delay, skew

__all__ = ["accumulate", "plane_bits", "products"]


def plane_bits(config: Config, weights: np.ndarray) -> np.ndarray:
    """The planes of weights (groups * rows, cols): uint8 (words, rows at once, simd).

    Words go through the sets of groups, in each through the row groups, in each through the
    planes, the highest first, in each through the columns. Padding is 0, or 1 where weights are
    bipolar.
    """
    sets, lanes = config.group_sets, config.group_lanes
    rows, cols = config.row_groups * config.pe, config.col_groups * config.simd
    bipolar, width = config.w.bipolar, config.w.width
    codes = (weights + 1) // 2 if bipolar else weights & ((1 << width) - 1)
    padded = np.full((config.groups, rows, cols), int(bipolar), np.int64)
    padded[:, : config.rows, : config.cols] = codes.reshape(config.groups, config.rows, config.cols)
    shape = (1, sets, lanes, config.row_groups, config.pe, config.col_groups, config.simd)
    planes = padded.reshape(shape) >> np.arange(width)[::-1].reshape(-1, *[1] * 6) & 1
    ordered = planes.transpose(1, 3, 0, 5, 2, 4, 6)
    return ordered.reshape(-1, config.o_lanes, config.simd).astype(np.uint8)


def products(m: Module, en: Value, config: Config, weights: np.ndarray, x: Value,
             address: Value) -> list[Value]:  # fmt: skip
    """Counts of all rows, ``config.dot.latency`` cycles after x, which is SELECT_LATENCY late.

    Parameters
    ----------
    m, en : the module, and the clock enable of all registers
    weights : as of :func:`plane_bits`
    x : a plane of the inputs of all groups at once
    address : the word of the step to which x belongs, SELECT_LATENCY cycles before x
    """
    simd, stages = config.simd, config.dot.stages
    planes = [skew(m, en, x.word_select(part, simd), stages, f"x{part}")
              for part in range(config.group_lanes)]  # fmt: skip
    counts = []
    for lane, row in enumerate(_rows(m, en, config, weights, address)):
        dot = config.dot.build()
        dot = Shared(dot) if config.storage != "const" else dot
        m.submodules[f"dot{lane}"] = dot
        m.d.comb += [dot.en.eq(en), dot.x.eq(planes[lane // config.pe]), dot.w.eq(row)]
        counts.append(dot.o)
    return counts


def _rows(m: Module, en: Value, config: Config, weights: np.ndarray, address: Value) -> list[Value]:
    """The bits of each row's weights, each in its stage of the dot product.

    Of a memory in LUTs each stage is read later than the one before; of block RAM, which would
    become more of them, bits wait behind it.
    """
    stages = config.dot.stages
    address = delay(m, en, address, SELECT_LATENCY - config.weights.latency, "word", reset=True)
    if config.storage != "lut":
        word = _memory(m, en, config, weights, address, "weights")
        rows = [word.word_select(row, config.simd) for row in range(config.o_lanes)]
        if config.storage == "const":
            return rows
        return [skew(m, en, bits, stages, f"w{row}") for row, bits in enumerate(rows)]
    parts: list[list[Value]] = [[] for _ in range(config.o_lanes)]
    low = 0
    for stage, lanes in enumerate(stages):
        if stage:
            address = delay(m, en, address, 1, f"word_{stage}", reset=True)
        if not lanes:
            continue
        some = weights[:, :, low : low + lanes]
        word = _memory(m, en, config, some, address, f"weights{stage}")
        for row, bits in enumerate(parts):
            bits.append(word.word_select(row, lanes))
        low += lanes
    return [Cat(*bits) for bits in parts]


def _memory(m: Module, en: Value, config: Config, bits: np.ndarray, address: Value,
            name: str) -> Value:  # fmt: skip
    """The words of these bits."""
    width = config.o_lanes * bits.shape[2]
    size = Weights.Config(width=width, depth=len(bits), storage=config.storage)
    m.submodules[name] = memory = Weights(size, words(bits))
    m.d.comb += [memory.en.eq(en), memory.address.eq(address)]
    return memory.o


def accumulate(m: Module, en: Value, config: Config, counts: list[Value], *, first: Value,
               double: Value) -> list[Value]:  # fmt: skip
    """The sums of all rows, a cycle after their counts."""
    sums = []
    for lane, count in enumerate(counts):
        acc = Shared(SerialAccumulator(SerialAccumulator.Config(x=config.dot.o, o=config.total)))
        m.submodules[f"acc{lane}"] = acc
        m.d.comb += [acc.en.eq(en), acc.x.eq(count), acc.first.eq(first), acc.double.eq(double)]
        sums.append(acc.o)
    return sums
