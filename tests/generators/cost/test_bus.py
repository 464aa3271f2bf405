# amaranth: UnusedElaboratable=no

"""What stands between a core and its host, beside what synthesis (yosys 0.70) makes of it."""

import pytest

from generators.cost import bus, load
from generators.cost.estimate import delay, estimate
from generators.synth.resources import Cost
from hdl.bus.axi_copy import AXICopy
from hdl.bus.axi_read import AXIRead
from hdl.bus.dma_read import DMARead
from hdl.bus.dma_write import DMAWrite
from hdl.bus.load import Chain
from hdl.bus.pack import Pack
from hdl.bus.register_file import RegisterFile
from hdl.bus.registers import REGISTERS
from hdl.bus.shell import Shell
from hdl.bus.unpack import Unpack
from hdl.ecp5.link import Link
from hdl.ecp5.system import System as ECP5
from hdl.zynq.bridge import Bridge
from hdl.zynq.system import System as Zynq

WITHOUT_LOAD = tuple(r for r in REGISTERS if not r.name.startswith("LOAD"))


def shell(i: tuple[int, int], o: tuple[int, int], **fields) -> Shell.Config:
    """Of frames and results of so many bytes, in beats of so many bits."""
    sizes = {f"{side}_{name}": value for side, (count, width) in (("i", i), ("o", o))
             for name, value in (("frame_bytes", count), ("width", width),
                                 ("beats", -(-8 * count // width)))}  # fmt: skip
    return Shell.Config(digest="0123456789abcdef" * 4, **sizes, **fields)


CASES = {  # configuration: LUT, FF and ps of the synthesis
    "unpack 98 to 64": (Unpack.Config(frame_bytes=98, width=64), 86, 125, 2313),
    "unpack 784 to 32": (Unpack.Config(frame_bytes=784, width=32), 51, 75, 2313),
    "unpack 784 to 1024": (Unpack.Config(frame_bytes=784, width=1024), 44, 1107, 2608),
    "unpack 49 to 64": (Unpack.Config(frame_bytes=49, width=64), 260, 132, 2937),
    "unpack 1 to 8": (Unpack.Config(frame_bytes=1, width=8), 33, 68, 2937),
    "unpack 1 to 128": (Unpack.Config(frame_bytes=1, width=128), 33, 68, 2937),
    "unpack 37 to 16": (Unpack.Config(frame_bytes=37, width=16), 81, 88, 2937),
    "unpack 100 to 256": (Unpack.Config(frame_bytes=100, width=256), 132, 371, 2608),
    "pack 10 of 32": (Pack.Config(frame_bytes=10, width=32), 92, 118, 1689),
    "pack 98 of 64": (Pack.Config(frame_bytes=98, width=64), 157, 120, 2313),
    "pack 1 of 32": (Pack.Config(frame_bytes=1, width=32), 135, 124, 2937),
    "pack 40 of 64": (Pack.Config(frame_bytes=40, width=64), 2, 65, 1689),
    "pack 4 of 32": (Pack.Config(frame_bytes=4, width=32), 37, 98, 1689),
    "pack 37 of 64": (Pack.Config(frame_bytes=37, width=64), 216, 128, 2937),
    "read DMA": (DMARead.Config(), 397, 143, 3084),
    "read DMA of 32 words": (DMARead.Config(room=32), 183, 135, 3084),
    "write DMA": (DMAWrite.Config(), 257, 151, 3239),
    "bridge": (Bridge.Config(), 148, 157, 3561),
    "bridge of 6 bits of IDs": (Bridge.Config(ids=6), 148, 145, 3561),
    "chain of 4": (Chain.Config(links=4, address_bits=12), 6, 225, 1432),
    "AXI read": (AXIRead.Config(beats=1024, room=64, step=32), 31, 98, 2626),
    "AXI read of 1000 beats": (AXIRead.Config(beats=1000, room=64, step=32), 34, 101, 2626),
    "AXI copy": (AXICopy.Config(width=128, address=8, outside=16, count=8), 157, 430, 3854),
    "registers": (RegisterFile.Config(registers=REGISTERS, counters=("LOAD_ADDRESS",)), 597, 568,
                  3310),
    "registers without parameters": (RegisterFile.Config(registers=WITHOUT_LOAD), 513, 534, 2937),
    "shell of whole words": (shell((49, 64), (40, 64), batch=12), 1433, 1295, 4260),
    "shell": (shell((98, 64), (1, 32)), 1420, 1345, 4260),
    "shell of bytes": (shell((784, 8), (10, 8)), 1327, 1298, 4260),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_estimates_are_near_what_was_measured(name):
    config, lut, ff, ps = CASES[name]
    found = estimate(config)
    assert found.lut == pytest.approx(lut, rel=0.05)
    assert found.ff == pytest.approx(ff, rel=0.01)
    assert (found.bram18, found.dsp) == (0, 0)
    assert delay(config) == pytest.approx(ps, rel=0.05)


def test_link_keeps_what_comes_ahead():
    """In block RAM, or of few bytes in LUTs."""
    deep = estimate(Link.Config(memory=1 << 16, silence=250_000))
    assert (deep.lut, deep.ff, deep.bram18) == (pytest.approx(345, rel=0.03), 204, 1)
    few = estimate(Link.Config(memory=4096, silence=100_000, ahead=256))
    assert (few.lut, few.ff, few.bram18) == (pytest.approx(385, rel=0.03), 194, 0)
    assert delay(Link.Config(memory=4096, silence=100_000)) == 5433


@pytest.mark.parametrize(("places", "lut", "ff"), [
    ("5,6,9,14,17,18,24,25", 169, 323), ("1,2,3,17,20,24,25", 222, 224),
    ("1,2,6,15,16,19", 129, 225), ("4,13,16,22", 56, 160),
])  # fmt: skip
def test_any_registers(places, lut, ff):
    """By what is only written, what of each four is read, and fours with nothing but zeros."""
    some = tuple(REGISTERS[int(place)] for place in places.split(","))
    found = estimate(RegisterFile.Config(registers=some))
    assert found.lut == pytest.approx(lut, rel=0.025)
    assert found.ff == pytest.approx(ff, abs=2)


@pytest.mark.parametrize(("bits", "lut"), [(6, 9), (8, 7), (9, 9), (13, 7), (14, 6), (16, 5)])
def test_a_chain_asks_whether_an_address_is_beyond(bits, lut):
    assert estimate(Chain.Config(links=1, address_bits=bits)).lut == lut


def test_deep_queues_are_block_ram():
    assert estimate(DMARead.Config(room=512)).bram18 == 2


def test_parameters_take_two_registers():
    plain, loads = (estimate(shell((98, 64), (1, 32), parameters=n)) for n in (False, True))
    assert loads.ff - plain.ff == 36


def test_layers_compare_addresses_themselves():
    config = Chain.Config(links=3)
    assert load.bus(config) == bus.chain(config)
    assert load.bus(None) == Cost()


def test_system_is_what_a_build_of_tfc_takes():
    """tests.benchmarks.onboard_parts: 1,571 LUTs and 1,538 flip-flops beside an empty core."""
    found = bus.system(Zynq.Config(shell=shell((98, 64), (10, 32)), leds=4))
    assert found.lut == pytest.approx(1571, rel=0.02)
    assert found.ff == pytest.approx(1538, rel=0.01)
    assert (found.bram18, found.dsp) == (0, 0)


def test_system_without_a_processor_has_its_memory_on_chip():
    config = ECP5.Config(shell=shell((98, 64), (10, 32)), memory_bytes=1 << 15)
    assert bus.system(config).bram18 == 16 + 1  # and the link's queue
    assert bus.system(config).lut > bus.system(config.shell).lut


def test_queue_of_a_link_is_block_ram_from_512_bytes_on():
    found = estimate(Link.Config(memory=1024, silence=30120, ahead=512))

    assert found.lut == pytest.approx(326, rel=0.02)
    assert (found.ff, found.bram18) == (186, 1)
