"""Bit-serial matrix-vector-threshold unit: an MVTU that multiplies a pair of bit planes a cycle."""

from itertools import pairwise

import numpy as np
from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl.array.pack import by_lane
from hdl.array.serial_config import SELECT_LATENCY, Config
from hdl.array.serial_rows import accumulate, plane_bits, products
from hdl.counter import after, walk
from hdl.lookup import lookup
from hdl.quant.threshold import Threshold
from hdl.stream.delay import delay
from hdl.stream.skid import skid

__all__ = ["SerialMVTU"]


class SerialMVTU(wiring.Component):
    r"""Dense layer: :math:`y_r = act(\sum_c w_{r,c} x_c + b_r)`, integers by their bit planes.

    With x of a and w of b bits, a product is :math:`\sum_{i<a} \sum_{j<b} 2^{i+j}
    popcount(and(x_i, w_j))`: each cycle multiplies a plane of ``simd`` inputs with a plane of the
    weights of ``pe`` rows, and Horner's rule adds them, the highest i + j first. Popcounts are of
    AND, or of XNOR where weights are bipolar; nothing is ever subtracted:
    the sign plane of x is inverted (x + 2^(a-1)), and against the sign plane of w all planes of x
    are. What that adds are constants of a row (:meth:`Config.offsets`), part of its thresholds, or
    added last where there are none.

    Order of data, padding, groups, ``repeated`` and stalls are those of
    :class:`hdl.array.mvtu.MVTU`, in whose place it can stand.

    A frame takes ``config.interval`` cycles, a b times those of an MVTU, and follows the one
    before without a gap; its inputs are taken in the first of its passes over the columns, for the
    first row group or, if ``repeated``, for each. The first output leaves ``config.latency``
    cycles after the last input.

    Parameters
    ----------
    config : :class:`Config`
    weights : int array (groups * rows, cols)
    thresholds : int array (groups * rows, levels) or None
        Of the popcount where both operands are bipolar, else of the sum. None emits the sums.
    bias : int array (groups * rows,) or None
        Added to the sums; only where there are no thresholds.

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(config.x.shape, config.i_lanes)))``
    o : ``Out(stream.Signature(ArrayLayout(config.o.shape, config.o_lanes)))``

    Raises
    ------
    ValueError
        If an array has another shape, a weight is no ``config.w``, or ``config.acc`` is too narrow.
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
        _check(config, weights, thresholds, bias)
        self.config = config
        self._bits = plane_bits(config, weights)
        offsets = config.offsets(weights)
        if config.counts and config.levels:
            self._thresholds = thresholds
        elif config.levels:
            self._thresholds = -((offsets[:, None] - thresholds) // config.gain)
        else:
            ends = offsets + (np.zeros(rows, np.int64) if bias is None else bias)
            half = 1 << config.o.width - 1
            self._ends = (ends + half) % (2 * half) - half
        super().__init__({
            "i": In(stream.Signature(data.ArrayLayout(config.x.shape, config.i_lanes))),
            "o": Out(stream.Signature(data.ArrayLayout(config.o.shape, config.o_lanes))),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        en = Signal()
        step, group, address, select, flags = self._sequence(m, en)
        plane = self._plane(m, en, select)
        first, double, last = flags

        at_dot = SELECT_LATENCY + config.dot.latency
        valid, late_first, late_double, late_last = delay(
            m, en, Cat(step, first, double, step & last), at_dot, "flags", reset=True)  # fmt: skip
        done = delay(m, en, late_last, config.step_latency - at_dot, "done", reset=True)
        counts = products(m, en, config, self._bits, plane, address)
        sums = accumulate(m, en & valid, config, counts, first=late_first, double=late_double)
        late_group = delay(m, en, group, config.sum_latency - 1, "group")
        payload = Signal(self.o.payload.shape())
        for lane, total in enumerate(sums):
            found = self._activate(m, en, lane, total, late_group)
            m.d.comb += payload[lane].eq(found)
        m.d.comb += en.eq(skid(m, self.o, done, payload.as_value()))
        return m

    def _sequence(self, m: Module, en: Value):
        """Steps of a frame: group by group, row group by row group, pair by pair, all columns."""
        config, pairs = self.config, self.config.pairs
        step = Signal()
        col, first_col, last_col = walk(m, step, config.col_groups, "col")
        turn = step & last_col
        pair, first_pair, last_pair = walk(m, turn, len(pairs), "pair")
        over = turn & last_pair
        groups = config.group_sets * config.row_groups
        group, _, last_group = walk(m, over, groups, "group")
        _, take, _ = walk(m, turn, config.passes, "pass")
        m.d.comb += [step.eq(en & (~take | self.i.valid)), self.i.ready.eq(en & take)]

        levels = [sum(planes) for planes in pairs]
        doubles = [int(k > 0 and levels[k] != levels[k - 1]) for k in range(len(pairs))]
        flags = (
            first_pair & first_col,
            lookup(m, doubles, pair, "doubles")[0] & first_col,
            last_pair & last_col,
        )
        address = self._address(m, step, turn, pair, last_col, last_group)
        return step, group, address, (col, pair, take), flags

    def _address(self, m, step, turn, pair, last_col, last_group) -> Value:
        """The word of a step: the next one, or that of the next pair's plane.

        How far that is is a register, looked up with the pair before.
        """
        config, pairs = self.config, self.config.pairs
        depth, cols, planes = config.weights.depth, config.col_groups, config.w.width
        address = Signal(range(depth))
        if depth == 1:
            return address
        if len(pairs) == 1:
            following = after(address, last_col & last_group)
        else:
            starts = [cols * (planes - 1 - j) for _, j in pairs] + [cols * planes]
            jumps = [(b - a - cols + 1) % (1 << len(address)) for a, b in pairwise(starts)]
            back = (1 - depth) % (1 << len(address))  # from the last word of all
            jump = Signal(len(address), init=jumps[0])
            ends = lookup(m, [int(k == len(pairs) - 2) for k in range(len(pairs))], pair, "ends")
            next_jump = lookup(m, jumps[1:] + jumps[:1], pair, "jumps")
            with m.If(turn):
                m.d.sync += jump.eq(Mux(ends[0] & last_group, back, next_jump))
            following = address + Mux(last_col, jump, 1)
        with m.If(step):
            m.d.sync += address.eq(following)
        return address

    def _plane(self, m: Module, en: Value, select) -> Value:
        """The plane of x of a step, SELECT_LATENCY cycles later, inverted where it is to be.

        Registers stand before the memory of inputs and behind the choice.
        """
        config = self.config
        col, pair, take = select
        b = config.w.width
        inverts = [int(config.w.signed and j == b - 1) for _, j in config.pairs]
        late_take = delay(m, en, take, 1, "take", reset=True)
        inverted = delay(m, en, lookup(m, inverts, pair, "inverts")[0], 1, "inverted")
        number = delay(m, en, lookup(m, [i for i, _ in config.pairs], pair, "planes"), 1, "plane")
        inputs = Signal(len(self.i.payload.as_value()), name="inputs", reset_less=True)
        with m.If(en & take):
            m.d.sync += inputs.eq(self.i.payload.as_value())
        found = _choose(self._planes(inputs), number)
        if config.keeps:
            kept = self._kept(m, delay(m, en, col, 1, "late_col"), inputs, late_take)
            found = Mux(late_take, self._planes(inputs)[-1], _choose(self._planes(kept), number))
        plane = Signal(config.i_lanes, name="x", reset_less=True)
        with m.If(en):
            m.d.sync += plane.eq(found ^ inverted.replicate(config.i_lanes))
        return plane

    def _planes(self, inputs: Value) -> list[Value]:
        """The planes of inputs, without their offset."""
        config, a = self.config, self.config.x.width
        lanes = [inputs.word_select(lane, a) for lane in range(config.i_lanes)]
        planes = [Cat(lane[i] for lane in lanes) for i in range(a)]
        return [*planes[:-1], ~planes[-1] if config.x.signed else planes[-1]]

    def _kept(self, m: Module, col: Value, inputs: Value, take: Value) -> Value:
        """The inputs of a column group, from the pass in which they are taken."""
        attrs = {"ram_style": "distributed"}
        shape = {"shape": len(inputs), "depth": self.config.col_groups, "init": []}
        m.submodules.kept = kept = Memory(**shape, attrs=attrs)
        write, read = kept.write_port(), kept.read_port(domain="comb")
        m.d.comb += [
            write.addr.eq(col),
            write.data.eq(inputs),
            write.en.eq(take),  # of what is offered the last is what is taken
            read.addr.eq(col),
        ]
        return read.data

    def _activate(self, m: Module, en: Value, lane: int, total: Value, group: Value) -> Value:
        """An output; the group is known a cycle before the sum."""
        config = self.config
        if config.levels:
            table = by_lane(config, self._thresholds, lane, config.total.high)
            table = np.clip(table, 0, config.total.high + 1)
            unit = Threshold(config.threshold, table)
            m.submodules[f"threshold{lane}"] = unit
            index = delay(m, en, group, 1, f"index{lane}")
            m.d.comb += [unit.en.eq(en), unit.x.eq(total), unit.index.eq(index)]
            return unit.o
        ends = by_lane(config, self._ends, lane, 0).tolist()
        found = lookup(m, ends, group, f"ends{lane}")
        end = Signal(found.shape(), name=f"end{lane}", reset_less=True)
        o = Signal(config.o.shape, name=f"o{lane}", reset_less=True)
        with m.If(en):
            m.d.sync += [end.eq(found), o.eq((total << config.gain - 1) + end)]
        return o


def _choose(planes: list[Value], number: Value) -> Value:
    """The plane of that number, by a multiplexer of two for each of its bits."""
    for bit in number:
        pairs = zip(planes[::2], planes[1::2])
        planes = [Mux(bit, b, a) for a, b in pairs] + planes[len(planes) & ~1 :]
    return planes[0]


def _check(config: Config, weights, thresholds, bias) -> None:
    """Refuse arrays of other shapes, or that do not fit."""
    rows, levels = config.groups * config.rows, config.levels
    if weights.shape != (rows, config.cols):
        asked = (rows, config.cols)
        raise ValueError(f"SerialMVTU weights must have shape {asked}, not {weights.shape}")
    w = config.w
    wrong = weights[(weights < w.low) | (weights > w.high) | (w.bipolar & (weights == 0))]
    if wrong.size:
        what = "-1 or 1" if w.bipolar else f"from {w.low} to {w.high}"
        raise ValueError(f"SerialMVTU weights must be {what}, not {wrong[0]}")
    if (thresholds is None) != (levels == 0):
        raise ValueError(f"SerialMVTU thresholds must be given for {levels} levels only")
    if thresholds is not None and thresholds.shape != (rows, levels):
        what = f"must have shape {(rows, levels)}, not {thresholds.shape}"
        raise ValueError(f"SerialMVTU thresholds {what}")
    if bias is not None and (bias.shape != (rows,) or levels):
        raise ValueError(f"SerialMVTU bias must have shape ({rows},) and no thresholds beside")
    most = config.most(weights)
    if config.acc is not None and levels and config.acc.high < most:
        raise ValueError(f"SerialMVTU acc must hold 0..{most}, not 0..{config.acc.high}")
