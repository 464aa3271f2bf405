"""What a pipeline's circuits cost together, and how far such estimates are off."""

from collections.abc import Sequence

from boards.board import Board
from generators.cost import bands, bus, edge
from generators.cost.estimate import estimate, kind
from generators.emit import system as systems
from generators.finn import loading
from generators.finn.lower_mvtu import Folded
from generators.finn.part import Part
from generators.synth.resources import Cost
from hdl.bus.axis import Edge
from hdl.bus.shell import Shell

FOLDED = ("gather", "minifloat", "mvtu", "repeat", "scatter", "serial", "unrolled")
"""The kinds whose cost follows from a layer's fold alone."""


def folded(found: Folded) -> Cost:
    """Those circuits of a folded layer."""
    around = (found.gather, found.repeat, found.scatter)
    return sum((estimate(config) for config in around if config), estimate(found.mvtu))


def part(found: Part) -> Cost:
    """The estimate of one circuit of a pipeline."""
    return estimate(found.config)


def measured_error(parts: Sequence[Part]) -> dict[str, int | float] | None:
    """How far estimates of such circuits are off, by :func:`generators.cost.bands.band`.

    None where no synthesis of any was kept from the fits.
    """
    return bands.band({kind(found.config) for found in parts})


def edges(*both: Edge) -> Cost:
    """The register slices at the edges, and the count for TLAST."""
    return edge.edges(*both)


def system(planned, board: Board, clock_mhz: float) -> Cost:
    """What stands around a pipeline on a board, and is no part of it: DMA, registers, packing."""
    sides = zip("io", planned.edges)
    sizes = {f"{side}_{name}": getattr(edge, name) for side, edge in sides
             for name in ("width", "frame_bytes", "beats")}  # fmt: skip
    shell = Shell.Config(digest="0" * 64, batch=planned.batch,
                         parameters=bool(loading.loadable(planned.parts)), **sizes)  # fmt: skip
    return bus.system(systems.system(board, shell, clock_mhz))
