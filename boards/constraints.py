"""Constraints of a system on a Zynq-7000: XDC, of the kind that Vivado and nextpnr-xilinx read."""

from boards.board import Board

__all__ = ["CLOCK_NET", "LEDS", "xdc"]

CLOCK_NET = "fclk0"
"""The net from the processing system to the global buffer, in the module system."""

LEDS = "leds"
"""The port of the module system; a design without LEDs has no pins at all."""


def xdc(board: Board, clock_mhz: float) -> str:
    """The text of system.xdc: the clock, and a ball and an I/O standard for each LED.

    Each property is a line of four words, as nextpnr-xilinx reads no more.

    Raises
    ------
    ValueError
        If the board has no Zynq-7000, or the clock is none of it.
    """
    if board.family != "zynq7000":
        raise ValueError(f"XDC must be of a Zynq-7000, not of {board.part}")
    if not clock_mhz > 0:
        raise ValueError(f"XDC clock must be positive, not {clock_mhz}")
    lines = [
        f"# {board.title}: {board.part}",
        f"create_clock -name {CLOCK_NET} -period {1000 / clock_mhz:.3f} [get_nets {CLOCK_NET}]",
    ]
    for number, ball in enumerate(board.leds):
        port = f"[get_ports {{{LEDS}[{number}]}}]"
        lines += [
            f"set_property PACKAGE_PIN {ball} {port}",
            f"set_property IOSTANDARD {board.leds_standard} {port}",
        ]
    return "\n".join(lines) + "\n"
