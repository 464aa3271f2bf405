"""What writes the parameters of an MVTU at run time."""

from amaranth.hdl import Module, Value

from hdl.array.loadable import Loadable, windows
from hdl.array.mvtu_config import Config
from hdl.lookup import Table

__all__ = ["Loads"]


class Loads:
    """The load bus inside an MVTU: which memories it writes.

    A sum that starts from a bias starts from bias - cols where popcounts are summed, whose lowest
    bit goes past the sum; else from the bias, or from the negated threshold.

    Parameters
    ----------
    config : of the MVTU
    bus : of :func:`hdl.bus.load.signature`
    """

    def __init__(self, config: Config, bus) -> None:
        self._config, self._bus = config, bus
        self._windows = windows(config)
        self._weights = dict(self._windows.weights)

    @property
    def starts(self) -> bool:
        """Whether it writes what sums start from."""
        return self._config.signs or (self._config.biased and not self._config.levels)

    @property
    def odd(self) -> bool:
        """Whether it writes the lowest bits that go past the sums."""
        return self.starts and self._config.counts and not self._config.levels

    def memory(self, m: Module, places: tuple[int, ...], words: list[int]) -> Loadable:
        """The memory of some bits of each row."""
        memory = Loadable(self._config.memory(places), words, self._weights[places])
        self._drive(m, memory.load)
        return memory

    def starting(self, m: Module, en: Value, tables: list[list[int]], group: Value) -> list[Value]:
        """What each lane's sums start from, a cycle behind the row group."""
        shape, low = self._config.total.shape, int(self.odd)
        found = []
        for lane, words in enumerate(tables):
            table = Table(m, f"start{lane}", words, shape)
            self._write(table, lane, low)
            found.append(table.late(en, group))
        return found

    def odds(self, m: Module, tables: list[list[int]], group: Value) -> list[Value]:
        """The lowest bit of each lane's sums, in the cycle of the row group."""
        found = []
        for lane, words in enumerate(tables):
            table = Table(m, f"odd{lane}", words, 1)
            self._write(table, lane, 0)
            found.append(table.read(group))
        return found

    def threshold(self, m: Module, write, lane: int) -> None:
        """Drive what writes a threshold of a lane, see :class:`hdl.quant.threshold.Threshold`."""
        window, bus = self._windows.activation, self._bus
        part, bits = window.part(bus), self._windows.level_bits
        m.d.comb += [
            write.en.eq(window.hit(bus) & (part[bits:] == lane)),
            write.index.eq(window.word(bus)),
            write.level.eq(part[:bits]),
            write.value.eq(bus.data),
        ]

    def _write(self, table: Table, lane: int, low: int) -> None:
        window, bus = self._windows.activation, self._bus
        mine = window.hit(bus) & (window.part(bus) == lane)
        table.write(mine, window.word(bus), bus.data[low:])

    def _drive(self, m: Module, port) -> None:
        for name in ("address", "data", "valid"):
            m.d.comb += getattr(port, name).eq(getattr(self._bus, name))
