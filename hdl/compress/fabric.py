"""What a LUT and a carry chain are: Xilinx 7-series primitives, or the equations of them."""

from collections.abc import Callable, Sequence
from typing import Literal, get_args

from amaranth.hdl import Cat, Const, Instance, Module, Mux, Signal, Value

__all__ = ["KINDS", "Fabric", "Kind", "init5", "init6"]

Kind = Literal["xilinx", "lut", "portable"]
KINDS = get_args(Kind)

Function = Callable[..., int | Value]
"""Of bits, written with ``^ & |`` and ``1 ^ bit`` only: of ints it tells the INIT, of Values it is
the equation."""


class Fabric:
    """Emits LUTs and carry chains into a module.

    ``kind`` is "xilinx": LUT6_2 and CARRY4 instances; "lut": LUT6_2 instances, and ``carry`` is
    refused, for flows that pack CARRY4 otherwise (nextpnr-xilinx feeds it through further LUTs);
    "portable": equations. Amaranth's own simulator knows no primitives: there (``platform`` None)
    every kind emits the equations, which are the same function in the same cycle.

    Parameters
    ----------
    m : Module that gets the primitives
    platform : that of ``elaborate``
    kind : :data:`Kind`

    Raises
    ------
    ValueError
        If there is no such kind.
    """

    def __init__(self, m: Module, platform, kind: Kind) -> None:
        if kind not in KINDS:
            raise ValueError(f"Fabric must be one of {', '.join(KINDS)}, not {kind!r}")
        self._m, self.kind = m, kind
        self.primitives = kind != "portable" and platform is not None

    def lut2(self, name: str, inputs: Sequence[Value], f6: Function, f5: Function):
        """Two functions of the same at most five inputs, by one LUT6_2; returns (O6, O5)."""
        if len(inputs) > 5:
            raise ValueError(f"LUT6_2 has five inputs for two functions, not {len(inputs)}")
        init = init5(f6, len(inputs)) << 32 | init5(f5, len(inputs))
        return self._lut(name, inputs, init, f6, f5)

    def lut6(self, name: str, inputs: Sequence[Value], f6: Function):
        """A function of six inputs, and the same with the last of them 0; returns (O6, O5)."""
        if len(inputs) != 6:
            raise ValueError(f"LUT6_2 has six inputs for one function, not {len(inputs)}")
        return self._lut(name, inputs, init6(f6), f6, lambda *bits: f6(*bits[:5], 0))

    def _lut(self, name: str, inputs: Sequence[Value], init: int, f6: Function, f5: Function):
        o6, o5 = Signal(name=f"{name}_o6"), Signal(name=f"{name}_o5")
        if not self.primitives:
            self._m.d.comb += [o6.eq(f6(*inputs)), o5.eq(f5(*inputs[: 5]))]
            return o6, o5
        pins = [*inputs, *[Const(0, 1)] * (5 - len(inputs)), Const(1, 1)][:6]
        ports = {f"i_I{k}": pin for k, pin in enumerate(pins)}
        cell = Instance("LUT6_2", p_INIT=Const(init, 64), **ports, o_O6=o6, o_O5=o5)
        self._m.submodules[name] = cell
        return o6, o5

    def carry(self, name: str, cin: Value, positions: Sequence[tuple[Value, Value]]):
        """A carry chain from bit 0 up: O_i = S_i ^ C_i, C_i+1 = S_i ? C_i : DI_i; returns (O, C).

        ``positions`` are (S_i, DI_i), ``cin`` is C_0; the list C starts with C_1.
        """
        if self.kind == "lut":
            raise ValueError("Fabric of LUTs alone has no carry chains")
        size = len(positions)
        o, co = Signal(size, name=f"{name}_o"), Signal(size, name=f"{name}_co")
        if not self.primitives:
            for k, (s, di) in enumerate(positions):
                before = co[k - 1] if k else cin
                self._m.d.comb += [o[k].eq(s ^ before), co[k].eq(Mux(s, before, di))]
            return list(o), list(co)
        for low in range(0, size, 4):
            some = positions[low : low + 4]
            rest = 4 - len(some)
            sums, carries = Signal(4, name=f"{name}_o{low}"), Signal(4, name=f"{name}_co{low}")
            self._m.submodules[f"{name}_{low}"] = Instance(
                "CARRY4",
                i_CYINIT=cin if low == 0 else Const(0, 1),
                i_CI=co[low - 1] if low else Const(0, 1),
                i_S=Cat(*(s for s, _ in some), Const(0, rest)),
                i_DI=Cat(*(di for _, di in some), Const(0, rest)),
                o_O=sums,
                o_CO=carries,
            )
            used = len(some)
            self._m.d.comb += [
                o[low : low + used].eq(sums[:used]),
                co[low : low + used].eq(carries[:used]),
            ]
        return list(o), list(co)


def init5(function: Function, count: int) -> int:
    """32 bits of a LUT's table for a function of its lowest inputs: bit n is the value at n."""
    return _table(lambda *bits: function(*bits[:count]), 5)


def init6(function: Function) -> int:
    """64 bits of a LUT's table for a function of six inputs."""
    return _table(function, 6)


def _table(function: Function, inputs: int) -> int:
    rows = ([n >> k & 1 for k in range(inputs)] for n in range(1 << inputs))
    return sum((function(*bits) & 1) << n for n, bits in enumerate(rows))
