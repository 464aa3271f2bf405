"""The Zynq's system-level control registers: the FPGA's clock, and whether its ports are on.

UG585 (Zynq-7000 technical reference manual), appendix B.28.
"""

from __future__ import annotations

from pathlib import Path

from .errors import TransportError

__all__ = ["BASE", "ports_on", "ps_clock_mhz", "set_fclk0"]

BASE = 0xF8000000
LOCK, UNLOCK = 0x004, 0x008
PLLS = {0: 0x108, 1: 0x108, 2: 0x100, 3: 0x104}  # source of a clock: IO, IO, ARM, DDR PLL
FPGA0_CLK_CTRL, FPGA0_THR_CNT, FPGA_RST_CTRL, LVL_SHFTR_EN = 0x170, 0x178, 0x240, 0x900


def ports_on(slcr) -> bool:
    """Whether the processor may read the FPGA: level shifters on and the FPGA's reset off.

    A read of an address in the FPGA hangs the processor where they are not.
    """
    return slcr[LVL_SHFTR_EN] & 0xF == 0xF and not slcr[FPGA_RST_CTRL] & 1


def set_fclk0(slcr, mhz: float, ps_mhz: float) -> float:
    """Set FCLK0 to the highest rate up to ``mhz`` that its PLL and two divisors give.

    The PLL is the one that FCLK0 has, and its rate is read back: ps_mhz, the processing system's
    input clock, times the PLL's factor. The FPGA is in reset meanwhile; and the clock runs on then,
    where the kernel has stopped it as nobody's. Where all that is so already, nothing is written.

    Returns
    -------
    float
        The rate in MHz.

    Raises
    ------
    TransportError
        If no divisors give a rate within 10 % below.
    """
    pll = slcr[PLLS[slcr[FPGA0_CLK_CTRL] >> 4 & 3]]
    rate = ps_mhz * (1 if pll >> 4 & 1 else pll >> 12 & 0x7F)  # bit 4: the PLL is bypassed
    pairs = [(rate / first / second, first, second) for first in range(1, 64)
             for second in range(1, 64) if rate / first / second <= mhz * (1 + 1e-4)]
    found, first, second = max(pairs, key=lambda one: one[0], default=(0.0, 0, 0))
    if found < 0.9 * mhz:
        what = f"{mhz:g} MHz or at most 10 % less from a PLL of {rate:g} MHz, not {found:g}"
        raise TransportError(f"FCLK0 must be {what}")
    before, reset = slcr[FPGA0_CLK_CTRL], slcr[FPGA_RST_CTRL]
    wanted = before & ~(0x3F << 8 | 0x3F << 20) | first << 8 | second << 20
    if wanted == before and not slcr[FPGA0_THR_CNT]:
        return found
    slcr[UNLOCK] = 0xDF0D
    slcr[FPGA_RST_CTRL] = reset | 1
    slcr[FPGA0_CLK_CTRL] = wanted
    slcr[FPGA0_THR_CNT] = 0
    slcr[FPGA_RST_CTRL] = reset & ~1
    slcr[LOCK] = 0x767B
    return found


def ps_clock_mhz(root: str | Path = "/") -> float:
    """The processing system's input clock as the device tree has it: 33.3 or 50 MHz.

    Raises
    ------
    TransportError
        If it has none.
    """
    pattern = "proc/device-tree/*/slcr@f8000000/clkc@100/ps-clk-frequency"
    for path in sorted(Path(root).glob(pattern)):
        return int.from_bytes(path.read_bytes(), "big") / 1e6
    raise TransportError("Device tree must have ps-clk-frequency, the processing system's clock, "
                         "to set FCLK0 by")
