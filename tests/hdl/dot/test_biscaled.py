# amaranth: UnusedElaboratable=no

import re
from itertools import product

import numpy as np
import pytest

from generators.synth.synthesize import measure
from hdl.dot.biscaled import BiScaled
from hdl.dot.booth import Booth
from hdl.dot.select import select
from hdl.number import BIPOLAR, Number
from sim.golden.formats import biscaled
from sim.golden.formats.shiftable import Shiftable
from tests.hdl.clocked import run
from tests.hdl.dot.skewed import Skewed
from tests.hdl.dot.twoscaled import number, numbers, ports, rails, values
from tests.hdl.primitives import netlist_run

S3, S4, S6, U4, U6 = (Number(width=n, signed=s) for n, s in
                      ((3, True), (4, True), (6, True), (4, False), (6, False)))  # fmt: skip
F62, F31, F41, F43 = (biscaled.BiScaled(*sizes) for sizes in ((6, 2), (3, 1), (4, 1), (4, 3)))
G62, G33 = biscaled.BiScaled(6, 2, signed=False), biscaled.BiScaled(3, 3, signed=False)


def of(x, w, lanes, **options):
    """The circuit's config for two forms, of which one may be plain integers."""
    sides = [(form, 0) if isinstance(form, Number) else (number(form), form.shift)
             for form in (x, w)]  # fmt: skip
    (qx, x_shift), (qw, w_shift) = sides
    return BiScaled.Config(lanes=lanes, qx=qx, qw=qw, x_shift=x_shift, w_shift=w_shift, **options)


def simulate(config, x, w, seed=0, stall=0.0, how=run):
    """The sums of rows of words."""
    return how(Skewed(config), config.latency, rng=np.random.default_rng(seed), stall=stall,
               x=x, w=w)  # fmt: skip


def check(x, w, lanes, count, seed, stall=0.0, how=run, **options):
    rng = np.random.default_rng(seed)
    a, b = numbers(x, (count, lanes), rng), numbers(w, (count, lanes), rng)
    for side, form in ((a, x), (b, w)):
        # Sums near their ends, too, which random lanes together hardly give.
        ends = np.array([np.min(values(form)), np.max(values(form))])
        some = side[2 * count // 3 :]
        some[:] = np.where(rng.random(some.shape) < 0.8, rng.choice(ends, some.shape), some)
    for row, (left, right) in enumerate(rails(x, w, lanes)):
        a[row], b[row] = left, right
    y = simulate(of(x, w, lanes, **options), ports(x, a), ports(w, b), seed, stall, how)
    np.testing.assert_array_equal(y, (a * b).sum(axis=1))


def test_deck():
    """SEED_SYSTEMS.md, section 5, biscaled_deck: 212 with its selectors, 207 with the natural ones.

    Its five bits are absolute values; here there is a sign besides.
    """
    config = BiScaled.Config(lanes=2, qx=S6, qw=S6, x_shift=2, w_shift=2)
    x = [5 | (1 << 6 | 11) << 7] * 2
    w = [(1 << 6 | 4) | 3 << 7, 15 | 3 << 7]
    np.testing.assert_array_equal(simulate(config, x, w), [212, 207])
    form = biscaled.BiScaled(6, 2, threshold=14)
    assert ports(form, np.array([[5, 44]])) == x[:1]
    np.testing.assert_array_equal(form.encode([14.9, 2.9]), [16, 3])


def test_shiftable():
    """SEED_SYSTEMS.md, shiftable_4_3: the circuit of BiScaled, the selectors being no flags."""
    form = Shiftable(4, 3)
    codes, flags = form.encode([0.02, 0.11, 0.13, 0.8])
    words = codes | (1 - flags) << 4
    port = sum(int(word) << 5 * lane for lane, word in enumerate(words))
    config = BiScaled.Config(lanes=4, qx=U4, qw=U4, x_shift=3, w_shift=3)
    expected = (form.decode(codes, flags) ** 2).sum() / form.unit**2
    assert simulate(config, [port], [port])[0] == expected == 3**2 + 14**2 + 16**2 + 104**2


@pytest.mark.parametrize(("x", "w"), [(F31, F43), (G33, F41), (S3, F41)])
def test_every_operand_of_one_lane(x, w):
    pairs = np.array([*product(values(x), values(w))])
    y = simulate(of(x, w, 1), ports(x, pairs[:, :1]), ports(w, pairs[:, 1:]))
    np.testing.assert_array_equal(y, pairs.prod(axis=1))


def test_every_word_of_one_lane():
    """Those with a selector that a format's words have no need of, too."""
    config = BiScaled.Config(lanes=1, qx=S3, qw=S3, x_shift=2, w_shift=2)
    x, w = (some.ravel() for some in np.meshgrid(np.arange(16), np.arange(16)))
    q, selectors = [(v & 7 ^ 4) - 4 for v in (x, w)], [x >> 3, w >> 3]
    expected = biscaled.dot(*(some[:, None] for some in (*q, *selectors)), 2)
    np.testing.assert_array_equal(simulate(config, x, w), expected)


@pytest.mark.parametrize("fabric", ["lut", "portable"])
@pytest.mark.parametrize(("x", "w", "lanes"), [
    (F31, F31, 2), (F31, S3, 2), (S3, F31, 1),
])  # fmt: skip
def test_fabrics(x, w, lanes, fabric):
    check(x, w, lanes, 300, lanes, 0.3, fabric=fabric)


@pytest.mark.parametrize(("x", "w", "lanes"), [
    (F62, F41, 3), (F31, S6, 4), (S4, F41, 7), (G33, F43, 3), (G33, S3, 9), (U4, F31, 4),
])  # fmt: skip
def test_random_and_rails(x, w, lanes):
    check(x, w, lanes, 300, lanes, 0.3)


@pytest.mark.parametrize("shifted", ["x", "w"])
@pytest.mark.parametrize(("x", "w", "lanes"), [(F62, F41, 3), (G33, F43, 3)])
def test_one_side_shifted(x, w, lanes, shifted):
    """Sums much smaller than the widest, whose carries are others."""
    rng = np.random.default_rng(lanes)
    a, b = (rng.integers(form.q_low, form.q_high, (300, lanes), endpoint=True)
            << form.shift * (name == shifted) for form, name in ((x, "x"), (w, "w")))  # fmt: skip
    y = simulate(of(x, w, lanes), ports(x, a), ports(w, b))
    np.testing.assert_array_equal(y, (a * b).sum(axis=1))


@pytest.mark.parametrize("fabric", ["lut", "portable"])
def test_every_unshifted_operand_of_two_lanes(fabric):
    rows = np.array([*product(range(F31.q_low, F31.q_high + 1), repeat=4)])
    a, b = rows[:, :2], rows[:, 2:]
    y = simulate(of(F31, F31, 2, fabric=fabric), ports(F31, a), ports(F31, b))
    np.testing.assert_array_equal(y, (a * b).sum(axis=1))


@pytest.mark.parametrize("seed", range(6))
def test_random_formats(seed):
    rng = np.random.default_rng(seed)

    def form():
        bits, signed = int(rng.integers(2, 5)), bool(rng.integers(2))
        return biscaled.BiScaled(bits, int(rng.integers(1, bits - signed + 1)), signed)

    def plain():
        return Number(width=int(rng.integers(1, 5)), signed=bool(rng.integers(2)))

    x, w = [(form(), form()), (form(), plain()), (plain(), form())][seed % 3]
    check(x, w, int(rng.integers(1, 5)), 12, seed, 0.2, rows_per_stage=int(rng.integers(1, 3)))


@pytest.mark.parametrize(("x", "w", "lanes"), [(F31, F41, 2), (G33, S3, 3)])
def test_primitives(x, w, lanes):
    check(x, w, lanes, 60, lanes, 0.2, netlist_run)


def test_padding_adds_nothing():
    rng = np.random.default_rng(0)
    a, b = numbers(G33, (20, 8), rng), numbers(F31, (20, 8), rng)
    a[:, 5:], b[:, :2] = 0, 0
    y = simulate(of(G33, F31, 8), ports(G33, a), ports(F31, b))
    np.testing.assert_array_equal(y, (a * b)[:, 2:5].sum(axis=1))


@pytest.mark.parametrize(("x", "w", "most"), [(S6, F62, 33.9), (F62, S6, 33.9), (F62, F62, 47.9)])
def test_luts_of_a_lane(x, w, most):
    config = of(x, w, 16)
    assert config.luts <= most * 16
    assert abs(config.estimate / config.luts - 1) < 0.05


def test_synthesis_keeps_its_primitives():
    config = of(F41, F31, 4)
    found = measure(config.build())
    assert found.cost.lut == config.luts
    assert found.timing.reg_to_reg.ps <= 3500


def test_sizes():
    config = of(G62, F41, 21)
    assert (config.x, config.w) == (Number(width=7), Number(width=5))
    x, w = Number(width=8), Number(width=5, signed=True)
    assert config.inner == Booth.Config(lanes=21, x=x, w=w)
    other = of(G62, F41, 21, fabric="portable")
    assert other.inner == select(x, w, 21, fabric="portable")
    assert (config.o, config.product) == (config.inner.o, config.inner.product)
    assert (config.stages, config.latency) == (config.inner.stages, config.inner.latency)
    assert not config.multiplier


@pytest.mark.parametrize("name", ["lanes", "rows_per_stage"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    message = re.escape(f"BiScaled {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        BiScaled.Config(**{"lanes": 1, "qx": U4, "qw": U4, "x_shift": 1, name: value})


@pytest.mark.parametrize("shift", [-1, 1.0, None])
def test_wrong_shift(shift):
    message = re.escape(f"BiScaled shifts must be integers from 0 up, not {shift!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        BiScaled.Config(lanes=1, qx=U4, qw=U4, x_shift=1, w_shift=shift)


@pytest.mark.parametrize(("fields", "message"), [
    ({"qx": BIPOLAR}, "BiScaled operands must not be bipolar"),
    ({"qw": BIPOLAR}, "BiScaled operands must not be bipolar"),
    ({"x_shift": 13}, "BiScaled operands, shifted, must be at most 16 bits wide, not 17"),
    ({"qw": Number(width=17)}, "BiScaled operands, shifted, must be at most 16 bits wide, not 17"),
    ({"x_shift": 0}, "BiScaled shifts must not both be 0"),
])  # fmt: skip
def test_wrong_config(fields, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        BiScaled.Config(**{"lanes": 1, "qx": U4, "qw": U4, "x_shift": 1} | fields)
