"""The time-shared engine, whose resources are kept."""

from dataclasses import replace
from functools import partial

from hdl.bus.axi_read import AXIRead
from hdl.engine.engine import Engine
from tests.hdl.engine import nets

__all__ = ["ENGINES"]


def engine(**ring: int) -> Engine:
    """Two layers of 64 and 10 neurons on 2 x 4 cells of 4 lanes, 16 frames a batch."""
    net = nets.dense(1, frames=16, features=128, hidden=64, classes=10, lanes=4)
    return replace(net, config=replace(net.config, **ring)).build()


def axi_read() -> AXIRead:
    """Of 8 KB, room for two parts of 32 beats."""
    return AXIRead(AXIRead.Config(beats=1024, room=64, step=32))


ENGINES = {
    "engine 2x4 of 4 lanes, two dense layers": partial(engine),
    "engine 2x4 of 4 lanes, external weights": partial(engine, ring=5),
    "axi read master of 64 bits": partial(axi_read),
}
"""By name, the function that makes each."""
