"""What every number format asks of its sizes."""

__all__ = ["positive"]


def positive(owner: str, **sizes: object) -> None:
    """Refuse what is no positive integer.

    Raises
    ------
    TypeError
        "Owner size must be a positive integer, not 0".
    """
    for name, value in sizes.items():
        if not isinstance(value, int) or value <= 0:
            raise TypeError(f"{owner} {name} must be a positive integer, not {value!r}")
