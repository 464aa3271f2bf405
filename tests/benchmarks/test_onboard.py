"""The README shows what systems on boards did when measured last, and nothing fell short."""

import pytest

from tests.benchmarks import onboard, onboard_tables
from tests.benchmarks.onboard_cases import ULX3S, ZYNQ
from tests.benchmarks.onboard_ecp5 import SEEDS
from tests.benchmarks.onboard_run import FRAMES, LATENCIES, LENGTHS
from tests.synth.update import README

HINT = "run python -m tests.benchmarks.onboard {}"


@pytest.mark.parametrize("name", onboard.MEASURES)
def test_readme_shows_them(name):
    assert onboard.table(name, onboard.read()[name]) in README.read_text(), HINT.format(name)


def test_every_case_was_measured():
    found = onboard.read()
    frames = [(case.name, count) for case in ZYNQ for count in FRAMES]
    assert [(row["name"], row["frames"]) for row in found["onboard"]] == frames
    assert len(found["dma"]) == 2 * len(LATENCIES) * len(LENGTHS)
    seeds = [(case.name, seed) for case in ULX3S for seed in SEEDS]
    assert [(row["name"], row["seed"]) for row in found["ulx3s"]] == seeds


def test_nothing_falls_short():
    assert onboard.shortcomings(onboard.read()) == []


def test_shortcomings_are_sentences():
    run = {"name": "N", "latency": 20, "way": "read", "mismatches": 0}
    found = {"onboard": [{"name": "N", "mismatches": 2}],
             "dma": [run | {"bytes": 80, "cycles": 40}, run | {"bytes": 880, "cycles": 165}],
             "ulx3s": [{"name": "M", "seed": 3, "timing_met": False}]}  # fmt: skip
    assert onboard.shortcomings(found) == [
        "N: 2 frames or bytes differ", "read at latency 20: 80.0% of 8 bytes a cycle, sustained",
        "M, seed 3: clock is missed"]  # fmt: skip


def test_plot_has_the_same_bytes_each_time(tmp_path):
    for name in ("a.svg", "b.svg"):
        onboard_tables.draw(onboard.read()["dma"], tmp_path / name)
    text = (tmp_path / "a.svg").read_text()
    assert text == (tmp_path / "b.svg").read_text() == onboard_tables.PLOT.read_text()


def test_other_parts_are_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        onboard.main(["speed"])
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == ("python -m tests.benchmarks.onboard: error: PART must be one of onboard, dma, "
                    "onboard-parts, ulx3s, not 'speed'")  # fmt: skip
