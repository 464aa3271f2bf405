"""The manifest: what the simulation is told of a build."""

import hashlib
import json

import pytest

from generators.emit.manifest import FILES, manifest
from sim import manifest as reader
from tests.generators.finn import nets


@pytest.fixture
def folder(tmp_path):
    for name in FILES:
        (tmp_path / name).write_text(f"the {name}")
    return tmp_path


def described(folder, document, **wish) -> dict:
    found = nets.planned(document, **wish)
    return manifest(found.network, found.edges, cycles_per_frame=found.cycles,
                    frames_per_batch=found.batch, latency_cycles=found.latency,
                    clock_mhz=99.5, folder=folder)  # fmt: skip


def test_fields(folder):
    document = nets.model(nets.dense(size=(5, 12), weights="int3"), shape=(2, 3, 2), kind="uint3",
                          name="a-name.1")  # fmt: skip
    found = described(folder, document, cycles=4)
    files = {name: hashlib.sha256(f"the {name}".encode()).hexdigest() for name in FILES}
    digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
    assert found | {"cycles_per_frame": 0, "latency_cycles": 0} == {
        "bitloom": 1, "name": "a-name.1", "top": "top", "clock_mhz": 99.5,
        "cycles_per_frame": 0, "frames_per_batch": 1, "latency_cycles": 0,
        "input": {"port": "s_axis", "type": "uint3", "shape": [2, 3, 2], "items": 12,
                  "element_bits": 4, "lanes": found["input"]["width"] // 4,
                  "width": found["input"]["width"], "beats": found["input"]["beats"],
                  "frame_bytes": 6},
        "output": {"port": "m_axis", "type": found["output"]["type"], "shape": [5], "items": 5,
                   "element_bits": 16, "lanes": found["output"]["width"] // 16,
                   "width": found["output"]["width"], "beats": found["output"]["beats"],
                   "frame_bytes": 10},
        "streams": [], "files": files, "digest": digest,
    }  # fmt: skip
    assert 0 < found["cycles_per_frame"] <= 4 and found["latency_cycles"] > 0


@pytest.mark.parametrize(("kind", "bits"), [
    ("bipolar", 1), ("uint1", 1), ("ternary", 2), ("int3", 4), ("uint5", 8), ("int8", 8),
    ("int9", 16), ("uint17", 32), ("int32", 32),
])  # fmt: skip
def test_packing(folder, kind, bits):
    found = described(folder, nets.model(nets.ARGMAX, shape=(70,), kind=kind))
    port = found["input"]
    assert (port["type"], port["element_bits"]) == (kind, bits)
    assert port["lanes"] == port["width"] // bits
    assert port["beats"] == -(-70 // port["lanes"])
    assert found["output"]["type"] == "uint7" and found["output"]["element_bits"] == 8


def test_simulation_reads_it(folder):
    document = described(folder, nets.model(nets.dense(), nets.ARGMAX | {"inputs": ["fc0"]}))
    (folder / "manifest.json").write_text(json.dumps(document))
    found = reader.read(folder)
    assert (found.name, found.top, found.clock_mhz) == ("net", "top", 99.5)
    assert (found.input.type, found.output.type) == ("bipolar", "uint2")
    (folder / "weights.npz").write_text("others")
    with pytest.raises(reader.BuildError, match=r"'weights.npz' does not match its digest"):
        reader.read(folder)


def test_a_file_is_missing(folder):
    (folder / "weights.npz").unlink()
    with pytest.raises(FileNotFoundError):
        described(folder, nets.model())
