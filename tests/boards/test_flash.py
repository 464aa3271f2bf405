import io
import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from boards import __main__ as command
from boards import driverfiles, flash
from boards.error import BoardError
from tests.boards.driver import model
from tests.boards.driver.test_bitstream import SWAPPED, bit

FRAMES = np.random.default_rng(0).integers(0, 256, (8, 12))

# The board is a folder; ssh runs what it is told there, scp copies there.
SSH = """#!/bin/sh
echo "ssh $*" >> "$BOARD/log"
while [ "${1#-}" != "$1" ]; do [ "$1" = -o ] && shift; shift; done
[ "$1" = user@board ] || exit 255
cd "$BOARD" && HOME="$BOARD" sh -c "$2"
"""
SCP = """#!/bin/sh
echo "scp" >> "$BOARD/log"
while [ "${1#-}" != "$1" ]; do [ "$1" = -o ] && shift; shift; done
while [ $# -gt 1 ]; do files="$files $1"; shift; done
cp -r $files "$BOARD/${1#user@board:}"
"""
# python3 of the board: the driver, on a model of the accelerator that --load configures.
PYTHON = f"""#!{sys.executable}
import json, os, sys
sys.path[:0] = [os.getcwd(), {str(Path(__file__).parents[2])!r}]
from driver import __main__, accelerator
from tests.boards.driver import model
def connect(manifest, transport, load):
    assert open(load, "rb").read() == {SWAPPED!r}
    document = manifest | {{"digest": os.environ.get("LOADED", manifest["digest"])}}
    fault = int(os.environ.get("FAULT", "0"))
    return model.Direct(model.Model(document, lambda values: model.thirds(values) + fault))
accelerator.connect.connect = connect
assert sys.argv[1:3] == ["-m", "driver"]
sys.exit(__main__.main(sys.argv[3:]))
"""
TOOL = '#!/bin/sh\necho "openFPGALoader $*" >> "$BOARD/log"\nexit ${STATUS:-0}\n'


@pytest.fixture
def build(tmp_path):
    folder = tmp_path / "build"
    document = model.manifest()
    for name, data in driverfiles.files(document, (FRAMES, model.thirds(FRAMES))).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "manifest.json").write_text(json.dumps(document))
    (folder / "system.bit").write_bytes(bit())
    return folder


@pytest.fixture
def board(tmp_path, monkeypatch):
    """Fake tools on PATH, and the folder that is the board."""
    folder, tools = tmp_path / "board", tmp_path / "tools"
    folder.mkdir()
    tools.mkdir()
    for name, text in (("ssh", SSH), ("scp", SCP), ("python3", PYTHON), ("sudo", "#!/bin/sh\n"
                       'echo sudo >> "$BOARD/log"\nshift\nexec "$@"\n'), ("id", "#!/bin/sh\n"
                       "echo ${ID:-0}\n"), ("openFPGALoader", TOOL)):  # fmt: skip
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    # A login shell reads /etc/profile, which would set another PATH.
    shell = f'#!/bin/sh\nshift\nPATH="{tools}:$PATH" exec /bin/sh -c "$@"\n'
    (tools / "bash").write_text(shell)
    (tools / "bash").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("BOARD", str(folder))
    monkeypatch.setattr("sys.stdin", None)
    return folder


def told(board) -> list[str]:
    return (board / "log").read_text().splitlines() if (board / "log").exists() else []


def call(build, *rest, **more) -> tuple[int, str]:
    """Exit status, and what is said to people."""
    console = Console(file=io.StringIO(), highlight=False, width=1000)
    status = flash.flash(build, *rest, console=console, **more)
    return status, console.file.getvalue()


def test_ssh(build, board, capfd):
    status, said = call(build, "user@board")
    out = capfd.readouterr().out.splitlines()
    assert status == 0 and said.splitlines() == [
        "copying the driver and the bitstream to user@board:bitloom",
        "loading, and the self-test:",
        "the accelerator runs; on the board, as root in bitloom: python3 -m driver throughput",
    ]
    assert out[-2:] == ["ok vectors: 8 known frames gave their results", "self-test passed"]
    assert (board / "bitloom/system.bit.bin").read_bytes() == SWAPPED
    assert sorted(path.name for path in (board / "bitloom").iterdir()) == [
        "driver", "manifest.json", "system.bit.bin"]  # fmt: skip
    (board / "bitloom/driver/old.py").write_text("")
    assert call(build, "user@board")[0] == 0
    assert not (board / "bitloom/driver/old.py").exists()


def test_becomes_root(build, board, monkeypatch, capfd):
    monkeypatch.setenv("ID", "1000")
    assert call(build, "user@board", folder="a/b")[0] == 0
    assert told(board)[-1] == "sudo"
    assert (board / "a/b/manifest.json").exists()


def test_without_the_test(build, board, capfd):
    assert call(build, "user@board", test=False)[0] == 0
    assert capfd.readouterr().out == f"loaded {model.DIGEST[:16]}\n"


def test_selftest_fails(build, board, monkeypatch, capfd):
    monkeypatch.setenv("FAULT", "1")
    assert call(build, "user@board")[0] == 1
    message = "Self-test failed at vectors: 8 of 8 known frames give another result, the first"
    assert capfd.readouterr().err.startswith(message)


def test_other_build(build, board, monkeypatch, capfd):
    monkeypatch.setenv("LOADED", "0" * 64)
    assert call(build, "user@board")[0] == 2
    assert capfd.readouterr().err.startswith("Bitstream must be that of build ")


def test_no_python(build, board, capfd):
    (board.parent / "tools/python3").write_text("#!/bin/sh\nexit 127\n")
    status, said = call(build, "user@board")
    assert status == 1 and said.splitlines()[-1] == (
        "the driver could not be run on user@board (status 127); check that it has python3 and "
        "numpy")  # fmt: skip


def test_jtag(build, board):
    status, said = call(build)
    assert status == 0
    assert told(board) == [f"openFPGALoader -b pynq_z2 {build / 'system.bit'}"]
    assert said.splitlines()[1:] == [
        "the FPGA is configured; its clock, FCLK0, comes from the processor, which must have "
        "booted (Linux, or the FSBL)",
        f"test it from the board's Linux: python -m boards flash {build} --host user@board",
        f"or there, as root, in a copy of {build}: python3 -m driver selftest",
    ]  # fmt: skip
    assert call(build, cable="digilent")[0] == 0
    assert told(board)[-1] == f"openFPGALoader -c digilent {build / 'system.bit'}"


def test_jtag_fails(build, board, monkeypatch):
    monkeypatch.setenv("STATUS", "3")
    status, said = call(build)
    assert status == 1 and said.splitlines()[-1] == (
        "openFPGALoader failed with status 3; check that the board is on, its JTAG cable plugged "
        "in and not used by another program, and that you may use it (udev rules)")  # fmt: skip


def change(build, **changes) -> None:
    (build / "manifest.json").write_text(json.dumps(model.manifest() | changes))


def test_uart(build, board, capfd):
    """A board without a processor is tested from here, by the build's own driver."""
    change(build, board={"name": "ulx3s_85f", "host": "uart"})
    assert call(build, test=False)[0] == 0
    assert told(board) == [f"openFPGALoader -b ulx3s {build / 'system.bit'}"]
    system = model.manifest()["system"] | {"baud": 3_000_000, "memory_bytes": 32768}
    change(build, board={"name": "ulx3s_85f", "host": "uart"}, system=system)
    assert call(build, port="/dev/no port")[0] == 2
    message = "/dev/no port: Port cannot be opened: No such file or directory\n"
    assert capfd.readouterr().err == message


def test_refusals(build, board, tmp_path, monkeypatch):
    def refused(message, *rest, **more):
        with pytest.raises(BoardError, match=f"^{re.escape(message)}$"):
            call(build, *rest, **more)

    refused("--host: Board must take files by ssh nobody@board, which failed with status 255; "
            "check the network, and the user's name", "nobody@board")
    refused("--folder: Folder must have letters, digits and . _ - / only, not 'a b'",
            "user@board", folder="a b")
    (tmp_path / "z010.bit").write_bytes(bit("7z010clg400"))
    refused(f"{tmp_path / 'z010.bit'}: Bitstream must be for xc7z020clg400-1, not for 7z010clg400",
            "user@board", bitstream_file=tmp_path / "z010.bit")
    change(build, board={"name": "mine", "part": "xc7z020clg400-1", "host": "zynq"})
    refused("--cable: Board mine must be reached by a cable that is named (openFPGALoader "
            "--list-cables), or over ssh: --host user@board")
    change(build, board={"name": "ulx3s_85f", "host": "uart"})
    refused("--host: Board ulx3s_85f has no Linux to log in to; leave --host out", "user@board")
    change(build)
    monkeypatch.setenv("PATH", str(tmp_path))
    refused("openFPGALoader: Program must be installed to load over JTAG: apt-get install "
            "openfpgaloader; or load from the board's Linux: --host user@board")
    refused("ssh: Program must be installed: apt-get install openssh-client", "user@board")
    (build / "system.bit").unlink()
    refused(f"{build / 'system.bit'}: Bitstream must be there; make it with python -m boards "
            f"build {build}")
    (build / "manifest.json").write_text("{}")
    refused(f"{build}: Build must have a system.v; designs that keep weights or maps in external "
            "memory have none yet")
    (build / "manifest.json").write_text("{")
    refused(f"{build / 'manifest.json'}: File must be JSON; build again")
    (build / "manifest.json").unlink()
    refused(f"{build}: Folder must be a build with a manifest.json: No such file or directory")
    assert told(board) == ["ssh -o ConnectTimeout=10 nobody@board mkdir -p bitloom && rm -rf "
                           "bitloom/driver"]  # fmt: skip


def test_command(build, board, capfd):
    assert command.main(["flash", str(build), "--host", "user@board"]) == 0
    assert capfd.readouterr().out.endswith("self-test passed\n")
    assert command.main(["flash", str(build / "nothing")]) == 2
