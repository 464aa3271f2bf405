"""How far estimates are off, by a table of syntheses."""

from types import SimpleNamespace

import pytest

from generators.cost import bands
from generators.cost.estimate import CIRCUITS, DELAYS, KINDS, kind
from generators.finn import cost
from hdl.stream.fifo import FIFO
from hdl.stream.fork import Fork
from tests.generators.cost import measured


@pytest.fixture
def rows(tmp_path, monkeypatch):
    """Twenty queues, of which one is far off, and a converter; and what was fitted to."""
    found = [("fifo", "unseen", k / 100 * (-1) ** k) for k in range(19)]
    found += [("fifo", "unseen", 0.9), ("converter", "unseen", 0.5), ("fifo", "fit", 7.0),
              ("fork", "fit", 0.0)]  # fmt: skip
    monkeypatch.setattr(bands, "FILE", measured.table(tmp_path, *found))


def test_band_is_of_the_unseen(rows):
    assert bands.band(["fifo"]) == {
        "circuits": 20, "lut_median": 0.095, "lut_95th_percentile": 0.18, "ff_median": 0.095,
        "ff_95th_percentile": 0.18, "ps_median": 0.095, "ps_95th_percentile": 0.18,
    }  # fmt: skip


def test_band_of_several_kinds_is_of_all_their_circuits(rows):
    both = bands.band(["fifo", "converter"])
    assert (both["circuits"], both["lut_95th_percentile"]) == (21, 0.5)


def test_no_band_without_an_unseen_circuit(rows):
    assert bands.band(["fork"]) is None
    assert list(bands.bands()) == ["converter", "fifo"]


def test_no_band_without_a_table(tmp_path, monkeypatch):
    monkeypatch.setattr(bands, "FILE", tmp_path / "none.json")
    assert bands.band(["fifo"]) is None
    assert bands.bands() == {}


def test_what_has_none_of_a_resource_counts_nowhere(tmp_path, monkeypatch):
    rows = ("concat", "unseen", None), ("concat", "unseen", 0.25)
    monkeypatch.setattr(bands, "FILE", measured.table(tmp_path, *rows))
    assert bands.band(["concat"])["ff_95th_percentile"] == 0.25


def test_error_of_a_pipeline_is_that_of_its_kinds(rows):
    queue, fork = FIFO.Config(depth=2, width=1, lanes=1), Fork.Config(width=1, lanes=1, readers=2)
    parts = [SimpleNamespace(config=config) for config in (queue, fork)]
    assert cost.measured_error(parts) == bands.band(["fifo"])
    assert cost.measured_error(parts[1:]) is None


def test_every_estimate_has_a_kind():
    assert set(KINDS) == set(CIRCUITS) >= set(DELAYS)
    assert kind(FIFO.Config(depth=2, width=1, lanes=1)) == "fifo"


def test_percentile():
    assert bands.percentile([3.0, 1.0, 2.0], 0.95) == 3.0
    assert bands.percentile([float(k) for k in range(1, 101)], 0.95) == 95.0
