import re

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
    message = f"Board must be one of {names}, not {name!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        devices.find(name)
