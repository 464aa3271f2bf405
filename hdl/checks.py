"""What every configuration asks of its sizes."""

from amaranth.hdl import Shape

__all__ = ["integer", "positive", "width"]


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


def integer(owner: str, **numbers: object) -> None:
    """Refuse what is no integer.

    Raises
    ------
    TypeError
        "Owner number must be an integer, not 1.5".
    """
    for name, value in numbers.items():
        if not isinstance(value, int):
            raise TypeError(f"{owner} {name} must be an integer, not {value!r}")


def width(owner: str, **shapes: object) -> None:
    """Refuse what is neither a positive number of bits nor a Shape of some.

    Raises
    ------
    TypeError
        "Owner width must be a positive integer or a Shape of at least one bit, not 0".
    """
    for name, value in shapes.items():
        bits = value.width if isinstance(value, Shape) else value
        if not isinstance(bits, int) or bits <= 0:
            what = f"a positive integer or a Shape of at least one bit, not {value!r}"
            raise TypeError(f"{owner} {name} must be {what}")
