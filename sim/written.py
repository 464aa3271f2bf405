"""Files that are written whole or not at all."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from sim.manifest import BuildError

__all__ = ["write"]


def write(path: Path, write: Callable) -> None:
    """Let ``write`` write into a new file, in binary, which then takes the path's name.

    Raises
    ------
    BuildError
        If it cannot be written.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-",
                                         delete=False) as file:
            try:
                write(file)
                file.flush()
                os.chmod(file.name, 0o666 & ~_umask())
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise BuildError(str(path), f"File cannot be written: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
