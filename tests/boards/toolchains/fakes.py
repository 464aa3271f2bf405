"""Programs that stand for tools: tiny Python scripts on a PATH of their own."""

import sys
from pathlib import Path

import pytest

from boards.toolchains import tools
from tests.boards.toolchains import samples

_HEAD = f"""#!{sys.executable}
import os, pathlib, sys, time
argv = sys.argv[1:]
if argv == ["--version"]:
    print('"tool" -- Next Generation Place and Route (Version 0.11.1)', file=sys.stderr)
    sys.exit(0)
def value(name):
    return argv[argv.index(name) + 1]
def write(name, text):
    path = pathlib.Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
with open("calls.txt", "a") as calls:
    print(pathlib.Path(sys.argv[0]).name, *argv, file=calls)
"""

YOSYS = """
print("2.1. Executing HIERARCHY pass", flush=True)
name = "openxc7" if "build_openxc7.ys" in argv else "ecp5"
write(f"build/{name}/system.json", "{}")
"""


def vivado(wns: str = "0.123") -> str:
    """A Vivado that implements, with that slack."""
    return f"""
script = value("-source")
out = "build/ooc" if script == "build_ooc.tcl" else "build/vivado"
print("Command: synth_design -top system", flush=True)
if script == "package_ip.tcl":
    write("ip/component.xml", "<xml/>")
    sys.exit(0)
write(out + "/timing.rpt", {samples.timing(wns)!r})
write(out + "/utilization.rpt", {samples.UTILIZATION!r})
if {wns!r}.startswith("-"):
    print("ERROR: [Bitloom 2] Timing is not met", flush=True)
    sys.exit(1)
if script == "build_vivado.tcl":
    print("Command: write_bitstream -force", flush=True)
    write(out + "/system.bit", "bits")
    write(out + "/system.bin", "bin")
"""


def nextpnr_ecp5(reached: float, asked: float = 50.0) -> str:
    """An ECP5's place and route that reaches a clock, or ends with 1."""
    return f"""
write(value("--report"), {samples.report(("clk", reached, asked))!r})
write(value("--textcfg"), "config")
if {reached} < {asked}:
    print("ERROR: Max frequency for clock 'clk': {reached} MHz (FAIL at {asked} MHz)")
    sys.exit(1)
"""


def nextpnr_xilinx(reached: float, asked: float = 100.0) -> str:
    """openXC7's place and route, which says what it reached in its log."""
    return f"""
print({samples.log(("clk", reached, asked))!r}, file=sys.stderr)
write(value("--fasm"), "fasm")
sys.exit({int(reached < asked)})
"""


ECPPACK = 'write(value("--bit"), "bits"); write(value("--svf"), "svf")\n'
FRAMES = 'print("frames"); print("a warning", file=sys.stderr)\n'
BITS = 'write(value("--output_file"), pathlib.Path(value("--frm_file")).read_text())\n'
CRASH = 'print("ERROR: [Place 30-1] It broke"); print("more"); sys.exit(3)\n'
KILLED = "print('so far', flush=True); os.kill(os.getpid(), 9)\n"
SILENT = ""
HANG = """
import signal, subprocess
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
write("build/pid.txt", str(child.pid))
print("Command: place_design", flush=True)
time.sleep(60)
"""


def install(folder: Path, **bodies: str) -> None:
    """Put fakes into a folder by name (``nextpnr_ecp5`` is nextpnr-ecp5)."""
    for name, body in bodies.items():
        path = folder / name.replace("_", "-")
        path.write_text(_HEAD + body)
        path.chmod(0o755)


class Tools:
    """A PATH with nothing but the fakes that a test puts there."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch = folder, monkeypatch
        folder.mkdir()
        monkeypatch.setenv("PATH", str(folder))
        monkeypatch.setattr(tools.sys, "executable", str(folder / "python"))
        for name in ("YOSYS", "VIVADO", "NEXTPNR_ECP5", "ECPPACK", "NEXTPNR_XILINX", "FASM2FRAMES",
                     "XC7FRAMES2BIT", "CHIPDB_DIR", "DB_DIR", "PRJXRAY_DB_DIR"):  # fmt: skip
            monkeypatch.delenv(name, raising=False)

    def put(self, **bodies: str) -> None:
        """Install fakes by name (``nextpnr_ecp5`` is nextpnr-ecp5)."""
        install(self.folder, **bodies)

    def ecp5(self, reached: float = 62.5) -> None:
        """All of the ECP5's."""
        self.put(yosys=YOSYS, nextpnr_ecp5=nextpnr_ecp5(reached), ecppack=ECPPACK)

    def openxc7(self, reached: float = 120.0) -> None:
        """All of openXC7's, with databases."""
        self.put(yosys=YOSYS, nextpnr_xilinx=nextpnr_xilinx(reached), fasm2frames=FRAMES,
                 xc7frames2bit=BITS)  # fmt: skip
        (self.folder / "db" / "zynq7").mkdir(parents=True)
        (self.folder / "xc7z020clg400.bin").write_text("")
        self._patch.setenv("CHIPDB_DIR", str(self.folder))
        self._patch.setenv("DB_DIR", str(self.folder / "db"))
