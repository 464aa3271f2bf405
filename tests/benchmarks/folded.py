"""The trained networks, planned as a fold file says or as is wished, and synthesised."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from boards import devices
from generators import passes
from generators.explore.designs import Design, Explorer
from generators.finn import fold, plan
from generators.network import graph
from generators.network.load import load
from generators.synth.resources import Cost
from tests import data

HERE = Path(__file__).parent
FOLDS = HERE / "folds"
BOARD = devices.find("zynq7020")
RESOURCES = ("lut", "ff", "bram18", "dsp")


def shared(name: str) -> Callable[[], Path]:
    """The file of a network of the test data; there may be none on a machine."""
    return lambda: data.folder() / "models" / name / "intnet.npz"


MODELS = {
    "SFC": lambda: HERE.parent / "models" / "sfc" / "model.json",
    "TFC_1W1A": shared("tfc_1w1a"),
    "TFC_2W2A": shared("tfc_2w2a"),
    "KWS W3A3": shared("kws_w3a3_mlperf"),
    "LFC W1A1": shared("bnnpynq_lfcw1a1_mnist"),
    "CNV W1A1": shared("bnnpynq_cnvw1a1_cifar10"),
}


@dataclass(frozen=True)
class Made:
    """A design's cycles a frame and latency, by the schedule, and its resources, by both."""

    cycles: int | float
    latency: int
    estimate: dict[str, int]
    synthesis: dict[str, int] | None = None


@cache
def network(name: str) -> graph.Network:
    """A network of MODELS, streamlined; skips where there is no data."""
    return passes.streamline(load(MODELS[name](), [].append))


def explorer(name: str, **wish) -> Explorer:
    """Plans of a network on the whole zynq7020, or as wished."""
    return Explorer(network(name), plan.Wish(board=BOARD, clock_mhz=100.0, **wish))


def folded(name: str, file: str, **wish) -> Design:
    """What a fold file of folds/ makes of a network."""
    folds = fold.read_folds(FOLDS / f"{file}.json", network(name))
    return explorer(name, folds=folds, folds_file=file, **wish).fastest()


def most(used: dict[str, int]) -> dict[str, float]:
    """The parts of the board that these amounts are."""
    return {name: amount / BOARD.room(name) for name, amount in used.items()}


def amounts(cost: Cost) -> dict[str, int]:
    """In whole numbers."""
    return {name: round(amount) for name, amount in asdict(cost).items()}


def made(design: Design, synthesis: Cost | None = None) -> Made:
    """The figures of a design."""
    return Made(design.cycles, design.latency, amounts(design.cost),
                None if synthesis is None else amounts(synthesis))  # fmt: skip


def off(estimate: int, measured: int) -> str:
    """How far an estimate is off."""
    return f"{estimate / measured - 1:+.1%}" if measured else "exact" if not estimate else "–"
