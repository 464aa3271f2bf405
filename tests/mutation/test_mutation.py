# amaranth: UnusedElaboratable=no
"""A slice of the campaign: few mutants of a queue, its own tests, and weaker ones."""

from functools import partial

import numpy as np
import pytest
from amaranth.sim import Simulator

from generators.emit.verilog import scratch
from hdl.stream.fifo import FIFO
from sim import stream
from tests.hdl.stream import test_fifo
from tests.mutation.campaign import survivors
from tests.mutation.cases import CASES
from tests.mutation.collect import Call
from tests.mutation.engine import Unsupported, replaced
from tests.mutation.equal import verdicts
from tests.mutation.model import Mutants
from tests.mutation.results import read, table
from tests.synth.update import README

SIZE = (4, 8, 1, "auto")
COUNT = 30
UNDECIDED = {"bit planes"}
"""What has no result: proofs that its sums stay within their ranges do not end."""

OWN = [Call("passes on", partial(test_fifo.test_passes_on, *SIZE, 0.3)),
       Call("depth", partial(test_fifo.test_exact_depth_then_every_cycle, *SIZE))]  # fmt: skip


def always_ready():
    """Ten zeros, to a reader that is always ready."""
    dut = FIFO(FIFO.Config(depth=4, width=8, lanes=1))
    found = stream.run(dut, np.zeros((10, 1), int), 10, rng=np.random.default_rng(0))
    assert not found.outputs.any()


def two_clocks():
    simulator = Simulator(FIFO(FIFO.Config(depth=4, width=8, lanes=1)))
    simulator.add_clock(1e-6)

    async def bench(ctx):
        await ctx.tick("other")

    simulator.add_testbench(bench)
    simulator.run()


@pytest.fixture(scope="module")
def model():
    with scratch() as folder:
        yield Mutants(OWN[0].circuit(), folder / "fifo", COUNT, seed=2)


def test_own_tests_notice_what_a_weak_one_does_not(model):
    alive = survivors(model, OWN)
    left = [one for one in verdicts(model, alive, contract=False) if one.answer != "equal"]
    assert len(model.mutants) == COUNT
    # A queue whose reset does nothing is found by tests/hdl/test_restart.py alone.
    assert len(left) <= 3
    weak = survivors(model, [Call("always ready", always_ready)])
    assert set(alive) < set(weak)
    assert len(weak) >= len(alive) + 10


def test_what_is_noticed_is_never_proved_equal(model):
    alive = survivors(model, OWN)
    seen = [number for number in range(1, COUNT + 1) if number not in alive]
    assert {one.answer for one in verdicts(model, seen, contract=False)} == {"different"}


def test_a_stand_in_does_what_it_can_or_says_so(model):
    refused = pytest.raises(Unsupported, match=r"^A clock domain 'other'$")
    with refused, replaced(lambda dut, reset: model.run(0, dut, reset, 10)):
        two_clocks()


def test_every_circuit_scores():
    """Of what was found last: of 200 mutants 95 %, and the others proved equal or explained."""
    found = read()
    assert CASES.keys() - found.keys() <= UNDECIDED, "run python -m tests.mutation"
    for name, one in found.items():
        assert one.mutants >= 200, name
        assert one.score >= 0.95, name
        assert len(one.survivors) == one.mutants - one.noticed - one.equal - one.promised
        assert not one.unexplained, name


def test_readme_shows_them():
    assert table(read()) in README.read_text(), "run python -m tests.mutation"
