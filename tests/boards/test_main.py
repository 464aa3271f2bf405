import json

import pytest

from boards import devices, listing
from boards.__main__ import main


def test_list(capsys):
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[0].split() == ["board", "name", "part", "host", "link", "LUT", "FF", "BRAM18",
                                "DSP", "clock", "LEDs", "toolchains", "openFPGALoader",
                                "-b"]  # fmt: skip
    assert [line.split()[0] for line in lines[1:]] == [board.name for board in devices.BOARDS]
    for line, board in zip(lines[1:], devices.BOARDS, strict=True):
        assert f" {board.part} " in line and f" {board.lut:,} " in line and board.title in line


def test_list_json(capsys):
    assert main(["list", "--json"]) == 0
    told = {board["name"]: board for board in json.loads(capsys.readouterr().out)}
    assert list(told) == [board.name for board in devices.BOARDS]
    assert told["zedboard"]["leds"][0] == "T22" and told["zedboard"]["toolchains"][0] == "vivado"
    assert told["ulx3s_85f"]["uart"]["baud"] == 3_000_000 and told["ulx3s_85f"]["host"] == "uart"


def test_list_file(capsys, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\npart = "xc7z020clg484-2"\n')
    assert main(["list", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:3] == ["mine", "mine",
                                                                   "xc7z020clg484-2"]  # fmt: skip


def test_markdown():
    lines = listing.markdown(devices.BOARDS).splitlines()
    assert len(lines) == 2 + len(devices.BOARDS)
    assert len({line.count("|") for line in lines}) == 1
    assert lines[2].startswith("| `zynq7020` | ")


@pytest.mark.parametrize(("argv", "what"), [
    ([], "command line: the following arguments are required: COMMAND"),
    (["list", "--xml"], "command line: unrecognized arguments: --xml"),
    (["list", "none.toml"], "none.toml: Board file cannot be read: No such file or directory"),
])  # fmt: skip
def test_refused(capsys, argv, what):
    assert main(argv) == 2
    assert capsys.readouterr() == ("", what + "\n")
