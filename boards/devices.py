"""Boards by name, and what their devices hold."""

from dataclasses import dataclass

__all__ = ["BOARDS", "Board", "find"]


@dataclass(frozen=True, kw_only=True)
class Board:
    """A board: its part, and the LUTs, flip-flops, 18 Kb block RAMs and DSP slices of that."""

    name: str
    part: str
    lut: int
    ff: int
    bram18: int
    dsp: int


BOARDS = (
    # DS190: 53,200 LUT, 106,400 FF, 140 RAMB36, 220 DSP48E1.
    Board(
        name="zynq7020", part="xc7z020clg400-1", lut=53_200, ff=106_400, bram18=280, dsp=220
    ),
)


def find(name: str) -> Board:
    """The board of that name.

    Raises
    ------
    ValueError
        If there is none.
    """
    for board in BOARDS:
        if board.name == name:
            return board
    names = ", ".join(board.name for board in BOARDS)
    raise ValueError(f"Board must be one of {names}, not {name!r}")
