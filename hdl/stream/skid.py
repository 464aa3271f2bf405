"""What lets a pipeline stop by a register, instead of by whoever is ready behind it."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import stream

__all__ = ["skid"]


def skid(m: Module, o: stream.Interface, valid: Value, payload: Value) -> Signal:
    """Offer what a pipeline emits; returns the clock enable of its registers, a register.

    The enable falls a cycle after the output was not taken; what the pipeline emitted meanwhile is
    kept and offered first. Without stalls it is as if ``o`` were driven by the pipeline alone:
    no cycle is added, and the flip-flops and multiplexer of one payload cut the path of ready.
    """
    en = Signal(init=1)
    kept = Signal(len(payload), name="skid", reset_less=True)
    with m.If(en):
        m.d.sync += kept.eq(payload)
    m.d.sync += en.eq(o.ready | (en & ~valid))
    m.d.comb += [
        o.valid.eq(valid | ~en),
        o.payload.as_value().eq(Mux(en, payload, kept)),
    ]
    return en
