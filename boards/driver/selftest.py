"""Whether a board, its bitstream and the way to it work: four steps, each with what to check."""

from __future__ import annotations

import numpy as np

from .errors import DriverError, SelfTestError, StatusError

__all__ = ["LENGTHS", "STEPS", "selftest"]

LENGTHS = (1, 7, 8, 9, 121, 128, 129, 1000, 2047, 4096)
"""Bytes of each loopback: below, at and above a word, a burst and several of these."""

PATTERNS = (0x00000000, 0xFFFFFFFF, 0xA5A5A5A5, 0x5A5A5A5A, 0x00FF00FF, 0x12345678)
SPARE = 0xC3  # what stands in the output buffer before, and must still stand behind the data


def selftest(accelerator, report=None) -> list[tuple[str, str]]:
    """Run the steps in order; each gives a sentence.

    Raises
    ------
    SelfTestError
        At the first that fails.
    """
    accelerator.reset()
    told = []
    for step, function in STEPS.items():
        try:
            sentence = function(accelerator)
        except SelfTestError:
            raise
        except DriverError as error:
            raise SelfTestError(step, str(error)) from error
        told.append((step, sentence))
        if report is not None:
            report(step, sentence)
    return told


def identity(accelerator) -> str:
    """ID, VERSION and digest."""
    accelerator.identify()
    return f"build {accelerator.digest()[:16]} is loaded"


def scratch(accelerator) -> str:
    """All bits of a register that has no effect, alone and together."""
    patterns = PATTERNS + tuple(1 << bit for bit in range(32))
    for value in patterns:
        accelerator.write("SCRATCH", value)
        found = accelerator.read("SCRATCH")
        if found != value:
            what = (f"SCRATCH must read 0x{value:08X}, not 0x{found:08X}; check the clock's "
                    "frequency and the base address of the registers")
            raise SelfTestError("scratch", what)
    return f"{len(patterns)} words came back from a register"


def loopback(accelerator) -> str:
    """Random bytes through the memory port and back, at lengths that are no multiple of anything.

    What stands behind the data must stay.
    """
    generator = np.random.default_rng(7)
    room = min(buffer.bytes for buffer in accelerator.pairs()[0])
    lengths = [length for length in LENGTHS if length < room] or [room - 8]
    accelerator.write("MODE", accelerator.registers["MODE"].mask("loopback"))
    try:
        for length in lengths:
            _loop(accelerator, generator.integers(0, 256, length, np.uint8).tobytes(), room)
    finally:
        accelerator.write("MODE", 0)
    return f"{sum(lengths)} bytes in {len(lengths)} lengths came back through the memory"


def _loop(accelerator, data: bytes, room: int) -> None:
    source, target = accelerator.pairs()[0]
    behind = min(room - len(data), 64)
    source.write(0, data)
    target.write(0, bytes([SPARE]) * (len(data) + behind))
    accelerator.execute(source.address, len(data), target.address, len(data), 1)
    found = target.read(0, len(data) + behind)
    if found[: len(data)] != data:
        wrong = sum(one != other for one, other in zip(found, data))
        first = next(k for k in range(len(data)) if found[k] != data[k])
        what = (f"{wrong} of {len(data)} bytes differ, the first at {first}; check the physical "
                "address of the buffers and that the processor's cache is written back")
        raise SelfTestError("loopback", what)
    if found[len(data) :] != bytes([SPARE]) * behind:
        what = (f"bytes behind {len(data)} of data were overwritten; check that the bitstream is "
                "this build's and that its timing was met")
        raise SelfTestError("loopback", what)


def vectors(accelerator) -> str:
    """The known frames of the build and their results: one batch alone, then all of them.

    The second run shows whether the first one left something.
    """
    if accelerator.vectors is None:
        return "the build has no known vectors"
    inputs, outputs = accelerator.vectors
    accelerator.run(inputs[: accelerator.batch])
    found = accelerator.run(inputs).reshape(len(inputs), -1)
    wrong = (found != np.asarray(outputs).reshape(len(inputs), -1)).any(axis=1)
    if wrong.any():
        what = (f"{int(wrong.sum())} of {len(inputs)} known frames give another result, the first "
                f"is frame {int(wrong.argmax())}; check that the timing was met at the clock's "
                "frequency, and load the bitstream again")
        raise SelfTestError("vectors", what)
    return f"{len(inputs)} known frames gave their results"


def check_recovery(accelerator) -> str:
    """A run with a wrong address is refused, and said so: errors reach the host."""
    source, target = accelerator.pairs()[0]
    frames = accelerator.batch
    try:
        accelerator.execute(source.address + 4, frames * accelerator.input.frame_bytes,
                            target.address, frames * accelerator.output.frame_bytes, frames)
    except StatusError as error:
        if error.reasons == ("address",):
            return "a wrong address was refused"
        raise
    what = "an address that is no multiple of 8 was not refused; load this build's bitstream"
    raise SelfTestError("errors", what)


STEPS = {"identity": identity, "scratch": scratch, "errors": check_recovery,
         "loopback": loopback, "vectors": vectors}
"""The steps by name, in order."""
