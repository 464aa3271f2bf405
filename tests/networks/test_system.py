"""TFC_1W1A on a Zynq board, all that is put into the FPGA: by both drivers, and in every mishap."""

import json
import re
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from boards.driver.host import prepare
from generators.finn.__main__ import main as finn
from sim import manifest, network, system, system_command
from sim.__main__ import main
from tests import data
from tests.networks import onboard

IMAGES = 100
RIGHT = 96
"""Of the first 100 test images."""

FOLDS = {"bits": ["--cycles", "49", "--pack-input"], "bytes": ["--cycles", "98"],
         "fastest": ["--cycles", "13", "--pack-input"]}  # fmt: skip
"""98 bytes of a packed frame are 13 words of the memory port, 784 bytes are 98."""

MISHAPS = ("reset_in_mid_frame", "abort_in_mid_frame", "wrong_lengths", "wrong_addresses",
           "failing_memory", "two_starts", "other_digest", "no_register", "bursts_to_registers",
           "one_frame_at_a_time")  # fmt: skip
MEASURED = ("python_driver", "c_driver", "small_memory", "python_selftest", "bandwidth",
            "throughput")  # fmt: skip


class Built:
    """A build with its case: images, what the host makes of them, and what must come out."""

    def __init__(self, folder: Path, images: np.ndarray, labels: np.ndarray) -> None:
        self.manifest, self.labels = manifest.read(folder), labels
        document = json.loads((folder / "manifest.json").read_text())
        port = self.manifest.input
        codes = prepare(document, images).reshape(len(images), port.items)
        bits = np.unpackbits(port.pack(codes), axis=1, bitorder="little")
        bits = bits[:, : port.lanes * port.element_bits].reshape(len(codes), -1)
        packed = np.packbits(bits[:, : port.items * port.element_bits], axis=1, bitorder="little")
        self.expected = network.run(self.manifest, codes)
        self.arrays = folder / "case.npz"
        np.savez(self.arrays, images=images, codes=codes, expected=self.expected, packed=packed)

    def run(self, names, limit: int = onboard.LIMIT, **options) -> dict:
        """Programs of tests.networks.onboard, one after the other in one simulation."""
        arguments = {"names": names, "files": {"arrays": str(self.arrays)}, "limit": limit}
        return system.run(self.manifest, onboard.program, arguments=arguments, **options)


@pytest.fixture(scope="module", params=[
    "bits", pytest.param("bytes", marks=pytest.mark.slow),
    pytest.param("fastest", marks=pytest.mark.slow)])  # fmt: skip
def built(request, tmp_path_factory):
    """The network, built for a board by the command, and 100 test images."""
    folder = tmp_path_factory.mktemp("build") / request.param
    model = data.folder() / "models" / "tfc_1w1a" / "TFC_1W1A.onnx"
    command = [str(model), "--board", "pynq_z2", *FOLDS[request.param], "-o", str(folder)]
    assert finn(command) == 0
    images, labels = data.mnist("t10k")
    return Built(folder, images[:IMAGES, :, :, None], labels[:IMAGES])


@pytest.fixture(scope="module")
def plain(built):
    """All programs in one simulation, nothing stalled but by the memory's latency."""
    return built.run((*MEASURED, *MISHAPS))


@pytest.fixture(scope="module")
def stalled(built):
    """The same with pauses on every channel and latencies from nearly none to long."""
    return built.run((*MEASURED[:4], *MISHAPS), stall=0.3, latency=(2, 60), seed=1)


def given(seen: dict, name: str):
    """What a program gave."""
    right, what = seen[name]
    assert right, what
    return what


@pytest.mark.parametrize("driver", ["python_driver", "c_driver"])
def test_images(built, plain, driver):
    result = given(plain, driver)
    assert result["mismatches"] == 0
    assert np.sum(np.array(result["classes"]) == built.labels) == RIGHT
    bound = max(built.manifest.cycles_per_frame, -(-built.manifest.input.frame_bytes // 8))
    assert result["cycles"] <= IMAGES * bound + 300 + built.manifest.latency_cycles


def test_selftest(plain):
    assert given(plain, "python_selftest") == ["identity", "scratch", "errors", "loopback",
                                               "vectors"]


def test_small_memory(built, plain):
    sizes = built.manifest.input.frame_bytes + built.manifest.output.frame_bytes
    assert given(plain, "small_memory") == -(-IMAGES // (((1 << 12) - 256) // sizes))


def test_bandwidth(plain):
    assert given(plain, "bandwidth") >= 0.95


def test_throughput(built, plain):
    result = given(plain, "throughput")
    assert result["compute_cycles"] == built.manifest.cycles_per_frame
    assert result["input_cycles"] == -(-built.manifest.input.frame_bytes // 8)


@pytest.mark.parametrize("name", MISHAPS)
def test_mishap(plain, name):
    given(plain, name)


def test_command(built, tmp_path, capsys):
    """``python -m sim BUILD --driver``, on random frames."""
    folder, file = str(built.manifest.folder), tmp_path / "result.json"
    for driver in ("python", "c"):
        assert main([folder, "--driver", driver, "--frames", "20", "--json", str(file)]) == 0
        result = json.loads(file.read_text())
        assert (result["frames"], result["mismatches"]) == (20, 0)
        assert result["harness"] == f"driver {driver}"
        out = capsys.readouterr().out.splitlines()
        bounds = f"compute bound {result['compute_bound']}, I/O bound {result['io_bound']}"
        assert out[2] == f"cycles per frame {result['cycles_per_frame']:.6g} ({bounds})"
        assert re.fullmatch(r"frames per second \d+ of \d+ at 100 MHz", out[3])
        share = 100 * result["bandwidth"]
        assert out[4] == f"bandwidth {share:.1f} % of 8 bytes a cycle in a loopback"
        assert re.fullmatch(rf"simulator verilator, harness driver {driver}, \d+\.\d s", out[5])


def test_commands_of_the_driver(built):
    """``python -m driver`` in the build, another process, on the simulated board."""
    ready, done = threading.Event(), []

    def told(port: int) -> None:
        done.append(port)
        ready.set()

    thread = threading.Thread(target=system_command.serve, args=(built.manifest, 0), kwargs={
        "ready": told, "connections": 1})  # fmt: skip
    thread.start()
    assert ready.wait(300)  # it may have to compile
    command = [sys.executable, "-m", "driver", "selftest", "--transport", f"tcp::{done[0]}"]
    driver = subprocess.run(command, cwd=built.manifest.folder, capture_output=True, text=True)
    thread.join()
    assert (driver.returncode, driver.stderr) == (0, "")
    assert driver.stdout.splitlines()[-1] == "self-test passed"


def test_server_ends_with_its_simulator(built):
    """SIGTERM, as of ``kill``, leaves nothing behind."""
    folder = built.manifest.folder
    command = [sys.executable, "-m", "sim", str(folder), "--serve", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        while "answers at" not in (line := server.stdout.readline()):
            assert line, "server must say that it answers"
        assert running(folder)
    finally:
        server.terminate()
        server.communicate(timeout=60)
    assert not running(folder)


def running(folder: Path) -> list[str]:
    """The programs below a folder that run."""
    found = []
    for process in Path("/proc").glob("[0-9]*/exe"):
        with suppress(OSError):
            found.append(str(process.readlink()))
    return [path for path in found if path.startswith(str(folder))]


@pytest.mark.parametrize("name", [*MEASURED[:4], *MISHAPS])
def test_stalled(built, stalled, name):
    result = given(stalled, name)
    if name.endswith("driver"):
        assert result["mismatches"] == 0
        assert np.sum(np.array(result["classes"]) == built.labels) == RIGHT
