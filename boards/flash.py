"""``python -m boards flash``: a build's bitstream onto its board, and the self-test there."""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from boards import devices
from boards.driver import bitstream
from boards.driver.errors import BitstreamError
from boards.error import BoardError

__all__ = ["flash", "options", "run"]

FOLDER = "bitloom"
BITSTREAM = "system.bit.bin"
LOADER = "openFPGALoader"


def options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("build", metavar="BUILD", type=Path, help="folder of the build")
    parser.add_argument("--host", metavar="USER@BOARD",
                        help="load it over ssh, from the board's Linux (otherwise over JTAG)")
    parser.add_argument("--bitstream", metavar="FILE.bit", type=Path,
                        help="default BUILD/system.bit")
    parser.add_argument("--folder", metavar="DIR", default=FOLDER,
                        help=f"on the board, for the driver (default {FOLDER})")
    parser.add_argument("--cable", metavar="NAME",
                        help=f"JTAG cable, of {LOADER} --list-cables, where the board has none")
    parser.add_argument("--port", metavar="DEVICE",
                        help="serial port of a board with a UART (default the only one there)")
    parser.add_argument("--no-test", action="store_true", help="load only")


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the command; returns its exit status."""
    return flash(args.build, args.host, bitstream_file=args.bitstream, folder=args.folder,
                 cable=args.cable, port=args.port, test=not args.no_test, console=console)


def flash(build: Path, host: str | None = None, *, bitstream_file: Path | None = None,
          folder: str = FOLDER, cable: str | None = None, port: str | None = None,
          test: bool = True, console: Console | None = None) -> int:
    """Load a build's bitstream over JTAG, or over ssh from the board's Linux; then test it.

    Over ssh the driver, the manifest, the known vectors and the bitstream are copied to a folder on
    the board, loaded there and the self-test run; what it says is shown. Over JTAG a board with a
    UART is tested from here; a Zynq's processor must run for the FPGA to have a clock, so that
    board is tested from its own Linux.

    Returns
    -------
    int
        0; 1 where a tool or the self-test failed; 2 where the driver on the board refused.

    Raises
    ------
    BoardError
        If something that is needed is missing: it says what to do.
    """
    console = console or Console(stderr=True, highlight=False)
    manifest = _manifest(build)
    board = manifest.get("board") or {}
    file = bitstream_file or build / "system.bit"
    if not file.is_file():
        what = f"Bitstream must be there; make it with python -m boards build {build}"
        raise BoardError(str(file), what)
    if host is None:
        return _jtag(build, board, file, cable, port, test, console)
    if board.get("host") != "zynq":
        what = f"Board {board.get('name')} has no Linux to log in to; leave --host out"
        raise BoardError("--host", what)
    return _ssh(build, board, file, host, folder, test, console)


def _ssh(build: Path, board: dict, file: Path, host: str, folder: str, test: bool,
         console: Console) -> int:
    for tool in ("ssh", "scp"):
        if shutil.which(tool) is None:
            raise BoardError(tool, "Program must be installed: apt-get install openssh-client")
    if not folder or set(folder) - set(_PLAIN):
        what = f"Folder must have letters, digits and . _ - / only, not {folder!r}"
        raise BoardError("--folder", what)
    try:
        data = bitstream.convert(file.read_bytes(), board["part"], str(file))
    except BitstreamError as error:
        where, _, what = str(error).partition(": ")
        raise BoardError(where, what) from None
    if not (build / "driver").is_dir():
        raise BoardError(str(build / "driver"), "Driver must be there; build again with --board")
    with tempfile.TemporaryDirectory() as stage:
        (Path(stage) / BITSTREAM).write_bytes(data)
        shutil.copy(build / "manifest.json", stage)
        shutil.copytree(build / "driver", Path(stage, "driver"),
                        ignore=shutil.ignore_patterns("__pycache__"))
        console.print(f"copying the driver and the bitstream to {host}:{folder}")
        _remote(host, ["ssh", *_CONNECT, host, f"mkdir -p {folder} && rm -rf {folder}/driver"])
        files = [str(Path(stage, name)) for name in ("driver", "manifest.json", BITSTREAM)]
        _remote(host, ["scp", "-r", "-q", *_CONNECT, *files, f"{host}:{folder}/"])
    console.print("loading" + (", and the self-test:" if test else ""))
    command = f"selftest --load {BITSTREAM}" if test else f"load {BITSTREAM}"
    terminal = ["-t"] if sys.stdin is not None and sys.stdin.isatty() else []
    script = _SCRIPT.format(folder=folder, sudo="sudo" if terminal else "sudo -n", command=command)
    status = subprocess.run(["ssh", *_CONNECT, *terminal, host, script]).returncode
    if status == 255:
        raise BoardError("--host", f"Board must answer ssh {host}, which failed; check the "
                                   "network, and the user's name")
    if status == 0:
        console.print(f"the accelerator runs; on the board, as root in {folder}: "
                      "python3 -m driver throughput")
    elif status not in (1, 2):
        console.print(f"the driver could not be run on {host} (status {status}); check that it has "
                      "python3 and numpy")
        return 1
    return status


_PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/"
_CONNECT = ("-o", "ConnectTimeout=10")
# A login shell: it has what PYNQ's images put into /etc/profile.d. The driver must be root.
_SCRIPT = """cd {folder} && shell=$(command -v bash || command -v sh) && \
if [ "$(id -u)" = 0 ]; then become=; else become="{sudo}"; fi && \
$become "$shell" -lc 'exec python3 -m driver {command}'"""


def _remote(host: str, command: list[str]) -> None:
    """A step before the test; what ssh and scp say is shown by themselves."""
    status = subprocess.run(command).returncode
    if status:
        raise BoardError("--host", f"Board must take files by {command[0]} {host}, which failed "
                                   f"with status {status}; check the network, and the user's name")


def _jtag(build: Path, board: dict, file: Path, cable: str | None, port: str | None, test: bool,
          console: Console) -> int:
    way = _way(board, cable)
    if shutil.which(LOADER) is None:
        other = "; or load from the board's Linux: --host user@board"
        what = "Program must be installed to load over JTAG: apt-get install openfpgaloader"
        raise BoardError(LOADER, what + (other if board.get("host") == "zynq" else ""))
    command = [LOADER, *way, str(file)]
    console.print(" ".join(command))
    status = subprocess.run(command).returncode
    if status:
        console.print(f"{LOADER} failed with status {status}; check that the board is on, its JTAG "
                      "cable plugged in and not used by another program, and that you may use it "
                      "(udev rules)")
        return 1
    if board.get("host") == "zynq":
        console.print(_AFTER.format(build=build))
        return 0
    if not test:
        return 0
    transport = f"uart:{port}" if port else "auto"
    return subprocess.run([sys.executable, "-m", "driver", "selftest", "--transport", transport],
                          cwd=build).returncode


_AFTER = """the FPGA is configured; its clock, FCLK0, comes from the processor, which must have \
booted (Linux, or the FSBL)
test it from the board's Linux: python -m boards flash {build} --host user@board
or there, as root, in a copy of {build}: python3 -m driver selftest"""


def _way(board: dict, cable: str | None) -> list[str]:
    if cable:
        return ["-c", cable]
    name = board.get("flash")
    if name is None:
        try:
            name = devices.find(board.get("name", "")).flash
        except ValueError:
            name = None
    if name is None:
        what = (f"Board {board.get('name')} must be reached by a cable that is named "
                f"({LOADER} --list-cables)")
        other = ", or over ssh: --host user@board" if board.get("host") == "zynq" else ""
        raise BoardError("--cable", what + other)
    return ["-b", name]


def _manifest(build: Path) -> dict:
    path = build / "manifest.json"
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        what = f"Folder must be a build with a manifest.json: {error.strerror}"
        raise BoardError(str(build), what) from None
    except ValueError:
        raise BoardError(str(path), "File must be JSON; build again") from None
    if not isinstance(document, dict) or "system" not in document:
        what = "Build must have a system.v; designs that keep weights or maps in external memory"
        raise BoardError(str(build), f"{what} have none yet")
    return document
