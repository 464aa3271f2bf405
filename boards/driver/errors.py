"""What can go wrong with an accelerator: every refusal and failure is one sentence."""

from __future__ import annotations

__all__ = [
    "BitstreamError",
    "DriverError",
    "IdentityError",
    "InputError",
    "RunTimeout",
    "SelfTestError",
    "StatusError",
    "TransportError",
]

SENTENCES = {
    "read_slverr": "the memory answered a read with SLVERR; check that the input buffer is memory "
                   "that the FPGA's port may read",
    "read_decerr": "there is no memory where the input was read (DECERR); check the physical "
                   "address of the input buffer",
    "write_slverr": "the memory answered a write with SLVERR; check that the output buffer is "
                    "memory that the FPGA's port may write",
    "write_decerr": "there is no memory where the output was written (DECERR); check the physical "
                    "address of the output buffer",
    "start_while_busy": "a run was started before the last one had ended; wait for that or abort "
                        "it first",
    "input_length": "INPUT_BYTES must be FRAMES times the bytes of an input frame",
    "output_length": "OUTPUT_BYTES must be at least FRAMES times the bytes of an output frame, and "
                     "FRAMES at least 1",
    "address": "INPUT_ADDRESS and OUTPUT_ADDRESS must be multiples of 8",
    "aborted": "the run was aborted",
}
"""What each reason in STATUS means and what to check."""


class DriverError(RuntimeError):
    """Any failure of the driver; its text is one sentence."""


class InputError(DriverError, ValueError):
    """What the caller gave is not what the build takes."""


class TransportError(DriverError):
    """The way to the accelerator is missing or broken."""


class BitstreamError(DriverError):
    """A bitstream is not for this board, or was not loaded."""


class IdentityError(DriverError):
    """What answers is not the accelerator of this build."""


class StatusError(DriverError):
    """The accelerator ended a run with an error.

    Attributes
    ----------
    value : int
        STATUS when the run had ended.
    reasons : tuple of str
        Names of its fields that say why.
    """

    def __init__(self, value: int, reasons: tuple[str, ...]) -> None:
        self.value, self.reasons = value, reasons
        known = [SENTENCES.get(reason, f"reason {reason!r}") for reason in reasons]
        said = "; ".join(known) or "no reason is given"
        super().__init__(f"The run ended with STATUS 0x{value:08X}: {said}")


class RunTimeout(DriverError, TimeoutError):
    """A run did not end in time; it was aborted."""


class SelfTestError(DriverError):
    """A step of the self-test failed.

    Attributes
    ----------
    step : str
        Which: identity, scratch, loopback or vectors.
    """

    def __init__(self, step: str, what: str) -> None:
        self.step = step
        super().__init__(f"Self-test failed at {step}: {what}")
