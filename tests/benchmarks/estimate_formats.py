"""How far estimates of formats are off: ``python -m tests.benchmarks.estimate_formats``.

MVTUs of each datapath whose numbers are in a format of their own, encoders of streams and of
blocks. Prints what :mod:`tests.benchmarks.estimate` does; the constants of the circuits that are
"unseen" here were not fitted to these.
"""

import argparse
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from amaranth.lib import wiring
from rich.console import Console
from rich.progress import track

from generators.cost.estimate import estimate as estimated
from generators.finn import lower
from generators.finn.part import Choice
from generators.network import check, codings, formats, graph
from generators.synth.resources import Cost
from generators.synth.synthesize import synthesize
from hdl.minifloat import DLFLOAT
from hdl.number import Number
from hdl.quant.encode import Encode
from hdl.quant.encode_biscaled import EncodeBiScaled
from hdl.quant.encode_fpec import EncodeFPEC
from hdl.quant.encode_lanes import EncodeLanes
from hdl.quant.encode_minifloat import EncodeMinifloat
from hdl.quant.expand import Expand
from sim.golden.formats import integer
from tests.benchmarks import estimate
from tests.synth import minifloats
from tests.synth.encoders import S20, block_encode
from tests.synth.minifloats import HFP8, HFP8_BACK

FPEC, BISCALED = formats.FPEC, formats.BiScaled
GROUPED, BLOCK = formats.Grouped, formats.BlockFloat

MVTUS = (  # rows, cols, pe, simd, inputs, weights, storage; integers by the name of their type
    (32, 64, 4, 8, FPEC(bits=4), FPEC(bits=4), "lut"),
    (32, 64, 4, 16, FPEC(bits=6, signed=False), FPEC(bits=6), "bram"),
    (16, 64, 4, 8, FPEC(bits=4, magnitude=1), FPEC(bits=4, magnitude=1), "lut"),
    (32, 64, 4, 16, "uint4", FPEC(bits=4), "lut"),
    (32, 64, 4, 8, FPEC(bits=6), "int4", "lut"),
    (32, 64, 4, 16, FPEC(bits=4), FPEC(bits=4, lanes=4), "lut"),
    (16, 64, 2, 16, FPEC(bits=5), FPEC(bits=5, lanes=8, compensators=2), "lut"),
    (32, 64, 4, 16, BISCALED(bits=4, shift=2), BISCALED(bits=4, shift=2), "lut"),
    (32, 64, 4, 8, "uint4", BISCALED(bits=6, shift=2), "bram"),
    (32, 64, 4, 16, "uint6", BISCALED(bits=6, shift=2, block=16), "lut"),
    (16, 64, 4, 16, BISCALED(bits=5, shift=2, signed=False),
     BISCALED(bits=5, shift=2, block=8, limit=2), "bram"),
    (32, 64, 4, 16, "uint4", GROUPED(bits=4, group=16, exponents=4), "lut"),
    (16, 64, 4, 16, "uint6", GROUPED(bits=6, group=8, exponents=4), "bram"),
    (32, 64, 4, 16, "int4", GROUPED(bits=4, group=8, exponents=4, mantissa="simple",
                                    mantissa_bits=2), "lut"),
    (32, 64, 4, 16, BLOCK(bits=4, block=16, exponents=4), BLOCK(bits=4, block=16, exponents=4),
     "lut"),
    (16, 64, 2, 32, BLOCK(bits=8, block=16, exponents=8, signed=False),
     BLOCK(bits=8, block=16, exponents=8), "bram"),
)  # fmt: skip
UNSEEN = (
    (24, 60, 3, 12, FPEC(bits=5), FPEC(bits=5), "lut"),
    (20, 40, 5, 10, "int3", FPEC(bits=4, magnitude=2), "bram"),
    (32, 64, 4, 8, FPEC(bits=6), FPEC(bits=6, lanes=4), "bram"),
    (24, 60, 3, 12, BISCALED(bits=5, shift=3), BISCALED(bits=5, shift=3), "lut"),
    (16, 64, 2, 32, BISCALED(bits=6, shift=2, signed=False),
     BISCALED(bits=6, shift=2, block=32, limit=1), "lut"),
    (24, 48, 3, 24, "uint3", GROUPED(bits=5, group=12, exponents=6), "lut"),
    (16, 96, 4, 24, BLOCK(bits=6, block=8, exponents=6), BLOCK(bits=5, block=8, exponents=3),
     "lut"),
)  # fmt: skip
MINIFLOATS = (  # kind, rows, cols, pe, format, chunk, whether with a bias
    ("minifloat", 64, 32, 2, HFP8, 8, False),
    ("minifloat", 30, 50, 3, HFP8_BACK, 16, True),
    ("minifloat unseen", 16, 32, 1, HFP8, 64, False),
    ("minifloat unseen", 32, 64, 4, HFP8, 16, True),
    ("minifloat unseen", 16, 64, 4, HFP8_BACK, 32, False),
)
S12, S16, S18, S24 = (Number(width=width, signed=True) for width in (12, 16, 18, 24))
UNITS = {  # lanes, unit
    "20 bits to uint4": (8, Encode.Config(x=S20, o=Number(width=4), right_shift=8)),
    "20 bits to uint8": (4, Encode.Config(x=S20, o=Number(width=8), right_shift=8)),
    "20 bits to uint8 stochastically":
        (4, Encode.Config(x=S20, o=Number(width=8), right_shift=8, stochastic=True)),
    "20 bits to fpec 4": (8, EncodeFPEC.Config(x=S20, bits=4, signed=False, right_shift=8)),
    "20 bits to fpec 6 of 1 magnitude bit":
        (4, EncodeFPEC.Config(x=S20, bits=6, magnitude=1, right_shift=8)),
    "20 bits to biscaled 6":
        (4, EncodeBiScaled.Config(x=S20, bits=6, shift=2, signed=False, right_shift=8)),
    "8 bits to 1-4-3": (4, EncodeMinifloat.Config(x=Number(width=8), to=HFP8, right_shift=8)),
    "20 bits to 1-4-3": (2, EncodeMinifloat.Config(x=S20, to=HFP8, right_shift=8)),
    "1-6-9 to 1-4-3": (4, EncodeMinifloat.Config(x=DLFLOAT.code, source=DLFLOAT, to=HFP8)),
    "words of biscaled 6 to integers": (16, Expand.Config(bits=6, shift=2)),
    "16 bits to int6": (6, Encode.Config(x=S16, o=Number(width=6, signed=True), right_shift=5)),
    "24 bits to uint4 stochastically":
        (8, Encode.Config(x=S24, o=Number(width=4), right_shift=12, stochastic=True)),
    "16 bits to fpec 5 of 2 magnitude bits":
        (6, EncodeFPEC.Config(x=S16, bits=5, magnitude=2, right_shift=6)),
    "16 bits to biscaled 4": (8, EncodeBiScaled.Config(x=S16, bits=4, shift=2, right_shift=6)),
    "12 bits to 1-5-2": (4, EncodeMinifloat.Config(x=S12, to=HFP8_BACK, right_shift=4)),
    "1-6-9 to 1-5-2": (8, EncodeMinifloat.Config(x=DLFLOAT.code, source=DLFLOAT, to=HFP8_BACK)),
    "words of biscaled 4 to integers": (8, Expand.Config(bits=4, shift=3)),
}  # fmt: skip
UNSEEN_UNITS = {
    "18 bits to uint5": (8, Encode.Config(x=S18, o=Number(width=5), right_shift=6)),
    "18 bits to fpec 4 of 1 magnitude bit":
        (8, EncodeFPEC.Config(x=S18, bits=4, signed=False, magnitude=1, right_shift=7)),
    "18 bits to biscaled 5": (8, EncodeBiScaled.Config(x=S18, bits=5, shift=3, right_shift=6)),
    "16 bits to 1-5-2": (4, EncodeMinifloat.Config(x=S16, to=HFP8_BACK, right_shift=6)),
}  # fmt: skip
KINDS = ("", "mvtu", "mvtu unseen", "minifloat", "minifloat unseen", "encode", "encode unseen",
         "blocks", "blocks unseen")  # fmt: skip
BLOCKS = (  # kind, bits, block, lanes, ways
    ("blocks", 4, 8, 8, 1),
    ("blocks", 8, 16, 16, 1),
    ("blocks", 4, 32, 4, 1),
    ("blocks", 4, 8, 8, 2),
    ("blocks", 6, 16, 16, 1),
    ("blocks", 6, 16, 8, 1),
    ("blocks", 6, 16, 16, 2),
    ("blocks unseen", 5, 12, 24, 1),
    ("blocks unseen", 5, 32, 8, 1),
    ("blocks unseen", 5, 8, 8, 3),
)


def circuits() -> Iterator[tuple[str, Callable[[], wiring.Component]]]:
    """What is measured: a name, and what makes the circuit."""
    for kind, cases in (("mvtu", MVTUS), ("mvtu unseen", UNSEEN)):
        for case in cases:
            rows, cols, pe, simd, x, w, storage = case
            name = f"{kind} {rows}x{cols} pe{pe} simd{simd} {_named(x)} x {_named(w)} {storage}"
            yield name, partial(mvtu, *case)
    for kind, *case in MINIFLOATS:
        rows, cols, pe, number, chunk, biased = case
        form = f"1-{number.exponent}-{number.mantissa} chunk{chunk}" + " biased" * biased
        options = {"chunk": chunk, "biased": biased}
        make = partial(minifloats.mvtu, rows, cols, pe, number, **options)
        yield f"{kind} {rows}x{cols} pe{pe} {form}", make
    for kind, units in (("encode", UNITS), ("encode unseen", UNSEEN_UNITS)):
        for name, (lanes, unit) in units.items():
            yield f"{kind} {name} in {lanes} lanes", partial(encode, lanes, unit)
    for kind, *case in BLOCKS:
        name = "{} bits, {} a block in {} lanes, {} ways".format(*case)
        yield f"{kind} {name}", partial(block_encode, *case)


def mvtu(rows: int, cols: int, pe: int, simd: int, x, w, storage: str) -> wiring.Component:
    """The unit of a dense layer with random weights that emits the sums."""
    rng = np.random.default_rng(0)
    if isinstance(w, str):
        form = integer.parse(w)
        weights = graph.Weights(type=w, data=rng.integers(form.low, form.high, (rows, cols),
                                                          endpoint=True))  # fmt: skip
    else:
        data = codings.format_of(w).encode(rng.laplace(size=(rows, cols)) * (1 << w.bits - 2))
        type = integer.smallest(int(data.min()), int(data.max())).name
        weights = graph.Weights(type=type, data=data, coding=w)
    layers = [graph.Dense(name="fc", inputs=("input",), weights=weights)]
    if not isinstance(x, str):
        layers = [graph.Encode(name="codes", inputs=("input",), type=x, right_shift=4),
                  graph.Dense(name="fc", inputs=("codes",), weights=weights)]  # fmt: skip
    network = check.check(graph.Network(
        bitloom=1, name="net", layers=tuple(layers),
        input=graph.Input(shape=(cols,), type=x if isinstance(x, str) else "int12"),
    ))  # fmt: skip
    name = codings.family(network.layers[-1])
    _, parts, _ = lower.parts(network, {"fc": Choice(pe, simd, storage, name)})
    return next(part for part in parts if part.kind == "mvtu").build()


def encode(lanes: int, unit) -> EncodeLanes:
    """A stream of 64 transfers a frame."""
    return EncodeLanes.Config(items=64 * lanes, lanes=lanes, unit=unit).build()


def _named(form) -> str:
    """A format, or the type of integers."""
    if isinstance(form, str):
        return form
    found = graph.asdict(form)
    kind = found.pop("format")
    return kind + "".join(f"_{value}" for value in found.values() if not isinstance(value, str))


def measure() -> list[tuple[str, Cost, Cost]]:
    """Name, estimate and synthesised resources of every circuit."""
    found = []
    for name, build in track(list(circuits()), console=Console(stderr=True)):
        component = build()
        guess = estimated(component.config)
        found.append((name, guess, synthesize(component)))
    return found


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    estimate.show(measure(), Console(width=140), KINDS)
