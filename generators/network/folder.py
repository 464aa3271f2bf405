"""A folder that is written at once, or not at all."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from generators.network.error import ModelError


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place and name of another when the block ends well.

    It stands beside the other until then, under a hidden name; a block that is left by an
    exception leaves everything as it was.

    Raises
    ------
    ModelError
        If a file or folder cannot be written.
    """
    target = folder.resolve()  # what a link points to is replaced, not the link
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as made:
            new = Path(made, "new")
            new.mkdir()
            yield new
            _replace(target, new, Path(made, "old"))
    except OSError as error:
        raise unwritable(folder, error) from None


def unwritable(folder: Path, error: OSError) -> ModelError:
    """The refusal of a folder that cannot be read or written."""
    return ModelError(str(folder), f"Folder cannot be written: {error.strerror or error}")


def _replace(target: Path, new: Path, old: Path) -> None:
    """Move new to target; what stood there moves to old, and back should that fail."""
    try:
        if target.exists():
            target.rename(old)
        new.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        raise
