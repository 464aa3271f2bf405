"""Boards by name, and what their devices hold."""

from pathlib import Path

from boards.board import Board
from boards.read import read

__all__ = ["BOARDS", "Board", "find"]

_FILES = Path(__file__).with_name("files")

_DEFAULT = "zynq7020"


def _order(board: Board) -> tuple:
    return board.host != "zynq", board.name != _DEFAULT, board.name


BOARDS = tuple(sorted(map(read, _FILES.glob("*.toml")), key=_order))
"""Those that are listed: the bare part, boards with a processor, boards with a UART."""


def find(name: str) -> Board:
    """The board of that name, or of the file of that name where it ends in .toml.

    Raises
    ------
    ValueError
        If there is none, or the file is none of a board.
    """
    if name.endswith(".toml"):
        return read(Path(name))
    for board in BOARDS:
        if board.name == name:
            return board
    names = ", ".join(board.name for board in BOARDS)
    raise ValueError(f"Board must be one of {names} or a file NAME.toml, not {name!r}")
