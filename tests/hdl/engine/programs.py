"""Small programs and what they mean, by numpy and plain loops."""

from itertools import product

from hdl.engine.program import LayerLoops, Loop, Pass, Program

__all__ = ["loops", "vectors"]


def loops(*some: tuple[int, int, int, int], **fields) -> LayerLoops:
    """Loops of (count, address, y, x), the innermost first; the others step once."""
    five = [Loop(count=n, address=a, y=y, x=x) for n, a, y, x in some]
    return LayerLoops(loops=(*five, *[Loop()] * (5 - len(five))),
                      **{"height": 1, "width": 1, **fields})  # fmt: skip


def vectors(program: Program, one: Pass) -> list[tuple[int, bool]]:
    """Of each vector of a pass the address, and whether it lies outside the map."""
    layer, found = program.of(one), []
    for place in product(*(range(loop.count) for loop in reversed(layer.loops))):
        address, y, x = one.address, one.y, one.x
        for n, loop in zip(reversed(place), layer.loops):
            address, y, x = address + n * loop.address, y + n * loop.y, x + n * loop.x
        found.append((address, not (0 <= y < layer.height and 0 <= x < layer.width)))
    return found
