import re
from pathlib import Path

import pytest

from boards import devices


def test_find():
    board = devices.find("zynq7020")
    assert (board.part, board.lut, board.ff) == ("xc7z020clg400-1", 53_200, 106_400)
    assert (board.bram18, board.dsp) == (280, 220)


def test_names_differ():
    assert len({board.name for board in devices.BOARDS}) == len(devices.BOARDS)


@pytest.mark.parametrize("name", ["", "Zynq7020", "zynq7020 ", "ice40"])
def test_unknown(name):
    names = ", ".join(board.name for board in devices.BOARDS)
    message = f"Board must be one of {names} or a file NAME.toml, not {name!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        devices.find(name)


def test_listed():
    names = [board.name for board in devices.BOARDS]
    assert names[0] == "zynq7020"
    assert set(names) == {"zynq7020", "pynq_z1", "pynq_z2", "arty_z7_20", "zedboard",
                          "microzed_7020", "ulx3s_85f"}  # fmt: skip
    for board in devices.BOARDS:
        assert devices.find(board.name) is board
        zynq = board.name != "ulx3s_85f"
        assert board.host == ("zynq" if zynq else "uart")
        assert board.toolchains == (("vivado", "openxc7") if zynq else ("ecp5",))
        assert board.port == ("hp0" if zynq else None)
        assert board.accumulates == zynq


def test_ecp5():
    board = devices.find("ulx3s_85f")
    assert (board.part, board.lut, board.ff) == ("LFE5U-85F-6BG381C", 83_640, 83_640)
    assert [board.room(name) for name in ("lut", "ff", "bram18", "dsp")] == [
        21_254, 83_640, 208, 78]  # fmt: skip
    zynq = devices.find("pynq_z2")
    assert [zynq.room(name) for name in ("lut", "dsp")] == [53_200, 220]
    assert (board.bram18, board.dsp, board.speed, board.package) == (208, 156, "6", "BG381")


@pytest.mark.parametrize("name", [board.name for board in devices.BOARDS])
def test_file(name):
    """A listed board is found by its file too."""
    path = Path(devices.__file__).parent / "files" / f"{name}.toml"
    assert devices.find(str(path)) == devices.find(name)
