# amaranth: UnusedElaboratable=no

"""All of the samples."""

from collections.abc import Iterable

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

__all__ = ["FAMILIES", "SEED", "SEEN", "designed", "unseen"]

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

SEEN = (8, 9, 10)
"""Seeds of draws that were looked at: estimates are fitted to these circuits, too."""

SEED = 11
"""Of the random circuits that no estimate was fitted to."""


def designed() -> tuple[Sample, ...]:
    """What the estimates are fitted to: what was thought of, and draws that were looked at."""
    some = [sample for family in FAMILIES for sample in family.designed()]
    return _different((*some, *(sample for seed in SEEN for sample in _drawn(seed))))


def unseen(seed: int = SEED) -> tuple[Sample, ...]:
    """Random circuits of all kinds, the same for a seed, but for those of :func:`designed`."""
    known = {(sample.circuit, sample.name) for sample in designed()}
    some = _different(_drawn(seed))
    return tuple(sample for sample in some if (sample.circuit, sample.name) not in known)


def _drawn(seed: int) -> list[Sample]:
    """A draw; each family has a generator of its own, so that others stay as they are."""
    return [sample for place, (family, count) in enumerate(FAMILIES.items())
            for sample in family.draw(np.random.default_rng([seed, place]), count)]  # fmt: skip


def _different(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    """Without those of a name that there was before."""
    return tuple({(one.circuit, one.name): one for one in reversed([*samples])}.values())[::-1]
