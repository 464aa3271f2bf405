"""An accelerator on a board: numpy in, numpy out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from . import connect, loading, selftest, throughput
from .errors import DriverError, InputError
from .frames import Port
from .host import prepare
from .registers import field
from .shell import Shell
from .transport import ALIGNMENT

__all__ = ["Accelerator", "build_vectors", "read_manifest"]

BUFFER_BYTES = 4 << 20  # of a run's frames, in or out, where the memory does not say


class Accelerator(Shell):
    """A build that is loaded on a board, reached over a transport.

    Parameters
    ----------
    manifest : mapping
        manifest.json of the build.
    transport : Transport
        Closed with the accelerator.
    timeout : float or None
        Seconds of one run of the hardware, by the transport's time; None is 1 s and ten times what
        its frames take.
    vectors : pair of arrays or None
        Known frames (frames, items) and their results.

    Raises
    ------
    IdentityError
        If what answers is not this build.
    InputError
        If the manifest is of a build without a system.
    """

    def __init__(self, manifest: Mapping, transport, timeout: float | None = None,
                 vectors=None) -> None:
        self.input, self.output = (Port(field(manifest, key)) for key in ("input", "output"))
        self.batch = manifest.get("frames_per_batch", 1)
        self.vectors = vectors
        self._pairs: list = []
        super().__init__(manifest, transport, timeout)

    @classmethod
    def open(cls, build: str | Path, transport="auto", timeout: float | None = None,
             load: str | Path | None = None) -> Accelerator:
        """The accelerator of a build's folder, with the folder's known vectors.

        ``transport`` is auto, linux, pynq, uart:DEVICE, or one that is open already; ``load`` is a
        bitstream to load first.
        """
        manifest = read_manifest(build)
        vectors = build_vectors(build)
        if isinstance(transport, str):
            transport = connect.connect(manifest, transport, load)
        try:
            return cls(manifest, transport, timeout, vectors)
        except BaseException:
            transport.close()
            raise

    @property
    def capacity(self) -> int:
        """Frames of one run: what a pair of buffers holds, in whole batches.

        Raises
        ------
        InputError
            If that is not one batch.
        """
        sizes = self.input.frame_bytes, self.output.frame_bytes
        total = self.transport.memory_bytes
        if total is None:
            frames = BUFFER_BYTES // max(sizes)
        else:
            frames = (total // self.transport.buffers - 2 * ALIGNMENT) // sum(sizes)
        frames = min(frames, BUFFER_BYTES // max(sizes))
        if frames < self.batch and total is None:
            return self.batch
        if frames < self.batch:
            need = self.transport.buffers * (self.batch * sum(sizes) + 2 * ALIGNMENT)
            what = f"{need} bytes for a batch of {self.batch} frames, not {total}"
            raise InputError(f"Memory for buffers must have at least {what}")
        return frames // self.batch * self.batch

    def run(self, frames: np.ndarray) -> np.ndarray:
        """Classify frames: (frames, ...) integers to (frames, *shape of the output) integers.

        Where the build works in batches, the last one is filled up and what comes of that dropped.
        While the accelerator works on one buffer, the next is filled and the last one read.

        Raises
        ------
        InputError
            If the frames are not of the input's type, or not so many elements.
        StatusError, RunTimeout
            If a run fails; the next may start.
        """
        codes = self.input.check(frames)
        padded = -(-len(codes) // self.batch) * self.batch
        results = np.zeros((padded, self.output.items), self.output.dtype)
        capacity, pairs, pending = self.capacity, self.pairs(), None
        try:
            for first in range(0, padded, capacity):
                count = min(capacity, padded - first)
                pair = pairs[first // capacity % len(pairs)]
                if len(pairs) == 1:
                    pending = self._collect(pending, results)
                self._fill(pair[0], codes[first : first + count], count)
                if pending:
                    self.finish()
                self.start(pair[0].address, count * self.input.frame_bytes,
                           pair[1].address, count * self.output.frame_bytes, count)
                self._take(pending, results)
                pending = pair, first, count
            self._collect(pending, results)
        except BaseException:
            if self.running:
                self.abort()
            raise
        return results[: len(codes)].reshape(len(codes), *self.output.shape)

    def classify(self, frames: np.ndarray) -> np.ndarray:
        """As :meth:`run`, of frames that the host first compares with the network's thresholds.

        That is what the manifest's ``host`` asks for, of a build with ``--pack-input``; without one
        it is the same as :meth:`run`.
        """
        return self.run(prepare(self.manifest, frames))

    def pairs(self) -> list:
        """Buffers of input and output, one pair or two, for :attr:`capacity` frames each."""
        if not self._pairs:
            allocate, count = self.transport.allocate, self.capacity
            sizes = [-(-count * port.frame_bytes // ALIGNMENT) * ALIGNMENT
                     for port in (self.input, self.output)]
            self._pairs = [tuple(map(allocate, sizes)) for _ in range(self.transport.buffers)]
        return self._pairs

    def selftest(self, report=None) -> list[tuple[str, str]]:
        """Identity, registers, loopback through the memory, and the known vectors, in this order.

        Gives each step and a sentence of what was seen, and calls ``report(step, sentence)`` with
        each as it passes.

        Raises
        ------
        SelfTestError
            At the first step that fails; it says what to check.
        """
        return selftest.selftest(self, report)

    def throughput_test(self, frames: int = 1000) -> dict:
        """Frames a second, by the clock on the wall and by that of the accelerator; what binds."""
        return throughput.measure(self, frames)

    def load(self, weights: Mapping | None = None, thresholds: Mapping | None = None,
             bias: Mapping | None = None, vectors=None) -> None:
        """Replace what layers with storage "ram" hold, each an array by the layer's name.

        Arrays are as in the build's model.json: weights (outputs, inputs) or (outputs, rows,
        columns, inputs / groups), thresholds (outputs, levels), bias (outputs,). Other layers stay
        as they are. ``vectors``, frames and the results that they must give now, are checked at the
        end and take the place of the build's known vectors: give ``accelerator.vectors`` where the
        parameters are the build's own.

        Raises
        ------
        InputError
            If a layer cannot be loaded, or an array has another shape or other values.
        DriverError
            If the vectors give other results.
        """
        loading.load(self, weights, thresholds, bias, vectors)

    def close(self) -> None:
        """Abort a run that is on and close the transport."""
        try:
            if self.running:
                self.abort()
        finally:
            self.transport.close()

    def __enter__(self) -> Accelerator:
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def _fill(self, buffer, codes: np.ndarray, count: int) -> None:
        packed = self.input.pack(codes)
        buffer.write(0, packed.tobytes() + bytes((count - len(codes)) * self.input.frame_bytes))

    def _collect(self, pending, results: np.ndarray) -> None:
        if pending:
            self.finish()
        self._take(pending, results)

    def _take(self, pending, results: np.ndarray) -> None:
        if pending:
            (_, buffer), first, count = pending
            data = buffer.read(0, count * self.output.frame_bytes)
            results[first : first + count] = self.output.unpack(data, count)


def read_manifest(build: str | Path) -> dict:
    """manifest.json of a build's folder.

    Raises
    ------
    InputError
        If there is none.
    """
    path = Path(build, "manifest.json")
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{build}: Folder must be a build with a manifest.json: "
                         f"{error.strerror}") from None
    except ValueError:
        raise InputError(f"{path}: File must be JSON; build again") from None
    if not isinstance(document, dict) or document.get("bitloom") != 1:
        what = 'File must be a manifest with "bitloom": 1; build again'
        raise InputError(f"{path}: {what}")
    return document


def build_vectors(build: str | Path) -> tuple[np.ndarray, np.ndarray] | None:
    """Known inputs and results of a build's folder, None where it has none.

    Raises
    ------
    DriverError
        If the file is broken.
    """
    path = Path(build, "driver", "vectors.npz")
    if not path.exists():
        return None
    try:
        with np.load(path) as arrays:
            return arrays["inputs"], arrays["outputs"]
    except Exception as error:
        raise DriverError(f"{path}: File must hold inputs and outputs: {error}") from None
