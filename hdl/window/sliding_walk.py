"""The walk of windows over a map: what is read and released when."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

__all__ = ["Axis", "Walk"]


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Windows along one axis: tap k of window o is at o * stride - before + k * dilation."""

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int

    @property
    def span(self) -> int:
        """From the first to the last tap."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def padded(self) -> int:
        """The size with padding."""
        return self.before + self.size + self.after

    @property
    def windows(self) -> int:
        """How many windows."""
        return (self.padded - self.span) // self.stride + 1

    @cached_property
    def position(self) -> np.ndarray:
        """(windows, taps): where, also outside the map."""
        windows, taps = np.arange(self.windows)[:, None], np.arange(self.kernel)
        return windows * self.stride - self.before + taps * self.dilation

    @cached_property
    def inside(self) -> np.ndarray:
        """(windows, taps): whether in the map."""
        return (self.position >= 0) & (self.position < self.size)

    @property
    def pads(self) -> bool:
        """Whether a tap is ever outside."""
        return not self.inside.all()

    def oldest(self, end: int) -> np.ndarray:
        """(windows,): the lowest position that this window or a later one reads; end if none."""
        lowest = np.where(self.inside, self.position, end).min(axis=1)
        return np.minimum.accumulate(lowest[::-1])[::-1]


@dataclass(frozen=True, kw_only=True)
class Walk:
    """Windows in raster order; each block by block, repeat by repeat, tap by tap, group by group.

    A word is one of ``groups`` transfers of a pixel; words are counted in raster order.
    """

    y: Axis
    x: Axis
    groups: int
    blocks: int
    repeats: int

    @property
    def windows(self) -> int:
        """Windows of a frame."""
        return self.y.windows * self.x.windows

    @property
    def words(self) -> int:
        """Words of a frame."""
        return self.y.size * self.x.size * self.groups

    @property
    def block(self) -> int:
        """Words of a pixel in one block."""
        return self.groups // self.blocks

    @property
    def transfers(self) -> int:
        """Transfers of a window."""
        return self.y.kernel * self.x.kernel * self.groups * self.repeats

    @property
    def first(self) -> int:
        """Word of the very first tap, in the map or not."""
        return int(self.y.position[0, 0] * self.x.size + self.x.position[0, 0]) * self.groups

    @property
    def levels(self) -> list[tuple[str, int, int]]:
        """Loops from the innermost: name, trips, words from trip to trip; then ("", 1, frame).

        Loops of one trip are left out. A loop is one with the next where both walk on alike and
        nobody asks for their counts.
        """
        pixel, row = self.groups, self.groups * self.x.size
        loops = [
            ("group", self.block, 1),
            ("kx", self.x.kernel, self.x.dilation * pixel),
            ("ky", self.y.kernel, self.y.dilation * row),
            ("repeat", self.repeats, 0),
            ("block", self.blocks, self.block),
            ("ox", self.x.windows, self.x.stride * pixel),
            ("oy", self.y.windows, self.y.stride * row),
            ("", 1, self.words),
        ]
        asked = {"kx": self.x.pads, "ky": self.y.pads, "ox": True, "oy": True, "": True}
        merged: list[tuple[str, int, int]] = []
        for name, trips, step in loops:
            if trips == 1 and name:
                continue
            if merged and not asked.get(name, False) and not asked.get(merged[-1][0], False):
                inner, times, small = merged[-1]
                if step == times * small:
                    merged[-1] = (inner, times * trips, small)
                    continue
            merged.append((name, trips, step))
        return merged

    @property
    def steps(self) -> list[int]:
        """Words onward when a loop of :py:`levels` makes a trip, those inside it starting again."""
        steps, back = [], 0
        for _, trips, step in self.levels:
            steps.append(step - back)
            back += (trips - 1) * step
        return steps

    @cached_property
    def _rows(self) -> np.ndarray:
        """Oldest row that is needed from each row of windows on; then from the next frame on."""
        size = self.y.size
        first = int(self.y.position[self.y.inside].min())
        return np.append(self.y.oldest(size + first), size + first)

    @cached_property
    def _columns(self) -> np.ndarray:
        """Oldest column that is needed from each window of a row on; it stays if none is."""
        columns = self.x.oldest(self.x.size)
        return np.minimum(columns, columns[columns < self.x.size].max())

    @property
    def moves(self) -> np.ndarray:
        """(rows of windows,): whether words are released within the row, not at its end only."""
        return np.diff(self._rows) > 0

    @property
    def column_release(self) -> np.ndarray:
        """(windows of a row - 1,): words released at the end of a window, in rows that move."""
        return np.diff(self._columns) * self.groups

    @property
    def row_release(self) -> np.ndarray:
        """(rows of windows,): words released at the end of the last window of a row."""
        within = np.where(self.moves, self._columns[-1] - self._columns[0], 0)
        return (np.diff(self._rows) * self.x.size - within) * self.groups

    @cached_property
    def oldest(self) -> np.ndarray:
        """(windows + 1,): the oldest word that is kept from each window on, then the next frame."""
        columns = self._columns[0] + np.outer(self.moves, self._columns - self._columns[0])
        pixels = (self._rows[:-1, None] * self.x.size + columns).ravel()
        end = self._rows[-1] * self.x.size + self._columns[0]
        return np.append(pixels, end) * self.groups

    @cached_property
    def _pixels(self) -> np.ndarray:
        """(windows, taps): pixel of each tap, -1 outside the map."""
        inside = self.y.inside[:, None, :, None] & self.x.inside[:, None, :]
        pixel = self.y.position[:, None, :, None] * self.x.size + self.x.position[:, None, :]
        return np.where(inside, pixel, -1).reshape(self.windows, -1)

    @property
    def least_depth(self) -> int:
        """Words from the oldest to the last of a window, at most."""
        last = (self._pixels.max(axis=1) + 1) * self.groups
        return int((last - self.oldest[:-1])[last > 0].max())

    @cached_property
    def _news(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Taps, of all windows in order, that read a pixel above all before: tap, it, one before.

        Words are read in order, so that other taps never wait.
        """
        pixels = self._pixels.ravel()
        highest = np.maximum.accumulate(pixels)
        before = np.append(-1, highest[:-1])
        taps = np.flatnonzero(pixels > before)
        return taps, pixels[taps], before[taps]

    @property
    def ahead(self) -> int:
        """Words from the last word read to the next new one, at most."""
        _, pixel, before = self._news
        again = pixel[0] + self.y.size * self.x.size - pixel[-1]
        return int(max((pixel - before).max(), again)) * self.groups - self.block + 1

    @property
    def released_ahead(self) -> int:
        """Released words that are perhaps not written yet, at most."""
        last = np.maximum.accumulate(self._pixels.max(axis=1))
        frame = self._news[1][-1] - self.y.size * self.x.size
        last = np.append(frame, np.where(last < 0, frame, last))
        return int((self.oldest - (last + 1) * self.groups).max())

    @cached_property
    def runs(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Runs of new words, in order: window, transfer of the frame and word of each one's first.

        Each is of :py:`block` words, one a transfer. Past the first block only the last new pixel
        of a window has new words.
        """
        taps, pixel, _ = self._news
        window, tap = np.divmod(taps, self._pixels.shape[1])
        final = np.append(np.diff(window) > 0, True)
        start, word = window * self.transfers + tap * self.block, pixel * self.groups
        runs = [(window, start, word)]
        for block in range(1, self.blocks):
            later = block * (self.transfers // self.blocks), block * self.block
            runs.append((window[final], start[final] + later[0], word[final] + later[1]))
        window, start, word = (np.concatenate(one) for one in zip(*runs))
        order = np.argsort(start)
        return window[order], start[order], word[order]
