"""Every scheme's RTL, as it was simulated last; one of them anew."""

import pytest

from tests.benchmarks import formats_rtl
from tests.synth.update import README

HINT = "run python -m tests.benchmarks.formats_rtl"


def test_every_case_was_simulated():
    rows = formats_rtl.read()
    assert [row["name"] for row in rows] == [case.name for case in formats_rtl.CASES], HINT
    for row in rows:
        assert (row["frames"], row["mismatches"], row["stalled_mismatches"]) == (50, 0, 0)
        assert row["right"] >= 46


def test_readme_shows_them():
    assert formats_rtl.table(formats_rtl.read()) in README.read_text(), HINT


def test_names_of_cases():
    names = [case.name for case in formats_rtl.CASES]
    assert len(set(names)) == len(names)
    assert "cnn_float biscaled6 block 16" in names


@pytest.mark.slow
def test_one_anew(tmp_path):
    case = next(one for one in formats_rtl.CASES if one.name == "mlp_float blockfloat4")
    row = formats_rtl.run(case, tmp_path / "build")
    assert row["datapaths"] == ["grouped", "blockfloat", "blockfloat"]
    assert (row["frames"], row["mismatches"], row["stalled_mismatches"]) == (50, 0, 0)
