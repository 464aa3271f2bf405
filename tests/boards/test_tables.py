"""The README's tables are those of the code."""

import pytest

from hdl.bus.registers import REGISTERS
from tests.boards import tables
from tests.synth.update import README

HINT = "run python -m tests.boards.tables"


@pytest.mark.parametrize("name", ["boards", "registers"])
def test_readme_shows_them(name):
    made = getattr(tables, name)()
    assert f"<!-- {name} -->\n{made}<!-- end of {name} -->\n" in README.read_text(), HINT


def test_every_register_and_field():
    made = tables.registers()
    for register in REGISTERS:
        if not register.name.startswith("DIGEST"):
            assert f"| 0x{register.offset:02X} | `{register.name}` | {register.access} |" in made
        for field in register.fields:
            assert f"{field.bit} `{field.name}`" in made
    assert "| 0x60 to 0x7C | `DIGEST0` to `DIGEST7` | r |" in made
