"""What is counted in a run."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Meters"]

_COUNTED = ("i_frame", "o_frame", "i_wait", "o_wait")


class Meters(wiring.Component):
    """Counts cycles and what happens in them, from a start on to the end; then they hold.

    Members
    -------
    start : ``In(1)``
        All begin at 0 the next cycle.
    runs : ``In(1)``
        Whether cycles count.
    i_frame, o_frame, i_wait, o_wait : ``In(1)``
        What is counted: frames that go in at once, all else a cycle later.
    cycles : ``Out(64)``
    i_frames, o_frames, i_waits, o_waits : ``Out(32)``
    """

    def __init__(self) -> None:
        super().__init__({
            "start": In(1), "runs": In(1), **dict.fromkeys(_COUNTED, In(1)),
            "cycles": Out(64), **{f"{name}s": Out(32) for name in _COUNTED},
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        with m.If(self.start):
            m.d.sync += self.cycles.eq(0)
        with m.Elif(self.runs):
            m.d.sync += self.cycles.eq(self.cycles + 1)
        for name in _COUNTED:
            now, count = getattr(self, name), getattr(self, f"{name}s")
            if name != "i_frame":  # the network's own logic goes before, a carry chain follows
                now = Signal(name=f"{name}_now")
                m.d.sync += now.eq(getattr(self, name))
            with m.If(self.start):
                m.d.sync += count.eq(0)
            with m.Elif(now):
                m.d.sync += count.eq(count + 1)
        return m
