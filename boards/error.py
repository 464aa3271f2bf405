"""The one way in which the boards package refuses what a user gave it."""

__all__ = ["BoardError"]


class BoardError(ValueError):
    """Something that is no board, or cannot be built or loaded.

    Parameters
    ----------
    where : str
        The file or option: ``mine.toml``, ``--toolchain``.
    what : str
        One sentence: what is wrong and what would be accepted.
    """

    def __init__(self, where: str, what: str) -> None:
        self.where, self.what = where, what
        super().__init__(f"{where}: {what}")
