"""Every refusal: its one sentence on stderr, exit status 2, nothing written."""

import pytest

from generators.network.__main__ import main
from tests.generators.network import (
    bad_affine,
    bad_archives,
    bad_codings,
    bad_files,
    bad_formats,
    bad_fuzzed,
    bad_maps,
    bad_models,
)

CASES = (
    bad_models.CASES + bad_maps.CASES + bad_affine.CASES + bad_formats.CASES + bad_files.CASES
    + bad_archives.CASES + bad_codings.CASES + bad_fuzzed.CASES
)


@pytest.mark.parametrize(("make", "sentence"), [pytest.param(*c[1:], id=c[0]) for c in CASES])
def test_refused(make, sentence, tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    path = make(folder)

    status = main(["convert", str(path), str(tmp_path / "out")])

    out, err = capsys.readouterr()
    assert err == sentence.replace("{path}", str(path)) + "\n"
    assert (status, out) == (2, "")
    assert not (tmp_path / "out").exists()


def test_names_of_cases_differ():
    assert len({case[0] for case in CASES}) == len(CASES)
