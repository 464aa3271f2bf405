"""Estimates of sums of streams: their adders bit by bit, tables of gains that differ, the beat."""

from generators.cost import constants
from generators.cost.adders import ONE, ZERO, Bit, Luts, Operand, both, inverse, table, total, wire
from generators.cost.count import bits, either, walk
from generators.synth.resources import Cost
from hdl.number import Number
from hdl.stream.add import OPERANDS_PER_REGISTER, Add, Term

__all__ = ["add"]

MERGED = 2
"""Bits of the beat up to which gates are no tables, but part of the LUTs behind them."""

Range = tuple[int, int]


@constants.cached
def add(config: Add.Config) -> Cost:
    """Of each lane its sums and their registers; tables of the gains that differ, and the beat."""
    control = 2 + (len(config.x) > 1) if config.latency == 1 else 2 + config.latency / 2
    found = Cost(lut=control, ff=config.latency)
    gates = {gate: _gate(gate, config.beats) for gate in config.gates}
    for terms in filter(None, config.terms):
        found += _lane(terms, config.x, config.o.width, config.latency,
                       tuple(gates.get(term.gate, ONE) for term in terms))  # fmt: skip
    if gates:
        found += walk(config.beats) + Cost(lut=1, ff=-(config.beats > 1))
        tables = [gate for gate in gates if bits(config.beats) > MERGED and not _free(gate)]
        found += Cost(lut=len(tables) * (either(-(-config.beats // 64)) or 1))
    return found


def _gate(gate: tuple[int, ...], beats: int) -> Bit:
    """A gate as a function of the beat, or as the wire that its table is read by."""
    width = bits(beats)
    if width > MERGED:
        return wire("gate" + "".join(map(str, gate)))
    names = tuple(f"beat{k}" for k in range(width))
    return table(names, sum(gate[min(n, beats - 1)] << n for n in range(1 << width)))


def _free(gate: tuple[int, ...]) -> bool:
    """Whether a table is a bit of its address, or the inverse of one."""
    wires = [tuple(n >> k & 1 for n in range(len(gate))) for k in range(bits(len(gate)))]
    return any(gate in (wire, tuple(1 - bit for bit in wire)) for wire in wires)


@constants.cached
def _lane(
    terms: tuple[Term, ...], x: tuple[Number, ...], width: int, latency: int, gates: tuple[Bit, ...]
) -> Cost:
    """The sums of a lane, three operands at a time, a register behind each."""
    luts, ff = Luts(), 0
    operands = [_operand(x[term.number], term, gate) for term, gate in zip(terms, gates)]
    for level in range(latency):
        sums = []
        for k in range(0, len(operands), OPERANDS_PER_REGISTER):
            some = operands[k : k + OPERANDS_PER_REGISTER]
            (operand, among), kept = _register(luts, some, width, f"sum{level}.{k}")
            sums.append((operand, among))
            ff += kept
        operands = sums
    return Cost(lut=len(luts), ff=ff)


def _operand(x: Number, term: Term, gate: Bit) -> tuple[Operand, Range]:
    """2^shift x, or 0 where the gate is; of a bipolar number the lowest bit is one."""
    if x.bipolar:
        found = [ONE, inverse(wire(f"x{term.number}"))]
    else:
        found = [wire(f"x{term.number}.{k:02}") for k in range(x.width)]
    found = [ZERO] * term.shift + [both(bit, gate) for bit in found]
    low, high = x.low << term.shift, x.high << term.shift
    among = (low, high) if gate == ONE else (min(low, 0), max(high, 0))
    return (tuple(found), x.signed or x.bipolar, term.negative), among


def _register(
    luts: Luts, operands: list[tuple[Operand, Range]], width: int, name: str
) -> tuple[tuple[Operand, Range], int]:
    """A sum as an operand of others; and flip-flops, of bits that are no constants and differ."""
    low = sum(-high if operand[2] else low for operand, (low, high) in operands)
    high = sum(-low if operand[2] else high for operand, (low, high) in operands)
    whole = max((-low - 1).bit_length() if low < 0 else 0, max(0, high).bit_length()) + (low < 0)
    made = total(luts, [operand for operand, _ in operands], min(whole, width), name)
    kept = {bit: wire(f"{name}.q{k:02}") for k, bit in enumerate(made) if bit[0]}
    found = tuple(kept.get(bit, bit) for bit in made)
    return ((found, low < 0 and whole <= width, False), (low, high)), len(kept)
