"""Every command of the README's page "On your board", literally and in its order."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from boards.driver.host import prepare
from sim import manifest, network
from tests import data
from tests.boards.driver import model
from tests.boards.driver.link import Link
from tests.generators.network.onnx_files import Net
from tests.networks.page import DOCUMENTED, FAKES, Place, Shell, commands, section

PORT = 7020
"""Of the page; a free one takes its place, so that several of these tests may run at once."""

SAID = {
    r"python -m boards list$": "ulx3s_85f",
    r"python -m boards list mine.toml": "Arty",
    r"python -m generators.finn .* -o (\S+)": r"{0}\n",
    r"python -m sim \S+ --driver": "mismatches 0",
    r"\(cd .* selftest": "self-test passed",
    r"python -m boards build \S+ --ip": "build/tfc/ip",
    r"python -m boards build (\S+) --ooc": r"{0}/report.json",
    r"python -m boards build (\S+)": r"{0}/system.bit",
    r"python -m boards flash \S+ --host": "self-test passed",
    r"python -m boards flash build/ulx3s": "self-test passed",
    r"python -m boards flash": "the FPGA is configured",
    r"python3 -m driver run": "scores.npy",
    r"python3 -m driver throughput": "frames/s",
    r"cc ": "mismatches 0",
}
"""What the first expression that fits a command asks of its output."""


def small() -> bytes:
    """A network of TFC_1W1A's input and output, with one hidden layer of 16 neurons."""
    net = Net((1, 1, 28, 28), 0)
    x = net.bipolar(net.op("Sub", f"{net.op('Flatten', 'x')} {net.constant(0.5)}"))
    x = net.op("MatMul", f"{x} {net.weights(784, 16, bits=1)}")
    x = net.op("MatMul", f"{net.bipolar(net.norm(x, 16))} {net.weights(16, 10, bits=1)}")
    return net.model(x).SerializeToString()


def trained() -> bytes:
    """TFC_1W1A itself."""
    return (data.folder() / "models" / "tfc_1w1a" / "TFC_1W1A.onnx").read_bytes()


class Server:
    """The board's accelerator: the simulated system.v of a build, at a port of its own."""

    def __init__(self, place: Place) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sim", "build/tfc", "--serve", "0"], cwd=place.computer,
            env=place.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,  # SIGINT ends it, also behind a script that ignores it
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL))  # fmt: skip
        said = self._process.stdout.readline()
        found = re.search(r"tcp:localhost:\d+", said)
        assert found, said
        (place.folder / "server").write_text(found[0])

    def close(self) -> None:
        os.killpg(self._process.pid, signal.SIGINT)
        self._process.communicate(timeout=60)


@pytest.fixture
def link():
    """The ULX3S's UART."""
    link = Link(None)
    yield link
    link.close()


def ulx3s(place: Place) -> model.Model:
    """What the ULX3S is after flashing: the registers of its build."""
    build = manifest.read(place.computer / "build" / "ulx3s")
    document = json.loads((build.folder / "manifest.json").read_text())
    return model.Model(document, lambda codes: network.run(build, codes), address=0,
                       size=document["system"]["memory_bytes"])  # fmt: skip


def expected(line: str) -> str:
    """What must be printed."""
    for pattern, text in SAID.items():
        if found := re.match(pattern, line):
            return text.format(*found.groups()).replace(r"\n", "\n")
    return ""


def free_port() -> int:
    with socket.create_server(("localhost", 0)) as taken:
        return taken.getsockname()[1]


@pytest.mark.parametrize("make", [small, pytest.param(trained, marks=pytest.mark.slow)])
def test_every_command(make, link, tmp_path):
    """Each ends with 0 and says what it should; the results are those of the golden model."""
    place = Place(tmp_path, make(), f"uart:{link.path}")
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28, 1), np.uint8)
    np.save(place.computer / "images.npy", images)
    shell, server, port = Shell(place), None, str(free_port())
    try:
        for line in commands():
            status, said = shell.run(re.sub(rf"\b{PORT}\b", port, line))
            assert status == 0 and expected(line) in said, f"{line}\n{said}"
            assert "Traceback" not in said and "command not found" not in said, said
            if line.endswith("&"):
                shell.until(f"answers at tcp:localhost:{port}")
            if line.startswith("python -m sim") and server is None:
                server = Server(place)
            if line.endswith("-o build/ulx3s"):
                link.hardware = ulx3s(place)
    finally:
        shell.close()
        if server is not None:
            server.close()
    build = manifest.read(place.computer / "build" / "tfc")
    document = json.loads((build.folder / "manifest.json").read_text())
    codes = prepare(document, images).reshape(len(images), -1)
    scores = np.load(place.computer / "scores.npy")
    np.testing.assert_array_equal(scores.reshape(len(images), -1), network.run(build, codes))
    assert link.hardware.runs > 2
    assert place.called() >= {*DOCUMENTED, *FAKES}


def test_what_the_page_says_was_not_tried():
    """The programs that do nothing here are named there, and no others are."""
    last = " ".join(section().partition("**What was tried.**")[2].split())
    names = re.search(r"and of (.*?) only the documentation was read", last)[1]
    assert re.findall(r"`([^`]+)`", names) == list(DOCUMENTED)


def test_no_command_hides():
    """Commands are indented lines, of one line each, and nothing else is."""
    assert "```" not in section() and not re.search(r"^\s*\$ |^\t", section(), re.MULTILINE)
    assert len(commands()) > 30
    assert not [line for line in commands() if line.endswith("\\") or "<<" in line]
