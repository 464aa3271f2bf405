# amaranth: UnusedElaboratable=no

"""Pieces of paths, as the timing analyser counts them."""

import pytest

from generators.cost import delay
from generators.synth.timing import analyse


def cell(kind: str, **connections: list) -> dict:
    outputs = {"O", "Q", "CO"}
    return {"type": kind, "parameters": {}, "connections": connections,
            "port_directions": {pin: "output" if pin in outputs else "input"
                                for pin in connections}}  # fmt: skip


def chain(bits: int) -> dict:
    """A register, which is both operands, a LUT a bit, CARRY4s, a register behind the last sum."""
    clock, q, cells = 2, 3, {}
    cells["from"] = cell("FDRE", C=[clock], D=["0"], CE=["1"], R=["0"], Q=[q])
    carry, free = "0", 10
    for first in range(0, bits, 4):
        some = min(4, bits - first)
        selects = [free + k for k in range(4)]
        for k in range(some):
            cells[f"lut{first + k}"] = cell("LUT2", I0=[q], I1=["0"], O=[selects[k]])
        sums, carries = ([free + 4 * n + k for k in range(4)] for n in (1, 2))
        cells[f"carry{first}"] = cell("CARRY4", CI=[carry], CYINIT=["0"],
                                      DI=[q] * some + ["0"] * (4 - some),
                                      S=selects[:some] + ["0"] * (4 - some), O=sums,
                                      CO=carries)  # fmt: skip
        carry, last, free = carries[3], sums[some - 1], free + 12
    cells["to"] = cell("FDRE", C=[clock], D=[last], CE=["1"], R=["0"], Q=[5])
    ports = {"clk": {"direction": "input", "bits": [clock]},
             "o": {"direction": "output", "bits": [5]}}  # fmt: skip
    return {"modules": {"top": {"ports": ports, "cells": cells, "netnames": {}}}}


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5, 7, 8, 9, 12, 25, 32])
def test_an_adder_takes_as_long_as_it_is_analysed_to(bits):
    assert analyse(chain(bits)).reg_to_reg.ps == delay.FF + delay.carry(bits) + delay.SETUP


def test_no_bits_are_no_chain():
    assert delay.carry(0) == 0


@pytest.mark.parametrize(("inputs", "levels"), [(1, 0), (2, 1), (6, 1), (7, 2), (36, 2), (37, 3)])
def test_levels_of_a_conjunction(inputs, levels):
    assert delay.depth(inputs) == levels


def test_levels_are_luts_behind_wires():
    assert delay.levels() == delay.WIRE + delay.LUT == 624
    assert delay.levels(3) == 3 * 624


def test_tables_cross_multiplexers():
    """Of 64 words a LUT; up to 256 MUXF7 and MUXF8 as well; beyond, LUTs choose among these."""
    assert [delay.rom(words) - delay.levels() for words in (2, 64, 128, 256)] == [0, 0, 223, 327]
    assert delay.rom(1024) == delay.rom(256) + delay.levels()
    assert delay.rom(2048) == delay.rom(256) + delay.levels(2)


def test_ends_are_those_of_the_cells():
    assert (delay.FF, delay.SETUP, delay.ENABLE, delay.RESET) == (456, 60, 609, 904)
    assert (delay.BRAM, delay.into_bram(), delay.into_bram("ENARDEN")) == (2454, 1066, 943)
    assert (delay.ram(32), delay.ram(64), delay.into_ram()) == (1190, 1163, 1154)
    assert (delay.DSP, delay.dsp("A"), delay.dsp("A", AREG=0)) == (329, 754, 1916)
