"""Host driver of a Bitloom accelerator: numpy in, numpy out.

    import driver

    with driver.Accelerator.open("BUILD") as accelerator:
        accelerator.selftest()
        results = accelerator.run(frames)

All that it knows of the accelerator stands in the build's manifest.json. ``python -m driver`` is
the same from the command line. Python 3.8 and numpy are enough; the parts of the way to a board
(:mod:`.linux`, :mod:`.pynq`, :mod:`.uart`, :mod:`.remote`) are transports.
"""

from .accelerator import Accelerator, build_vectors, read_manifest
from .connect import connect
from .errors import (
    BitstreamError,
    DriverError,
    IdentityError,
    InputError,
    RunTimeout,
    SelfTestError,
    StatusError,
    TransportError,
)
from .shell import Counters, Status
from .transport import Transport

__all__ = [
    "Accelerator",
    "BitstreamError",
    "Counters",
    "DriverError",
    "IdentityError",
    "InputError",
    "RunTimeout",
    "SelfTestError",
    "Status",
    "StatusError",
    "Transport",
    "TransportError",
    "build_vectors",
    "connect",
    "read_manifest",
]
