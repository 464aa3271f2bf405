# amaranth: UnusedElaboratable=no

import re
from itertools import product

import numpy as np
import pytest

from generators.emit.verilog import convert
from generators.synth.synthesize import measure
from hdl.dot.booth import CHAIN, Booth
from hdl.dot.fpec import FPEC
from hdl.dot.fpec_shared import SharedFPEC
from hdl.number import BIPOLAR, Number
from sim.golden.compensate import compensated
from tests.hdl.dot import errors
from tests.hdl.dot.skewed import simulate
from tests.hdl.primitives import netlist_run

S1, S2, S3, S4, S6 = (Number(width=n, signed=True) for n in (1, 2, 3, 4, 6))
U1, U2, U3, U4 = (Number(width=n) for n in (1, 2, 3, 4))


def sides(config):
    """Of either operand the number, and the magnitude bits or None without errors."""
    return [(number, None if config.errors == other else config.magnitude)
            for number, other in ((config.qx, "w"), (config.qw, "x"))]  # fmt: skip


def golden(config, x, w):
    """Of each row of codes."""
    forms = [None if m is None else errors.form(number, m) for number, m in sides(config)]
    return np.array([compensated(a[None], b[None], x=forms[0], w=forms[1])[0, 0]
                     for a, b in zip(x, w)])  # fmt: skip


def operands(config, count):
    """Random codes; in the first rows all are at the ends, with errors and without."""
    rng = np.random.default_rng(config.lanes)
    x, w = (errors.random_codes(rng, *side, (count, config.lanes)) for side in sides(config))
    for row, (left, right) in enumerate(product(*(errors.ends(*side) for side in sides(config)))):
        if row < count // 2:
            x[row], w[row] = left, right
    return x, w


def check(config, x, w, seed, stall=0.0, **options):
    one, other = (errors.word(*side, values) for side, values in zip(sides(config), (x, w)))
    y = simulate(config, one, other, seed, stall, **options)
    np.testing.assert_array_equal(y, golden(config, x, w))


@pytest.mark.parametrize("fabric", ["xilinx", "portable"])
def test_example_of_the_paper(fabric):
    """X = (3.3, 2.95), Y = (3.45, 2.75): 18 of the integers, 19.5 compensated."""
    config = FPEC.Config(lanes=2, qx=S4, qw=S4, fabric=fabric)
    some = errors.form(S4, 0)
    words = [errors.word(S4, 0, some.encode([v])) for v in ((3.3, 2.95), (3.45, 2.75))]
    assert simulate(config, *words, 1) == [39]
    plain = [word & 15 for word in words]
    assert simulate(config, *plain, 1) == [36]


@pytest.mark.parametrize("magnitude", [0, 1, 2])
@pytest.mark.parametrize("kind", ["both", "x", "w"])
@pytest.mark.parametrize(("qx", "qw"), [(S2, S2), (U2, S1)])
def test_every_operand_of_one_lane(qx, qw, kind, magnitude):
    config = FPEC.Config(lanes=1, qx=qx, qw=qw, magnitude=magnitude, errors=kind)
    x, w = np.meshgrid(*(errors.codes(*side) for side in sides(config)))
    check(config, x.reshape(-1, 1), w.reshape(-1, 1), 1, 0.1)


@pytest.mark.parametrize(("lanes", "qx", "qw", "magnitude", "kind", "fabric"), [
    (4, S3, S2, 0, "both", "xilinx"), (3, U4, S3, 0, "both", "xilinx"),
    (CHAIN + 2, S2, S1, 0, "x", "xilinx"), (3, U4, S2, 0, "w", "portable"),
    (2, S4, S3, 1, "both", "lut"), (2, U3, S2, 2, "both", "xilinx"),
    (CHAIN + 1, U1, S1, 1, "w", "xilinx"), (2, S2, U2, 2, "x", "portable"),
])  # fmt: skip
def test_random_and_ends(lanes, qx, qw, magnitude, kind, fabric):
    config = FPEC.Config(lanes=lanes, qx=qx, qw=qw, magnitude=magnitude, errors=kind,
                         fabric=fabric)  # fmt: skip
    check(config, *operands(config, 400), lanes, 0.3)


@pytest.mark.parametrize(("lanes", "rows", "stages", "magnitude"), [
    (7, 2, (2, 2, 2, 1), 1), (CHAIN + 3, 3, (6, 6, 6, 1), 0),
])  # fmt: skip
def test_several_rows_between_registers(lanes, rows, stages, magnitude):
    config = FPEC.Config(lanes=lanes, qx=U2, qw=S1, magnitude=magnitude, rows_per_stage=rows)
    assert config.stages == stages
    check(config, *operands(config, 20), lanes, 0.2)


@pytest.mark.parametrize("seed", range(3))
def test_random_formats(seed):
    rng = np.random.default_rng(seed)
    qx, qw = (Number(width=int(rng.integers(1, 5)), signed=bool(rng.integers(2)))
              for _ in range(2))  # fmt: skip
    config = FPEC.Config(lanes=int(rng.integers(1, 4)), qx=qx, qw=qw, magnitude=seed % 3,
                         errors=rng.choice(["both", "x", "w"]))  # fmt: skip
    check(config, *operands(config, 24), seed, 0.2)


@pytest.mark.parametrize(("lanes", "qx", "qw", "magnitude", "kind"), [
    (2, U3, S3, 0, "both"), (3, S3, S2, 0, "x"), (2, S2, U2, 2, "both"),
])  # fmt: skip
def test_primitives(lanes, qx, qw, magnitude, kind):
    config = FPEC.Config(lanes=lanes, qx=qx, qw=qw, magnitude=magnitude, errors=kind)
    check(config, *operands(config, 80), lanes, 0.2, how=netlist_run)


@pytest.mark.parametrize(("kind", "magnitude"), [("both", 0), ("both", 2), ("x", 1), ("w", 0)])
def test_padding_adds_nothing(kind, magnitude):
    config = FPEC.Config(lanes=4, qx=U2, qw=S2, magnitude=magnitude, errors=kind)
    x, w = operands(config, 20)
    x[:, 2:] = 0
    full = np.where(np.arange(4) < 2, w, 0)
    np.testing.assert_array_equal(golden(config, x, w), golden(config, x, full))
    check(config, x, w, 1)


@pytest.mark.parametrize(("number", "magnitude", "kind", "most"), [
    (S4, 0, "both", 0.55 * 39.8), (S6, 0, "both", 0.95 * 39.8), (S6, 0, "x", 1.35 * 23.4),
    (S4, 0, "w", 16.0), (S4, 1, "both", 23.5), (S4, 2, "both", 33.0),
])  # fmt: skip
def test_luts_of_a_lane(number, magnitude, kind, most):
    config = FPEC.Config(lanes=16, qx=number, qw=number, magnitude=magnitude, errors=kind)
    assert config.luts <= most * 16
    assert abs(config.estimate / config.luts - 1) < 0.05


def test_synthesis_keeps_its_primitives():
    config = FPEC.Config(lanes=4, qx=S3, qw=S3)
    found = measure(config.build())
    assert found.cost.lut == config.luts
    assert found.timing.reg_to_reg_ps <= 3500


def test_sizes():
    config = FPEC.Config(lanes=CHAIN + 5, qx=U4, qw=S4, magnitude=1)
    assert (config.x, config.w) == (Number(width=7), Number(width=7))
    assert config.product == Number(width=11, signed=True)  # 4 * 15 * -8 - 2 * 15 - 2 * 8
    assert config.o == Number(width=15, signed=True)
    assert config.stages == (2,) * 10 + (1,)
    assert config.latency == config.plan.latency >= len(config.stages) + 1
    one = FPEC.Config(lanes=1, qx=U4, qw=S4, errors="w")
    assert (one.x, one.w) == (U4, Number(width=6))
    assert one.product == Number(width=9, signed=True)


@pytest.mark.parametrize("dot", [
    FPEC.Config(lanes=3, qx=S2, qw=S2, errors="x"),
    SharedFPEC.Config(lanes=1, block=3, compensators=2, qx=S2, qw=S2),
])  # fmt: skip
def test_registers_have_no_reset(dot):
    """Without a reset a circuit can be a module that all processing elements share."""
    assert re.findall(r".*\brst\b.*", convert(dot.build()))[1:] == ["  input rst;", "  wire rst;"]


def test_as_many_stages_as_without_errors():
    for lanes in (1, 7, 16, 17, 40):
        for rows in (1, 2):
            plain = Booth.Config(lanes=lanes, x=S4, w=S4, rows_per_stage=rows)
            config = FPEC.Config(lanes=lanes, qx=S4, qw=S4, rows_per_stage=rows)
            assert config.stages == plain.stages


@pytest.mark.parametrize("name", ["lanes", "rows_per_stage"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    message = re.escape(f"FPEC {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        FPEC.Config(**{"lanes": 1, "qx": U4, "qw": U4, name: value})


@pytest.mark.parametrize(("fields", "message"), [
    ({"qx": BIPOLAR}, "FPEC operands must not be bipolar"),
    ({"qw": Number(width=17)}, "FPEC operands must be at most 16 bits wide, not 17"),
    ({"magnitude": 3}, "FPEC magnitude must be 0 to 2, not 3"),
    ({"errors": "none"}, "FPEC errors must be one of both, x, w, not 'none'"),
])  # fmt: skip
def test_wrong_config(fields, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        FPEC.Config(**{"lanes": 1, "qx": U4, "qw": U4} | fields)
