"""The formats that need encoders, and these, for the table of arithmetic."""

from collections.abc import Iterator
from functools import partial

from tests.benchmarks.case import Case
from tests.synth import biscaled as two
from tests.synth import dots, fpec
from tests.synth import encoders as made
from tests.synth import grouped as shared
from tests.synth import minifloats as floats

__all__ = ["formats"]

LANES = 16


def formats() -> Iterator[Case]:
    """Errors, two scales, shared scales, exponents, and what encodes sums so."""
    yield from compensated()
    yield from biscaled()
    yield from scaled()
    yield from minifloats()
    yield from encoders()


def encoders() -> Iterator[Case]:
    """Of sums of 20 bits in lanes of a stream; LUTs of an output a cycle."""
    name = "encoder of 20 bits to 8"
    lanes = {"unit": "output", "units": LANES, "lanes": LANES}
    yield Case(f"{name}, to the nearest", **lanes, build=partial(made.encode_lanes, 8, LANES))
    yield Case(f"{name}, stochastic", **lanes,
               build=partial(made.encode_lanes, 8, LANES, stochastic=True),
               naive=f"{name}, to the nearest")  # fmt: skip
    for bits in (4, 8):
        name = f"block floating point of 20 bits to {bits}, blocks of 16"
        yield Case(name, **lanes, build=partial(made.block_encode, bits, LANES, LANES))
    name = "block floating point of 20 bits to 4, "
    yield Case(f"{name}blocks of 64 in 16 lanes", **lanes,
               build=partial(made.block_encode, 4, 4 * LANES, LANES))  # fmt: skip
    for ways in (2, 3):
        yield Case(f"{name}best of {ways} steps (E2BQM)", **lanes,
                   build=partial(made.block_encode, 4, LANES, LANES, ways),
                   naive=f"{name}blocks of 16")  # fmt: skip


def scaled() -> Iterator[Case]:
    """Sixteen elements that share a scale, and blocks of them; LUTs of an element's product."""
    for bits, exponents in ((3, 4), (4, 4), (4, 8), (6, 4), (6, 8), (8, 8)):
        name, rival = f"{bits} x {bits} in groups of 16", f"behavioural {bits} x {bits}"
        one = {"unit": "MAC", "units": LANES, "lanes": LANES}
        one["naive"] = rival if bits in (4, 8) else ""
        yield Case(f"{name}, {exponents} powers of two", **one,
                   build=partial(shared.grouped, bits, exponents))  # fmt: skip
        if exponents == 4:
            yield Case(f"{name}, 4 powers of two times 1, 3/2 or 5/4", **one,
                       build=partial(shared.grouped, bits, 4, 2))  # fmt: skip
    for bits in (4, 8):
        for lanes in (1, 4):
            name = f"block floating point {bits} x {bits}, 4 exponents, {lanes} x 16"
            yield Case(name, "MAC", lanes * LANES, lanes * LANES,
                       partial(shared.blocks, bits, 4, lanes=lanes),
                       f"behavioural {bits} x {bits}")  # fmt: skip


def minifloats() -> Iterator[Case]:
    """HFP8, products of which are added in DLFloat in chunks of 64; a PE does a MAC a cycle."""
    for name, number in (("1-4-3", floats.HFP8), ("1-5-2", floats.HFP8_BACK)):
        one = {"unit": "MAC", "units": 1, "lanes": 1}
        yield Case(f"HFP8 {name}, a product", **one, build=partial(floats.product, number))
        for rounding in ("up", "even"):
            build = partial(floats.accumulator, 8, number, rounding)
            yield Case(f"HFP8 {name}, sums of 8 rows, rounded {rounding}", **one, build=build)
        build = partial(floats.mvtu, 7 * LANES, 128, LANES, number, storage="bram", biased=True)
        yield Case(f"HFP8 {name} MVTU of 16 PE, complete", "MAC", LANES, 1, build,
                   "behavioural 8 x 8")  # fmt: skip
    for name, build in (
        ("DLFloat 1-6-9 to HFP8 1-4-3", partial(floats.encode_code, right_shift=1)),
        ("20 bits to HFP8 1-4-3", partial(floats.encode_integer, 20, True)),
    ):
        yield Case(f"encoder of {name}", "output", 1, 1, build)


def compensated() -> Iterator[Case]:
    """Numbers with estimated errors (FPEC); LUTs of a compensated product, and of an encoder.

    Asked for were 0.55 and 0.95 of plain 8 x 8 (39.8), and 1.35 of plain 6 x 6 (23.6).
    """
    macs = {"unit": "MAC", "units": LANES, "lanes": LANES}
    yield Case("6 x 6 without errors, Booth", **macs, build=partial(dots.booth, LANES, 6, 6))
    for bits, errors, magnitude, limit in (
        (4, "both", 0, 0.55 * 39.8), (6, "both", 0, 0.95 * 39.8), (6, "x", 0, 1.35 * 23.6),
        (4, "x", 0, None), (4, "both", 1, None), (4, "both", 2, None), (6, "x", 1, None),
    ):  # fmt: skip
        name = f"FPEC-{bits}" + (f", {magnitude} magnitude bit{'s' * (magnitude > 1)}") * bool(
            magnitude)  # fmt: skip
        yield Case(f"{name}, errors on {'both sides' if errors == 'both' else 'one side'}", **macs,
                   build=partial(fpec.dot, bits, errors, magnitude),
                   limit=limit and limit * LANES)  # fmt: skip
    for bits, block, compensators in ((4, 4, 1), (4, 8, 1), (4, 8, 2), (6, 4, 1)):
        lanes = 4 * LANES
        yield Case(f"FPEC-{bits}, {compensators} of {block} lanes compensated", "MAC", lanes, lanes,
                   partial(fpec.shared_dot, bits, block, compensators, lanes),
                   f"FPEC-{bits}, errors on both sides")  # fmt: skip
    for bits, magnitude in ((4, 0), (6, 0), (6, 2)):
        yield Case(f"encoder of 20 bits to FPEC-{bits}, {magnitude} magnitude bits", "output", 1, 1,
                   partial(fpec.encode, bits, magnitude))  # fmt: skip


def biscaled() -> Iterator[Case]:
    """Six bits on two scales four apart; asked for are 1.25 of plain 6 x 6, 0.75 of plain 8 x 8."""
    one = {"unit": "MAC", "units": LANES, "lanes": LANES}
    plain, asked = "6 x 6 without errors, Booth", 1.25 * 378
    for block, limit in ((16, 1), (16, 2), (32, 1), (32, 2)):
        wide = "a wide weight" if limit == 1 else f"{limit} wide weights"
        yield Case(f"BiScaled 6 x 6, {wide} of {block}", "MAC", block, block,
                   partial(two.blocks, 6, 2, block, limit), plain,
                   asked * block / LANES)  # fmt: skip
    for sides, what in (("x", "any input wide"), ("w", "any weight wide"), ("xw", "any wide")):
        yield Case(f"BiScaled 6 x 6, {what}", **one, build=partial(two.dot, 6, 2, sides),
                   naive=plain)  # fmt: skip
    one = {"unit": "output", "units": 1, "lanes": 1}
    yield Case("encoder of 20 bits to BiScaled 6", **one, build=partial(two.encode, 6, 2))
