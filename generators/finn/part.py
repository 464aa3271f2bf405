"""The parts of a pipeline, and what flows between them."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace

from amaranth.lib import wiring

from hdl.number import Number
from sim.golden.formats import integer


@dataclass(frozen=True)
class Choice:
    """How one dense layer or convolution is folded.

    ``frames`` vectors share each fetch of weights: those of a dense layer are one a frame, of as
    many frames; those of a convolution are the windows of a frame. ``fifo`` is the storage of the
    queues before its circuits, and behind these up to the next folded layer (:func:`owners`).
    """

    pe: int
    simd: int
    storage: str
    datapath: str
    frames: int = 1
    fifo: str = "auto"


@dataclass(frozen=True)
class Flow:
    """What leaves a part: numbers in lanes, a vector of ``items`` after the other.

    Each vector starts with a transfer of its own, whose unused lanes are unspecified. ``source`` is
    the part's name, or ``input``; a frame is ``vectors``.
    """

    source: str
    number: Number
    lanes: int
    items: int
    vectors: int = 1

    @property
    def total(self) -> int:
        """Items of a frame."""
        return self.items * self.vectors

    @property
    def beats(self) -> int:
        """Transfers of a frame."""
        return self.vectors * -(-self.items // self.lanes)


@dataclass(frozen=True)
class Part:
    """One circuit of the pipeline: its layer, what it is, what it reads and how it is built.

    ``config`` has ``interval`` and ``depart``, for what it calls a frame; the network's batch (a
    frame, where no dense layer takes several at once) is ``repeat`` of these. ``fifos`` are the
    storages of queues at its inputs, "auto" if none are said.
    """

    name: str
    layer: str
    kind: str
    config: object
    build: Callable[[], wiring.Component]
    inputs: tuple[str, ...]
    flow: Flow
    repeat: int = 1
    fifos: tuple[str, ...] = ()

    @property
    def interval(self) -> int:
        """Cycles a batch of the network."""
        return self.repeat * self.config.interval


def owners(parts: Iterable[Part], folded: Container[str]) -> dict[str, tuple[str, ...]]:
    """Of each part the layers whose queues stand at its inputs, or are what it is.

    A queue before a circuit of a folded layer is that layer's; another one is of the folded layer
    from which its flow comes, through others, by their first inputs; "" is none before the first.
    """
    found: dict[str, tuple[str, ...]] = {}
    behind = {"input": ""}
    for part in parts:
        mine = part.layer in folded
        found[part.name] = tuple(part.layer if mine else behind[name] for name in part.inputs)
        behind[part.name] = next(filter(None, found[part.name]), "")
    return found


def queued(parts: list[Part], choices: Mapping[str, Choice]) -> list[Part]:
    """The parts with the storages of the queues at their inputs; of no layer they are "auto"."""
    names = owners(parts, choices)
    fifos = {name: choice.fifo for name, choice in choices.items()} | {"": "auto"}
    return [replace(part, fifos=tuple(fifos[name] for name in names[part.name]))
            for part in parts]  # fmt: skip


def per_frame(cycles: int, frames: int) -> int | float:
    """Cycles of so many frames, by frame; what is no integer to four places."""
    whole, rest = divmod(cycles, frames)
    return round(cycles / frames, 4) if rest else whole


def number(form: integer.Integer) -> Number:
    """A type as the hardware's number."""
    return Number(width=form.width, signed=form.signed, bipolar=form.bipolar)
