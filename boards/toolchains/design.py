"""A build as the toolchains see it: its folder, its part, the clock that is asked."""

import json
from dataclasses import dataclass
from pathlib import Path

from boards.error import BoardError
from boards.parts import PARTS, Part

__all__ = ["Design", "read"]


@dataclass(frozen=True, kw_only=True)
class Design:
    """A folder with a system: the board's name, the part, and the clock in MHz."""

    folder: Path
    board: str
    part: Part
    clock_mhz: float

    @property
    def toolchains(self) -> tuple[str, ...]:
        """Those that know the part, the default first."""
        return ("ecp5",) if self.part.family == "ecp5" else ("vivado", "openxc7")

    def need(self, names: tuple[str, ...], what: str) -> None:
        """Refuse a build without one of the files.

        Raises
        ------
        BoardError
            If a file is not there.
        """
        for name in names:
            if not (self.folder / name).is_file():
                raise BoardError(str(self.folder), f"Build must have {name} for {what}; "
                                 "generate it again with --board")  # fmt: skip


def read(folder: Path) -> Design:
    """Read what manifest.json says of the board.

    Raises
    ------
    BoardError
        If it is no build, one without a system, or for a part that no toolchain knows.
    """
    file = folder / "manifest.json"
    try:
        manifest = json.loads(file.read_text())
    except OSError as error:
        raise BoardError(str(file), f"Build must have a manifest.json: {error.strerror}") from None
    except ValueError:
        raise BoardError(str(file), "Manifest must be JSON") from None
    try:
        board, system = manifest["board"], manifest["system"]
        name, part, clock = board["name"], board["part"], float(system["clock_mhz"])
    except (KeyError, TypeError, ValueError):
        raise BoardError(str(folder), "Build must have a system.v; designs that keep weights or "
                         "maps in external memory have none yet") from None  # fmt: skip
    if part not in PARTS:
        names = ", ".join(PARTS)
        raise BoardError(f"{file}: board", f"Part must be one of {names}, not {part!r}")
    design = Design(folder=folder, board=name, part=PARTS[part], clock_mhz=clock)
    design.need(("top.v", "system.v"), "a bitstream")
    return design
