"""The fewest cycles a frame that what is not folded can take, whatever the folds are."""

from dataclasses import replace

from generators.finn import lower
from generators.finn.pipeline import tensors_of
from generators.network import graph

__all__ = ["least"]


def least(network: graph.Network, tables) -> tuple[int, str]:
    """Cycles that the widest edges and what is not folded take for a frame, and what takes them."""
    tensors = tensors_of(network)
    edges = (tensors["input"], tensors[network.layers[-1].name])
    beats = max(lower.edge(tensor.type, tensor.items, 1).beats for tensor in edges)
    takes = [(beats, f"the input and output, which take {beats} at 1024 bits a cycle")]
    fastest = {table.name: table.candidates[table.cycles.argmin()].choice for table in tables}
    fastest = {name: replace(choice, storage="lut") if choice.storage == "const" else choice
               for name, choice in fastest.items()}  # fmt: skip
    _, parts, _ = lower.parts(network, fastest, cycles=1)
    batch = lower.batch(network, fastest)
    takes += [
        (part.interval // batch, f"{part.layer}, which takes {part.interval // batch}")
        for part in parts
        if part.layer not in fastest
    ]
    return max(takes, key=lambda pair: pair[0])
