"""The README's tables of boards and of registers; run as ``python -m tests.boards.tables``."""

from boards import devices, listing
from hdl.bus.registers import DIGEST_WORDS, REGISTERS, Register
from tests.synth.update import README, with_table

__all__ = ["boards", "registers"]


def boards() -> str:
    """What ``python -m boards list`` shows."""
    return listing.markdown(devices.BOARDS)


def registers() -> str:
    """One row a register, the fields behind its meaning; the digest's words share a row."""
    shown = [one for one in REGISTERS if one.name not in _LATER]
    rows = "".join(f"| {_offset(one)} | `{_name(one)}` | {one.access} | {_meaning(one)} |\n"
                   for one in shown)  # fmt: skip
    return f"| offset | register | access | meaning; bits |\n|---|---|---|---|\n{rows}"


_LATER = {f"DIGEST{n}" for n in range(1, DIGEST_WORDS)}


def _offset(one: Register) -> str:
    if one.name == "DIGEST0":
        return f"0x{one.offset:02X} to 0x{one.offset + 4 * (DIGEST_WORDS - 1):02X}"
    return f"0x{one.offset:02X}"


def _name(one: Register) -> str:
    return f"DIGEST0` to `DIGEST{DIGEST_WORDS - 1}" if one.name == "DIGEST0" else one.name


def _meaning(one: Register) -> str:
    if one.name == "DIGEST0":
        return "the manifest's digest, eight hexadecimal digits each"
    fields = ", ".join(f"{field.bit} `{field.name}`" for field in one.fields)
    return f"{one.doc}: {fields}" if fields else one.doc


def main() -> None:
    """Write both into the README."""
    text = with_table(README.read_text(), boards(), "boards")
    README.write_text(with_table(text, registers(), "registers"))


if __name__ == "__main__":
    main()
