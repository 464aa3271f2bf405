"""The roofline of a design: what bounds its arithmetic, and where in it the design stands.

Williams, Waterman, Patterson: Roofline: an insightful visual performance model for multicore
architectures, CACM 2009. Its operations are here BitOPs, MACs times the bits of both operands; its
bytes those of a frame in the direction, in or out, that takes longer on the DMA's 8 bytes a cycle
each way.
"""

from math import ceil, floor, log10

from generators.emit import svg
from generators.emit.io import WORD
from generators.emit.sources import ESTIMATE, MODEL, SCHEDULE, mark
from hdl.bus.axis import Edge

__all__ = ["draw", "record", "section"]

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 700, 350, 70, 190, 24, 40
NAMES = {
    "compute": "units", "board": "board's LUTs (estimate)", "weights": "weight memories",
    "edges": "AXI4-Stream edges", "dma": "DMA",
}  # fmt: skip
SLOPES = ("edges", "dma")
"""The ceilings that rise with the BitOPs of a byte."""


def record(*, bitops: int, cycles: float, clock_mhz: float, compute: float, board: float | None,
           weight_bits: int, weight_bandwidth: float, moved: dict,
           edges: tuple[Edge, Edge]) -> dict:  # fmt: skip
    """The report's numbers, BitOPs by cycle but where their names say otherwise.

    Parameters
    ----------
    bitops : of a frame
    cycles : between frames
    compute : BitOPs a cycle of the units that there are, if none ever waits
    board : the same if all LUTs of the board were such circuits, an estimate
    weight_bits : that memories on the chip give for a frame, 0 if weights are constants
    weight_bandwidth : bits that these memories give at most in a cycle
    moved : see :func:`generators.emit.io.io`
    edges : of the core
    """
    frame = max(moved["input_bytes"], moved["output_bytes"])
    intensity = bitops / frame
    by_weight = bitops / weight_bits if weight_bits else None
    return {
        "bitops": bitops,
        "bitops_per_cycle": bitops / cycles,
        "bitops_per_second": bitops / cycles * clock_mhz * 1e6,
        "bitops_per_byte": intensity,
        "bitops_per_weight_bit": by_weight,
        "io_bytes": frame,
        "dma_bytes_per_cycle": WORD,
        "weight_bits": weight_bits,
        "weight_bits_per_cycle": weight_bandwidth,
        "ceilings": {
            "compute": compute,
            "board": board,
            "weights": by_weight * weight_bandwidth if by_weight else None,
            "edges": bitops / max(edge.beats for edge in edges),
            "dma": intensity * WORD,
        },
    }


def section(found: dict | None) -> str:
    """A page's section of a record, if there is one."""
    if found is None:
        return ""
    rate, second = found["bitops_per_cycle"], found["bitops_per_second"] / 1e12
    weights, each = "; all weights are constants", found["bitops_per_byte"]
    if found["weight_bits"]:
        weights = (f"; {svg.digits(found['bitops_per_weight_bit'])} a bit of the "
                   f"{found['weight_bits']:,} bits of weights read, of which the memories give at "
                   f"most {found['weight_bits_per_cycle']:,} a cycle")  # fmt: skip
    model, schedule, board = mark(MODEL), mark(SCHEDULE), mark(ESTIMATE)
    return f"""<h2>Roofline</h2>
<p>{found["bitops"]:,} BitOPs a frame{model} (MACs times the bits of both operands),
{svg.digits(rate)} a cycle{schedule}, {svg.digits(second)} T a second at the assumed clock;
{svg.digits(each)} a byte of a frame in or out, of which the DMA moves
{found["dma_bytes_per_cycle"]} a cycle each way{weights}. The point is the core's own rate: where
it lies above the DMA's line, a board is as fast as the line allows.</p>
<figure><div class="scroll" role="region" tabindex="0" aria-label="Roofline">
{draw(found)}</div>
<figcaption>Both axes are logarithmic. The point is of the schedule{schedule}; lines are what the \
units, weight memories, edges and the DMA allow at most{schedule}, and what a device full of such \
circuits would{board}.</figcaption></figure>"""


def draw(found: dict) -> str:
    """An SVG of a record: BitOPs a cycle over BitOPs a byte, both logarithmic."""
    x0, y0 = found["bitops_per_byte"], found["bitops_per_cycle"]
    ceilings = {name: value for name, value in found["ceilings"].items() if value}
    low_x, high_x = _decades([x0 / 30, x0 * 30])
    low_y, high_y = _decades([y0 / 3, *ceilings.values()])
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - BOTTOM - TOP
    x = lambda v: LEFT + wide * (log10(v) - low_x) / (high_x - low_x)  # noqa: E731
    y = lambda v: TOP + high * (high_y - log10(v)) / (high_y - low_y)  # noqa: E731
    parts = [_grid(low_x, high_x, low_y, high_y, x, y)]
    taken: list[float] = []
    for name, value in sorted(ceilings.items(), key=lambda pair: -pair[1]):
        parts.append(_ceiling(name, value, x0, (low_x, high_x, low_y, high_y), x, y, taken))
    said = f"{svg.digits(y0)} BitOPs a cycle"
    parts += [svg.circle(x(x0), y(y0), 5, "point"), svg.text(x(x0) + 8, y(y0) + 16, said, "point")]
    return svg.picture(WIDTH, HEIGHT, "Roofline", *parts)


def _decades(values: list[float]) -> tuple[int, int]:
    """Powers of ten below and above."""
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return low, max(high, low + 1)


def _grid(low_x: int, high_x: int, low_y: int, high_y: int, x, y) -> str:
    parts = []
    for power in range(low_x, high_x + 1):
        at = x(10.0**power)
        parts += [svg.line(at, y(10.0**low_y), at, y(10.0**high_y)),
                  svg.text(at, HEIGHT - 22, svg.digits(10.0**power), "", "middle")]  # fmt: skip
    for power in range(low_y, high_y + 1):
        at = y(10.0**power)
        parts += [svg.line(x(10.0**low_x), at, x(10.0**high_x), at),
                  svg.text(LEFT - 6, at + 4, svg.digits(10.0**power), "", "end")]  # fmt: skip
    middle = (x(10.0**low_x) + x(10.0**high_x)) / 2
    parts += [svg.text(middle, HEIGHT - 5, "BitOPs a byte of a frame", "", "middle"),
              svg.text(4, 12, "BitOPs a cycle")]  # fmt: skip
    return svg.group("grid", *parts)


def _ceiling(name: str, value: float, x0: float, bounds, x, y, taken: list[float]) -> str:
    """A ceiling's line, with its name at the right where none stands yet."""
    low_x, high_x, low_y, high_y = bounds
    left, right = 10.0**low_x, 10.0**high_x
    if name in SLOPES:
        each = value / x0
        first, last = max(left, 10.0**low_y / each), min(right, 10.0**high_y / each)
        ends = x(first), y(first * each), x(last), y(last * each)
    else:
        ends = x(left), y(value), x(right), y(value)
    at = max(TOP + 4.0, ends[3] + 4)
    while any(abs(at - other) < 12 for other in taken):
        at += 12
    taken.append(at)
    label = svg.text(x(right) + 6, at, NAMES[name], f"label {name}")
    said = f"{NAMES[name]}: {svg.digits(value)} BitOPs a cycle at this network's intensity"
    return svg.group(f"ceiling {name}", svg.line(*ends), label, title=said)
