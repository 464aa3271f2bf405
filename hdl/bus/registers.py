"""The registers of a system, one list: the hardware, the manifest, the drivers and the manual."""

from dataclasses import dataclass

__all__ = ["DIGEST_WORDS", "IDENTITY", "REGISTERS", "VERSION", "Field", "Register", "offset"]

IDENTITY = 0x4C544942
"""BITL, the lowest byte first."""

VERSION = 0x0001_0000
"""Of this list: 16 bits of a major number, which tells drivers whether they fit, and a minor."""

DIGEST_WORDS = 8


@dataclass(frozen=True, kw_only=True)
class Field:
    """A bit of a register."""

    name: str
    bit: int
    doc: str


@dataclass(frozen=True, kw_only=True)
class Register:
    """32 bits at a byte offset; access is r, rw, w (reads 0), or w1c (writing 1 clears a bit)."""

    name: str
    offset: int
    access: str
    doc: str
    fields: tuple[Field, ...] = ()


def _fields(*fields: tuple[str, int, str]) -> tuple[Field, ...]:
    return tuple(Field(name=name, bit=bit, doc=doc) for name, bit, doc in fields)


def _register(name: str, place: int, access: str, doc: str, *fields) -> Register:
    return Register(name=name, offset=place, access=access, doc=doc, fields=_fields(*fields))


REGISTERS = (
    _register("ID", 0x00, "r", "0x4C544942: BITL, the lowest byte first"),
    _register("VERSION", 0x04, "r", "of this list: major number in the upper half"),
    _register("CONTROL", 0x08, "w", "starts and ends a run",
              ("start", 0, "starts a run"),
              ("abort", 1, "ends the run; bursts under way are completed")),
    _register("STATUS", 0x0C, "w1c", "of the last run; a start clears all but idle",
              ("idle", 0, "no run is under way"),
              ("done", 1, "the run has ended and all results are in memory"),
              ("error", 2, "the run has ended early; the reasons follow"),
              ("read_slverr", 8, "the memory answered a read with SLVERR"),
              ("read_decerr", 9, "no memory at an address that was read"),
              ("write_slverr", 10, "the memory answered a write with SLVERR"),
              ("write_decerr", 11, "no memory at an address that was written"),
              ("start_while_busy", 12, "a start came while a run was under way, and was ignored"),
              ("input_length", 13, "INPUT_BYTES is not what FRAMES frames take"),
              ("output_length", 14, "OUTPUT_BYTES is less than FRAMES results, or no frames"),
              ("address", 15, "an address is no multiple of 8"),
              ("aborted", 16, "CONTROL.abort ended the run")),
    _register("IRQ_ENABLE", 0x10, "rw", "what interrupts",
              ("done", 0, "the end of a run"), ("error", 1, "the early end of a run")),
    _register("IRQ_STATUS", 0x14, "w1c", "what has happened, enabled or not",
              ("done", 0, "the end of a run"), ("error", 1, "the early end of a run")),
    _register("MODE", 0x18, "rw", "what a run does",
              ("loopback", 0, "copies the input to the output, past the network")),
    _register("SCRATCH", 0x1C, "rw", "for tests of the bus"),
    _register("INPUT_ADDRESS", 0x20, "rw", "of the first frame, a multiple of 8"),
    _register("INPUT_BYTES", 0x24, "rw", "of all frames"),
    _register("OUTPUT_ADDRESS", 0x28, "rw", "of the first result, a multiple of 8"),
    _register("OUTPUT_BYTES", 0x2C, "rw", "room for results; nothing is written behind it"),
    _register("FRAMES", 0x30, "rw", "of a run"),
    _register("FRAMES_IN", 0x34, "r", "that have gone into the network in this run"),
    _register("FRAMES_OUT", 0x38, "r", "that have come out of it in this run"),
    _register("CYCLES_LOW", 0x3C, "r", "clock cycles of the run, lower half"),
    _register("CYCLES_HIGH", 0x40, "r", "clock cycles of the run, upper half"),
    _register("INPUT_WAIT", 0x44, "r", "cycles in which the network waited for input"),
    _register("OUTPUT_WAIT", 0x48, "r", "cycles in which a result waited"),
    _register("LOAD_ADDRESS", 0x4C, "rw", "of the next parameter"),
    _register("LOAD_DATA", 0x50, "w", "writes a parameter; LOAD_ADDRESS then counts one up"),
    *(_register(f"DIGEST{n}", 0x60 + 4 * n, "r",
                f"hexadecimal digits {8 * n} to {8 * n + 7} of the manifest's digest")
      for n in range(DIGEST_WORDS)),
)  # fmt: skip


def offset(name: str) -> int:
    """Of the register of that name."""
    return next(register.offset for register in REGISTERS if register.name == name)
