"""The accumulators of several neurons in one DSP48E1, for no LUT."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Instance, Module, Mux, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hdl.dsp48e1 import PORTS, dsp48e1

__all__ = ["BITS", "SIMD", "DSPAccumulator", "cut_adder"]

BITS = 48
"""Of the adder of a DSP48E1."""

SIMD = {1: "ONE48", 2: "TWO24", 4: "FOUR12"}
"""How the adder is cut, by the number of lanes."""

_REGISTERS = ("A", "B", "C", "P", "OPMODE", "ALUMODE")


class DSPAccumulator(wiring.Component):
    r"""Running sums of rows: :math:`o'_k = a_k + b_k + (first\ ?\ 0 : o_k)`, modulo 2^width.

    That is while ``valid``; else :math:`o'_k = o_k`, also with ``first``. Each lane k adds the two
    rows in which a compressor tree ends, so the tree needs no last adder. One result a cycle,
    ``config.latency`` enabled cycles after its rows: a register at the inputs, and the sum itself.
    Nothing is reset; before the first ``first`` the sums are undefined.

    A lane starts from 0. To start it from -threshold, its rows of the first word (``first``) get
    these bits where the tree leaves positions free, or as bits of the tree's heap: then, as long
    as |sum - threshold| < 2^(width - 1), o_k >= 0 says that the sum reaches the threshold: the
    activation is the inverted sign bit, and no comparator is needed.

    With a platform it is a DSP48E1 without its multiplier (UG479, "SIMD mode"): A:B are the rows a,
    C the rows b. Amaranth's simulator (no platform) gets the same registers as equations.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    valid : ``In(1)``
        Whether the rows are added, else sums stay; without a driver they always are.
    first : ``In(1)``
        Whether the rows start new sums.
    a, b : ``In(data.ArrayLayout(config.width, config.lanes))``
        Two rows of each lane.
    o : ``Out(data.ArrayLayout(signed(config.width), config.lanes))``
        The sums, registers.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Lanes: four of 12 bits, two of 24, or one of 48."""

        lanes: int = 4

        latency = 2

        def __post_init__(self) -> None:
            check_lanes("DSPAccumulator", self.lanes)

        @property
        def width(self) -> int:
            """Bits of a lane."""
            return BITS // self.lanes

    def __init__(self, config: Config) -> None:
        self.config = config
        rows = data.ArrayLayout(config.width, config.lanes)
        super().__init__({
            "en": In(1),
            "valid": In(1, init=1),
            "first": In(1),
            "a": In(rows),
            "b": In(rows),
            "o": Out(data.ArrayLayout(signed(config.width), config.lanes)),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        if platform is not None:
            added, kept = self.valid.replicate(4), ~(self.first & self.valid)
            opmode = Cat(added, Const(0, 1), kept, Const(0, 1))
            m.submodules.dsp = cut_adder(
                self.config.lanes,
                en=self.en,
                opmode=opmode,
                ab=self.a.as_value(),
                c=self.b.as_value(),
                p=self.o.as_value(),
            )
            return m
        rows = data.ArrayLayout(self.config.width, self.config.lanes)
        a, b = Signal(rows, reset_less=True), Signal(rows, reset_less=True)
        first, valid = Signal(reset_less=True), Signal(reset_less=True)
        with m.If(self.en):
            m.d.sync += [a.eq(self.a), b.eq(self.b)]
            m.d.sync += [first.eq(self.first), valid.eq(self.valid)]
        for lane in range(self.config.lanes):
            total = Signal(self.config.width, name=f"total{lane}", reset_less=True)
            with m.If(self.en & valid):
                m.d.sync += total.eq(a[lane] + b[lane] + Mux(first, 0, total))
            m.d.comb += self.o[lane].eq(total)
        return m


def check_lanes(owner: str, lanes: int) -> None:
    """Refuse what a DSP48E1 cannot be cut into."""
    if lanes not in SIMD:
        raise ValueError(f"{owner} lanes must be 1, 2 or 4, not {lanes!r}")


def cut_adder(
    lanes: int, *, en: Value, opmode: Value, c: Value, p: Value, ab: Value | None = None,
    alumode: Value | None = None, pcin: Value | None = None, pcout: Value | None = None,
) -> Instance:  # fmt: skip
    """A DSP48E1 as a cut adder: P <- Z + X + Y by OPMODE, inverted as ``alumode``'s bits say.

    Its bit 0 inverts Z, its bit 1 the sum: 3 is Z - X - Y, 2 is -(Z + X + Y) - 1. Registers: A:B,
    C, OPMODE and ALUMODE, then P; all enabled by ``en``, none reset. An operand that is not given
    is 0. ``pcin`` must come from another's ``pcout``.
    """
    inputs = {"C": c, "OPMODE": opmode}
    if ab is not None:
        inputs |= {"A": ab[PORTS["B"] :], "B": ab[: PORTS["B"]]}
    if alumode is not None:
        inputs["ALUMODE"] = Cat(alumode, Const(0, PORTS["ALUMODE"] - 2))
    if pcin is not None:
        inputs["PCIN"] = pcin
    return dsp48e1(
        en=en,
        registers=_REGISTERS,
        parameters={"USE_MULT": "NONE", "USE_DPORT": "FALSE", "USE_SIMD": SIMD[lanes]},
        inputs=inputs,
        outputs={"P": p} if pcout is None else {"P": p, "PCOUT": pcout},
    )
