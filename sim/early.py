"""Whether a network begins a frame before it comes."""

from collections.abc import Iterable, Mapping

__all__ = ["early"]


def early(layers: Iterable[Mapping]) -> bool:
    """Whether some layer's first window reads nothing but the padding of its map.

    ``layers`` come of :func:`sim.network.load`. Such a window waits for no pixel: once the last
    frame has left, the beginning of a next one may stand at the output and wait for its rest.
    """
    return any(_early(layer) for layer in layers)


def _early(layer: Mapping) -> bool:
    top, left, *_ = layer.get("padding", (0, 0))
    if not top and not left:
        return False
    rows, columns = _kernel(layer)
    down, across = layer.get("dilation", (1, 1))
    return top > down * (rows - 1) or left > across * (columns - 1)


def _kernel(layer: Mapping) -> tuple[int, int]:
    if "weights" in layer:
        return tuple(layer["weights"]["data"].shape[1:3])
    return tuple(layer.get("kernel", (1, 1)))  # a pad layer's windows are pixels
