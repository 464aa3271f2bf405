import re
import socket
import threading

import numpy as np
import pytest

from boards import driver
from boards.driver.connect import connect
from boards.driver.remote import Server
from tests.boards.driver import model


@pytest.fixture
def transport():
    return model.Direct(model.Model(model.manifest()))


@pytest.fixture
def server(transport):
    server = Server(transport)
    thread = threading.Thread(target=lambda: [server.serve_once() for _ in range(2)])
    thread.start()
    yield server
    for _ in range(2):  # the thread ends after two connections
        try:
            socket.create_connection(("localhost", server.port), 1).close()
        except OSError:
            break
    thread.join()
    server.close()


def test_hundred_frames(server, transport):
    """Twice: the second connection has the buffers of the first."""
    frames = np.random.default_rng(0).integers(0, 256, (100, 12))
    for _ in range(2):
        remote = connect(model.manifest(), f"tcp:localhost:{server.port}")
        assert (remote.memory_bytes, remote.buffers) == (1 << 16, 2)
        with driver.Accelerator(model.manifest(), remote) as accelerator:
            accelerator.selftest()
            np.testing.assert_array_equal(accelerator.run(frames), model.thirds(frames))
    assert transport.now > 0 and not transport.closed


def test_errors(server):
    where = f"localhost:{server.port}"
    with connect(model.manifest(), f"tcp:{where}") as remote:
        message = f"{where}: Buffer must hold 4 bytes at 0x5; there is none such"
        with pytest.raises(driver.TransportError, match=f"^{message}$"):
            remote.read_memory(5, 4)
        message = (f"{where}: Memory for buffers must hold what is asked for: 65536 bytes, of "
                   "which 0 are taken, not 70000 more")  # fmt: skip
        with pytest.raises(driver.TransportError, match=f"^{message}$"):
            remote.allocate(70_000)
        message = f"{where}: Command must be one of a transport, not 63"
        with pytest.raises(driver.TransportError, match=f"^{message}$"):
            remote._ask(ord("?"))
        remote.wait(1.5)
        assert remote.time() == 1.5


def test_nobody():
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    message = f"localhost:{port}: Server must be there, but nobody answers (Connection refused)"
    with pytest.raises(driver.TransportError, match=f"^{re.escape(message)}$"):
        connect(model.manifest(), f"tcp::{port}")


def test_breaks_off():
    with socket.create_server(("localhost", 0)) as server:
        port = server.getsockname()[1]
        thread = threading.Thread(target=lambda: server.accept()[0].close())
        thread.start()
        message = f"^localhost:{port}: Server broke off: "
        with pytest.raises(driver.TransportError, match=message):
            connect(model.manifest(), f"tcp:localhost:{port}")
        thread.join()
