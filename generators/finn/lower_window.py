"""Line buffers: windows of a map, for layers and pools."""

from generators.finn import limits
from generators.finn.part import Flow, number
from generators.finn.pipeline import Pipeline
from generators.network import check
from hdl.number import Number
from hdl.window.sliding import SlidingWindow

__all__ = ["add_window", "window_config"]


def window_config(source: check.Tensor, padding, value: int, *, x: Number | None = None,
                  block: int = 1, **fields) -> SlidingWindow.Config:  # fmt: skip
    """A sliding window unit for a map padded with a value, of the least depth.

    ``x`` is what a lane holds, of ``block`` channels, where that is not one of the map's numbers.
    """
    height, width, channels = source.shape
    return SlidingWindow.Config(
        height=height,
        width=width,
        channels=channels // block,
        padding=padding,
        x=x or number(source.type),
        pad_code=limits.pad_code(source.type, value, "padding") if any(padding) else 0,
        **fields,
    )


def add_window(pipeline: Pipeline, layer: str, window, flow: Flow) -> Flow:
    """Append a sliding window unit, its line buffer as deep as it must be to lose no cycle.

    A smaller one, where another layer is slower, would leave more to the queue before it.
    """
    if pipeline.exact:
        window = window.fitted(max(window.i_beats, window.o_beats))
    build = lambda: SlidingWindow(window)  # noqa: E731
    return pipeline.add(layer, "window", window, build, [flow], number=flow.number,
                        lanes=window.lanes, items=window.lanes, vectors=window.o_beats)  # fmt: skip
