"""A circuit that is elaborated once and instanced many times."""

import inspect
import re
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from hashlib import sha256
from itertools import chain

from amaranth.hdl import ClockSignal, Elaboratable, Instance, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In

__all__ = ["Shared", "name"]


class Shared(Elaboratable):
    """A component of which equal ones are one module in the netlist, with many instances.

    It has the members of the component, under their names: ``dot = Shared(config.build())`` is
    driven by ``dot.x`` and read by ``dot.o``. The same component in the same cycle, and nothing
    else: Amaranth writes, and a synthesiser maps, a module for each plain component, 54 ms and
    more for a compressor of which an array has hundreds.

    Without a platform that shares (Amaranth's own simulator has none) it is the component itself.
    A platform has ``share(name, component) -> bool``, which emits the component as a module if
    that name is new to it and says whether the module has a port ``clk``.

    Parameters
    ----------
    component : what its ``config``, a frozen dataclass, and nothing else makes of its class

    Raises
    ------
    TypeError
        If the component takes more than its config, or the config holds more than numbers,
        strings, enumerations, and tuples and dataclasses of these.
    """

    def __init__(self, component: wiring.Component) -> None:
        kind = type(component)
        if [*inspect.signature(kind).parameters] != ["config"]:
            raise TypeError(f"Shared component must take a config only, unlike {kind.__name__}")
        self.component = component
        self.name = name(kind, component.config)

    def __getattr__(self, member: str):
        if member == "component":  # while it is not set there is nothing to look into
            raise AttributeError(member)
        return getattr(self.component, member)

    def elaborate(self, platform):
        component = self.component
        if not hasattr(platform, "share"):
            return component
        ports = {}
        for path, member, value in component.signature.flatten(component):
            way = "i" if member.flow == In else "o"
            ports["_".join((way, "__".join(map(str, path))))] = Value.cast(value)
        if platform.share(self.name, component):
            ports["i_clk"] = ClockSignal()
        component._MustUse__used = True  # by its twin, which stands for it
        return Instance(self.name, **ports)


@cache
def name(kind: type, config) -> str:
    """The module of a class's circuit: its name, its config's integers, and a digest of all.

    An identifier of Verilog, the same in every process: popcount_64_1a2b3c4d.
    """
    plain = (getattr(config, field.name) for field in fields(config))
    sizes = (str(value) for value in plain if type(value) is int and value >= 0)
    whole = f"{kind.__module__}.{kind.__qualname__} {_text(config)}"
    digest = sha256(whole.encode()).hexdigest()[:8]
    word = re.sub(r"\W", "_", kind.__name__.lower(), flags=re.ASCII)
    return "_".join(chain((word,), sizes, (digest,)))


def _text(value) -> str:
    """All that tells a value from others, unlike a repr, which may be short or hold an address."""
    if value is None or type(value) in (bool, int, float, str, bytes):
        return repr(value)
    if isinstance(value, Enum):
        return f"{type(value).__qualname__}.{value.name}"
    if type(value) is tuple:
        return f"({','.join(map(_text, value))})"
    if is_dataclass(value) and not isinstance(value, type):
        inner = (f"{field.name}={_text(getattr(value, field.name))}" for field in fields(value))
        return f"{type(value).__qualname__}({','.join(inner)})"
    what = "numbers, strings, enumerations, tuples and dataclasses of these"
    raise TypeError(f"Shared config must hold {what}, not {value!r}")
