"""Resources of circuits, to be added up."""

from dataclasses import astuple, dataclass


@dataclass(frozen=True)
class Cost:
    """Resources; LUTs and flip-flops are estimates."""

    lut: float = 0
    ff: float = 0
    bram18: int = 0
    dsp: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(*(a + b for a, b in zip(astuple(self), astuple(other))))

    def __mul__(self, times: int) -> "Cost":
        return Cost(*(a * times for a in astuple(self)))
