"""The accuracies that number formats are to have, as they were measured last."""

from itertools import pairwise

import pytest

from tests.benchmarks import formats

NETWORKS = sorted(formats.NETWORKS)
HINT = "run python -m tests.benchmarks.formats"


def right(name: str, network: str) -> int:
    """Of the 10,000 test images."""
    return formats.read()[name][network][0]


def test_every_case_was_measured():
    assert list(formats.read()) == [case.name for case in formats.CASES], HINT


def test_names_of_cases_differ():
    assert len({case.name for case in formats.CASES}) == len(formats.CASES)


@pytest.mark.parametrize("network", NETWORKS)
def test_targets(network):
    """A hundredth of a point is one image."""
    assert right("BiScaled-6", network) >= right("FxP8", network) - 10
    assert right("FPEC-6", network) >= right("FxP16", network) - 50
    assert right("HFP8, chunks of 64", network) >= right("float", network) - 10


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("bits", [4, 3, 2])
def test_finer_scales_of_groups(bits, network):
    """Each has less noise; in accuracy that shows but for a few images of 10,000, by chance."""
    found = [formats.read()[f"grouped {bits}, {scales}"][network]
             for scales in ("one", "power", "simple")]  # fmt: skip
    for (right, ratio), (finer, better) in pairwise(found):
        assert better > ratio
        assert finer > right - 10


@pytest.mark.parametrize("network", NETWORKS)
def test_clips_and_corrected_biases_help(network):
    """Where few bits are left: biases where nothing is clipped, and clips in any case."""
    for bits in (4, 3):
        assert right(f"INT{bits} x 8, aciq", network) > right(f"INT{bits} x 8, max", network)
        assert right(f"INT{bits} x 8, mse", network) > right(f"INT{bits} x 8, max", network)
    assert right("INT4 x 8, max, corrected", network) > right("INT4 x 8, max", network)


def test_table_has_every_row():
    text = formats.table(formats.read())
    assert text.count("\n") == len(formats.CASES) + 2
    assert f"| {right('FxP8', 'mlp') / 100:.2f} %" in text
