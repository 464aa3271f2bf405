"""The verdict in a build's page: what the last simulation said, in the place of the one before."""

import json
import shutil

import numpy as np
import pytest

from sim import manifest, verdict
from sim.__main__ import main
from tests.generators.emit.pages import Reader
from tests.sim import tiny

PAGE = f"<!doctype html><p>before</p>\n{verdict.BEGIN}\nnothing\n{verdict.END}\n<p>behind</p>\n"
RUN = {"frames": 1200, "mismatches": 0, "cycles_per_frame": 4.5, "latency_cycles": 1003,
       "simulator": "verilator", "harness": "batch"}  # fmt: skip


@pytest.fixture
def build(tmp_path):
    folder = tiny.make(tmp_path / "build")
    (folder / "report.html").write_text(PAGE)
    return folder


def words(html: str) -> str:
    return " ".join(Reader(html).text.split())


def section(build, **fields) -> str:
    found = {"given": "random, seed 0", "stall": 0.0} | {
        name: fields.pop(name) for name in ("given", "stall") if name in fields}  # fmt: skip
    return verdict.section(manifest.read(build), RUN | fields, **found)


def test_good(build):
    text = section(build)
    assert 'class="verdict good"' in text
    assert words(text) == (
        "✓ 1,200 frames simulated, 0 mismatches M between the RTL and the golden model (frames: "
        "random, seed 0, without stalls; verilator, harness batch). measured M predicted S "
        f"cycles a frame 4.5 {tiny.CYCLES} latency in cycles 1,003 {tiny.LATENCY}")  # fmt: skip


def test_bad(build):
    text = section(build, frames=1, mismatches=1, stall=0.25, given="of <x>.npy")
    assert 'class="verdict bad"' in text
    found = words(text)
    assert found.startswith("✗ 1 frame simulated, 1 mismatch M between the RTL")
    assert "(frames: of <x>.npy, with stalls of probability 0.25; verilator" in found
    assert found.endswith("Stalls take cycles that the schedule does not count.")


def test_layer_by_layer(build):
    streams = [{"layer": "a", "stream": "a_o", "values": 1000, "mismatches": 0, "frames": 2},
               {"layer": "<b>", "stream": "b_o", "values": 24, "mismatches": 3, "frames": 2}]
    fine = words(section(build, layers=streams[:1]))
    assert "Layer by layer, 1,000 numbers in 1 streams: none differs." in fine
    apart = section(build, layers=streams)
    assert 'class="verdict bad"' in apart
    assert ("Layer by layer, 1,024 numbers in 2 streams: 1 streams differ, first b_o of layer <b> "
            "in 3 numbers.") in words(apart)


def test_cycles_that_were_not_measured(build):
    assert "latency" not in section(build, latency_cycles=None)
    alone = section(build, cycles_per_frame=None, latency_cycles=None)
    assert "table" not in alone and "✓" in alone


def test_the_block_alone_is_replaced(build):
    found = manifest.read(build)
    for stall in (0.5, 0.0):
        verdict.passed(found, RUN, given="random, seed 0", stall=stall)
    text = (build / "report.html").read_text()
    inner = section(build)
    assert text == PAGE.replace("nothing", inner)
    assert manifest.read(build) == found  # no digest is of the page
    verdict.failed(build, "m_axis_tvalid must be <0>")
    assert words((build / "report.html").read_text()) == (
        "before ✗ The simulation failed: m_axis_tvalid must be <0> behind")


@pytest.mark.parametrize("page", [None, "<p>old</p>", verdict.BEGIN, b"\xff" + PAGE.encode()])
def test_a_page_without_a_block_is_left_alone(build, page):
    file = build / "report.html"
    file.unlink()
    if page is not None:
        file.write_bytes(page if isinstance(page, bytes) else page.encode())
    before = file.read_bytes() if page is not None else None
    verdict.failed(build, "x")
    assert (file.read_bytes() if file.exists() else None) == before


def test_command(build, tmp_path, capsys):
    """By the RTL in a simulator; the golden model alone says nothing of it."""
    simulator = "icarus" if shutil.which("iverilog") else "verilator"
    run = [str(build), "--simulator", simulator]
    assert main([str(build), "--golden"]) == 0
    assert (build / "report.html").read_text() == PAGE
    file = tmp_path / "result.json"
    assert main([*run, "--frames", "8", "--json", str(file)]) == 0
    result = json.loads(file.read_text())
    text = words((build / "report.html").read_text())
    assert "✓ 8 frames simulated, 0 mismatches M" in text and simulator in text
    assert f"cycles a frame {result['cycles_per_frame']:g} {tiny.CYCLES}" in text
    assert f"latency in cycles {result['latency_cycles']} {tiny.LATENCY}" in text
    bits = tiny.FAULTS["sum"] >> np.arange(16) & 1
    np.save(tmp_path / "wrong.npy", 2 * bits[None] - 1)
    assert main([*run, "--input", str(tmp_path / "wrong.npy")]) == 1
    assert "✗ 1 frame simulated, 1 mismatch M" in words((build / "report.html").read_text())
    bits = tiny.FAULTS["tlast"] >> np.arange(16) & 1
    np.save(tmp_path / "rule.npy", 2 * bits[None] - 1)
    capsys.readouterr()
    assert main([*run, "--input", str(tmp_path / "rule.npy")]) == 1
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert f"✗ The simulation failed: {said}" in words((build / "report.html").read_text())
