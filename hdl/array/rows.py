"""The arithmetic of an MVTU: the sums of all its rows, from weights and operands."""

import numpy as np
from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib.memory import Memory

from hdl.accumulate.dsp import DSPAccumulator
from hdl.accumulate.plain import Accumulator
from hdl.array.bias import spread
from hdl.array.loads import Loads
from hdl.array.mvtu_config import Config
from hdl.array.pack import by_lane, words
from hdl.array.weights import Weights
from hdl.dot.folded import Folded
from hdl.dot.packed import Packed
from hdl.dot.popcount import WIDTH
from hdl.lookup import LUT_ROM, lookup
from hdl.shared import Shared
from hdl.stream.delay import delay

__all__ = ["Rows"]

MERGED_ROWS = 8
"""Tables of so many starts fit into the accumulator's LUTs: three inputs are free."""


class Rows:
    """Emits weights, dot products and accumulators into an MVTU.

    The bits of an operand and of a weight that a dot product reads in its stage s come s cycles
    later than those of stage 0. For operands that is a delay that all rows share; each stage's
    weights are a memory of their own, whose address comes later.

    Parameters
    ----------
    m, en : the module, and the clock enable of all registers
    config : of the MVTU
    bits : weights as of :func:`hdl.array.pack.weight_bits`
    starts : int array (groups * rows,), from which each row's sum starts
    loads : what writes the parameters at run time, or None
    """

    def __init__(self, m: Module, en: Value, config: Config, bits: np.ndarray,
                 starts: np.ndarray, loads: Loads | None = None) -> None:  # fmt: skip
        self._m, self._en, self._config, self._loads = m, en, config, loads
        self._lanes = config.group_lanes * config.pe
        self._start = [by_lane(config, starts, lane, 0) for lane in range(self._lanes)]
        if config.accumulator == "dsp":
            bits = np.concatenate([bits, self._bias()], axis=2)
        self._bits = bits

    def _bias(self) -> np.ndarray:
        """The starts as bits of the words that a sum is made of: (steps, rows, bias bits)."""
        config = self._config
        table = np.stack(self._start, axis=1)
        found = spread(table, config.dot.bias, config.col_groups, WIDTH)
        return found.transpose(0, 2, 1, 3).reshape(config.interval, self._lanes, -1)

    def sums(self, operand: Value, address: Value, step: Value, *, first: Value,
             valid: Value) -> list[Value]:  # fmt: skip
        """The finished sums of all output lanes, ``config.sum_latency`` cycles after a step.

        Parameters
        ----------
        operand, address, step : inputs, word and row group of a step
        first, valid : whether a partial sum is the first, and is one; when it leaves the tree
        """
        config = self._config
        operands = self._operands(operand)
        if config.accumulator == "dsp":
            return self._in_dsp(self._dots(operands, address), first, valid)
        if config.folded:
            counts = self._folded(operands, address)
        elif isinstance(config.dot, Packed.Config):
            counts = self._packed(operands, address)
        else:
            counts = [dot.o for dot in self._dots(operands, address)]
        if not config.accumulates:
            return counts
        starts = self._starts(step)
        return [self._in_luts(lane, count, starts[lane % len(starts)], first, valid)
                for lane, count in enumerate(counts)]  # fmt: skip

    def _dots(self, operands: list[Value], address: Value) -> list:
        """A dot product a lane; those of a frame's row share its operands, a row's its weights."""
        m, config = self._m, self._config
        rows, width = self._weights(address), config.simd * config.w.width
        dots = []
        for lane in range(config.o_lanes):
            dot = config.dot.build()
            dot = Shared(dot) if config.storage != "const" else dot
            m.submodules[f"dot{lane}"] = dot
            frame, row = divmod(lane, self._lanes)
            operand = operands[frame * config.group_lanes + row // config.pe]
            weights = rows[row]
            m.d.comb += [dot.en.eq(self._en), dot.x.eq(operand), dot.w.eq(weights[:width])]
            if config.accumulator == "dsp":
                m.d.comb += dot.bias.eq(weights[width:])
            dots.append(dot)
        return dots

    def _packed(self, operands: list[Value], address: Value) -> list[Value]:
        """The sums of all lanes by circuits of several rows; a last one's surplus weighs 0."""
        m, config = self._m, self._config
        size, weights = config.dot.rows, self._weights(address)
        sums = []
        for part, operand in enumerate(operands):
            group = part % config.group_lanes
            mine = weights[group * config.pe : (group + 1) * config.pe]
            for low in range(0, config.pe, size):
                dot = config.dot.build()
                dot = Shared(dot) if config.storage != "const" else dot
                m.submodules[f"dot{len(sums)}"] = dot
                some = Cat(*mine[low : low + size])
                m.d.comb += [dot.en.eq(self._en), dot.x.eq(operand), dot.w.eq(some)]
                sums += [dot.o[row] for row in range(min(size, config.pe - low))]
        return sums

    def _folded(self, operands: list[Value], address: Value) -> list[Value]:
        """The counts of all rows of a frame by one circuit, which holds the weights."""
        m, config = self._m, self._config
        dot = Folded.Config.of(2 * self._bits.astype(np.int8) - 1, config.fabric)
        step = delay(m, self._en, address, config.weights.latency, "step")
        counts = []
        for frame, operand in enumerate(operands):
            unit = dot.build()
            m.submodules[f"dots{frame}"] = unit
            m.d.comb += [unit.en.eq(self._en), unit.x.eq(operand), unit.step.eq(step)]
            counts += [unit.o.word_select(row, dot.o.width) for row in range(config.pe)]
        return counts

    def _operands(self, operand: Value) -> list[Value]:
        """The operands of each part, each stage's delayed."""
        config, m, en = self._config, self._m, self._en
        size, parts = config.simd * config.x.width, []
        order = [place for places in config.x_slices for place in places]
        for part in range(config.frames * config.group_lanes):
            mine, staged = operand.word_select(part, size), []
            for stage, places in enumerate(config.x_slices):
                # Resettable, or synthesis would make shift registers of LUTs.
                staged.append(delay(m, en, _bits(mine, places), config.weights.latency + stage,
                                    f"x{part}_{stage}", reset=True))  # fmt: skip
            if order == list(range(size)):
                parts.append(Cat(*staged))
                continue
            bits = dict(zip(order, (bit for some in staged for bit in some)))
            parts.append(Cat(*(bits[place] for place in range(size))))
        return parts

    def _weights(self, address: Value) -> list[Value]:
        """What each row reads of the memories, in the order of its bits, each in its stage."""
        config, m, en = self._config, self._m, self._en
        found: list[dict[int, Value]] = [{} for _ in range(self._lanes)]
        parts = config.slices if config.sliced else (tuple(range(config.row_bits)),)
        for stage, places in enumerate(parts):
            if stage:
                address = delay(m, en, address, 1, f"address{stage}", reset=True)
            if not places:
                continue
            stored = words(self._bits[:, :, list(places)])
            if self._loads is None:
                memory = Weights(config.memory(places), stored)
            else:
                memory = self._loads.memory(m, places, stored)
            m.submodules[f"weights{stage}"] = memory
            m.d.comb += [memory.en.eq(en), memory.address.eq(address)]
            for lane, bits in enumerate(found):
                word = memory.o.word_select(lane, len(places))
                bits.update(zip(places, word))
        if not config.sliced:
            self._delay(found)
        return [Cat(*(bits[place] for place in sorted(bits))) for bits in found]

    def _delay(self, found: list[dict[int, Value]]) -> None:
        """Let the bits of later stages of one memory wait for these."""
        for stage, places in enumerate(self._config.slices):
            if not stage or not places:
                continue
            waiting = Cat(*(bits[place] for bits in found for place in places))
            later = iter(delay(self._m, self._en, waiting, stage, f"w{stage}"))
            for bits in found:
                bits.update((place, next(later)) for place in places)

    def _in_dsp(self, dots, first: Value, valid: Value) -> list[Value]:
        """Four lanes a DSP48E1."""
        m, config = self._m, self._config
        lanes = DSPAccumulator.Config().lanes
        sums = []
        for low in range(0, len(dots), lanes):
            unit = DSPAccumulator(DSPAccumulator.Config())
            m.submodules[f"dsp{low}"] = unit
            m.d.comb += [unit.en.eq(self._en), unit.first.eq(first), unit.valid.eq(valid)]
            for lane, dot in enumerate(dots[low : low + lanes]):
                m.d.comb += [unit.a[lane].eq(dot.a), unit.b[lane].eq(dot.b)]
                total = Signal(config.total.shape, name=f"sum{low + lane}")
                m.d.comb += total.eq(unit.o[lane])
                sums.append(total)
        return sums

    def _in_luts(self, lane: int, count: Value, start: Value, first: Value, valid: Value) -> Value:
        config = self._config
        acc = Accumulator(Accumulator.Config(x=config.dot.o, o=config.total))
        self._m.submodules[f"acc{lane}"] = acc
        self._m.d.comb += [acc.en.eq(self._en & valid), acc.x.eq(count), acc.first.eq(first),
                           acc.init.eq(start)]  # fmt: skip
        return acc.o

    def _starts(self, step: Value) -> list[Value]:
        """What each row's accumulator starts from, when its first partial sum leaves the tree."""
        m, en, config = self._m, self._en, self._config
        at_dot = config.weights.latency + config.dot.latency
        tables = [start.tolist() for start in self._start]
        if self._loads is not None and self._loads.starts:
            group = delay(m, en, step, at_dot - 1, "start_group")
            return self._loads.starting(m, en, tables, group)
        if len(tables[0]) <= MERGED_ROWS:
            group = delay(m, en, step, at_dot, "start_group")
            return [lookup(m, table, group, f"start{k}") for k, table in enumerate(tables)]
        group = delay(m, en, step, at_dot - 1, "start_group")
        return [self._read(table, group, f"start{k}") for k, table in enumerate(tables)]

    def _read(self, table: list[int], group: Value, name: str) -> Value:
        """table[group], a cycle later."""
        if min(table) == max(table):
            return Const(table[0], self._config.total.shape)
        memory = Memory(shape=self._config.total.shape, depth=len(table), init=table, attrs=LUT_ROM)
        self._m.submodules[name] = memory
        port = memory.read_port()
        self._m.d.comb += [port.en.eq(self._en), port.addr.eq(group)]
        return port.data


def _bits(value: Value, places: tuple[int, ...]) -> Value:
    """The bits of a value at some places."""
    low, high = (min(places), max(places) + 1) if places else (0, 0)
    if places == tuple(range(low, high)):
        return value[low:high]
    return Cat(*(value[place] for place in places))
