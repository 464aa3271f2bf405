"""Estimates of sums of streams: adders, of which the bits that two operands share are LUTs."""

from generators.cost import constants
from generators.cost.count import bits, either, walk
from generators.synth.resources import Cost
from hdl.number import Number
from hdl.stream.add import OPERANDS_PER_REGISTER, Add, Term

__all__ = ["add"]

Bits = tuple[int, int, bool]
"""An operand: its lowest bit that is no constant, the place above its highest, whether signed."""


@constants.cached
def add(config: Add.Config) -> Cost:
    """Of each lane its sums and their registers; tables of the gains that differ, and the beat."""
    total = Cost(lut=3 if config.latency == 1 else 2 + config.latency / 2, ff=config.latency)
    for terms in config.terms:
        total += _lane(terms, config.x, config.o.width, config.latency)
    gates = [gate for gate in config.gates if not _free(gate)]
    if config.gates:
        total += walk(config.beats) + Cost(lut=1, ff=-(config.beats > 1))
        total += Cost(lut=len(gates) * either(-(-config.beats // 64)) or len(gates))
    return total


def _free(gate: tuple[int, ...]) -> bool:
    """Whether a table is a bit of its address, or the inverse of one."""
    wires = [tuple(n >> k & 1 for n in range(len(gate))) for k in range(bits(len(gate)))]
    return any(gate in (wire, tuple(1 - bit for bit in wire)) for wire in wires)


@constants.cached
def _lane(terms: tuple[Term, ...], x: tuple[Number, ...], width: int, latency: int) -> Cost:
    """The sums of a lane, three operands at a time, a register behind each."""
    operands = [(_operand(x[term.number], term.shift), term.negative, term.gate is not None)
                for term in terms]  # fmt: skip
    total = Cost()
    for _ in range(latency):
        sums = []
        for k in range(0, len(operands), OPERANDS_PER_REGISTER):
            made, lut = _sum(operands[k:k + OPERANDS_PER_REGISTER], width)
            total += Cost(lut=lut, ff=max(0, min(made[1], width) - made[0]))
            sums.append((made, False, False))
        operands = sums
    return total


def _operand(x: Number, shift: int) -> Bits:
    """2^shift x; of a bipolar number the lowest bit is one."""
    if x.bipolar:
        return shift + 1, shift + 2, True
    return shift, shift + x.width, x.signed


def _sum(operands: list[tuple[Bits, bool, bool]], width: int) -> tuple[Bits, float]:
    """The bits of a sum, and LUTs: where both have a bit; and gates where an operand is alone."""
    (total, negative, gated), *others = operands
    least, top, signed = total
    c = constants.of("add")
    lut = (top - least) * gated * (not others) + (top - least) * negative * c.negated
    for (low, high, sign), minus, gate in others:
        above = max(top + (sign and not signed), high + (signed and not sign)) + 1
        above = min(above, width)
        shared = sum((p < top or signed) and (p < high or sign)
                     for p in range(max(least, low), above))  # fmt: skip
        lut += shared
        if minus:
            lut += c.borrowed * (above - max(least, low) - shared)
        if gate:
            lut += c.gated * max(0, (high - low) - shared)
        least, top, signed = min(least, low), above, signed or sign or minus
    return (least, top, signed), lut
