"""Matrix-vector unit of floating-point numbers: a dense layer whose sums are rounded in chunks."""

import numpy as np
from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.accumulate.chunked import ChunkedAccumulator, Step
from hdl.array.minifloat_config import FETCH, Config
from hdl.array.pack import by_lane, words
from hdl.array.weights import Weights
from hdl.counter import walk
from hdl.lookup import lookup
from hdl.minifloat import Minifloat, ordered, split
from hdl.shared import Shared
from hdl.stream.delay import delay
from hdl.stream.skid import skid

__all__ = ["MinifloatMVTU"]


class MinifloatMVTU(wiring.Component):
    r"""Dense layer in floating point: :math:`y_r = b_r + \sum_c w_{r,c} x_c`, rounded in chunks.

    Products are exact. They are added in the format ``config.sums``, those of ``config.chunk``
    consecutive columns to a sum of their own, and these to the row's, which starts from the bias:
    each addition is rounded, see :func:`sim.golden.chunked.chunked`. Numbers come and leave as
    their codes (:class:`hdl.minifloat.Minifloat`).

    A frame is cols inputs, one a transfer. Each is multiplied with the weights of all rows, ``pe``
    a cycle, before the next comes, so that it is taken once, and that a row's sum has the cycles
    of the other row groups to be aligned, added, normalised and rounded: an input takes
    ``config.slots`` cycles, as do the additions at the end of a chunk. A frame leaves as rows
    outputs in ceil(rows / pe) transfers, one a cycle; lanes beyond rows are unspecified.

    A frame takes ``config.interval`` cycles and follows the one before without a gap. The first
    output leaves ``config.latency`` cycles after the last input. A stalled output stops the whole
    pipeline, a cycle later: ``i.ready`` follows registers only.

    Parameters
    ----------
    config : :class:`Config`
    weights : int array (rows, cols), codes of ``config.w_type``
    bias : int array (rows,), codes of ``config.sums``; given if ``config.biased``

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(config.x.shape, 1)))``
    o : ``Out(stream.Signature(ArrayLayout(config.o.shape, config.pe)))``

    Raises
    ------
    ValueError
        If an array has another shape, or is not given, or holds what is no code.
    """

    Config = Config

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config, weights: np.ndarray, bias: np.ndarray | None = None) -> None:
        shape = (config.rows, config.cols)
        if weights.shape != shape:
            raise ValueError(f"MinifloatMVTU weights must have shape {shape}, not {weights.shape}")
        if (bias is not None) != config.biased:
            raise ValueError("MinifloatMVTU bias must be given if it is biased, and only then")
        if bias is not None and bias.shape != (config.rows,):
            what = f"must have shape ({config.rows},), not {bias.shape}"
            raise ValueError(f"MinifloatMVTU bias {what}")
        self.config = config
        self._bits = _weight_bits(config, weights)
        self._bias = None if bias is None else _bias_words(config.sums, bias)
        super().__init__({
            "i": In(stream.Signature(data.ArrayLayout(config.x.shape, config.i_lanes))),
            "o": Out(stream.Signature(data.ArrayLayout(config.o.shape, config.o_lanes))),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        en = Signal()
        step, final, word, take = self._sequence(m, en)
        sums = self._sums(m, en, step, self._operand(m, en, take), self._weights(m, en, word))
        payload = Signal(self.o.payload.shape())
        for lane, total in enumerate(sums):
            code = Signal(config.o.shape, name=f"code{lane}", reset_less=True)
            with m.If(en):
                m.d.sync += code.eq(ordered(total.sign, Cat(total.fraction, total.exponent)))
            m.d.comb += payload[lane].eq(code)
        done = delay(m, en, step.valid & final, config.step_latency, "done", reset=True)
        m.d.comb += en.eq(skid(m, self.o, done, payload.as_value()))
        return m

    def _sequence(self, m: Module, en: Value) -> tuple[Step, Value, Value, Value]:
        """Steps of a frame: input by input, and after each chunk its sums, over all row groups.

        Also which step ends a row's sum, the word of the step, and whether an input is taken.
        """
        config = self.config
        step, column = Signal(), Signal()
        slot, first_slot, last_slot = walk(m, step, config.slots, "slot")
        turn = step & last_slot
        *_, last_col = walk(m, column, config.cols, "col")
        size = min(config.chunk, config.cols)
        _, first, last = walk(m, column, size, "part", stop=last_col)
        merge, start, final = Const(0, 1), Const(0, 1), last_col
        if config.merges:
            merge, start, ends = Signal(), Signal(init=1), Signal()
            with m.If(turn):
                m.d.sync += merge.eq(~merge & (last | last_col))
            with m.If(column):
                m.d.sync += ends.eq(last_col)
            with m.If(turn & merge):
                m.d.sync += start.eq(ends)
            final = merge & ends
        live = Const(1, 1) if config.slots == config.row_groups else slot < config.row_groups
        word, *_ = walk(m, step & live & ~merge, config.weights.depth, "word")
        take = first_slot & ~merge
        m.d.comb += [
            step.eq(en & (~take | self.i.valid)),
            column.eq(turn & ~merge),
            self.i.ready.eq(en & take),
        ]
        group = slot[: (config.row_groups - 1).bit_length()]
        told = Step(valid=step & live, group=group, first=first & ~merge, merge=merge, start=start)
        return told, final, word, take

    def _operand(self, m: Module, en: Value, take: Value) -> data.View:
        """The input of a step, field by field, FETCH cycles later; all rows share it."""
        config, number = self.config, self.config.x_type
        code = Signal(config.x.shape, reset_less=True)
        with m.If(en & take):
            m.d.sync += code.eq(self.i.payload[0])
        sign, magnitude = split(code, number)
        x = Signal(config.terms.layout, reset_less=True)
        offset = number.parts.low - config.terms.low
        with m.If(en):
            m.d.sync += [
                x.fraction.eq(magnitude[: number.mantissa]),
                x.exponent.eq(magnitude[number.mantissa :] + offset),
                x.some.eq(magnitude.any()),
                x.sign.eq(sign),
            ]
        return x

    def _weights(self, m: Module, en: Value, word: Value) -> list[Value]:
        """The weight of each row at once, FETCH cycles after its step."""
        config = self.config
        m.submodules.weights = memory = Weights(config.weights, words(self._bits))
        address = delay(m, en, word, FETCH - config.weights.latency, "address", reset=True)
        m.d.comb += [memory.en.eq(en), memory.address.eq(address)]
        return [memory.o.word_select(lane, config.w.width) for lane in range(config.pe)]

    def _sums(self, m: Module, en: Value, step: Step, x: data.View, weights: list[Value]) -> list:
        """The sums of all rows at once."""
        config = self.config
        early = Cat(step.valid, step.first, step.merge, step.start, step.group)
        group = delay(m, en, early, FETCH - 1, "early", reset=True)[4:]
        late = delay(m, en, early, FETCH, "told", reset=True)
        told = Step(valid=late[0], first=late[1], merge=late[2], start=late[3], group=late[4:])
        units = []
        for lane, w in enumerate(weights):
            product = Shared(config.dot.build())
            unit = Shared(ChunkedAccumulator(config.accumulator))
            m.submodules[f"product{lane}"], m.submodules[f"sum{lane}"] = product, unit
            m.d.comb += [product.en.eq(en), product.x.eq(x), product.w.eq(w), unit.x.eq(product.o)]
            if self._bias is not None:
                table = by_lane(config, self._bias, lane, 0).tolist()
                found = lookup(m, table, group, f"bias{lane}")
                late_bias = found if isinstance(found, Const) else delay(
                    m, en, found, 1, f"late_bias{lane}")  # fmt: skip
                m.d.comb += unit.bias.eq(late_bias)
            units.append(unit)
        ChunkedAccumulator.connect(m, en, units, told)
        return [unit.o for unit in units]


def _magnitudes(codes: np.ndarray, number: Minifloat, name: str) -> np.ndarray:
    """Of codes; refuses what is none."""
    high = (1 << number.magnitude) - 1
    low = -high if number.signed else 0
    wrong = codes[(codes < low) | (codes > high)]
    if wrong.size:
        what = f"must be from {low} to {high}, not {wrong[0]}"
        raise ValueError(f"MinifloatMVTU {name} {what}")
    return np.abs(codes.astype(np.int64))


def _weight_bits(config: Config, weights: np.ndarray) -> np.ndarray:
    """The bits of each step's weights: uint8 (steps, pe, width), lane 0 and the lowest bit first.

    Steps go through the columns, in each through the row groups; rows beyond the matrix weigh 0.
    """
    magnitudes = _magnitudes(weights, config.w_type, "weights")
    padded = np.zeros((config.row_groups * config.pe, config.cols), np.int64)
    padded[: config.rows] = magnitudes + ((weights < 0) << config.w_type.magnitude)
    steps = padded.reshape(config.row_groups, config.pe, config.cols).transpose(2, 0, 1)
    bits = steps.reshape(-1, config.pe, 1) >> np.arange(config.w.width) & 1
    return bits.astype(np.uint8)


def _bias_words(number: Minifloat, bias: np.ndarray) -> np.ndarray:
    """The fields of codes: magnitude, whether it is no zero, sign."""
    magnitude, top = _magnitudes(bias, number, "bias"), number.magnitude
    return magnitude + ((bias != 0) << top) + ((bias < 0) << top + 1)
