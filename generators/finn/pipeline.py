"""A pipeline as it grows: parts, and the flow behind each layer."""

from functools import lru_cache

from generators.finn.part import Flow, Part
from generators.network import check, graph
from hdl.stream.converter import Converter
from hdl.stream.fork import Fork

__all__ = ["Pipeline", "dividing", "divisor", "tensors_of"]


@lru_cache(maxsize=4)
def tensors_of(network: graph.Network) -> dict[str, check.Tensor]:
    """Shape and type of everything in a network; a search asks many times."""
    return check.infer(network)


class Pipeline:
    """The parts so far, in the order of what they read.

    Parameters
    ----------
    network : streamlined
    cycles : that a frame may take; circuits that are not folded take as few lanes as keep up
    batch : frames that come and go together, the least that every dense layer's frames divide
    exact : whether line buffers are as deep as they must be, which takes time to find, or the least
    """

    def __init__(
        self, network: graph.Network, cycles: int, *, batch: int = 1, exact: bool = True
    ) -> None:
        self.tensors, self.cycles, self.exact = tensors_of(network), cycles, exact
        self.batch = batch
        self.parts: list[Part] = []
        self.flows: dict[str, Flow] = {}
        self.load_end = 0  # of the addresses of parameters that are loaded at run time

    def add(self, layer: str, kind: str, config, build, reads, *, number, lanes: int, items: int,
            vectors: int = 1, repeat: int = 1, frames: int = 1) -> Flow:  # fmt: skip
        """Append a circuit that reads some flows; returns what leaves it.

        It does ``repeat`` of what it calls a frame for so many frames of the network.
        """
        name = self._name(f"{layer}_{kind}".replace(".", "_").replace("-", "_"))
        flow = Flow(name, number, lanes, items, vectors)
        inputs = tuple(read.source for read in reads)
        repeat = repeat * self.batch // frames
        self.parts.append(Part(name, layer, kind, config, build, inputs, flow, repeat))
        return flow

    def _name(self, wish: str) -> str:
        """An instance name that none has, nor one that the queue before it will get."""
        taken = {part.name for part in self.parts}
        if wish not in taken:
            return wish
        return next(f"{wish}_{n}" for n in range(2, len(taken) + 3) if f"{wish}_{n}" not in taken)

    def fork(self, layer: str, flow: Flow, readers: int) -> Flow:
        """The flow, for so many readers."""
        if readers < 2:
            return flow
        config = Fork.Config(width=flow.number.shape, lanes=flow.lanes, readers=readers)
        build = lambda: Fork(config)  # noqa: E731
        return self.add(layer, "fork", config, build, [flow], number=flow.number, lanes=flow.lanes,
                        items=flow.items, vectors=flow.vectors, repeat=flow.beats)  # fmt: skip

    def regroup(self, layer: str, flow: Flow, lanes: int, items: int) -> Flow:
        """The same numbers in vectors of items, in other lanes; zeros past the end of a vector.

        Vectors, old and new, are a multiple of each other; a converter counts the longer ones.
        """
        longer, shorter = max(items, flow.items), min(items, flow.items)
        old_gaps, new_gaps = flow.items % flow.lanes > 0, items % lanes > 0
        if (old_gaps and longer != flow.items) or (new_gaps and longer != items):
            near = divisor(shorter, min(flow.lanes, shorter))
            flow = self._convert(layer, flow, near, flow.items)
            flow = Flow(flow.source, flow.number, near, near, flow.total // near)
            return self.regroup(layer, flow, lanes, items)
        if flow.lanes == lanes and not old_gaps and not new_gaps:
            return Flow(flow.source, flow.number, lanes, items, flow.total // items)
        found = self._convert(layer, flow, lanes, longer)
        return Flow(found.source, found.number, lanes, items, flow.total // items)

    def _convert(self, layer: str, flow: Flow, lanes: int, items: int) -> Flow:
        config = Converter.Config(
            width=flow.number.shape, items=items, i_lanes=flow.lanes, o_lanes=lanes
        )
        vectors = flow.total // items
        return self.add(layer, "converter", config, lambda: Converter(config), [flow],
                        number=flow.number, lanes=lanes, items=items, vectors=vectors,
                        repeat=vectors)  # fmt: skip

    def lanes(self, flow: Flow, items: int, vectors: int) -> int:
        """Lanes dividing vectors of items, as many as keep up; those that there are if they do."""
        fits = flow.items == items and items % flow.lanes == 0
        if fits and vectors * (items // flow.lanes) <= self.cycles:
            return flow.lanes
        return divisor(items, -(-vectors * items // self.cycles))


def divisor(number: int, least: int) -> int:
    """The smallest divisor of a number that is at least so much; the number if none is."""
    return next((d for d in range(max(1, least), number) if number % d == 0), number)


def dividing(flow: Flow, items: int) -> int:
    """The lanes of a flow, or fewer, so that they divide a vector of items."""
    return max(d for d in range(1, min(flow.lanes, items) + 1) if items % d == 0)
