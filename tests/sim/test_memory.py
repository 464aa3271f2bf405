"""External memory in the cocotb harness: contents, latency to the cycle, stalls, refusals."""

import json
import shutil

import pytest

from sim import manifest
from sim.__main__ import main
from tests.sim import reader

SIMULATOR = "icarus" if shutil.which("iverilog") else "verilator"
"""The one that is sooner ready where it is there."""


@pytest.mark.parametrize("latency", [2, 11])
def test_latency(latency, tmp_path):
    build, file = reader.make(tmp_path / "build", latency), tmp_path / "result.json"
    command = [str(build), "--simulator", SIMULATOR, "--frames", "20", "--json", str(file)]
    assert main(command) == 0
    result = json.loads(file.read_text())
    assert (result["mismatches"], result["harness"]) == (0, "cocotb")
    assert result["latency_cycles"] == 3 + latency
    assert result["cycles_per_frame"] == 4 + latency
    assert main([*command, "--stall", "0.4"]) == 0
    stalled = json.loads(file.read_text())
    assert stalled["mismatches"] == 0
    assert stalled["cycles_per_frame"] > 5 + latency


def test_harness(tmp_path, capsys):
    build = reader.make(tmp_path / "build", 4)
    assert main([str(build), "--harness", "batch"]) == 2
    what = "must be cocotb with a build that reads external memory, not 'batch'"
    assert capsys.readouterr().err == f"argument --harness: {what}\n"


def test_memory_is_read(tmp_path):
    """Other contents give other results."""
    build = reader.make(tmp_path / "build", 4)
    data = bytearray((build / "memory.bin").read_bytes())
    data[8] += 1
    (build / "memory.bin").write_bytes(data)
    reader.seal(build, 4)
    assert main([str(build), "--simulator", SIMULATOR, "--frames", "4"]) == 1


@pytest.mark.parametrize(("memory", "sentence"), [
    ({"port": "m_axi"}, "memory must have the fields bytes, file, latency, port"),
    ({"port": 1, "file": "memory.bin", "bytes": 32, "latency": 4},
     "memory must have a port's name and one of the files"),
    ({"port": "m_axi", "file": "other.bin", "bytes": 32, "latency": 4},
     "memory must have a port's name and one of the files"),
    ({"port": "m_axi", "file": "memory.bin", "bytes": 0, "latency": 4},
     "memory's bytes must be a positive integer, not 0"),
    ({"port": "m_axi", "file": "memory.bin", "bytes": 32, "latency": 1},
     "memory's latency must be at least 2, not 1"),
])  # fmt: skip
def test_refusals(memory, sentence, tmp_path):
    refused(tmp_path, sentence, memory=memory)


@pytest.mark.parametrize(("maps", "sentence"), [
    ({"port": "m_maps"}, "maps must have the fields bytes, latency, port"),
    ({"port": "m_maps", "file": "memory.bin", "bytes": 32, "latency": 4},
     "maps must have the fields bytes, latency, port"),
    ({"port": 1, "bytes": 32, "latency": 4}, "maps must have a port's name"),
])  # fmt: skip
def test_refusals_of_maps(maps, sentence, tmp_path):
    refused(tmp_path, sentence, maps=maps)


def refused(tmp_path, sentence: str, **changes) -> None:
    """A manifest with these changes is."""
    build = reader.make(tmp_path / "build", 4)
    reader.seal(build, **changes)
    with pytest.raises(manifest.BuildError) as error:
        manifest.read(build)
    assert str(error.value) == f"{build / 'manifest.json'}: {sentence}; build again"
