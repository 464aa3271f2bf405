"""All of the samples."""

import numpy as np

from generators.cost.sample import (
    bus,
    datapaths,
    encoders,
    formats,
    maps,
    mvtu,
    quant,
    streams,
    systolic,
    units,
    windows,
)
from generators.cost.sample.case import Sample

__all__ = ["FAMILIES", "SEED", "designed", "unseen"]

FAMILIES = {
    mvtu: 27,
    datapaths: 7,
    formats: 7,
    units: 11,
    windows: 17,
    streams: 22,
    maps: 4,
    quant: 11,
    encoders: 7,
    systolic: 6,
    bus: 11,
}
"""The modules of samples, and how many random circuits each has in a draw."""

SEED = 8
"""Of the random circuits that no estimate was fitted to."""


def designed() -> tuple[Sample, ...]:
    """What the estimates are fitted to."""
    return tuple(sample for family in FAMILIES for sample in family.designed())


def unseen(seed: int = SEED) -> tuple[Sample, ...]:
    """Random circuits of all kinds, the same for a seed, but for those of :func:`designed`.

    Each family has a generator of its own, so that one that changes leaves the others as they are.
    """
    known = {(sample.circuit, sample.name) for sample in designed()}
    found: list[Sample] = []
    for place, (family, count) in enumerate(FAMILIES.items()):
        found += family.draw(np.random.default_rng([seed, place]), count)
    return tuple(sample for sample in found if (sample.circuit, sample.name) not in known)
