"""Static time of pipelines: ways through circuits that pass ready, valid or payload on."""

import re
from types import SimpleNamespace

import pytest

from generators.finn.part import Flow, Part
from generators.finn.timing_network import static
from generators.synth.timing import Path, Timing
from hdl.number import BIPOLAR

WIRE = 500


def part(name: str, *inputs: str, kind: str = "", readers: int = 0) -> Part:
    config = SimpleNamespace(readers=readers)
    return Part(name, "", kind, config, lambda: None, inputs, Flow(name, BIPOLAR, 1, 1))


def timing(inside: int = 0, **ways) -> Timing:
    """Times by port; a dot separates the ports of a way through, and o, i stand for streams."""
    clk_to, setup, through = {}, {}, {}
    for name, ps in ways.items():
        ports = [re.sub(r"_(valid|ready|payload)$", r"__\1", port) for port in name.split("X")]
        if len(ports) == 2:
            through.setdefault(ports[0], {})[ports[1]] = Path(ps, 1)
        else:
            leaves = ports[0].startswith("o") == (not ports[0].endswith("ready"))
            (clk_to if leaves else setup)[ports[0]] = Path(ps, 2, 1)
    return Timing(WIRE, Path(inside, 3) if inside else None, clk_to, setup, through)


SLICE = timing(900, i_ready=456, o_valid=456, o_payload=456, i_valid=60, i_payload=60, o_ready=404)


def of(parts: list[Part], **timings: Timing):
    return static(parts, {"s_axis": SLICE, "m_axis": SLICE, **timings})


def test_the_slowest_circuit():
    found = of([part("a", "input")], a=timing(3000, o_payload=456, i_valid=109))
    assert (found.ps, found.wire_ps, found.at) == (3000, WIRE, "a")
    assert (found.lut_levels, found.carry4) == (3, 0)
    assert found.parts == {"s_axis": 1065, "m_axis": 1016, "a": 3000}


def test_between_two_circuits():
    """The wire between them is counted, valid, payload and ready each by itself."""
    parts = [part("a", "input"), part("b", "a")]
    for port, reader in (("o_valid", "i_valid"), ("o_payload", "i_payload")):
        found = of(parts, a=timing(**{port: 2000}), b=timing(**{reader: 1500}))
        assert (found.ps, found.at) == (2000 + WIRE + 1500, "a to b")
        assert (found.lut_levels, found.carry4) == (4, 2)
        assert found.parts["a"] == found.parts["b"] == found.ps
    found = of(parts, a=timing(o_ready=2000), b=timing(i_ready=1500))
    assert (found.ps, found.at) == (1500 + WIRE + 2000, "b to a")
    found = of(parts, a=timing(o_valid=2000), b=timing(i_payload=1500))
    assert found.ps < 3000


def test_ready_goes_on_through_circuits():
    """From the last slice's register through two circuits into the first slice."""
    passes = timing(o_readyXi_ready=124)
    found = of([part("a", "input"), part("b", "a")], a=passes, b=passes)
    assert found.ps == 456 + 3 * WIRE + 2 * 124 + 404
    assert found.at == "m_axis to b to a to s_axis"
    assert (found.lut_levels, found.carry4) == (2 + 2 + 2, 2)
    assert found.parts == {"a": 0, "b": 0, "s_axis": found.ps, "m_axis": found.ps}


def test_a_circuit_of_wires_only():
    """A payload that is only a wire from port to port is one wire with those outside."""
    wires = Timing(WIRE, through={"i__payload": {"o__payload": Path(-WIRE)}})
    assert of([part("a", "input")], a=wires).ps == max(456 + WIRE + 60, 900)


def test_several_inputs_and_a_fork():
    parts = [part("fork", "input", kind="fork", readers=2), part("one", "fork"),
             part("join", "one", "fork")]  # fmt: skip
    fork = timing(o_0_valid=100, o_1_valid=200, o_0_readyXi_ready=10, o_1_readyXi_ready=20)
    join = timing(i_0_validXi_1_ready=30, i_0_valid=300, i_1_valid=4000)
    found = of(parts, fork=fork, one=timing(o_valid=7000, i_valid=1), join=join)
    # The first input's valid decides the second one's ready, and that the ready of the fork.
    assert (found.ps, found.at) == (7000 + WIRE + 30 + WIRE + 20 + WIRE + 404,
                                    "one to join to fork to s_axis")  # fmt: skip
    assert found.parts["join"] == 7000 + WIRE + 300


def test_edges_alone():
    found = static([], {"s_axis": SLICE, "m_axis": SLICE})
    assert (found.ps, found.at) == (456 + WIRE + 404, "m_axis to s_axis")


def test_no_loop():
    around = timing(o_readyXo_valid=1, i_validXi_ready=1, i_valid=1)
    message = r"^Network must have no loop without a register, but [ab]\.[io]__\w+ is in one$"
    with pytest.raises(ValueError, match=message):
        of([part("a", "input"), part("b", "a")], a=around, b=around)


def test_no_register_before():
    """What comes from the chip's pins is not timed, nor what leaves by them."""
    slices = {"s_axis": timing(i_validXo_valid=9000), "m_axis": timing(100, i_valid=9000)}
    found = static([part("a", "input")], {**slices, "a": timing(i_validXo_valid=5)})
    assert (found.ps, found.at, found.parts["a"]) == (100, "m_axis", 0)
