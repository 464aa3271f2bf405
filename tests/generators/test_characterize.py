# amaranth: UnusedElaboratable=no

"""Circuits by synthesis beside their estimates: what is compared, fitted and written."""

import json

import numpy as np
import pytest

from generators import characterize as cli
from generators.campaign import fit, report, rows
from generators.campaign.rows import Row
from generators.cost import constants, estimate
from generators.cost.sample import everything, streams
from generators.synth.resources import Cost
from generators.synth.synthesize import Synthesis
from generators.synth.timing import Path, Timing
from hdl.stream.fifo import FIFO


def queue(depth: int, width: int, lut: int, ff: int = 40, ps: int = 1000, **cost) -> Row:
    config = FIFO.Config(depth=depth, width=width, lanes=1)
    name = f"{depth}x{width}"
    return Row("fifo", name, "fit", Cost(lut=lut, ff=ff, **cost), ps, config)


@pytest.fixture
def model(monkeypatch):
    """An estimate of two constants: of LUTs a bit of width and of depth, and the ps of each LUT."""
    monkeypatch.setitem(constants._KEPT, "fifo", constants.SimpleNamespace(bit=1.0, level=1.0))

    def lut(config) -> float:
        known = constants.of("fifo")
        return known.bit * config.payload.size + known.level * config.depth.bit_length()

    monkeypatch.setitem(estimate.CIRCUITS, FIFO.Config, lambda config: Cost(lut(config), 40))
    monkeypatch.setitem(estimate.DELAYS, FIFO.Config, lambda config: 10 * lut(config))


def found(lut: int, ps: int = 1000) -> Synthesis:
    return Synthesis(Cost(lut=lut, ff=40), {}, Timing(500, Path(ps)))


@pytest.fixture
def table(monkeypatch, tmp_path):
    """Files of constants and of what was measured that may be written."""
    monkeypatch.setattr(rows, "FILE", tmp_path / "measured.json")
    monkeypatch.setattr(rows.read, "__defaults__", (rows.FILE,))
    monkeypatch.setattr(rows.write, "__defaults__", (rows.FILE,))
    monkeypatch.setattr(constants, "FILE", tmp_path / "constants.json")
    return rows.FILE


@pytest.fixture
def synthesised(monkeypatch, model, table):
    """Queues of three LUTs a bit of width and five a bit of depth, without a yosys."""

    def run(jobs, *, scheduler, workers, tell):
        for number, job in enumerate(jobs, 1):
            tell(number, number)
            depth, width = map(int, job.name.removeprefix("fifo ").split("x"))
            lut = 3 * width + 5 * depth.bit_length()
            yield job, found(lut, 10 * lut)

    monkeypatch.setattr(rows, "run", run)
    monkeypatch.setattr(cli, "release", lambda: "0.70")


def test_the_slowest_path_is_that_of_any_kind():
    ends = {"o": Path(7), "p": Path(9)}
    assert rows.slowest(Timing(500)) == 0
    assert rows.slowest(Timing(500, Path(3), ends, {"i": Path(5)}, {"i": {"o": Path(8)}})) == 9
    assert rows.slowest(Timing(500, Path(3), {}, {"i": Path(5)}, {"i": {"o": Path(8)}})) == 8


def test_errors_are_relative_to_the_synthesis(model):
    row = queue(32, 8, lut=20, ff=50, ps=0)
    assert row.errors() == {"lut": -0.3, "ff": -0.2, "ps": None, "bram18": 0, "dsp": 0}
    assert set(Row("new", "x", "fit", Cost(lut=3), 5).errors().values()) == {None}


def test_blocks_are_to_be_exact(model):
    assert queue(32, 8, lut=20).mismatches() == {}
    wrong = queue(32, 8, lut=20, bram18=2, dsp=1)
    assert wrong.mismatches() == {"bram18": (0, 2), "dsp": (0, 1)}
    assert [wrong.errors()[name] for name in ("bram18", "dsp")] == [-2, -1]


def test_a_fit_finds_the_constants(model):
    """Also where one circuit is far off."""
    cases = [(1 << n, width) for n in range(3, 11) for width in (4, 9, 30, 77)]
    true = [3 * width + 5 * depth.bit_length() for depth, width in cases]
    some = [queue(*case, lut=lut, ps=10 * lut) for case, lut in zip(cases, true)]
    best = fit.fit("fifo", [*some, queue(600, 50, lut=4000, ps=99_000)])
    np.testing.assert_allclose([best["bit"], best["level"]], [3, 5], rtol=0.02)
    assert constants.values("fifo") == {"bit": 1.0, "level": 1.0}


def test_a_fit_of_nothing_changes_nothing(model):
    assert fit.fit("fifo", []) == {"bit": 1.0, "level": 1.0}


def test_what_others_build_on_is_fitted_first(monkeypatch):
    names = ("mvtu", "products", "thresholds", "fifo", "tree", "add")
    monkeypatch.setattr(constants, "_KEPT", dict.fromkeys(names))
    assert fit.constants_of(["mvtu", "fifo"]) == ["tree", "products", "mvtu", "fifo"]
    assert fit.constants_of(["lanes"]) == ["thresholds"]


def test_bands_leave_out_what_has_no_error():
    errors = [{"lut": -0.1, "ff": None}, {"lut": 0.3, "ff": None}, {"lut": 0.2, "ff": None}]
    assert report.band(errors) == {"lut": (0.2, 0.3)}


def test_what_is_further_off_than_before_is_told(model):
    some = [queue(32, 8, lut=28), queue(64, 8, lut=15, bram18=1)]
    kept = [{"circuit": "fifo", "sample": "fit", "error": {"lut": 0.0, "ff": 0.0, "ps": -0.9}}]
    assert report.worse(some, kept) == [
        "fifo: LUT error of 25.0% (median) is above the 0.0% of measured.json",
        "fifo: LUT error of 50.0% (95th percentile) is above the 0.0% of measured.json",
        "fifo 64x8: BRAM18 is 1, not 0",
    ]
    unseen = [kept[0] | {"sample": "unseen"}]
    assert report.worse(some, unseen) == ["fifo is not in measured.json; run with --measure"]


def test_commands(synthesised, table, capsys):
    """Nothing is kept; measured as constants are; the same; fitted."""
    assert cli.main(["fifo"]) == 1
    assert capsys.readouterr().err.endswith("fifo is not in measured.json; run with --measure\n")
    assert not table.exists()

    assert cli.main(["fifo", "--measure"]) == 0
    assert capsys.readouterr().out.endswith(f"{table}\n")
    kept = json.loads(table.read_text())
    assert kept["yosys"] == "0.70"
    samples = {one["sample"] for one in kept["circuits"]}
    assert samples == {"fit", "unseen"}
    shape = {"circuit": "fifo", "name": "32x8", "sample": "fit", "lut": 54, "ff": 40, "bram18": 0,
             "dsp": 0, "ps": 540, "error": {"lut": -0.7407, "ff": 0.0, "ps": -0.7407, "bram18": 0,
                                            "dsp": 0}}  # fmt: skip
    assert shape in kept["circuits"]
    assert cli.main(["fifo", "--unseen"]) == 0

    assert cli.main(["fifo", "--fit"]) == 0
    best = json.loads(constants.FILE.read_text())["fifo"]
    np.testing.assert_allclose([best["bit"], best["level"]], [3, 5], rtol=0.02)
    errors = [one["error"]["lut"] for one in json.loads(table.read_text())["circuits"]]
    assert max(map(abs, errors)) < 0.02
    assert cli.main(["fifo"]) == 1  # these constants are only in the file


def test_rows_of_other_kinds_stay(model, table):
    rows.write("0.70", [queue(32, 8, lut=10), Row("add", "x", "fit", Cost(lut=3), 5)])
    rows.write("0.70", [queue(64, 8, lut=10)])
    kept = json.loads(table.read_text())["circuits"]
    assert [one["name"] for one in kept] == ["x", "64x8"]
    assert len(table.read_text().splitlines()) == 4


@pytest.mark.parametrize(("argv", "sentence"), [
    (["nothing"], "Circuit must be one of {kinds}, not nothing"),
    (["--workers", "0"], "argument --workers: must be a positive integer, not '0'"),
    (["--seed", "x"], "argument --seed: invalid int value: 'x'"),
    (["--fit", "--check"], "argument --check: not allowed with argument --fit"),
    (["--scheduler", "tcp://x:1", "--workers", "2"],
     "Workers are those of the scheduler; give --workers or --scheduler, not both"),
])  # fmt: skip
def test_refusals(argv, sentence, capsys, monkeypatch):
    monkeypatch.setattr(everything, "FAMILIES", {streams: 10})
    kinds = "converter, fifo, fork, gather, repeat, scatter"
    assert cli.main(argv) == 2
    assert capsys.readouterr().err == f"command line: {sentence.format(kinds=kinds)}\n"
