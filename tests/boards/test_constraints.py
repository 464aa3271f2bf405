import re

import pytest

from boards import devices
from boards.constraints import xdc
from boards.parts import PARTS

ZYNQ = [board for board in devices.BOARDS if board.family == "zynq7000"]


def test_text():
    assert xdc(devices.find("pynq_z2"), 120.0) == """\
# TUL PYNQ-Z2: xc7z020clg400-1
create_clock -name fclk0 -period 8.333 [get_nets fclk0]
set_property PACKAGE_PIN R14 [get_ports {leds[0]}]
set_property IOSTANDARD LVCMOS33 [get_ports {leds[0]}]
set_property PACKAGE_PIN P14 [get_ports {leds[1]}]
set_property IOSTANDARD LVCMOS33 [get_ports {leds[1]}]
set_property PACKAGE_PIN N16 [get_ports {leds[2]}]
set_property IOSTANDARD LVCMOS33 [get_ports {leds[2]}]
set_property PACKAGE_PIN M14 [get_ports {leds[3]}]
set_property IOSTANDARD LVCMOS33 [get_ports {leds[3]}]
"""


@pytest.mark.parametrize("board", ZYNQ, ids=lambda board: board.name)
def test_lines(board):
    """Every line is one that both tools read, every ball is of the package, every LED has both."""
    comment, clock, *properties = xdc(board, board.clock).splitlines()
    assert comment.startswith("# ")
    assert clock == "create_clock -name fclk0 -period 10.000 [get_nets fclk0]"
    found = [re.fullmatch(r"set_property (\w+) (\w+) \[get_ports \{leds\[(\d)\]\}\]", line).groups()
             for line in properties]  # fmt: skip
    for number, ball in enumerate(board.leds):
        mine = {name: value for name, value, port in found if port == str(number)}
        assert mine == {"PACKAGE_PIN": ball, "IOSTANDARD": "LVCMOS33"}
        assert ball in PARTS[board.part].balls
    assert len(found) == 2 * len(board.leds)


def test_no_zynq():
    with pytest.raises(ValueError, match=r"^XDC must be of a Zynq-7000, not of LFE5U-85F-6BG381C$"):
        xdc(devices.find("ulx3s_85f"), 50.0)


def test_no_clock():
    with pytest.raises(ValueError, match=r"^XDC clock must be positive, not 0$"):
        xdc(devices.find("zynq7020"), 0)
