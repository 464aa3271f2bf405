"""Reports of tools, written by hand in the form that Vivado 2023.2 and nextpnr give them.

The tables and their columns are those of published reports; the numbers are made up.
"""

import json

_TIMING = """\
Copyright 1986-2022 Xilinx, Inc. All Rights Reserved. Copyright 2022-2023 Advanced Micro Devices
------------------------------------------------------------------------------------------------
| Tool Version : Vivado v.2023.2 (lin64) Build 4029153 Fri Oct 13 20:13:54 MDT 2023
| Date         : Sat Nov 21 10:00:00 2026
| Command      : report_timing_summary -file build/vivado/timing.rpt
| Design       : system
| Device       : 7z020-clg400
| Speed File   : -1  PRODUCTION 1.12 2019-11-22
------------------------------------------------------------------------------------------------

Timing Summary Report

------------------------------------------------------------------------------------------------
| Design Timing Summary
| ---------------------
------------------------------------------------------------------------------------------------

    WNS(ns)      TNS(ns)  TNS Failing Endpoints  TNS Total Endpoints      WHS(ns)      THS(ns)  THS Failing Endpoints  THS Total Endpoints     WPWS(ns)     TPWS(ns)  TPWS Failing Endpoints  TPWS Total Endpoints  
    -------      -------  ---------------------  -------------------      -------      -------  ---------------------  -------------------     --------     --------  ----------------------  --------------------  
{wns:>11}        0.000                      0                35120 {whs:>12}        0.000                      0                35120 {wpws:>12}        0.000                       0                 14231  


{verdict}


------------------------------------------------------------------------------------------------
| Clock Summary
| -------------
------------------------------------------------------------------------------------------------

Clock  Waveform(ns)         Period(ns)      Frequency(MHz)
-----  ------------         ----------      --------------
fclk0  {{0.000 5.000}}        10.000          100.000         
"""  # noqa: E501, W291

UTILIZATION = """\
| Tool Version : Vivado v.2023.2 (lin64) Build 4029153 Fri Oct 13 20:13:54 MDT 2023
| Command      : report_utilization -file build/vivado/utilization.rpt
| Design       : system
| Device       : xc7z020clg400-1
| Design State : Routed

1. Slice Logic
--------------

+----------------------------+-------+-------+------------+-----------+-------+
|          Site Type         |  Used | Fixed | Prohibited | Available | Util% |
+----------------------------+-------+-------+------------+-----------+-------+
| Slice LUTs                 |  9876 |     0 |          0 |     53200 | 18.56 |
|   LUT as Logic             |  9700 |     0 |          0 |     53200 | 18.23 |
|   LUT as Memory            |   176 |     0 |          0 |     17400 |  1.01 |
| Slice Registers            | 14230 |     0 |          0 |    106400 | 13.37 |
|   Register as Flip Flop    | 14230 |     0 |          0 |    106400 | 13.37 |
+----------------------------+-------+-------+------------+-----------+-------+

3. Memory
---------

+-------------------+------+-------+------------+-----------+-------+
|     Site Type     | Used | Fixed | Prohibited | Available | Util% |
+-------------------+------+-------+------------+-----------+-------+
| Block RAM Tile    |  3.5 |     0 |          0 |       140 |  2.50 |
|   RAMB36/FIFO*    |    3 |     0 |          0 |       140 |  2.14 |
|     RAMB36E1 only |    3 |       |            |           |       |
|   RAMB18          |    1 |     0 |          0 |       280 |  0.36 |
|     RAMB18E1 only |    1 |       |            |           |       |
+-------------------+------+-------+------------+-----------+-------+

4. DSP
------

+----------------+------+-------+------------+-----------+-------+
|    Site Type   | Used | Fixed | Prohibited | Available | Util% |
+----------------+------+-------+------------+-----------+-------+
| DSPs           |    5 |     0 |          0 |       220 |  2.27 |
|   DSP48E1 only |    5 |       |            |           |       |
+----------------+------+-------+------------+-----------+-------+
"""
USED = {"lut": 9876, "ff": 14230, "bram18": 7, "dsp": 5}

_LOG = """\
Info: Packing LUTs..
Info: Device utilisation:
Info:           SLICE_LUTX: 12345/106400    11%
Info:            SLICE_FFX: 14230/106400    13%
Info:               CARRY4:   866/13300     6%
Info:             RAMB18E1:     1/  280     0%
Info:             RAMB36E1:     3/  140     2%
Info:              DSP48E1:     5/  220     2%
Info:                  PS7:     1/    1   100%
Info: Running HeAP analytical placer..
Info: Max frequency for clock 'clk': 61.20 MHz (FAIL at {asked:.2f} MHz)
Info: Routing..
{clocks}
"""
LOG_USED = {"lut": 12345, "ff": 14230, "bram18": 7, "dsp": 5}
REPORT_USED = {"lut": 9000, "ff": 8000, "bram18": 20, "dsp": 3}


def timing(wns: str = "0.123", whs: str = "0.021", wpws: str = "3.750") -> str:
    """report_timing_summary with the slacks of setup, hold and pulse width."""
    fails = any(text.startswith("-") for text in (wns, whs, wpws))
    verdict = "Timing constraints are not met." if fails else (
        "All user specified timing constraints are met.")  # fmt: skip
    return _TIMING.format(wns=wns, whs=whs, wpws=wpws, verdict=verdict)


def log(*clocks: tuple[str, float, float]) -> str:
    """What nextpnr-xilinx says, of clocks (name, reached, asked); the first line is before routing.
    """
    lines = [f"Info: Max frequency for clock  '{name}': {reached:.2f} MHz "
             f"({'PASS' if reached >= asked else 'FAIL'} at {asked:.2f} MHz)"
             for name, reached, asked in clocks]  # fmt: skip
    return _LOG.format(asked=clocks[0][2] if clocks else 12, clocks="\n".join(lines))


def report(*clocks: tuple[str, float, float]) -> str:
    """What nextpnr-ecp5 --report writes, of clocks (name, reached, asked)."""
    used = {"TRELLIS_COMB": (9000, 83640), "TRELLIS_FF": (8000, 83640), "DP16KD": (20, 208),
            "MULT18X18D": (3, 156), "TRELLIS_IO": (11, 365), "EHXPLLL": (1, 4)}  # fmt: skip
    return json.dumps({
        "critical_paths": [], "detailed_net_timings": [],
        "fmax": {name: {"achieved": reached, "constraint": asked}
                 for name, reached, asked in clocks},
        "utilization": {name: {"used": n, "available": all_} for name, (n, all_) in used.items()},
    })  # fmt: skip
