# amaranth: UnusedElaboratable=no

import enum
import re
import subprocess
import sys
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from generators.emit.verilog import Sharing, convert, to_rtlil
from hdl import shared
from hdl.shared import Shared
from tests.hdl import clocked, primitives
from tests.hdl.shared import COUNTERS, Agree, Counters, Nested

LATENCY = {"one": 1, "three of two kinds": 3, "without clock": 0, "nested": 5}


def modules(text: str) -> list[str]:
    return re.findall(r"^module (\S+?) ?\(", text, re.MULTILINE)


@pytest.mark.parametrize(("name", "stall"), [
    *((name, 0.0) for name in COUNTERS), *((name, 0.3) for name in COUNTERS if LATENCY[name]),
])  # fmt: skip
def test_same_results_as_rtl_and_as_netlist(name, stall):
    """As Amaranth simulates the equations, as the primitives are, and as it is."""
    rows = np.array(list(product(range(4), range(4), (0, 1, 17, 31))))
    x, w, a = np.random.default_rng(1).permutation(rows).T
    count = {"nested": 5, "three of two kinds": 3, "without clock": 2, "one": 1}[name]
    runs = [run(COUNTERS[name](), LATENCY[name], rng=np.random.default_rng(2), stall=stall,
                x=x, w=w, a=a) for run in (clocked.run, primitives.netlist_run)]  # fmt: skip
    np.testing.assert_array_equal(runs[0], runs[1])
    if name in ("one", "without clock"):  # the others see operands of several rows
        agree = np.array([bin(~(p ^ q) & 3).count("1") for p, q in zip(x, w)])
        np.testing.assert_array_equal(runs[0], (a + count * agree) % 32)


@pytest.mark.parametrize(("name", "count"), [
    ("one", 2), ("three of two kinds", 3), ("without clock", 2), ("nested", 3),
])  # fmt: skip
def test_each_is_one_module(name, count):
    found = modules(convert(COUNTERS[name]()))
    assert len(found) == len(set(found)) == count
    assert all(re.fullmatch(r"top|(agree_5_\d|nested|agree_5)_[0-9a-f]{8}", one) for one in found)


def test_elaborated_once(monkeypatch):
    made = []
    elaborate = Agree.elaborate
    monkeypatch.setattr(Agree, "elaborate", lambda *args: made.append(args) or elaborate(*args))
    to_rtlil(Counters(*[Agree.Config(5)] * 20))
    assert len(made) == 1


def test_forwards_members():
    agree = Agree(Agree.Config(4))
    one = Shared(agree)
    assert (one.x, one.o, one.config, one.signature) == (
        agree.x, agree.o, agree.config, agree.signature)  # fmt: skip
    assert one.elaborate(None) is agree
    with pytest.raises(AttributeError, match="nothing"):
        _ = one.nothing


SCRIPT = """
from generators.emit.verilog import convert
from tests.hdl.shared import COUNTERS
print(*(convert(make()) for make in COUNTERS.values()))
"""


def test_same_bytes_whatever_the_hashes():
    texts = {subprocess.run([sys.executable, "-c", SCRIPT], env={"PYTHONHASHSEED": seed},
                            capture_output=True, check=True).stdout
             for seed in ("0", "1", "7")}  # fmt: skip
    assert len(texts) == 1


class Kind(enum.Enum):
    A = 1
    B = 2


@dataclass(frozen=True)
class Holder:
    value: object
    size: int = 3


VALUES = (None, 0, 1, 1.5, "", "1", b"1", Kind.A, Kind.B, (), (1,), (1, (2,)), ((1, 2),),
          Agree.Config(5), Nested.Config(Agree.Config(5)))  # fmt: skip


def test_names_tell_configs_apart():
    names = [shared.name(Agree, Holder(value)) for value in VALUES]
    assert len(set(names)) == len(VALUES)
    assert all(re.fullmatch(r"agree(_\d+)*_3_[0-9a-f]{8}", name) for name in names)
    assert shared.name(Agree, Holder(1)) != shared.name(Nested, Holder(1))


def test_wrong_config():
    message = re.escape("Shared config must hold numbers, strings, enumerations, tuples and "
                        "dataclasses of these, not frozenset()")  # fmt: skip
    with pytest.raises(TypeError, match=f"^{message}$"):
        shared.name(Agree, Holder(frozenset()))


class Odd(wiring.Component):
    """What cannot be shared."""

    def __init__(self, config: Holder) -> None:
        self.config = config
        super().__init__({"i": In(1), "o": Out(1)})

    def elaborate(self, platform):
        m = Module()
        kept = Signal(reset_less=self.config.value != "sync")
        m.d[self.config.value] += kept.eq(self.i)
        m.d.comb += self.o.eq(kept)
        return m


@pytest.mark.parametrize(("domain", "what"), [
    ("sync", "registers without reset (reset_less=True)"),
    ("other", "the clock domain sync only, not other"),
])  # fmt: skip
def test_wrong_registers(domain, what):
    odd = Shared(Odd(Holder(domain)))
    with pytest.raises(ValueError, match=f"^Shared {odd.name} must have {re.escape(what)}$"):
        odd.elaborate(Sharing())


def test_more_than_a_config():
    with pytest.raises(TypeError, match=r"^Shared component must take a config only, unlike "
                                        r"Counters$"):  # fmt: skip
        Shared(Counters(Agree.Config(5)))


def test_two_of_one_name():
    sharing = Sharing()
    sharing.share("same", Agree(Agree.Config(5)))
    with pytest.raises(ValueError, match=r"^Shared module same must be one circuit, not two; "
                                         r"rename a class$"):  # fmt: skip
        sharing.share("same", Agree(Agree.Config(6)))
