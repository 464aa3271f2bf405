"""How many primitives of the fabric a memory takes, from its width and depth."""

__all__ = ["BRAM18_SHAPES", "LUTS_PER_BRAM18", "bram18", "lut_ram", "lut_ram_in_place", "lut_rom"]

BRAM18_SHAPES = ((36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384))
"""Width and depth of an 18 Kb block RAM with one port reading and at most one writing."""

LUTS_PER_BRAM18 = 190
"""A 7z020 has 53200 LUTs and 280 block RAMs of 18 kbit: one costs as much of it as these."""


def bram18(width: int, depth: int) -> int:
    """18 Kb block RAMs, one port reading and at most one writing: the best shape of all alike."""
    return min(-(-width // w) * -(-depth // d) for w, d in BRAM18_SHAPES)


def lut_ram(width: int, depth: int) -> int:
    """LUTs of a LUT RAM: RAM32M holds 32 words of 6 bits in four, RAM64M 64 words of 3 bits."""
    bits, rows = (6, 32) if depth <= 32 else (3, 64)
    return 4 * -(-width // bits) * -(-depth // rows)


def lut_ram_in_place(width: int, depth: int) -> int:
    """LUTs of a LUT RAM that only reads where it writes: 32 words of 8 bits in a RAM32M, or 64."""
    return 4 * -(-width // 8) if depth <= 32 else width * -(-depth // 64)


def lut_rom(width: int, depth: int) -> int:
    """LUTs of a ROM: 64 bits each, four behind MUXF7 and MUXF8, further ones multiplexed."""
    if depth <= 1:
        return 0
    banks = -(-depth // 64)
    return round(width * (banks if banks <= 4 else 1.35 * banks))
