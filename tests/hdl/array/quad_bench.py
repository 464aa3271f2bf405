"""The cocotb test that drives a quad row by row, with pauses, and compares its activations."""

import json
import os
import random
from pathlib import Path

import cocotb
from cocotb.clock import Clock

JOB = "BITLOOM_QUAD"
"""Environment variable with the folder of ``job.json``, where ``found.json`` is left."""

PERIOD, STALL = 2, 0.2


@cocotb.test()
async def activations(dut) -> None:
    """An enabled cycle a row; while not enabled inputs are noise and the output stays.

    An edge's trigger fires before the design reacts: what is read there is older than the edge.
    """
    folder = Path(os.environ[JOB])
    job = json.loads((folder / "job.json").read_text())
    expected = {int(row): value for row, value in job["expected"].items()}
    ports = {name: getattr(dut, name) for name in job["rows"][0]}
    noise = random.Random(0)
    errors = compared = cycles = 0
    held = None
    Clock(dut.clk, PERIOD, "step").start(start_high=False)
    for number, row in enumerate(job["rows"]):
        enabled = False
        while not enabled:
            enabled = noise.random() >= STALL
            dut.en.value = int(enabled)
            for name, port in ports.items():
                port.value = int(row[name]) if enabled else noise.getrandbits(len(port))
            await dut.clk.rising_edge
            cycles += 1
            found = str(dut.o.value)
            errors += held is not None and found != held
            held = None if enabled else found
        if number in expected:
            compared += 1
            errors += found != f"{expected[number]:0{len(found)}b}"
    found = {"errors": errors, "compared": compared, "cycles": cycles, "enabled": len(job["rows"])}
    (folder / "found.json").write_text(json.dumps(found))
    assert not errors
