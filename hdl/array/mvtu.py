"""Matrix-vector-threshold unit: a dense layer folded onto PE x SIMD lanes."""

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl.array.loads import Loads
from hdl.array.mvtu_config import Config
from hdl.array.pack import by_lane, weight_bits
from hdl.array.rows import Rows
from hdl.bus import load
from hdl.counter import walk
from hdl.lookup import lookup
from hdl.quant.threshold import Threshold
from hdl.stream.delay import delay
from hdl.stream.skid import skid

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

    With ``frames``, so many of them come side by side, transfer by transfer, the first one's lanes
    lowest, and leave so; they are multiplied with the same weights, each read once for all.

    A frame takes ``config.interval`` cycles and follows the one before without a gap. The first
    output leaves ``config.latency`` cycles after the last input. A stalled output stops the whole
    pipeline, a cycle later: ``i.ready`` follows registers only.

    Parameters
    ----------
    config : :class:`Config`
    weights : int array (groups * rows, cols), the rows of group 0 first; or the bits of each one's
        code, uint8 (groups * rows, cols, w.width), the lowest first; where the storage is "ram",
        those that it holds at first, and so are thresholds and bias
    thresholds : int array (groups * rows, levels) or None
        In the accumulator's domain: of the popcount where both operands are bipolar, else of the
        sum. None emits the sums themselves.
    bias : int array (groups * rows,) or None
        Added to the sums; only where there are no thresholds.

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(config.x.shape, config.i_lanes)))``
    o : ``Out(stream.Signature(ArrayLayout(config.o.shape, config.o_lanes)))``
    load : ``In(hdl.bus.load.signature())``, where the storage is "ram"
        Writes weights, thresholds or bias, at the addresses of :func:`hdl.array.loadable.windows`,
        while no frame is inside.

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
        coded = (*shape, config.w.width) if weights.ndim == 3 else shape
        if weights.shape != coded:
            raise ValueError(f"MVTU weights must have shape {shape}, not {weights.shape}")
        if (thresholds is None) != (config.levels == 0):
            raise ValueError(f"MVTU thresholds must be given for {config.levels} levels only")
        if thresholds is not None and thresholds.shape != (rows, config.levels):
            asked = (rows, config.levels)
            raise ValueError(f"MVTU thresholds must have shape {asked}, not {thresholds.shape}")
        if bias is not None and (bias.shape != (rows,) or config.levels):
            raise ValueError(f"MVTU bias must have shape ({rows},) and no thresholds beside")
        self.config = config
        self._bits = weight_bits(config, weights)
        self._thresholds = thresholds
        bias = np.zeros(rows, np.int64) if bias is None else bias
        if config.signs:
            self._starts = -np.clip(thresholds[:, 0], config.acc.low, config.acc.high + 1)
        elif config.levels or not config.counts:
            self._starts = bias
        else:  # sum = 2 popcount - cols + bias = 2 (popcount + start) + odd
            self._starts, self._odd = (bias - config.cols) // 2, (bias - config.cols) % 2
        super().__init__({
            "i": In(stream.Signature(data.ArrayLayout(config.x.shape, config.i_lanes))),
            "o": Out(stream.Signature(data.ArrayLayout(config.o.shape, config.o_lanes))),
            **({"load": In(load.signature())} if config.storage == "ram" else {}),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        en = Signal()
        step, first, last, group, address = self._sequence(m, en)
        operand = self._operand(m, address["col"], address["take"])

        # What travels beside the data, and where it is needed.
        at_dot = config.weights.latency + config.dot.latency
        flags = delay(m, en, Cat(step & last, first, step), at_dot, "flags", reset=True)
        done = delay(m, en, flags[0], config.latency - at_dot, "done", reset=True)
        late_group = delay(m, en, group, config.sum_latency, "group")
        self._loads = Loads(config, self.load) if config.storage == "ram" else None
        rows = Rows(m, en, config, self._bits, self._starts, self._loads)
        sums = rows.sums(operand, address["word"], group, first=flags[1], valid=flags[2])
        payload = Signal(self.o.payload.shape())
        odds = self._odds(m, late_group)
        for lane, total in enumerate(sums):
            odd = odds[lane % len(odds)] if odds else None
            m.d.comb += payload[lane].eq(self._activate(m, en, lane, total, late_group, odd))
        m.d.comb += en.eq(skid(m, self.o, done, payload.as_value()))
        return m

    def _sequence(self, m: Module, en: Value):
        """Steps of a frame: set by set, row group by row group, each over all column groups.

        What tells the first and last column group, and whether inputs are taken, are registers, for
        the clock enables of all others follow from these.
        """
        config = self.config
        step = Signal()
        col, first, last = walk(m, step, config.col_groups, "col")
        turn = step & last
        group, *_ = walk(m, turn, config.group_sets * config.row_groups, "group")
        word, *_ = walk(m, step, config.weights.depth, "word")
        take = Const(1)
        if config.keeps:  # only for the first row group of a matrix
            _, take, _ = walk(m, turn, config.row_groups, "row")
        m.d.comb += [
            step.eq(en & (~take | self.i.valid)),
            self.i.ready.eq(en & take),
        ]
        return step, first, last, group, {"col": col, "take": take, "word": word}

    def _operand(self, m: Module, col: Value, take: Value) -> Value:
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
                write.en.eq(take),  # of what is offered the last is what is taken
                read.addr.eq(col),
            ]
            payload = Mux(take, payload, read.data)
        return payload

    def _odds(self, m: Module, group: Value) -> list[Value]:
        """The lowest bits of each row's sums, where accumulators hold (sum - odd) / 2."""
        config = self.config
        if not config.counts or config.levels:
            return []
        lanes = config.group_lanes * config.pe
        tables = [by_lane(config, self._odd, row, 0).tolist() for row in range(lanes)]
        if self._loads is not None and self._loads.odd:
            return self._loads.odds(m, tables, group)
        return [lookup(m, table, group, f"odd{row}") for row, table in enumerate(tables)]

    def _activate(self, m: Module, en: Value, lane: int, sums: Value, group: Value,
                  odd: Value | None) -> Value:  # fmt: skip
        config, row = self.config, lane % (self.config.group_lanes * self.config.pe)
        if config.signs:
            return ~sums[-1] if config.o.bipolar else config.base + ~sums[-1]
        if config.levels:
            table = by_lane(config, self._thresholds, row, config.acc.high)
            unit = Threshold(config.threshold, table)
            m.submodules[f"threshold{lane}"] = unit
            m.d.comb += [unit.en.eq(en), unit.x.eq(sums), unit.index.eq(group)]
            if self._loads is not None:
                self._loads.threshold(m, unit.write, row)
            return unit.o
        if odd is not None:
            doubled = Cat(odd, sums)
            return doubled.as_signed() if config.acc.signed else doubled
        return sums
