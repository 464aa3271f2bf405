"""The list that hardware, manifest and drivers are made from."""

import pytest

from hdl.bus.register_file import RegisterFile
from hdl.bus.registers import IDENTITY, REGISTERS, offset


def test_list_is_sound():
    """The register file takes it; names and bits are unambiguous."""
    RegisterFile.Config(registers=REGISTERS)
    names = [register.name for register in REGISTERS]
    assert len(set(names)) == len(names)
    assert [register.offset for register in REGISTERS] == sorted(r.offset for r in REGISTERS)
    for register in REGISTERS:
        fields = register.fields
        assert len({field.bit for field in fields}) == len({f.name for f in fields}) == len(fields)
        assert all(0 <= field.bit < 32 for field in fields)


def test_identity():
    assert IDENTITY.to_bytes(4, "little") == b"BITL"


@pytest.mark.parametrize(
    ("name", "place"),
    [("ID", 0), ("STATUS", 0x0C), ("FRAMES", 0x30), ("LOAD_DATA", 0x50), ("DIGEST7", 0x7C)],
)
def test_offset(name, place):
    """What drivers in the field rely on."""
    assert offset(name) == place
