"""The folder of a build: what may stand there, and its JSON files."""

import json
from pathlib import Path

from generators.network.error import ModelError
from generators.network.folder import unwritable

__all__ = ["refuse", "write_json"]


def refuse(folder: Path) -> None:
    """Refuse a folder that holds anything but an earlier build."""
    try:
        stands = folder.exists()
        left_alone = stands and not _replaceable(folder)
    except OSError as error:
        raise unwritable(folder, error) from None
    if left_alone:
        raise ModelError(str(folder), "Folder must be empty or an earlier build; it was left alone")


def _replaceable(folder: Path) -> bool:
    """Whether a folder holds nothing, or an earlier build."""
    if not folder.is_dir():
        return False
    if not any(folder.iterdir()):
        return True
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return False
    return isinstance(manifest, dict) and "bitloom" in manifest


def write_json(path: Path, value: dict) -> None:
    """Write a record, one field a line."""
    path.write_text(json.dumps(value, indent=1) + "\n")
