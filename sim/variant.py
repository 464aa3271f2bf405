"""What a compiled model has beyond top.v alone: probes inside of it, and a waveform."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from sim.wheel import FST, LIBRARIES

__all__ = ["PLAIN", "WAVES", "Variant"]

WAVES = ("fst", "vcd")
"""Formats of waveforms, which are the ends of their files' names, too."""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """``inside`` is Verilog for the end of the top module, ``wave`` a format of :data:`WAVES`.

    A variant is compiled as a model of its own, beside the plain one, which it leaves as it is.
    """

    inside: str = ""
    wave: str | None = None

    @property
    def suffix(self) -> str:
        """Of the name of the model's folder."""
        return ("-layers" if self.inside else "") + (f"-{self.wave}" if self.wave else "")

    @property
    def parts(self) -> tuple[str, ...]:
        """What the model is made from because of it."""
        return self.inside, *(path.read_text() for path in (self.headers if self.wave else ()))

    @property
    def headers(self) -> list[Path]:
        """Of Verilator's writer."""
        return sorted(FST.glob("*.h")) if self.wave == "fst" else []

    def provide(self, folder: Path) -> None:
        """Put what Verilator's writer includes and links into the folder where it is compiled."""
        for header in self.headers:
            shutil.copy2(header, folder)
        for name, data in LIBRARIES.items() if self.headers else ():
            (folder / name).write_bytes(data)

    @property
    def options(self) -> list[str]:
        """Of Verilator."""
        flags = {None: [], "vcd": ["--trace-vcd"], "fst": ["--trace-fst", "-LDFLAGS", "-L."]}
        return flags[self.wave]

    def top(self, verilog: str, name: str, dumps: bool = False) -> str:
        """The text of top.v with what belongs inside of its module of this name.

        ``dumps`` is whether that asks for the waveform, too, dump.fst or dump.vcd.
        """
        inside = self.inside
        if dumps and self.wave:
            inside += f'  initial begin $dumpfile("dump.{self.wave}"); $dumpvars(0, {name}); end\n'
        if not inside:
            return verilog
        start = re.search(rf"^\s*module\s+{re.escape(name)}\b", verilog, re.M)
        end = re.compile(r"^\s*endmodule\b", re.M).search(verilog, start.end())
        return f"{verilog[: end.start()]}\n{inside}{verilog[end.start() :]}"


PLAIN = Variant()
