"""A value in later cycles; those who want it share its registers."""

from amaranth.hdl import Const, Module, Value

from hdl.stream.delay import delay

__all__ = ["Late"]


class Late:
    """Registers behind a value as they are asked for; a constant needs none.

    keep : see :func:`hdl.stream.delay.delay`.
    """

    def __init__(self, m: Module, en: Value, value: Value, name: str, *, keep=False) -> None:
        self._m, self._en, self._name, self._keep = m, en, name, keep
        self._late = [value]

    def at(self, cycle: int) -> Value:
        """The value, some enabled cycles later."""
        if isinstance(self._late[0], Const):
            return self._late[0]
        while len(self._late) <= cycle:
            name = f"{self._name}_late{len(self._late)}"
            self._late.append(delay(self._m, self._en, self._late[-1], 1, name, keep=self._keep))
        return self._late[cycle]
