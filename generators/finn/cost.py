"""What a pipeline's circuits cost together, and how far such estimates are off."""

from collections.abc import Sequence

from generators.cost.dot import CODED
from generators.cost.estimate import estimate
from generators.finn.lower_mvtu import Folded
from generators.finn.part import Part
from generators.synth.resources import Cost
from hdl.bus.axis import Edge

MEASURED_ERROR = {
    "circuits": 16,
    "lut_median": 0.036,
    "lut_95th_percentile": 0.150,
    "ff_median": 0.075,
    "ff_95th_percentile": 0.649,
}
"""Of MVTUs against synthesis, the first 16 of tests/benchmarks/estimate.py; block RAM was off by at
most 2 of 26. The flip-flops of few-bit weights that are constants are the worst."""

FORMATS_ERROR = {
    "circuits": 59,
    "lut_median": 0.019,
    "lut_95th_percentile": 0.084,
    "ff_median": 0.024,
    "ff_95th_percentile": 0.070,
}
"""Of circuits for numbers in formats of their own, all of tests/benchmarks/estimate_formats.py; 17
of them the constants were not fitted to. Encoders to few bits are the worst; block RAM was off by
at most 2 of 10."""

FOLDED = ("gather", "minifloat", "mvtu", "repeat", "scatter", "serial", "unrolled")
"""The kinds whose cost follows from a layer's fold alone."""

FORMATS = ("encode", "expand", "minifloat", "statistic")
"""The kinds that are for numbers in formats of their own; and some MVTUs are."""


def folded(found: Folded) -> Cost:
    """Those circuits of a folded layer."""
    around = (found.gather, found.repeat, found.scatter)
    return sum((estimate(config) for config in around if config), estimate(found.mvtu))


def part(found: Part) -> Cost:
    """The estimate of one circuit of a pipeline."""
    return estimate(found.config)


def measured_error(parts: Sequence[Part]) -> dict[str, int | float]:
    """How far estimates of such circuits are off: of formats, of others, or the larger of both."""
    coded = [part.kind in FORMATS or isinstance(getattr(part.config, "cell", None), CODED)
             for part in parts]  # fmt: skip
    if not any(coded):
        return MEASURED_ERROR
    units = [part.kind in ("mvtu", "serial", "unrolled") for part in parts]
    if not any(unit and not some for unit, some in zip(units, coded)):
        return FORMATS_ERROR
    worse = {name: max(MEASURED_ERROR[name], FORMATS_ERROR[name]) for name in MEASURED_ERROR}
    return worse | {"circuits": MEASURED_ERROR["circuits"] + FORMATS_ERROR["circuits"]}


def edges(*both: Edge) -> Cost:
    """The register slices at the edges."""
    bits = [edge.number.width * edge.lanes for edge in both]
    return sum((Cost(lut=n + 3, ff=2 * n + 2) for n in bits), Cost())
