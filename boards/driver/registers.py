"""The registers of the system, as its manifest lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .errors import InputError

__all__ = ["Register", "Registers", "field"]


class Register(NamedTuple):
    """Where a register is, and the bit of each of its fields."""

    offset: int
    bits: Mapping[str, int]

    def mask(self, *names: str) -> int:
        """The fields' bits, set."""
        return sum(1 << self.bits[name] for name in names)

    def names(self, value: int) -> tuple[str, ...]:
        """The fields that are set in a value, lowest bit first."""
        pairs = sorted((bit, name) for name, bit in self.bits.items())
        return tuple(name for bit, name in pairs if value >> bit & 1)


class Registers(dict):
    """Registers by name.

    Raises
    ------
    InputError
        If the manifest is of a build without a system, or a register that is asked for is missing.
    """

    def __init__(self, manifest: Mapping) -> None:
        system = field(manifest, "system")
        for entry in field(system, "registers"):
            bits = {one["name"]: one["bit"] for one in entry.get("fields", ())}
            self[entry["name"]] = Register(entry["offset"], bits)

    def __missing__(self, name: str) -> Register:
        raise InputError(f"Manifest must list the register {name}; build again")


def field(document: Mapping, name: str):
    """A field of the manifest.

    Raises
    ------
    InputError
        If it is missing.
    """
    try:
        return document[name]
    except KeyError:
        what = f"Manifest must have the field {name!r}; build again with --board"
        raise InputError(what) from None
