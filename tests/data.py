"""The trained networks and data sets to compare with; they are not in the repository."""

import os
from pathlib import Path

import pytest


def folder() -> Path:
    """The folder $BITLOOM_DATA (default ../shared/data); skips the test where there is none."""
    default = Path(__file__).parents[2] / "shared" / "data"
    path = Path(os.environ.get("BITLOOM_DATA", default))
    if not (path / "models").is_dir():
        pytest.skip(f"no data at {path}; set BITLOOM_DATA to the folder with models/ and mnist/")
    return path
