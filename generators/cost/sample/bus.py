# amaranth: UnusedElaboratable=no

"""What stands between a core and its host, and what brings words to layers."""

from functools import partial

import numpy as np

from generators.cost.sample.case import Sample, drawn, named, pick, size
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
from hdl.zynq.bridge import Bridge

__all__ = ["designed", "draw", "registers", "shell"]

CASES = {
    Unpack: [{"frame_bytes": count, "width": width} for count, width in (
        (98, 64), (784, 32), (784, 1024), (10, 32), (49, 64), (1, 8), (3, 8), (3072, 128),
        (37, 16), (100, 256), (12, 64), (6, 64), (3073, 512), (64, 64))],
    Pack: [{"frame_bytes": count, "width": width} for count, width in (
        (10, 32), (98, 64), (1, 8), (1, 32), (40, 64), (10, 16), (100, 128), (4, 32), (37, 64),
        (400, 512), (6, 64), (13, 1024), (3, 8))],
    DMARead: [{}, {"room": 32}, {"room": 512}, {"room": 64, "bursts": 4},
              {"bursts": 16, "ids": 4}],
    DMAWrite: [{}, {"room": 32}, {"room": 256}, {"room": 128, "bursts": 4}],
    Bridge: [{"ids": 12}, {"ids": 6}, {"ids": 12, "address": 16}, {"ids": 1, "address": 20}],
    Chain: [{"links": links, "address_bits": bits} for links, bits in (
        (1, 16), (4, 12), (10, 16), (3, 6))],
    AXIRead: [{"beats": beats, "room": room, "step": step, "bursts": bursts}
              for beats, room, step, bursts in (
        (1024, 64, 32, 8), (1000, 64, 32, 8), (4096, 256, 64, 4), (65540, 128, 20, 8),
        (12, 24, 6, 8))],
    AXICopy: [{"width": width, "address": address, "outside": outside, "count": count}
              for width, address, outside, count in (
        (64, 6, 12, 6), (128, 8, 16, 8), (512, 10, 20, 10), (32, 4, 8, 4), (256, 7, 14, 6))],
    Link: [{"memory": 65536, "silence": 250_000},
           {"memory": 4096, "silence": 100_000, "ahead": 256}],
}  # fmt: skip
SHELLS = (  # bytes and bits in, bytes and bits out, batch, parameters
    (98, 64, 1, 32, 1, False), (784, 8, 10, 8, 1, False), (3072, 128, 1, 8, 1, True),
    (49, 64, 40, 64, 12, False), (100, 32, 16, 512, 16, True),
)  # fmt: skip
REGISTER_SETS = ("all", "none to load", "no digest", "read and written", "first 8")


def shell(i_bytes: int, i_width: int, o_bytes: int, o_width: int, batch: int,
          parameters: bool) -> Shell:  # fmt: skip
    """A shell of such frames and beats."""
    return Shell(Shell.Config(
        digest="0123456789abcdef" * 4, batch=batch, parameters=parameters,
        i_width=i_width, i_frame_bytes=i_bytes, i_beats=-(-8 * i_bytes // i_width),
        o_width=o_width, o_frame_bytes=o_bytes, o_beats=-(-8 * o_bytes // o_width),
    ))  # fmt: skip


def registers(some: str) -> RegisterFile:
    """A file of some of the registers, by a name, or by their places: "of 0,3,4"."""
    chosen = {
        "all": REGISTERS,
        "none to load": [r for r in REGISTERS if not r.name.startswith("LOAD")],
        "no digest": [r for r in REGISTERS if not r.name.startswith("DIGEST")],
        "read and written": [r for r in REGISTERS if r.access == "rw"],
        "first 8": REGISTERS[:8],
    }.get(some) or [REGISTERS[int(place)] for place in some.removeprefix("of ").split(",")]
    counters = ("LOAD_ADDRESS",) if some == "all" else ()
    return RegisterFile(RegisterFile.Config(registers=tuple(chosen), counters=counters))


def _made(component, options: dict):
    return component(component.Config(**options))


def _plain(component, **options) -> Sample:
    name = named(options).strip() or "default"
    return Sample(component.__name__.lower(), name, partial(_made, component, options))


def _shell(*case) -> Sample:
    name = "{} bytes in {} bits, {} bytes out {} bits, batch {}".format(*case)
    return Sample("shell", name + " loaded" * case[-1], partial(shell, *case))


def _registers(some: str) -> Sample:
    return Sample("registerfile", some, partial(registers, some))


def designed() -> tuple[Sample, ...]:
    """What the estimates are fitted to."""
    plain = (_plain(kind, **options) for kind, cases in CASES.items() for options in cases)
    return (*plain, *(_shell(*case) for case in SHELLS), *map(_registers, REGISTER_SETS))


def _packing(rng: np.random.Generator, kind) -> Sample:
    return _plain(kind, frame_bytes=size(rng, 1, 4000), width=8 << int(rng.integers(0, 7)))


def _dma(rng: np.random.Generator, kind) -> Sample:
    return _plain(kind, room=pick(rng, 16, 32, 48, 64, 128, 200, 256, 512),
                  bursts=pick(rng, 2, 4, 8, 16), ids=pick(rng, 1, 4, 6, 12))  # fmt: skip


def _bridge(rng: np.random.Generator) -> Sample:
    return _plain(Bridge, ids=pick(rng, 1, 4, 6, 8, 12, 16), address=pick(rng, 12, 13, 16, 18))


def _chain(rng: np.random.Generator) -> Sample:
    return _plain(Chain, links=size(rng, 1, 12), address_bits=int(rng.integers(6, 17)))


def _drawn_registers(rng: np.random.Generator) -> Sample:
    places = sorted(rng.permutation(len(REGISTERS))[: size(rng, 4, len(REGISTERS))].tolist())
    return _registers(f"of {','.join(map(str, places))}")


def _link(rng: np.random.Generator) -> Sample:
    return _plain(Link, memory=1 << int(rng.integers(10, 17)), silence=size(rng, 5000, 500_000),
                  ahead=pick(rng, 512, 1024, 2048))  # fmt: skip


def _axi_read(rng: np.random.Generator) -> Sample:
    return _plain(AXIRead, beats=size(rng, 20, 60_000), room=pick(rng, 32, 64, 96, 128, 256),
                  step=size(rng, 4, 64), bursts=pick(rng, 4, 8))  # fmt: skip


def _axi_copy(rng: np.random.Generator) -> Sample:
    address = int(rng.integers(4, 11))
    return _plain(AXICopy, width=pick(rng, 32, 48, 64, 128, 200, 256, 512), address=address,
                  outside=2 * address, count=address)  # fmt: skip


def _drawn_shell(rng: np.random.Generator) -> Sample:
    widths = 8, 32, 64, 128
    return _shell(size(rng, 1, 4000), pick(rng, *widths), size(rng, 1, 400), pick(rng, *widths),
                  pick(rng, 1, 1, 1, 4, 16), bool(rng.random() < 0.3))  # fmt: skip


def draw(rng: np.random.Generator, count: int) -> list[Sample]:
    """Random ones."""
    return drawn(rng, count, (
        partial(_packing, kind=Unpack), partial(_packing, kind=Pack), partial(_dma, kind=DMARead),
        partial(_dma, kind=DMAWrite), _drawn_shell, _bridge, _chain, _axi_read, _axi_copy,
        _drawn_registers, _link,
    ))  # fmt: skip
