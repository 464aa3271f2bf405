"""Resources of circuits, to be added up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Resources; LUTs and flip-flops are estimates."""

    lut: float = 0
    ff: float = 0
    bram18: int = 0
    dsp: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.lut + other.lut, self.ff + other.ff, self.bram18 + other.bram18,
                    self.dsp + other.dsp)  # fmt: skip

    def __sub__(self, other: "Cost") -> "Cost":
        return self + other * -1

    def __mul__(self, times: int) -> "Cost":
        return Cost(self.lut * times, self.ff * times, self.bram18 * times, self.dsp * times)
