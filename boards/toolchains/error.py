"""What a tool that ran and failed is told in."""

__all__ = ["ToolError"]


class ToolError(RuntimeError):
    """A tool failed, took too long, or did not meet the clock.

    Parameters
    ----------
    where : str
        The toolchain: ``vivado``.
    what : str
        One sentence: what went wrong, and which file holds the whole log.
    """

    def __init__(self, where: str, what: str) -> None:
        self.where, self.what = where, what
        super().__init__(f"{where}: {what}")
