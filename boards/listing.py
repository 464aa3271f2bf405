"""The listed boards as a table: for the terminal, for programs, and for the README."""

from dataclasses import asdict

from rich.table import Table

from boards.board import Board

__all__ = ["markdown", "records", "table"]

_HEAD = ("board", "name", "part", "host link", "LUT", "FF", "BRAM18", "DSP", "clock", "LEDs",
         "toolchains", "openFPGALoader -b")  # fmt: skip
_RIGHT = ("LUT", "FF", "BRAM18", "DSP", "clock", "LEDs")
_LINKS = {"zynq": "processor", "uart": "UART"}


def records(boards: tuple[Board, ...]) -> list[dict]:
    """What ``--json`` writes: all fields of each board, its host and its toolchains."""
    return [{**asdict(board), "host": board.host, "toolchains": board.toolchains}
            for board in boards]  # fmt: skip


def table(boards: tuple[Board, ...]) -> Table:
    """What the terminal shows."""
    made = Table(box=None, pad_edge=False)
    for name in _HEAD:
        made.add_column(name, justify="right" if name in _RIGHT else "left", no_wrap=True)
    for board in boards:
        made.add_row(*_row(board))
    return made


def markdown(boards: tuple[Board, ...]) -> str:
    """The table of the README."""
    lines = [list(_HEAD), ["---:" if name in _RIGHT else "---" for name in _HEAD]]
    lines += [[f"`{first}`", *rest] for first, *rest in map(_row, boards)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _row(board: Board) -> list[str]:
    return [board.name, board.title, board.part, _LINKS[board.host], f"{board.lut:,}",
            f"{board.ff:,}", str(board.bram18), str(board.dsp), f"{board.clock:g} MHz",
            str(len(board.leds) or ""), ", ".join(board.toolchains), board.flash or ""]  # fmt: skip
