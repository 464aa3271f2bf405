"""How many primitives of the fabric a memory takes, from its width and depth."""

__all__ = ["bram18", "lut_ram"]

_BRAM18 = ((36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384))


def bram18(width: int, depth: int) -> int:
    """18 Kb block RAMs, one port reading and at most one writing: the best shape of all alike."""
    return min(-(-width // w) * -(-depth // d) for w, d in _BRAM18)


def lut_ram(width: int, depth: int) -> int:
    """LUTs of a LUT RAM: RAM32M holds 32 words of 6 bits in four, RAM64M 64 words of 3 bits."""
    bits, rows = (6, 32) if depth <= 32 else (3, 64)
    return 4 * -(-width // bits) * -(-depth // rows)
