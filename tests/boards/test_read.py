from pathlib import Path

import pytest

from boards.board import Reference, Uart
from boards.error import BoardError
from boards.parts import PARTS
from boards.read import read

ZYNQ = 'name = "mine"\npart = "xc7z020clg400-1"\n'
ECP5 = """name = "mine"
part = "LFE5U-85F-8BG381C"
[reference]
pin = "P3"
mhz = 100
[uart]
rx = "A10"
tx = "A11"
baud = 115200
standard = "LVCMOS25"
"""


def tell(tmp_path, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return path


def test_least(tmp_path):
    board = read(tell(tmp_path, ZYNQ))
    assert (board.name, board.title, board.part, board.package) == (
        "mine", "mine", "xc7z020clg400-1", "clg400")  # fmt: skip
    assert (board.leds, board.clock, board.port, board.flash) == ((), 100.0, "hp0", None)
    assert (board.reference, board.uart) == (None, None)


def test_all_of_a_zynq(tmp_path):
    text = ('name = "mine"\npart = "xc7z020clg484-3"\ntitle = "Mine"\nclock = 142.5\n'
            'port = "acp"\nflash = "zedboard"\nnotes = "A note."\n[leds]\n'
            'pins = ["AB22", "A1"]\nstandard = "LVCMOS18"\n')  # fmt: skip
    board = read(tell(tmp_path, text))
    assert (board.title, board.clock, board.port, board.notes) == ("Mine", 142.5, "acp", "A note.")
    assert (board.leds, board.leds_standard, board.flash) == (
        ("AB22", "A1"), "LVCMOS18", "zedboard")  # fmt: skip
    assert (board.device, board.package, board.speed) == ("xc7z020", "clg484", "3")


def test_all_of_an_ecp5(tmp_path):
    board = read(tell(tmp_path, 'high = ["A2"]\n' + ECP5))
    assert board.reference == Reference(pin="P3", mhz=100.0, standard="LVCMOS33")
    assert board.uart == Uart(rx="A10", tx="A11", baud=115_200, standard="LVCMOS25")
    assert (board.port, board.high) == (None, ("A2",))


PARTS_TOLD = ", ".join(PARTS)
STANDARDS = "LVCMOS33, LVCMOS25, LVCMOS18, LVCMOS15, LVCMOS12"
REFUSED = {
    "no TOML": ("name = ", "Board file must be TOML: Invalid value (at end of document)"),
    "unknown key": (ZYNQ + "colour = 1\n",
                    "Board key must be one of name, part, title, clock, port, flash, notes, leds, "
                    "reference, uart, high, not 'colour'"),
    "type of high": ('high = "A2"\n' + ECP5, "Board high must be a list of strings, not 'A2'"),
    "high twice": ('high = ["A10"]\n' + ECP5,
                   "Ball A10 must have one use, not high[0] and uart rx"),
    "no high": (ZYNQ + 'high = ["R14"]\n', "Board of part xc7z020clg400-1 must not have 'high'"),
    "no name": ('part = "xc7z020clg400-1"', "Board must have the key 'name'"),
    "no part": ('name = "mine"', "Board must have the key 'part'"),
    "type of name": ("name = 3", "Board name must be a string, not 3"),
    "type of clock": (ZYNQ + "clock = true\n", "Board clock must be a number, not True"),
    "type of leds": (ZYNQ + 'leds = "R14"\n', "Board leds must be a table, not 'R14'"),
    "letters": ('name = "my board"\npart = "xc7z020clg400-1"',
                "Board name must be letters, digits and _, not 'my board'"),
    "part": ('name = "mine"\npart = "xc7z010clg400-1"',
             f"Board part must be one of {PARTS_TOLD}, not 'xc7z010clg400-1'"),
    "package": ('name = "mine"\npart = "xc7z020clg225-1"',
                f"Board part must be one of {PARTS_TOLD}, not 'xc7z020clg225-1'"),
    "slow": (ZYNQ + "clock = 0.5\n", "Board clock must be 1 to 250 MHz, not 0.5"),
    "fast": (ZYNQ + "clock = 251\n", "Board clock must be 1 to 250 MHz, not 251"),
    "no number": (ZYNQ + "clock = nan\n", "Board clock must be 1 to 250 MHz, not nan"),
    "port": (ZYNQ + 'port = "hp1"\n', "Board port must be hp0 or acp, not 'hp1'"),
    "uart of a Zynq": (ZYNQ + '[uart]\nrx = "R14"\ntx = "P14"\n',
                       "Board of part xc7z020clg400-1 must not have 'uart'"),
    "reference of a Zynq": (ZYNQ + '[reference]\npin = "H16"\nmhz = 125\n',
                            "Board of part xc7z020clg400-1 must not have 'reference'"),
    "port of an ECP5": ('port = "hp0"\n' + ECP5,
                        "Board of part LFE5U-85F-8BG381C must not have 'port'"),
    "no reference": (ECP5.replace("[reference]\npin = \"P3\"\nmhz = 100\n", ""),
                     "Board of part LFE5U-85F-8BG381C must have 'reference'"),
    "no uart": (ECP5[: ECP5.index("[uart]")],
                "Board of part LFE5U-85F-8BG381C must have 'uart'"),
    "key of leds": (ZYNQ + '[leds]\npin = "R14"\n',
                    "leds key must be one of pins, standard, not 'pin'"),
    "no pins": (ZYNQ + "[leds]\n", "leds must have the key 'pins'"),
    "type of pins": (ZYNQ + '[leds]\npins = "R14"\n',
                     "leds pins must be a list of strings, not 'R14'"),
    "type of a pin": (ZYNQ + "[leds]\npins = [14]\n",
                      "leds pins must be a list of strings, not [14]"),
    "many pins": (ZYNQ + f"[leds]\npins = {['R14'] * 9}\n", "leds pins must be at most 8, not 9"),
    "ball of the processor": (ZYNQ + '[leds]\npins = ["R14", "A5"]\n',
                              "leds[1] must be an I/O ball of clg400, not 'A5'"),
    "no ball": (ZYNQ.replace("400", "484") + '[leds]\npins = ["I5"]\n',
                "leds[0] must be an I/O ball of clg484, not 'I5'"),
    "two uses": (ZYNQ + '[leds]\npins = ["R14", "R14"]\n',
                 "Ball R14 must have one use, not leds[0] and leds[1]"),
    "two uses of the host link": (ECP5.replace("A11", "P3"),
                                  "Ball P3 must have one use, not reference and uart tx"),
    "standard": (ZYNQ + '[leds]\npins = ["R14"]\nstandard = "TTL"\n',
                 f"leds standard must be one of {STANDARDS}, not 'TTL'"),
    "standard of the reference": (ECP5.replace("mhz = 100", 'mhz = 100\nstandard = "LVDS"'),
                                  f"reference standard must be one of {STANDARDS}, not 'LVDS'"),
    "standard of the uart": (ECP5.replace("LVCMOS25", "RS232"),
                             f"uart standard must be one of {STANDARDS}, not 'RS232'"),
    "reference frequency": (ECP5.replace("mhz = 100", "mhz = 4"),
                            "reference mhz must be 8 to 400, not 4"),
    "reference without frequency": (ECP5.replace("mhz = 100", ""),
                                    "reference must have the key 'mhz'"),
    "reference ball": (ECP5.replace('"P3"', '"Z3"'),
                       "reference must be an I/O ball of BG381, not 'Z3'"),
    "baud": (ECP5.replace("115200", "300"), "uart baud must be 9600 to 12000000, not 300"),
    "uart ball": (ECP5.replace('"A10"', '"A1"'),
                  "uart rx must be an I/O ball of BG381, not 'A1'"),
    "uart without tx": (ECP5.replace('tx = "A11"', ""), "uart must have the key 'tx'"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tmp_path, case):
    text, what = REFUSED[case]
    path = tell(tmp_path, text)
    with pytest.raises(BoardError) as error:
        read(path)
    assert str(error.value) == f"{path}: {what}"


def test_no_file(tmp_path):
    with pytest.raises(BoardError) as error:
        read(tmp_path / "none.toml")
    what = "Board file cannot be read: No such file or directory"
    assert str(error.value) == f"{tmp_path / 'none.toml'}: {what}"


def test_no_text(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(BoardError, match=r": Board file must be TOML: 'utf-8' codec can't decode"):
        read(path)
