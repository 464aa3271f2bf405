"""Estimates of dot products of bits and integers, without solving a schedule of their trees.

Trees of pairs are those of the data where a schedule of the heap is known; popcounts of other
sizes lie between two that are, and of other heaps the pairs and bits are counted.
"""

from functools import cache
from itertools import accumulate
from typing import NamedTuple

from generators.cost import tree
from generators.cost.constants import cached, of
from generators.cost.delay import FF, SETUP, WIRE, carry, chain, levels
from generators.synth.resources import Cost
from hdl.compress.plan import MOST_PAIRS, known, levels_of
from hdl.compress.solve import LEVELS_PER_STAGE
from hdl.dot.booth import Booth
from hdl.dot.integer import SOLVED, Integer
from hdl.dot.multiplier import Multiplier
from hdl.dot.packed import Packed
from hdl.dot.popcount import Popcount, RowsPopcount

__all__ = ["PRODUCTS", "Product", "product", "products", "products_delay"]

PRODUCTS = (Booth.Config, Integer.Config, Packed.Config, Popcount.Config, RowsPopcount.Config)
"""What :func:`products` estimates."""

WIDE, MANY, MOST = 10, 1200, 150
"""Columns, and pairs times columns, from which a search finds but poor trees, as measured; and
pairs from which it finds good ones again, of a stage more."""

WIDEST, WIDEST_LARGE = 13, 11
"""Columns from which it finds none but poor ones; and of heaps that are never solved."""

SEARCHED, LOW = 4, 8
"""Stages of a tree of pairs that is searched for, at least; one less of so high columns."""

COUNTER = 3
"""Bits of a carry chain that a counter of seven bits passes, after two LUTs."""

MULTIPLIED = 9
"""Bits of a product that yosys makes of a DSP slice at least."""


class Product(NamedTuple):
    """What a dot product takes, and when.

    lut, ff, dsp : of its own; not the registers in which its operands wait for it.
    latency : enabled cycles to its result.
    stages : how many lanes it reads in cycle 0, 1, ….
    """

    lut: float
    ff: float
    latency: int
    stages: tuple[int, ...]
    dsp: int = 0


def products(config) -> Cost:
    """A dot product of bits or integers, alone."""
    found = product(config)
    return Cost(lut=found.lut, ff=found.ff, dsp=found.dsp)


@cached
def product(config) -> Product:
    """A dot product of bits or integers."""
    return _KINDS[type(config)](config)


def _popcount(config: Popcount.Config) -> Product:
    """A tree of the data; else one between those of two other sizes."""
    if config.heap in known():
        found = config.plan
        return Product(found.luts, found.ff, found.latency, found.pair_stages[0])
    sizes = _sizes(config)
    above = min((n for n in sizes if n > config.lanes), default=None)
    below = max((n for n in sizes if n < config.lanes), default=above)
    if below is None:
        return _unknown(config)
    some = [_popcount(_of_lanes(config, n)) for n in (below, above or below)]
    share = (config.lanes - below) / (above - below) if above and above > below else 0.0
    lut, ff = (config.lanes * ((1 - share) * few / below + share * many / (above or below))
               for few, many in zip(some[0][:2], some[1][:2]))  # fmt: skip
    near = some[share >= 0.5]
    return near._replace(lut=round(lut), ff=round(ff), stages=_scaled(near.stages, config.lanes))


def _unknown(config) -> Product:
    """Of a fabric of which hardly any tree is known."""
    one = of("products")
    stages = levels_of(config.heap) // LEVELS_PER_STAGE
    return Product(one.plain * config.lanes, one.plain_ff * config.lanes, stages + 1,
                   _scaled((1,) * max(1, stages - 1), config.lanes))  # fmt: skip


def _of_lanes(config, lanes: int):
    return type(config)(**{**vars_of(config), "lanes": lanes})


def vars_of(config) -> dict:
    """The fields of a popcount."""
    return {name: getattr(config, name) for name in config.__dataclass_fields__}


@cache
def _known_sizes(kind: type, rest: tuple) -> tuple[int, ...]:
    lanes = sorted({heap.pairs[0] for heap in known() if len(heap.pairs) == 1})
    configs = [kind(lanes=n, **dict(rest)) for n in lanes]
    return tuple(one.lanes for one in configs if one.heap in known())


def _sizes(config) -> tuple[int, ...]:
    """Lanes of which trees are known."""
    rest = {name: value for name, value in vars_of(config).items() if name != "lanes"}
    if "words" in rest:  # of one or two, and of more
        rest["words"] = min(rest["words"], 3)
    return _known_sizes(type(config), tuple(rest.items()))


def _scaled(stages: tuple[int, ...], lanes: int) -> tuple[int, ...]:
    """So many lanes in the same shares."""
    ends = [round(lanes * end / sum(stages)) for end in accumulate(stages)]
    return tuple(b - a for a, b in zip((0, *ends), ends))


def _integer(config: Integer.Config) -> Product:
    """Pairs are taken by full adders, two and a bit at a time; bits and the last adder add.

    What is solved takes fewer LUTs than what is searched, and fewer registers. In wide heaps a
    search reads all pairs at once, so that no operand waits.
    """
    if config.multiplier:
        return _multiplied(config)
    heap, one = config.heap, of("products")
    pairs, bits, stages = sum(heap.pairs), sum(map(sum, heap.bits)), levels_of(heap) // 2
    lanes = config.lanes * (config.x.width + config.w.width)
    if heap.columns * levels_of(heap) <= SOLVED and pairs <= MOST_PAIRS:
        rates = one.pair, one.bit, one.column
        rates_ff, late = (one.pair_ff, one.bit_ff, one.column_ff), one.wait * (stages - 1) ** 0.5
    else:
        stages = max(stages, SEARCHED if max(heap.pairs) > LOW else SEARCHED - 1)
        between = pairs < MOST and pairs * heap.columns > MANY
        widest = WIDEST if pairs <= MOST_PAIRS else WIDEST_LARGE
        if heap.columns >= widest or (heap.columns >= WIDE and between):
            rates = one.wide_pair, one.wide_bit, one.wide_column
            rates_ff, late = (one.wide_pair_ff, one.wide_bit_ff, one.wide_column_ff), 0
        else:
            rates = one.searched_pair, one.searched_bit, one.searched_column
            rates_ff = one.searched_pair_ff, one.searched_bit_ff, one.searched_column_ff
            late = one.searched_wait
    lut = sum(rate * size for rate, size in zip(rates, (pairs, bits, heap.columns)))
    sizes = pairs, bits, heap.columns * (stages + 1)
    ff = sum(rate * size for rate, size in zip(rates_ff, sizes)) + late * lanes
    return Product(lut, ff, stages + 1, (config.lanes,))


def _multiplied(config: Integer.Config) -> Product:
    """A DSP slice a lane, if the product is wide enough; its registers are inside."""
    found = tree.tree(config.heap)
    lanes = config.lanes * (config.product.width >= MULTIPLIED)
    return Product(found.lut, found.ff, found.stages + 3, (config.lanes,), dsp=lanes)


def _booth(config: Booth.Config) -> Product:
    """Rows are a LUT a position; each chain's sum is kept each cycle, and each lane's carries."""
    found = tree.tree(config.heap, config.constant >> config.covered << config.covered)
    chains = min(config.chains, config.lanes)
    sums = config.digits * len(config.stages) * chains * config.row
    carries = sum(config.lanes for digit in range(config.digits)
                  if 2 * digit + config.row < config.o.width)  # fmt: skip
    return Product(config.rows + found.lut, sums + carries + found.ff,
                   max(found.stages, len(config.stages)) + 1, config.stages)  # fmt: skip


def _packed(config: Packed.Config) -> Product:
    """A tree a row behind the DSP slices; and what tells the bits that rows carry into others."""
    found, packing = tree.tree(config.heap, config.constant), config.packing
    waits = sum(len(lanes) + Multiplier.latency - 1 for lanes in config.lanes_of)
    ff = config.rows * found.ff + (config.rows - 1) * packing.canary * waits
    ff += config.chains * config.x.width * packing.shifted
    return Product(config.rows * found.lut + config.canaries, ff,
                   len(config.stages) + Multiplier.latency + found.stages, config.stages,
                   dsp=config.lanes)  # fmt: skip


@cached
def products_delay(config) -> int:
    """Two LUTs and a counter's carry chain between registers; or the last adder, or a row.

    None stands for the counters of majorities, which have no configuration here.
    """
    if config is None:
        return FF + levels() + carry(COUNTER) + SETUP
    if isinstance(config, Packed.Config):
        if not any(bits > 1 for bits in config.heap.bits[0]):
            return FF + WIRE + SETUP
        return FF + levels() + carry(max(COUNTER, config.o.width - 1)) + SETUP
    if isinstance(config, Booth.Config) and config.digits == 1:  # hardly any tree
        return FF + chain(config.row + 1) + SETUP
    added = chain(config.o.width)
    if config.fabric == "portable":  # equations, and plain adders
        return FF + max(levels(2), added) + SETUP
    return FF + max(levels() + carry(COUNTER), added) + SETUP


_KINDS = {
    Booth.Config: _booth,
    Integer.Config: _integer,
    Packed.Config: _packed,
    Popcount.Config: _popcount,
    RowsPopcount.Config: _popcount,
}
