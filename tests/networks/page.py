"""The README's page "On your board" as commands, and a place where a shell can run them.

The computer of the page is a folder with its own PATH, the board another, where ssh leads. What
is not here is a fake: tools of vendors, the network, the card. The board's accelerator is a server
of the registers, which the test starts.
"""

import os
import queue
import re
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from generators.emit.verilog import yosys
from tests.boards.driver.test_bitstream import bit
from tests.boards.toolchains import fakes
from tests.synth.update import README

__all__ = ["DOCUMENTED", "FAKES", "Place", "Shell", "commands", "section"]

ROOT = README.parent
TITLE = "On your board"

DOCUMENTED = {
    "unzip": "the image of a card has gigabytes",
    "dd": "it would write a card",
    "apt-get": "it installs on the board's Linux",
    "git": "the module's sources are in the network",
    "make": "the board's kernel and its headers are needed",
    "insmod": "the board's kernel is needed",
}
"""Programs that do nothing here, and why; the page says so of each."""

_LOG = '#!/bin/sh\necho "$(basename "$0") $*" >> "$PLACE/log"\n'
_HOST = 'while [ "${1#-}" != "$1" ]; do [ "$1" = -o ] && shift; shift; done\n'
# A board's Linux: a shell in its folder, with its PATH. Its driver finds the accelerator by auto.
_SSH = _LOG + _HOST + """
case $1 in xilinx@pynq|debian@board) ;; *) exit 255 ;; esac
shift
cd "$PLACE/board" && HOME="$PLACE/board" && PATH="$PLACE/board-tools:$PATH" && export HOME PATH
[ -f "$PLACE/server" ] && BITLOOM_TRANSPORT=$(cat "$PLACE/server") && export BITLOOM_TRANSPORT
[ $# = 0 ] && exec REAL_BASH
exec /bin/sh -c "$*"
"""
# The C driver's registers and memory are the server's, too, in place of /dev/mem and u-dma-buf.
_SCP = _LOG + _HOST + """
while [ $# -gt 1 ]; do files="$files ${1#xilinx@pynq:}"; from=$1; shift; done
case $1 in
xilinx@pynq:*) cp -r $files "$PLACE/board/${1#*:}" ;;
*) case $from in xilinx@pynq:*) cd "$PLACE/board" && cp $files "$PLACE/computer/$1" ;;
   *) exit 1 ;; esac ;;
esac || exit 1
c="$PLACE/board/bitloom/driver/c"
[ ! -d "$c" ] || cp "$TCP_C" "$c/bitloom_linux.c"
"""
_SUDO = _LOG + '[ "$1" = -n ] && shift\nexec "$@"\n'
# A login shell reads /etc/profile, which would set another PATH; with -lc it runs a command.
_BASH = """#!/bin/sh
case $1 in -l) exec REAL_BASH ;; -lc) exec REAL_BASH -c "$2" ;; *) exec REAL_BASH "$@" ;; esac
"""
_REAL_YOSYS = shutil.which(yosys()) or yosys()
# The generators' yosys is the real one; of place and route it is a fake.
_YOSYS = f"""
if not any(name.startswith("build_") for name in argv):
    os.execv({_REAL_YOSYS!r}, [{_REAL_YOSYS!r}, *argv])
with open(os.environ["PLACE"] + "/log", "a") as log:
    print("yosys", *argv, file=log)
{fakes.YOSYS}"""
_VIVADO = fakes.vivado() + f"""
    pathlib.Path(out + "/system.bit").write_bytes({bit()!r})
"""
_BITS = f'pathlib.Path(value("--output_file")).write_bytes({bit()!r})\n'

FAKES = ("vivado", "nextpnr-xilinx", "fasm2frames", "xc7frames2bit", "nextpnr-ecp5", "ecppack",
         "openFPGALoader", "ssh", "scp", "sudo", "pip")  # fmt: skip
"""Programs that are fakes, which look at what they are given or do what the board would."""


def section() -> str:
    """The page."""
    return re.search(rf"^## {TITLE}\n(.*?)^## ", README.read_text(), re.DOTALL | re.M)[1]


def commands() -> list[str]:
    """Every indented line of the page, in order; there is nothing else in such lines."""
    return [line.strip() for line in section().splitlines() if line.startswith("    ")]


class Place:
    """A folder with a computer and a board, and what runs there.

    Parameters
    ----------
    folder : Path
    model : bytes
        TFC_1W1A.onnx, or what stands for it.
    serial : str
        The transport of a board with a UART.
    """

    def __init__(self, folder: Path, model: bytes, serial: str) -> None:
        self.folder, self.computer, self.board = folder, folder / "computer", folder / "board"
        for name in ("computer", "board", "tools", "board-tools"):
            (folder / name).mkdir()
        (self.computer / "TFC_1W1A.onnx").write_bytes(model)
        shutil.copytree(ROOT / "boards" / "files", self.computer / "boards" / "files")
        for name in ("chipdb", "prjxray-db/zynq7"):
            (folder / "home" / "openxc7" / name).mkdir(parents=True)
        (folder / "home" / "openxc7" / "chipdb" / "xc7z020clg400.bin").touch()
        self._tools()
        path = (folder / "tools", Path(sys.executable).parent, os.environ["PATH"])
        cleared = {name: "" for name in ("VIVADO", "NEXTPNR_ECP5", "ECPPACK", "NEXTPNR_XILINX",
                                         "FASM2FRAMES", "XC7FRAMES2BIT")}  # fmt: skip
        self.environment = os.environ | cleared | {
            "PATH": os.pathsep.join(map(str, path)), "PYTHONPATH": str(ROOT),
            # Where YoWASP keeps its tools as compiled, which takes half a minute.
            "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"),
            "HOME": str(folder / "home"), "PLACE": str(folder),
            "YOSYS": str(folder / "tools" / "yosys"),
            "TCP_C": str(ROOT / "tests" / "boards" / "driver" / "tcp.c"),
            "BITLOOM_TRANSPORT": serial}  # fmt: skip

    def _tools(self) -> None:
        bash, tools = shutil.which("bash"), self.folder / "tools"
        python = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
        scripts = dict.fromkeys(["unzip", "dd", "openFPGALoader", "pip"], _LOG)
        scripts |= {"ssh": _SSH, "scp": _SCP, "sudo": _SUDO, "python": python, "python3": python}
        for name, text in scripts.items():
            _write(tools / name, text.replace("REAL_BASH", bash))
        fakes.install(tools, yosys=_YOSYS, vivado=_VIVADO, fasm2frames=fakes.FRAMES,
                      nextpnr_xilinx=fakes.nextpnr_xilinx(120.0), xc7frames2bit=_BITS,
                      nextpnr_ecp5=fakes.nextpnr_ecp5(80.0), ecppack=fakes.ECPPACK)  # fmt: skip
        # The board's alone: the simulation's compiler needs a real make.
        scripts = dict.fromkeys(("apt-get", "make", "insmod"), _LOG)
        scripts |= {"git": _LOG + 'mkdir "$(basename "$2")"\n',
                    "bash": _BASH.replace("REAL_BASH", bash), "id": "#!/bin/sh\necho 1000\n"}
        for name, text in scripts.items():
            _write(self.folder / "board-tools" / name, text)

    def called(self) -> set[str]:
        """The names of the fakes that ran."""
        logs = [self.folder / "log", *self.computer.glob("build/*/calls.txt")]
        return {line.split()[0] for log in logs for line in log.read_text().splitlines()}


class Shell:
    """bash in a place, which is told line by line, as by a person."""

    END = "@end"

    def __init__(self, place: Place) -> None:
        self._process = subprocess.Popen(
            [shutil.which("bash")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, bufsize=1, start_new_session=True,
            cwd=place.computer, env=place.environment)  # fmt: skip
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.run("set -m")  # as at a terminal: kill %1 ends all of a job

    def run(self, line: str, seconds: float = 300) -> tuple[int, str]:
        """A line's exit status, and what was printed meanwhile."""
        self._process.stdin.write(f"{line}\necho {self.END} $?\n")
        text = self.until(self.END, seconds)
        found, _, status = text.rpartition(f"{self.END} ")
        return int(status), found

    def until(self, start: str, seconds: float = 300) -> str:
        """What is printed up to a line that has this in it, and that line."""
        said = []
        while not said or start not in said[-1]:
            line = self._lines.get(timeout=seconds)
            assert line is not None, f"shell has ended:\n{''.join(said)}"
            said.append(line)
        return "".join(said)

    def close(self) -> None:
        """End the shell, and what is left in its background."""
        with suppress(BrokenPipeError):
            self._process.stdin.write("for job in $(jobs -p); do kill -- -$job; done\n")
            self._process.stdin.close()
        try:
            self._process.wait(60)
        finally:
            self._process.kill()
        self._reader.join(60)
        self._process.stdout.close()

    def _read(self) -> None:
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
