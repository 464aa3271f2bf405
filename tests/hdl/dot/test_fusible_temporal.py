# amaranth: UnusedElaboratable=no

from itertools import product

import numpy as np
import pytest

from hdl.dot.fusible_temporal import STEPS, FusionTemporal
from sim.golden import fusible
from tests.hdl import clocked
from tests.hdl.dot.fused import values
from tests.hdl.primitives import netlist_run


def simulate(config, x, w, x_signed, w_signed, how, stall=0.0):
    """Sums of rows of products, one after the other; x, w (sums, products)."""
    steps = np.arange(x.size * STEPS)
    inputs = {
        "first": steps % (STEPS * x.shape[1]) == 0, "step": steps % STEPS,
        "x_signed": np.full(steps.size, x_signed), "w_signed": np.full(steps.size, w_signed),
        "x": np.repeat(x.ravel() & 0xFFFF, STEPS), "w": np.repeat(w.ravel() & 0xFFFF, STEPS),
    }  # fmt: skip
    inputs = {name: column.astype(int).tolist() for name, column in inputs.items()}
    y = how(config.build(), config.latency, rng=np.random.default_rng(1), stall=stall, **inputs)
    return y[config.cycles(x.shape[1]) - config.latency :: STEPS * x.shape[1]]


@pytest.mark.parametrize(("x_signed", "w_signed", "how", "stall"), [
    (False, False, clocked.run, 0.3), (False, True, clocked.run, 0.0),
    (True, False, clocked.run, 0.0), (True, True, clocked.run, 0.3),
    (True, True, netlist_run, 0.2),
])  # fmt: skip
def test_four_cycles_a_product(x_signed, w_signed, how, stall):
    rng = np.random.default_rng(2)
    both = (values(16, x_signed), values(16, w_signed))
    rails = np.array([*product(*(v[[0, -1]] for v in both))])
    x, w = (np.concatenate((rails[:, k], rng.choice(v, 30)))[:, None]
            for k, v in enumerate(both))  # fmt: skip
    config = FusionTemporal.Config()
    y = simulate(config, x, w, x_signed, w_signed, how, stall)
    want = [fusible.temporal(int(a), int(b), x_signed=x_signed, w_signed=w_signed)
            for a, b in zip(x[:, 0], w[:, 0])]  # fmt: skip
    np.testing.assert_array_equal(y, want)
    np.testing.assert_array_equal(y, (x * w)[:, 0])


def test_sums_of_products():
    rng = np.random.default_rng(4)
    x, w = rng.choice(values(16, True), (6, 5)), rng.choice(values(16, False), (6, 5))
    x[0], w[0] = -(1 << 15), (1 << 16) - 1
    config = FusionTemporal.Config(products=5)
    y = simulate(config, x, w, True, False, clocked.run, 0.2)
    np.testing.assert_array_equal(y, (x * w).sum(axis=1))


def test_sizes():
    config = FusionTemporal.Config(products=5)
    assert (config.latency, config.width, config.cycles(5)) == (9, 36, 28)
    assert FusionTemporal.Config().width == 33


def test_wrong_products():
    message = "FusionTemporal products must be a positive integer, not 0"
    with pytest.raises(TypeError, match=f"^{message}$"):
        FusionTemporal.Config(products=0)
