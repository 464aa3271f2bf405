import pytest

from tests.boards.toolchains.fakes import Tools


@pytest.fixture
def fakes(tmp_path, monkeypatch):
    """A PATH without any tool, to which fakes are added."""
    return Tools(tmp_path / "bin", monkeypatch)
