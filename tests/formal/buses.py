"""What is proved of the register file and the DMAs, and of what divides their regions."""

from functools import partial

from hdl.bus.bursts import Bursts
from tests.formal import dma_read, dma_write, regions, register_file
from tests.formal.bench import Case

__all__ = ["BUSES", "DATA"]

BUSES = {case.name: case for case in (
    Case(name="RegisterFile", make=register_file.make, describe=register_file.describe),
    Case(name="DMARead", make=dma_read.make, describe=dma_read.describe, steps=9),
    Case(name="DMAWrite", make=dma_write.make, describe=dma_write.describe, steps=9),
    Case(name="Bursts", make=Bursts, describe=regions.describe, steps=4),
)}

DATA = Case(name="DMAWrite, its data", make=dma_write.make,
            describe=partial(dma_write.describe, data=True), steps=9, bounded=True)  # fmt: skip
"""Words as they are written, too, in the first cycles alone."""
