import re

import pytest

from boards.toolchains import reports
from tests.boards.toolchains import samples


def test_vivado_timing():
    found = reports.vivado_timing(samples.timing("0.123"), 100.0)
    assert found.met and found.wns_ns == 0.123
    assert found.fmax_mhz == pytest.approx(1000 / 9.877)


@pytest.mark.parametrize("slacks", [("-0.001", "0.021", "3.750"), ("0.123", "-0.004", "3.750"),
                                    ("0.123", "0.021", "-0.250")])  # fmt: skip
def test_vivado_timing_missed(slacks):
    found = reports.vivado_timing(samples.timing(*slacks), 100.0)
    assert not found.met and found.wns_ns == float(slacks[0])


def test_vivado_version():
    assert reports.vivado_version(samples.timing()) == "2023.2"
    assert reports.vivado_version("****** Vivado v2024.1.2 (64-bit)") == "2024.1.2"
    assert reports.vivado_version("nothing") == ""


def test_vivado_utilization():
    assert reports.vivado_utilization(samples.UTILIZATION) == samples.USED
    starred = samples.UTILIZATION.replace("| Slice LUTs  ", "| Slice LUTs* ")
    older = starred.replace(" |          0 |     53200", " |     53200")  # without Prohibited
    assert reports.vivado_utilization(older) == samples.USED


@pytest.mark.parametrize(("text", "what"), [
    ("", "Timing report must have a Design Timing Summary"),
    (samples.timing("NA"), "Timing report must have the slack of a path, not NA"),
])  # fmt: skip
def test_vivado_timing_refused(text, what):
    with pytest.raises(ValueError, match=f"^{re.escape(what)}$"):
        reports.vivado_timing(text, 100.0)


@pytest.mark.parametrize("row", ["Slice LUTs", "Slice Registers", "RAMB36/FIFO", "RAMB18", "DSPs"])
def test_vivado_utilization_refused(row):
    text = "\n".join(line for line in samples.UTILIZATION.splitlines()
                     if not re.match(rf"\| *{row}\*? *\|", line))  # fmt: skip
    with pytest.raises(ValueError, match=f"^Utilization report must have a row {row}$"):
        reports.vivado_utilization(text)


@pytest.mark.parametrize(("clocks", "fmax", "met"), [
    ([("clk", 62.5, 50.0)], 62.5, True),
    ([("clk", 40.0, 50.0)], 40.0, False),
    # A slower clock beside the design's own; both must be met.
    ([("clk_in", 300.0, 25.0), ("clk", 62.5, 50.0)], 62.5, True),
    ([("clk_in", 20.0, 25.0), ("clk", 62.5, 50.0)], 62.5, False),
    # The PLL gives a little less than was asked.
    ([("clk", 49.95, 49.9)], 49.95, True),
    # Held against the tool's default of 12 MHz: PASS there says nothing.
    ([("clk", 40.0, 12.0)], 40.0, False),
    ([("clk", 60.0, 12.0)], 60.0, True),
])  # fmt: skip
def test_nextpnr(clocks, fmax, met):
    timing, used = reports.nextpnr_report(samples.report(*clocks), 50.0)
    assert (timing.fmax_mhz, timing.met) == (fmax, met)
    assert timing.wns_ns == pytest.approx(20 - 1000 / fmax)
    assert used == samples.REPORT_USED
    timing, used = reports.nextpnr_log(samples.log(*clocks), 50.0)
    assert (timing.fmax_mhz, timing.met) == (fmax, met)
    assert used == samples.LOG_USED


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"fmax": {}}', '{"fmax": {"a": 1}}'])
def test_nextpnr_refused(text):
    with pytest.raises(ValueError, match=r"^Report of nextpnr must have fmax and utilization$"):
        reports.nextpnr_report(text, 50.0)


def test_nextpnr_without_clock():
    message = r"^Report of nextpnr must name a clock$"
    with pytest.raises(ValueError, match=message):
        reports.nextpnr_report(samples.report(), 50.0)
    with pytest.raises(ValueError, match=r"^Log of nextpnr must have a device utilisation$"):
        reports.nextpnr_log("Info: Packing LUTs..\n", 50.0)
