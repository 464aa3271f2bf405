"""Resources are facts: a change of one LUT is seen, and justified in its commit."""

import json

import pytest

from tests.synth.circuits import CIRCUITS
from tests.synth.update import README, SNAPSHOTS, measure, table, version

HINT = "if that is meant, run python -m tests.synth.update and say in the commit why"
KEPT = json.loads(SNAPSHOTS.read_text())


@pytest.mark.parametrize("name", CIRCUITS)
def test_resources(name):
    found, kept = measure(name), KEPT["circuits"].get(name)
    assert found == kept, f"{name} takes {found}, not {kept}; {HINT}"


def test_file_is_of_this_tool_and_these_circuits():
    assert KEPT["yosys"] == version(), f"yosys is {version()}, not {KEPT['yosys']}; {HINT}"
    assert list(KEPT["circuits"]) == list(CIRCUITS), HINT


def test_readme_shows_them():
    assert table(KEPT["circuits"]) in README.read_text(), HINT
