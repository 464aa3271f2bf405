"""A value in later cycles; those who want it share its registers."""

from amaranth.hdl import Const, Module, Value

from hdl.stream.delay import delay

__all__ = ["Late"]


class Late:
    """Registers behind a value as they are asked for; a constant needs none."""

    def __init__(self, m: Module, en: Value, value: Value, name: str) -> None:
        self._m, self._en, self._name = m, en, name
        self._late = [value]

    def at(self, cycle: int) -> Value:
        """The value, some enabled cycles later."""
        first = self._late[0]
        if isinstance(first, Const):
            return first
        while len(self._late) <= cycle:
            name = f"{self._name}_late{len(self._late)}"
            late = delay(self._m, self._en, self._late[-1], 1, name)
            self._late.append(late.as_signed() if first.shape().signed else late)
        return self._late[cycle]
