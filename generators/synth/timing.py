"""Static time of a netlist of 7-series cells: logic, and the same delay on every wire."""

from dataclasses import dataclass, field

from generators.synth import timing_cells
from generators.synth.timing_module import Module
from generators.synth.timing_way import Kept, Way, later

__all__ = ["WIRE_PS", "Path", "Timing", "analyse"]

WIRE_PS = 500
"""A wire between cells, if nothing else is said: a placed and routed one takes 300 to 700."""


@dataclass(frozen=True)
class Path:
    """A way through logic: its time, how many LUTs and CARRY4s it crosses, and its ends.

    ``cells`` are the kinds of the cells crossed, from the start to the end.
    """

    ps: int
    lut_levels: int = 0
    carry4: int = 0
    start: str = ""
    end: str = ""
    cells: tuple[str, ...] = ()


@dataclass(frozen=True)
class Timing:
    """The times of a circuit, by names of its ports.

    ``reg_to_reg`` is the slowest way inside, from clock to clock; None if there is none.
    ``clk_to[o]`` from the clock to an output, ``setup[i]`` from an input to the clock and
    ``through[i][o]`` between ports are without the wires outside. A port that is nothing but a
    wire to another is through in minus one wire, since the wires on its two sides are one.
    """

    wire_ps: int
    reg_to_reg: Path | None = None
    clk_to: dict[str, Path] = field(default_factory=dict)
    setup: dict[str, Path] = field(default_factory=dict)
    through: dict[str, dict[str, Path]] = field(default_factory=dict)

    @property
    def reg_to_reg_ps(self) -> int:
        """The slowest way from register to register; 0 if there is none."""
        return 0 if self.reg_to_reg is None else self.reg_to_reg.ps


def analyse(netlist: dict, *, top: str = "top", wire_ps: int = WIRE_PS) -> Timing:
    """Time a netlist that yosys wrote as JSON, after ``synth_xilinx -family xc7``.

    Modules that were kept are each looked at once. No place and route: every wire between cells
    takes wire_ps, and none at all from a LUT to a carry chain or MUXF7, from a CARRY4 to the next,
    from MUXF7 to MUXF8 and from LUT, CARRY4 or MUXF to a flip-flop's D, as if each had a slice for
    itself. What enters a carry chain's S or a MUXF7 and is no LUT takes one on the way. Constants
    do not arrive. Clocks are one; ways of set and reset to Q are not looked at.

    Raises
    ------
    ValueError
        If there is a cell that has no delays, or a loop without a register.
    """
    kept: dict[str, Kept] = {}
    for name in _order(netlist["modules"], top):
        found = Module(name, netlist["modules"][name], kept, wire_ps, is_top=name == top)
        kept[name] = found.abstract()
    return _ports(kept[top], wire_ps)


def _order(modules: dict, top: str) -> list[str]:
    """The modules below one, each after those that it instantiates."""
    done: dict[str, None] = {}

    def visit(name: str) -> None:
        for cell in modules[name]["cells"].values():
            kind = cell["type"]
            if kind not in done and not timing_cells.known(kind) and kind in modules:
                visit(kind)
        done[name] = None

    visit(top)
    return list(done)


def _ports(kept: Kept, wire: int) -> Timing:
    """The slowest way of each port."""
    clk_to, setup, through = {}, {}, {}
    for (port, _), way in kept.launch.items():
        clk_to[port] = later(clk_to.get(port), way)
    for (port, _, _), way in kept.require.items():
        setup[port] = later(setup.get(port), way)
    for (o, _), ways in kept.arcs.items():
        for (i, _, _), way in ways:
            to = through.setdefault(i, {})
            to[o] = later(to.get(o), way)
    for (o, _), (i, _) in kept.wires.items():
        to = through.setdefault(i, {})
        to[o] = later(to.get(o), Way(-wire, 0, 0, i))
    ended = {o: _path(way._replace(end=o)) for o, way in clk_to.items()}
    crossed = {i: {o: _path(way._replace(end=o)) for o, way in to.items()}
               for i, to in through.items()}  # fmt: skip
    worst = None if kept.worst is None else _path(kept.worst)
    return Timing(wire, worst, ended, {i: _path(way) for i, way in setup.items()}, crossed)


def _path(way: Way) -> Path:
    return Path(way.ps, way.luts, way.carries, way.start, way.end, way.kinds)
