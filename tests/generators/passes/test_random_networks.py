"""Random networks behind few narrow inputs: the same results for every input that there is."""

from fractions import Fraction

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generators.network import check
from generators.passes import PASSES, streamline
from sim.golden.quant import ROUNDINGS
from tests.generators.passes import nets

DYADIC = st.builds(Fraction, st.integers(-12, 12), st.sampled_from([1, 2, 4, 8]))
POSITIVE = st.builds(Fraction, st.integers(1, 12), st.sampled_from([1, 2, 4]))
KINDS = {"bipolar": [-1, 1], "ternary": [-1, 0, 1], "uint2": [0, 1, 2, 3], "int2": [-2, -1, 0, 1]}


def arrays(numbers, channels: int):
    """One number for all channels, or one for each."""
    each = st.lists(numbers, min_size=channels, max_size=channels)
    return st.one_of(numbers, each)


@st.composite
def quantizers(draw):
    """A sign, or a quantizer with everything that one can have."""
    if draw(st.booleans()):
        return nets.sign()
    kind = draw(st.sampled_from(["uint1", "uint2", "uint3", "int1", "int2", "int3", "ternary"]))
    narrow = kind not in ("uint1", "int1", "ternary") and draw(st.booleans())
    return nets.quantize(
        kind, draw(POSITIVE), float(draw(st.integers(-2, 2))), narrow=narrow,
        rounding=draw(st.sampled_from(sorted(ROUNDINGS))),
    )  # fmt: skip


@st.composite
def denses(draw, cols: int, plain=False):
    """A dense layer and its rows; with a scale and a bias, if it is not to be plain."""
    rows, kind = draw(st.integers(1, 3)), draw(st.sampled_from(sorted(KINDS)))
    row = st.lists(st.sampled_from(KINDS[kind]), min_size=cols, max_size=cols)
    data = draw(st.lists(row, min_size=rows, max_size=rows))
    if plain:
        return nets.dense(data, kind), rows
    size = draw(st.none() | arrays(DYADIC.filter(bool), rows))
    return nets.dense(data, kind, size, draw(st.none() | arrays(st.integers(-3, 3), rows))), rows


@st.composite
def chains(draw, channels: int):
    """Scales, batch norms and relus; gains of either sign, and 0."""
    found = []
    for op in draw(st.lists(st.sampled_from(["scale", "batchnorm", "relu"]), max_size=3)):
        if op == "scale":
            found.append(nets.scale(draw(arrays(DYADIC, channels)), draw(arrays(DYADIC, channels))))
        elif op == "batchnorm":
            gamma, beta, mean = (draw(arrays(DYADIC, channels)) for _ in range(3))
            found.append(nets.batchnorm(gamma, beta, mean, draw(arrays(POSITIVE, channels))))
        else:
            found.append(nets.relu())
    return found


@st.composite
def networks(draw):
    """One or two quantized dense layers, and an end: codes, sums, scaled sums or an arg max."""
    cols, layers = draw(st.integers(1, 3)), []
    kind = draw(st.sampled_from(sorted(KINDS)))
    channels = cols
    for _ in range(draw(st.integers(1, 2))):
        if draw(st.booleans()):
            layers.append(nets.scale(draw(DYADIC), draw(arrays(DYADIC, channels))))
        dense, channels = draw(denses(channels))
        layers += [dense, *draw(chains(channels)), draw(quantizers())]
    end = draw(st.sampled_from(["codes", "sums", "argmax"]))
    if end != "codes":
        dense, channels = draw(denses(channels, plain=end == "argmax"))
        layers.append(dense)
    if end == "sums":
        layers += [nets.scale(draw(arrays(DYADIC, channels)), 1)] if draw(st.booleans()) else []
    if end == "argmax":
        layers += [nets.scale(draw(POSITIVE)), nets.argmax()]
    return nets.network(*layers, shape=(cols,), kind=kind)


@settings(max_examples=120, derandomize=True, deadline=None, database=None,
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip
@given(networks())
def test_streamlined_networks_compute_the_same(before):
    after = streamline(before)
    assert set(nets.ops(after)) <= {"dense", "threshold", "argmax"}
    nets.assert_same(before, after)


@settings(max_examples=40, derandomize=True, deadline=None, database=None,
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip
@given(networks())
def test_every_pass_alone(before):
    """After the ones before it; for every input, where streamline looks at some."""
    for step in PASSES:
        after = check.check(step(before))
        nets.assert_same(before, after)
        before = after


def test_kinds_are_those_of_the_types():
    for kind, values in KINDS.items():
        form = check.integer.parse(kind)
        assert np.array_equal(range(form.low, form.high + 1, form.step), values)
