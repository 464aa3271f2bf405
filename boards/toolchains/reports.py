"""What tools say of timing and utilisation, read back from their reports."""

import json
import re
from dataclasses import dataclass

__all__ = ["Timing", "nextpnr_log", "nextpnr_report", "vivado_timing", "vivado_utilization",
           "vivado_version"]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Timing:
    """The slowest paths: the frequency they would allow, their slack, and if all are fast enough.

    ``wns_ns`` is the worst slack of setup at the frequency asked; below 0 it is not met.
    """

    fmax_mhz: float
    wns_ns: float
    met: bool


_RESOURCES = {"lut": ("TRELLIS_COMB", "SLICE_LUTX"), "ff": ("TRELLIS_FF", "SLICE_FFX"),
              "bram18": ("DP16KD", "RAMB18E1"), "dsp": ("MULT18X18D", "DSP48E1")}  # fmt: skip
"""Cells of nextpnr-ecp5, and of nextpnr-xilinx, which counts the two halves of a LUT as two."""


def vivado_version(text: str) -> str:
    """``2023.2`` of a report's or a log's ``Vivado v.2023.2``; "" if it does not say."""
    match = re.search(r"Vivado v\.?(\d{4}\.\d+(?:\.\d+)?)", text)
    return match[1] if match else ""


def vivado_timing(text: str, clock_mhz: float) -> Timing:
    """The table "Design Timing Summary" of report_timing_summary.

    Raises
    ------
    ValueError
        If there is no such table, or no path has a clock.
    """
    match = re.search(r"^ *WNS\(ns\) .*\n[ -]+\n(.+)$", text, re.MULTILINE)
    if match is None:
        raise ValueError("Timing report must have a Design Timing Summary")
    fields = match[1].split()
    if len(fields) < 12 or "NA" in (fields[0], fields[4]):
        raise ValueError("Timing report must have the slack of a path, not NA")
    setup, hold, pulse = (float(fields[k]) for k in (0, 4, 8))
    return Timing(fmax_mhz=1000 / (1000 / clock_mhz - setup), wns_ns=setup,
                  met=min(setup, hold, pulse) >= 0)  # fmt: skip


def vivado_utilization(text: str) -> dict[str, int]:
    """lut, ff, bram18 and dsp of report_utilization (a RAMB36 is two).

    Raises
    ------
    ValueError
        If a row is not there.
    """
    def used(row: str) -> int:
        match = re.search(rf"^\| *{row}\*? *\| *(\d+) *\|", text, re.MULTILINE)
        if match is None:
            raise ValueError(f"Utilization report must have a row {row}")
        return int(match[1])

    return {"lut": used("Slice LUTs"), "ff": used("Slice Registers"),
            "bram18": 2 * used("RAMB36/FIFO") + used("RAMB18"), "dsp": used("DSPs")}  # fmt: skip


def nextpnr_report(text: str, clock_mhz: float) -> tuple[Timing, dict[str, int]]:
    """What ``nextpnr --report`` writes, as JSON.

    Raises
    ------
    ValueError
        If it is no such report, or names no clock.
    """
    try:
        report = json.loads(text)
        clocks = [(found["constraint"], found["achieved"]) for found in report["fmax"].values()]
        used = {name: found["used"] for name, found in report["utilization"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError("Report of nextpnr must have fmax and utilization") from None
    return _clock(clocks, clock_mhz), _resources(used)


def nextpnr_log(text: str, clock_mhz: float) -> tuple[Timing, dict[str, int]]:
    """The same out of a log of nextpnr-xilinx, of which not every release writes a report.

    Raises
    ------
    ValueError
        If the log says no frequency or no utilisation.
    """
    found = {}
    line = r"Max frequency for clock +'([^']+)': ([\d.]+) MHz \((?:PASS|FAIL) at ([\d.]+) MHz\)"
    for name, achieved, asked in re.findall(line, text):
        found[name] = (float(asked), float(achieved))  # the last is that of the routed design
    used = re.findall(r"^Info:\s+(\w+): +(\d+) */ *\d+ +\d+%", text, re.MULTILINE)
    if not used:
        raise ValueError("Log of nextpnr must have a device utilisation")
    return _clock(list(found.values()), clock_mhz), _resources({n: int(k) for n, k in used})


def _clock(clocks: list[tuple[float, float]], clock_mhz: float) -> Timing:
    """The clock of the design among (asked, achieved); all must be met."""
    if not clocks:
        raise ValueError("Report of nextpnr must name a clock")
    asked, achieved = min(clocks, key=lambda pair: (abs(pair[0] - clock_mhz), pair[1]))
    # A clock that the tool held against much less (its default) is not met because it says so; a
    # PLL may give a little less than was asked.
    met = all(a >= c for c, a in clocks) and (asked >= 0.98 * clock_mhz or achieved >= clock_mhz)
    return Timing(fmax_mhz=achieved, wns_ns=1000 / clock_mhz - 1000 / achieved, met=met)


def _resources(used: dict[str, int]) -> dict[str, int]:
    found = {name: sum(used.get(kind, 0) for kind in kinds) for name, kinds in _RESOURCES.items()}
    found["bram18"] += 2 * used.get("RAMB36E1", 0)
    return found
