"""What a host does with a build: all frames through registers, DMA and core, by either driver."""

import importlib
from pathlib import Path

import numpy as np

from sim import system_c

__all__ = ["bandwidth", "by_c", "by_python", "expected_cycles", "serve"]

GENEROUS = 10  # times the expected cycles until a run is hung
FOR_EVER = 1 << 48  # cycles
LOOPBACK = 1 << 16  # bytes
SLACK = 20_000  # cycles besides, for the registers


def expected_cycles(manifest: dict, frames: int, stall: float = 0.0) -> int:
    """Cycles in which frames should be over: core and memory one after the other, at leisure."""
    words = sum(-(-manifest[side]["frame_bytes"] // 8) for side in ("input", "output"))
    cycles = frames * (manifest["cycles_per_frame"] + words / (1 - stall) ** 2)
    return int(cycles + manifest["latency_cycles"] / (1 - stall))


def by_python(host, frames: str) -> dict:
    """The frames of a file (frames, items) of the input's type through the Python driver."""
    x, runs = np.load(frames), []
    with host.accelerator(timeout=_seconds(host, len(x))) as accelerator:
        finish = accelerator.finish

        def recorded():
            runs.append(finish()._asdict())
            _progress(host, sum(run["frames_out"] for run in runs))
            return runs[-1]

        accelerator.finish = recorded
        shape = (len(x), *host.manifest["input"]["shape"])
        y = accelerator.run(x.reshape(shape))
    return _report(host, frames, y, runs)


def by_c(host, frames: str) -> dict:
    """The same through the C driver; of its runs, the last is told of."""
    x = np.load(frames)
    _seconds(host, len(x))
    y = system_c.Device(host, len(x)).run(x)
    _progress(host, len(x))
    return _report(host, frames, y, [host.counters()])


def serve(host, port: int, ready: str, connections: int | None = None) -> None:
    """Answer the driver's TCP transport; tells the port in the file ``ready``.

    Simulated time stands while nobody asks for anything. Ends after so many connections, or never.
    """
    host.limit(FOR_EVER)
    remote = importlib.import_module(f"{host.driver.__name__}.remote")
    server = remote.Server(host.transport, port)
    part = Path(f"{ready}.part")
    part.write_text(f"{server.port}\n")
    part.rename(ready)
    if connections is None:
        server.serve_forever()
    for _ in range(connections):
        server.serve_once()
    server.close()


def _seconds(host, frames: int) -> float:
    """Timeout of a run; also sets the program's deadline."""
    expected = expected_cycles(host.manifest, frames, host.job["stall"])
    host.limit(2 * GENEROUS * expected + host.port.slack(frames))
    return (GENEROUS * expected + SLACK) / host.clock_hz


def _report(host, frames: str, y, runs: list[dict]) -> dict:
    np.save(Path(frames).with_name("outputs.npy"), np.asarray(y).reshape(len(y), -1))
    shared = host.transport.memory_bytes is None or host.transport.buffers > 1
    return {"runs": runs, "bandwidth": bandwidth(host) if shared else None}


def bandwidth(host, count: int = LOOPBACK) -> float:
    """Bytes from memory a cycle, of 8, in a loopback through both halves of the DMA."""
    accelerator = host.accelerator()
    source, sink = (host.transport.allocate(count) for _ in range(2))
    data = np.random.default_rng(1).integers(0, 256, count, np.uint8).tobytes()
    source.write(0, data)
    accelerator.write("MODE", accelerator.registers["MODE"].mask("loopback"))
    counters = accelerator.execute(source.address, count, sink.address, count, 1)
    accelerator.write("MODE", 0)
    if sink.read(0, count) != data:
        raise AssertionError("Loopback must give back what was sent")
    return count / 8 / counters.cycles


def _progress(host, frames: int) -> None:
    Path(host.job["arguments"]["frames"]).with_name("progress").write_text(f"{frames}\n")
