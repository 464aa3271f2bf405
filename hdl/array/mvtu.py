"""Matrix-vector-threshold unit: a dense layer folded onto PE x SIMD lanes."""

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl.accumulate.plain import Accumulator
from hdl.array.mvtu_config import Config
from hdl.array.pack import by_lane, weight_words
from hdl.array.weights import Weights
from hdl.lookup import lookup
from hdl.quant.threshold import Threshold
from hdl.stream.delay import delay

__all__ = ["MVTU"]


class MVTU(wiring.Component):
    r"""Dense layer: :math:`y_r = act(\sum_c w_{r,c} x_c + b_r)`, FINN's MVTU.

    Each cycle multiplies ``simd`` inputs with the weights of ``pe`` rows. A frame is cols inputs,
    in ceil(cols / simd) transfers, input 0 first and in lane 0; it is kept for the further row
    groups, so that each transfer is taken once, unless ``repeated``: then it arrives again for
    each. It leaves as rows outputs in ceil(rows / pe) transfers. Input lanes beyond cols in a
    frame's last transfer must be zero; output lanes beyond rows are unspecified.

    With ``groups``, a frame is a part for each matrix, one after the other; ``group_lanes`` of them
    share transfers, simd input and pe output lanes each, the first group's lowest.

    A frame takes ``config.interval`` cycles and follows the one before without a gap. The first
    output leaves ``config.latency`` cycles after the last input. A stalled output stops the whole
    pipeline, so ``i.ready`` follows ``o.ready`` combinationally.

    Parameters
    ----------
    config : :class:`Config`
    weights : int array (groups * rows, cols), the rows of group 0 first
    thresholds : int array (groups * rows, levels) or None
        In the accumulator's domain: of the popcount where both operands are bipolar, else of the
        sum. None emits the sums themselves.
    bias : int array (groups * rows,) or None
        Added to the sums; only where there are no thresholds.

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(config.x.shape, config.i_lanes)))``
    o : ``Out(stream.Signature(ArrayLayout(config.o.shape, config.o_lanes)))``

    Raises
    ------
    ValueError
        If an array has another shape.
    """

    Config = Config

    i: stream.Interface
    o: stream.Interface

    def __init__(
        self,
        config: Config,
        weights: np.ndarray,
        thresholds: np.ndarray | None = None,
        bias: np.ndarray | None = None,
    ) -> None:
        rows = config.groups * config.rows
        shape = (rows, config.cols)
        if weights.shape != shape:
            raise ValueError(f"MVTU weights must have shape {shape}, not {weights.shape}")
        if (thresholds is None) != (config.levels == 0):
            raise ValueError(f"MVTU thresholds must be given for {config.levels} levels only")
        if thresholds is not None and thresholds.shape != (rows, config.levels):
            asked = (rows, config.levels)
            raise ValueError(f"MVTU thresholds must have shape {asked}, not {thresholds.shape}")
        if bias is not None and (bias.shape != (rows,) or config.levels):
            raise ValueError(f"MVTU bias must have shape ({rows},) and no thresholds beside")
        self.config = config
        self._words = weight_words(config, weights)
        self._thresholds = thresholds
        self._bias = np.zeros(rows, np.int64) if bias is None else bias
        super().__init__({
            "i": In(stream.Signature(data.ArrayLayout(config.x.shape, config.i_lanes))),
            "o": Out(stream.Signature(data.ArrayLayout(config.o.shape, config.o_lanes))),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        en = Signal()
        m.d.comb += en.eq(self.o.ready | ~self.o.valid)
        go, first, last, step, address = self._sequence(m, en)
        operand = self._operand(m, en, address["col"], address["take"])

        m.submodules.weights = weights = Weights(config.weights, self._words)
        m.d.comb += [weights.en.eq(en), weights.address.eq(address["word"])]

        # What travels beside the data, and where it is needed.
        at_dot = config.weights.latency + config.dot.latency
        flags = delay(m, en, Cat(go & last, first, go), at_dot, "flags", reset=True)
        group = delay(m, en, step, at_dot, "group")
        done = delay(m, en, flags[0], config.latency - at_dot, "done", reset=True)
        group_last = delay(m, en, group, config.accumulates, "group_last")
        for lane in range(config.o_lanes):
            sums = self._lane_sum(m, en, lane, operand, weights.o, flags[1:], group)
            m.d.comb += self.o.payload[lane].eq(self._activate(m, en, lane, sums, group_last))
        m.d.comb += self.o.valid.eq(done)
        return m

    def _sequence(self, m: Module, en: Value):
        """Steps of a frame: set by set, row group by row group, each over all column groups."""
        config = self.config
        col = Signal(range(config.col_groups))
        group = Signal(range(config.group_sets * config.row_groups))
        word = Signal(range(config.weights.depth))
        take, go, first, last = Signal(), Signal(), Signal(), Signal()
        m.d.comb += [
            go.eq(~take | self.i.valid),
            self.i.ready.eq(en & take),
            first.eq(col == 0),
            last.eq(col == config.col_groups - 1),
        ]
        with m.If(en & go):
            m.d.sync += col.eq(Mux(last, 0, col + 1))
            m.d.sync += word.eq(Mux(word == config.weights.depth - 1, 0, word + 1))
            with m.If(last):
                top = config.group_sets * config.row_groups - 1
                m.d.sync += group.eq(Mux(group == top, 0, group + 1))
        m.d.comb += take.eq(self._first_rows(m, en & go & last, group))
        return go, first, last, group, {"col": col, "take": take, "word": word}

    def _first_rows(self, m: Module, step: Value, group: Value) -> Value:
        """Whether this is the first row group of a matrix, or inputs come for each."""
        config = self.config
        if not config.keeps:
            return Const(1)
        if config.group_sets == 1:
            return group == 0
        row = Signal(range(config.row_groups))
        with m.If(step):
            m.d.sync += row.eq(Mux(row == config.row_groups - 1, 0, row + 1))
        return row == 0

    def _operand(self, m: Module, en: Value, col: Value, take: Value) -> Value:
        """The inputs of this step, kept from the first row group for the others."""
        config = self.config
        width = config.i_lanes * config.x.width
        payload = self.i.payload.as_value()
        if config.keeps:
            m.submodules.kept = kept = Memory(
                shape=width, depth=config.col_groups, init=[], attrs={"ram_style": "distributed"}
            )
            write, read = kept.write_port(), kept.read_port(domain="comb")
            m.d.comb += [
                write.addr.eq(col),
                write.data.eq(payload),
                write.en.eq(en & take & self.i.valid),
                read.addr.eq(col),
            ]
            payload = Mux(take, payload, read.data)
        return delay(m, en, payload, config.weights.latency, "x")

    def _lane_sum(self, m: Module, en, lane: int, x: Value, words: Value, flags, group) -> Value:
        config = self.config
        first, valid = flags
        dot = config.dot.build()
        m.submodules[f"dot{lane}"] = dot
        width = config.simd * config.w.width
        mine = x.word_select(lane // config.pe, config.simd * config.x.width)
        m.d.comb += [dot.en.eq(en), dot.x.eq(mine), dot.w.eq(words.word_select(lane, width))]
        if not config.accumulates:
            return dot.o
        acc = Accumulator(Accumulator.Config(x=config.dot.o, o=config.acc))
        m.submodules[f"acc{lane}"] = acc
        m.d.comb += [acc.en.eq(en & valid), acc.x.eq(dot.o), acc.first.eq(first)]
        if not config.levels:
            starts, _ = self._starts(lane)
            m.d.comb += acc.init.eq(lookup(m, starts, group, f"start{lane}"))
        return acc.o

    def _activate(self, m: Module, en: Value, lane: int, sums: Value, group: Value) -> Value:
        config = self.config
        if config.levels:
            table = by_lane(config, self._thresholds, lane, config.acc.high)
            unit = Threshold(config.threshold, table)
            m.submodules[f"threshold{lane}"] = unit
            m.d.comb += [unit.en.eq(en), unit.x.eq(sums), unit.index.eq(group)]
            return unit.o
        if config.counts:  # the accumulator holds (sum - odd) / 2
            _, odd = self._starts(lane)
            doubled = Cat(lookup(m, odd, group, f"odd{lane}"), sums)
            return doubled.as_signed() if config.acc.signed else doubled
        return sums

    def _starts(self, lane: int) -> tuple[list[int], list[int]]:
        """What the accumulator of each row group starts from, and the sums' lowest bits.

        sum = 2 popcount - cols + bias = 2 (popcount + start) + odd.
        """
        bias = by_lane(self.config, self._bias, lane, 0)
        if not self.config.counts:
            return bias.tolist(), [0] * len(bias)
        rest = bias - self.config.cols
        return (rest // 2).tolist(), (rest % 2).tolist()
