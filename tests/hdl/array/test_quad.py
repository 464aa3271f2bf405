# amaranth: UnusedElaboratable=no

import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest

from generators.emit.verilog import convert, scratch
from generators.synth.synthesize import synthesize
from hdl.array.bias import spread
from hdl.dot.popcount import WIDTH
from hdl.number import BIPOLAR
from sim import models
from tests.hdl import clocked, primitives
from tests.hdl.array.quad_bench import JOB
from tests.hdl.quad import Quad

RUNS = {"simulator": clocked.run, "netlist": primitives.netlist_run}


@dataclass(frozen=True)
class Stimulus:
    """Inputs by port, one an enabled cycle, and the activations in the cycles ``done``."""

    inputs: dict[str, list[int]]
    done: np.ndarray
    y: np.ndarray


def stimulus(config: Quad.Config, neurons: int) -> Stimulus:
    """Random words with gaps between them, and thresholds at, just above and below the sums."""
    rng = np.random.default_rng(config.words)
    words, k, lanes, dot = config.words, config.neurons, config.lanes, config.dot
    x = clocked.draw(rng, BIPOLAR, (neurons, words, lanes))
    w = clocked.draw(rng, BIPOLAR, (neurons, words, k, lanes))
    w[0], w[1] = x[0, :, None], -x[1, :, None]
    sums = (x[:, :, None] * w == 1).sum(axis=(1, 3))
    thresholds = np.clip(sums + rng.integers(-2, 3, sums.shape), 0, words * lanes + 1)
    thresholds[2], thresholds[3] = 0, words * lanes + 1
    bias = spread(-thresholds, dot.bias, words, WIDTH).transpose(0, 2, 1, 3)

    slots = np.flatnonzero(rng.random(2 * neurons * words) < 0.9)[: neurons * words]
    count = slots[-1] + config.latency + 1
    plan = np.zeros((2, count), bool)
    plan[0, slots[::words] + dot.latency] = True
    plan[1, slots + dot.latency] = True
    columns = {
        "x": skewed(rng, count, slots, dot.stages, (x.reshape(-1, 1, lanes) + 1) // 2),
        "w": skewed(rng, count, slots, dot.stages, (w.reshape(-1, k, lanes) + 1) // 2),
        "bias": skewed(rng, count, slots, (0,) * dot.bias_stage + (len(dot.bias),),
                       bias.reshape(-1, k, len(dot.bias))),
    }  # fmt: skip
    inputs = {name: packed(bits.reshape(count, -1)) for name, bits in columns.items()}
    inputs |= {"first": plan[0].tolist(), "valid": plan[1].tolist()}
    done = slots[words - 1 :: words] + config.latency
    return Stimulus(inputs, done, np.array(packed(sums >= thresholds)))


def skewed(rng, count: int, slots, stages, values: np.ndarray) -> np.ndarray:
    """Values (slots, neurons, lanes), the lanes of stage s in the row of slot + s; else noise."""
    rows = rng.integers(0, 2, (count, *values.shape[1:]))
    for stage, (end, lanes) in enumerate(zip(accumulate(stages), stages)):
        rows[slots + stage, :, end - lanes : end] = values[:, :, end - lanes : end]
    return rows


def packed(bits: np.ndarray) -> list[int]:
    """Each row as an integer, bit 0 lowest."""
    small = np.packbits(np.asarray(bits, np.uint8), axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in small]


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize(("words", "stall"), [(9, 0.0), (4, 0.3), (1, 0.3)])
def test_activations(words, stall, run):
    config = Quad.Config(words=words)
    given = stimulus(config, 2100 // words + 1 if run == "netlist" else 120 // words + 8)
    rng = np.random.default_rng(0)
    o = RUNS[run](Quad(config), 0, rng=rng, stall=stall, **given.inputs)
    np.testing.assert_array_equal(o[given.done], given.y)


def test_activations_in_cocotb():
    """The emitted LUT6_2, CARRY4 and DSP48E1, as yosys says they are."""
    config = Quad.Config(words=9)
    given = stimulus(config, 300)
    expected = dict(zip(given.done.tolist(), given.y.tolist()))
    with scratch() as folder:
        (folder / "top.v").write_text(convert(Quad(config)))
        rows = [dict(zip(given.inputs, row)) for row in zip(*given.inputs.values())]
        (folder / "job.json").write_text(json.dumps({"rows": rows, "expected": expected}))
        cocotb(folder)
        found = json.loads((folder / "found.json").read_text())
    assert (found["errors"], found["compared"]) == (0, 300)
    assert found["cycles"] > found["enabled"] >= 2700


def cocotb(folder: Path) -> None:
    """Run quad_bench on top.v in a folder, where it leaves found.json."""
    simulator = "icarus" if shutil.which("iverilog") else "verilator"
    sources, options = [folder / "top.v", primitives.CELLS], ["-g2005"]
    if simulator == "verilator":
        seen = folder / "ports.vlt"
        seen.write_text('`verilator_config\npublic_flat_rw -module "top" -var "*"\n')
        sources = [seen, *sources]
        options = ["--timing", "-Wno-fatal", "-Wno-lint", "--x-assign", "fast"]
    run, log = models.MODELS[simulator, "cocotb"]().runner(), folder / "log.txt"
    given = {"build_dir": folder, "hdl_toplevel": "top", "timescale": models.TIMESCALE}
    run.build(sources=sources, always=True, build_args=options, log_file=log, **given)
    with suppress(SystemExit):  # it says so in found.json
        run.test(test_module="tests.hdl.array.quad_bench", test_dir=folder, log_file=log,
                 extra_env={JOB: os.fspath(folder)}, hdl_toplevel_lang="verilog",
                 results_xml=str(folder / "results.xml"), **given)  # fmt: skip
    assert (folder / "found.json").exists(), models.tail(log)


def test_takes_200_luts_and_a_dsp():
    cost = synthesize(Quad(Quad.Config()))
    assert cost.lut <= 200
    assert (cost.dsp, cost.bram18) == (1, 0)
