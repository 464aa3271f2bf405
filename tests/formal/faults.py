"""Faults that are seeded into circuits, by a changed line each: every one breaks a property."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType

__all__ = ["FAULTS", "Fault", "seeded"]


@dataclass(frozen=True)
class Fault:
    """A text of a module that is replaced, a case that has it, and the property that it breaks."""

    case: str
    breaks: str
    module: str
    old: str
    new: str


FAULTS = (
    Fault("RegisterSlice", "order", "hdl.stream.register_slice",
          "m.d.sync += ready.eq(0)", "m.d.sync += ready.eq(1)"),
    Fault("RegisterSlice", "stable", "hdl.stream.register_slice",
          "with m.If(self.o.ready | ~self.o.valid)", "with m.If(1)"),
    Fault("skid of a pipeline", "order", "hdl.stream.skid",
          "en.eq(o.ready | (en & ~valid))", "en.eq(o.ready | en)"),
    Fault("FIFO 2, registers", "order", "hdl.stream.register_slice",
          "Mux(ready, i_bits, skid)", "i_bits"),
    Fault("FIFO 3, lut", "order", "hdl.stream.fifo",
          "room.eq(read | (level != words - 1))", "room.eq(read | (level != words))"),
    Fault("FIFO 3, lut", "progress", "hdl.stream.fifo",
          "there.eq(write | (level != 1))", "there.eq(level != 1)"),
    Fault("FIFO 4, lut", "order", "hdl.stream.fifo",
          "level, there = Signal(range(words + 1))",
          "level, there = Signal(range(words + 1), reset_less=True)"),
    Fault("FIFO 4, bram", "stable", "hdl.stream.fifo",
          "get.en.eq(read)", "get.en.eq(there)"),
    Fault("Converter pass, 5 items, 4 to 4 lanes", "order", "hdl.stream.converter",
          "Mux(last, 0, lane)", "lane"),
    Fault("Converter fill, 5 items, 2 to 4 lanes", "order", "hdl.stream.converter",
          "bool(short and k)", "False"),
    Fault("Converter fill, 4 items, 1 to 4 lanes", "stable", "hdl.stream.converter",
          "self.i.ready.eq(self.o.ready | ~self.o.valid)", "self.i.ready.eq(1)"),
    Fault("Converter shift, 4 items, 4 to 1 lanes", "order", "hdl.stream.converter",
          "Mux(leave, store >> o_bits, store)", "store"),
    Fault("Converter shift, 7 items, 2 to 3 lanes", "order", "hdl.stream.converter",
          "place.eq(Mux(last, 0,", "place.eq(Mux(0, 0,"),
    Fault("Converter shift, 4 items, 2 to 3 lanes", "order", "hdl.stream.converter",
          "Mux(words == 2, 1, 0)", "Const(0)"),
    Fault("Fork to 2", "order", "hdl.stream.fork",
          "taken.eq(served & ~", "taken.eq(served & "),
    Fault("Fork to 3", "order", "hdl.stream.fork",
          "taken = Signal(len(outputs))", "taken = Signal(len(outputs), reset_less=True)"),
    Fault("Fork to 3", "progress", "hdl.stream.fork",
          "served.all()", "taken.all()"),
    Fault("Concat 2 and 1 lanes", "together", "hdl.stream.concat",
          "i.ready.eq(self.o.ready & valid)", "i.ready.eq(self.o.ready)"),
    Fault("Add, a gain, latency 1", "order", "hdl.stream.add",
          ".all()),\n        ]", ".any()),\n        ]"),
    Fault("Add, a gain a channel, latency 1", "order", "hdl.stream.add",
          "self._gates(m, en & valid)", "self._gates(m, en)"),
    Fault("Repeat 3 times, shift 1", "order", "hdl.stream.repeat",
          "(self.o.ready & last)", "self.o.ready"),
    Fault("Gather 2 vectors of 1, 2 times", "order", "hdl.stream.halves",
          "room.eq(filled == 0)", "room.eq(1)"),
    Fault("Scatter 2 vectors of 1", "order", "hdl.stream.scatter",
          "write.en.eq(room)", "write.en.eq(1)"),
    Fault("RegisterFile", "value", "hdl.bus.register_file",
          "with m.If(writes & strobes[byte])", "with m.If(writes)"),
    Fault("RegisterFile", "order", "hdl.bus.register_file",
          "asked & given & ~bus.bvalid", "asked & ~bus.bvalid"),
    Fault("Bursts", "borders", "hdl.bus.bursts",
          "beat.eq(0), block.eq(block + 1)", "block.eq(block + 1)"),
    Fault("Bursts", "region", "hdl.bus.bursts",
          "self.length - 1", "self.length"),
    Fault("DMARead", "stable", "hdl.bus.dma_read",
          "(bus.arvalid & ~bus.arready)", "(bus.arvalid & bus.arready)"),
    Fault("DMARead", "whole", "hdl.bus.dma_read",
          "aborting & ~self.idle & ~bus.arvalid", "aborting & ~bus.arvalid"),
    Fault("DMARead", "outstanding", "hdl.bus.dma_read",
          "(flying != config.bursts)", "1"),
    Fault("DMAWrite", "stable", "hdl.bus.dma_write",
          "with m.Elif(takes | ~bus.wvalid):", "with m.Else():"),
    Fault("DMAWrite", "last", "hdl.bus.dma_write",
          "bus.wlast.eq(left == 1)", "bus.wlast.eq(left == 2)"),
    Fault("DMAWrite", "strobes", "hdl.bus.dma_write",
          "final & bus.wlast", "bus.wlast"),
)  # fmt: skip


@contextmanager
def seeded(fault: Fault) -> Iterator[None]:
    """The circuits with the fault: functions and methods of the changed module instead of ours.

    Raises
    ------
    ValueError
        If the module does not have the text exactly once.
    """
    module = importlib.import_module(fault.module)
    text = Path(module.__file__).read_text()
    if text.count(fault.old) != 1:
        what = f"{fault.old!r} once, not {text.count(fault.old)} times"
        raise ValueError(f"{fault.module} must have {what}")
    changed = ModuleType(fault.module)
    sys.modules[fault.module] = changed  # dataclasses look there
    try:
        exec(compile(text.replace(fault.old, fault.new), module.__file__, "exec"), vars(changed))
    finally:
        sys.modules[fault.module] = module
    undo = []
    for holder, name, value in [*_replaced(module, changed)]:
        undo.append((holder, name, vars(holder)[name]))
        setattr(holder, name, value)
    try:
        yield
    finally:
        for holder, name, value in undo:
            setattr(holder, name, value)


def _replaced(module: ModuleType, changed: ModuleType):
    """What is replaced: where, the name there, and by what."""
    for name, value in vars(module).items():
        other = vars(changed).get(name)
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if isinstance(value, FunctionType):
            for holder in [*sys.modules.values()]:
                for known, held in [*getattr(holder, "__dict__", {}).items()]:
                    if held is value:
                        yield holder, known, other
        elif isinstance(value, type):
            for known, method in vars(value).items():
                if isinstance(method, FunctionType) and not known.startswith("__"):
                    yield value, known, vars(other)[known]
