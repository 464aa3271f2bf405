# amaranth: UnusedElaboratable=no

import re

import pytest

from generators.emit.system import convert
from hdl.bus.shell import Shell
from hdl.ecp5.pll import FILTER
from hdl.ecp5.system import System

SHELL = Shell.Config(digest="0123456789abcdef" * 4, batch=1, parameters=False, i_width=64,
                     i_frame_bytes=98, i_beats=13, o_width=32, o_frame_bytes=10, o_beats=3)


def test_verilog():
    """The ports, one core, and a PLL with the attributes that Verilog of ours has none of."""
    text = convert(System(System.Config(shell=SHELL, leds=8, high=2)))
    ports = re.search(r"^module system\((.*?)\);", text, re.MULTILINE)[1]
    assert set(ports.split(", ")) == {"clk_in", "uart_rx", "uart_tx", "leds", "high"}
    assert "assign high = 2'h3;" in text
    assert len(re.findall(r"^  top top \($", text, re.MULTILINE)) == 1
    attributes = re.search(r"^  \(\* (.*) \*\)\n  EHXPLLL #\($", text, re.MULTILINE)[1]
    assert attributes == ", ".join(f'{name} = "{value}"' for name, value in FILTER.items())


def test_no_leds():
    assert not {"leds", "high"} & System(System.Config(shell=SHELL)).signature.members.keys()


def test_sizes():
    config = System.Config(shell=SHELL, clock_mhz=66)
    assert config.clock_hz == 65_625_000  # 21 / 8 of 25 MHz
    assert config.uart.cycles == 21.875
    assert config.link.silence == 1_312_500
    assert (config.ram.size, config.ram.address, config.link.address) == (32768, 15, 15)


@pytest.mark.parametrize(("sizes", "message"), [
    ({"leds": -1}, "System leds must be a number of LEDs, not -1"),
    ({"memory_bytes": 0}, "System memory_bytes must be a positive integer, not 0"),
    ({"baud": 10_000_000}, "UART baud must be at most 8333333 at a clock of 50000000 Hz, not "
                           "10000000"),
    ({"memory_bytes": 1 << 17}, "Link memory must be a power of two of at most 65536, not 131072"),
    ({"clock_mhz": 500}, "PLL output must be 3.125 to 400 MHz, not 500 MHz"),
])  # fmt: skip
def test_refusals(sizes, message):
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(message)}$"):
        System.Config(shell=SHELL, **sizes)
