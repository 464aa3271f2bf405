"""Designs by synthesis: every circuit of a build, each once."""

import json

import pytest

from generators.campaign import syntheses
from generators.emit.verilog import to_rtlil
from generators.explore import __main__ as cli
from generators.explore import page, synthesis
from generators.finn import build
from generators.synth import synthesize
from generators.synth.resources import Cost
from generators.synth.synthesize import Synthesis
from generators.synth.timing import Path, Timing
from tests.generators.explore.test_main import TWO
from tests.generators.finn import nets


def pretended(text: str) -> Synthesis:
    """Resources that say which circuit it is."""
    lut = sum(map(ord, text)) % 997
    return Synthesis(Cost(lut=lut, ff=len(text)), {}, Timing(500, Path(0), {}, {}))


@pytest.fixture
def asked(monkeypatch) -> list:
    """What a campaign is asked for, which then pretends to have synthesised it."""
    found = []

    def run(jobs, *, scheduler, workers, tell):
        jobs = list(jobs)
        found.append((jobs, scheduler, workers))
        for number, job in enumerate(jobs, 1):
            tell(number, len(jobs))
            yield job, pretended(job.text)

    monkeypatch.setattr(syntheses, "run", run)
    return found


def test_the_circuits_of_a_build(asked, monkeypatch):
    monkeypatch.setattr(synthesize, "measure", lambda component: pretended(to_rtlil(component)))
    monkeypatch.setattr(build.timing_network, "static", lambda parts, timings: None)
    plans = [nets.planned(TWO, cycles=cycles) for cycles in (16, 24, 16)]
    told = []
    found = synthesis.measured(plans, told.append)
    for planned, cost in zip(plans, found):
        costs, _ = build._measured(planned, lambda text: None)
        assert cost == sum(costs.values(), Cost())
    (jobs, _, _), = asked
    assert len({job.text for job in jobs}) == len(jobs) < sum(len(one.parts) for one in plans)
    assert told[2:4] == ["writing the circuits of design 3 of 3",
                         f"synthesised 1 of {len(jobs)} circuits"]  # fmt: skip


def test_command(asked, tmp_path, capsys):
    arguments = ["--points", "2", "--synth", "--workers", "3", "-o", str(tmp_path / "front")]
    assert cli.main([str(nets.folder(TWO, tmp_path)), *arguments]) == 0
    (_, scheduler, workers), = asked
    assert (scheduler, workers) == (None, 3)
    found = json.loads((tmp_path / "front" / "front.json").read_text())
    err = capsys.readouterr().err
    assert "LUT by synthesis" in err
    for design in found["designs"]:
        lut, estimate = design["synthesis"]["lut"], design["estimate"]["lut"]
        assert f"{lut:,} ({estimate / lut - 1:+.1%})" in err
        assert f"<td>{lut:,}</td>" in (tmp_path / "front" / "front.html").read_text()
    assert (tmp_path / "front" / "front.svg").read_text().count('class="synthesis"') == 2 * sum(
        map(len, found["fronts"].values())
    )


def test_failure_is_one_sentence(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("YOSYS", "false")
    arguments = ["--points", "2", "--synth", "--workers", "1", "-o", str(tmp_path / "front")]
    assert cli.main([str(nets.folder(TWO, tmp_path)), *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 1
    assert not (tmp_path / "front").exists()


def test_scheduler_that_is_not_there(tmp_path, capsys, monkeypatch):
    def run(jobs, *, scheduler, workers, tell):
        raise syntheses.ModelError(scheduler, "Scheduler cannot be reached")

    monkeypatch.setattr(syntheses, "run", run)
    model = str(nets.folder(TWO, tmp_path))
    arguments = ["--points", "2", "--synth", "--scheduler", "tcp://127.0.0.1:1"]
    assert cli.main([model, *arguments, "-o", str(tmp_path / "front")]) == 2
    assert capsys.readouterr().err == "tcp://127.0.0.1:1: Scheduler cannot be reached\n"


def test_resources_are_whole_numbers():
    used = page.resources(Cost(lut=3.6, ff=2.4, bram18=2, dsp=0))
    assert used == {"lut": 4, "ff": 2, "bram18": 2, "dsp": 0}
