"""Small netlists by hand, as yosys writes them, for static time."""

from itertools import count

__all__ = ["Net", "design"]


class Net:
    """A module as it grows: bits have names here and numbers in the netlist."""

    def __init__(self, **ports: str) -> None:
        self._bits, self._number, self.cells = {}, count(2), {}
        self.ports = {name: {"direction": "input", "bits": self.bits(name, text.split())}
                      for name, text in ports.items()}  # fmt: skip

    def bits(self, pin: str, names) -> list:
        """Numbers of names; "0", "1" and "x" are constants."""
        return [name if name in ("0", "1", "x") else self.bit(name) for name in names]

    def bit(self, name: str) -> int:
        if name not in self._bits:
            self._bits[name] = next(self._number)
        return self._bits[name]

    def output(self, port: str, text: str) -> None:
        """Bits that leave."""
        self.ports[port] = {"direction": "output", "bits": self.bits(port, text.split())}

    def cell(self, kind: str, name: str = "", parameters: dict | None = None, **pins: str) -> None:
        """An instance; each pin has the names of its bits."""
        connections = {pin: self.bits(pin, text.split()) for pin, text in pins.items()}
        self.cells[name or f"${len(self.cells)}"] = {
            "type": kind, "parameters": parameters or {}, "connections": connections,
        }  # fmt: skip

    def ff(self, d: str, q: str, **pins: str) -> None:
        """A flip-flop, named by what it drives."""
        self.cell("FDRE", D=d, Q=q, C="clk", **pins)

    def lut(self, o: str, *inputs: str) -> None:
        """A LUT of as many inputs."""
        self.cell(f"LUT{len(inputs)}", O=o, **{f"I{k}": name for k, name in enumerate(inputs)})

    def module(self) -> dict:
        names = {name: {"hide_name": 0, "bits": [bit]} for name, bit in self._bits.items()}
        return {"ports": self.ports, "cells": self.cells, "netnames": names}


def design(top: Net, **modules: Net) -> dict:
    """A netlist of a top and of modules that were kept."""
    kept = {name: net.module() for name, net in modules.items()}
    return {"modules": {**kept, "top": top.module()}}
