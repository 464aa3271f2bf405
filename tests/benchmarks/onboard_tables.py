"""The README's tables of boards, and the plot of the DMA's bandwidth."""

from collections.abc import Callable
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from tests.benchmarks.plot import NAIVE, OURS, STYLE

__all__ = ["PLOT", "TABLES", "draw", "sustained"]

PLOT = Path(__file__).with_name("onboard.svg")
WORD = 8  # bytes that the memory port moves a cycle, each way
WAYS = {"read": "read by the core", "loopback": "read and written"}


def _markdown(heads: tuple[str, ...], rows: list[list]) -> str:
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    lines += [f"| {' | '.join(map(str, row))} |" for row in rows]
    return "\n".join(lines) + "\n"


def frames(rows: list[dict]) -> str:
    """Frames a second by the register CYCLES, beside the bounds."""
    heads = ("build", "bytes a frame", "compute bound", "I/O bound", "frames a run", "mismatches",
             "cycles a frame", "frames a second", "share of the bound")  # fmt: skip
    lines, known = [], None
    for row in rows:
        each = row["cycles"] / row["frames"]
        bound = max(row["compute_bound"], row["io_bound"])
        first = [row["name"], row["frame_bytes"], f"{row['compute_bound']:g}", row["io_bound"]]
        lines.append([*(first if row["name"] != known else [""] * len(first)),
                      f"{row['frames']:,}", row["mismatches"], f"{each:,.2f}",
                      f"{1e6 * row['clock_mhz'] / each:,.0f}", f"{bound / each:.1%}"])  # fmt: skip
        known = row["name"]
    last = rows[-1]
    low, high = last["memory_latency"]
    most = max(row["frames"] for row in rows)
    right = {row["right"] for row in rows if row["frames"] == most}
    told = (f"Measured in the RTL simulation of system.v, on test images of MNIST that the Python "
            f"driver packs and unpacks: the register CYCLES, from the host's start to the memory's "
            f"last answer, at {last['clock_mhz']:g} MHz and a memory that answers after {low} to "
            f"{high} cycles. Mismatches are frames of which a result is not the golden model's; "
            f"{' or '.join(map(str, sorted(right)))} of {most:,} digits are right.")  # fmt: skip
    return f"{_markdown(heads, lines)}\n{told}\n"


def sustained(rows: list[dict]) -> float:
    """Share of a word a cycle between the two longest runs of a latency and way."""
    shorter, longer = sorted(rows, key=lambda row: row["bytes"])[-2:]
    words = (longer["bytes"] - shorter["bytes"]) / WORD
    return words / (longer["cycles"] - shorter["cycles"])


def _share(row: dict) -> float:
    return row["bytes"] / WORD / row["cycles"]


def _cases(rows: list[dict]) -> dict[tuple[int, str], list[dict]]:
    found: dict[tuple[int, str], list[dict]] = {}
    for row in rows:
        found.setdefault((row["latency"], row["way"]), []).append(row)
    return found


def dma(rows: list[dict]) -> str:
    """Shares of 8 bytes a cycle by the memory's latency."""
    cases = _cases(rows)
    sizes = [row["bytes"] for row in cases[rows[0]["latency"], "loopback"]]
    heads = ("latency, cycles", *(
        f"{said}: {text}" for said in WAYS.values()
        for text in (*(f"{size >> 10} KB" for size in sizes), "sustained")))  # fmt: skip
    lines = []
    for latency in dict.fromkeys(row["latency"] for row in rows):
        shares = []
        for way in WAYS:
            some = cases[latency, way]
            shares += [*(f"{_share(row):.1%}" for row in some), f"**{sustained(some):.1%}**"]
        lines.append([latency, *shares])
    wrong = sum(row["mismatches"] for row in rows)
    told = (f"Shares of {WORD} bytes a cycle, measured in the RTL simulation of system.v: bytes of "
            f"a run by {WORD} times its CYCLES, which count the check of the start, the first "
            f"latency and the end; sustained is what the longest run adds to the one before it. "
            f"Read: frames of {rows[0]['name']}, whose core could take them faster, as many as are "
            f"that long or longer. Written: in a loopback, which reads the same bytes at once. The "
            f"latency is that of every burst, to the first beat read and from the last written to "
            f"the answer; eight bursts of 128 bytes are under way. {wrong} bytes or frames were "
            f"wrong.")  # fmt: skip
    return f"{_markdown(heads, lines)}\n![bandwidth](tests/benchmarks/{PLOT.name})\n\n{told}\n"


def parts(rows: list[dict]) -> str:
    """What system.v takes on 7 series."""
    heads = ("part", "LUT", "FF", "BRAM18", "DSP", "static ns")
    lines = [[row["name"], *(f"{row[key]:,}" for key in ("lut", "ff", "bram18", "dsp")),
              "" if row["ns"] is None else f"{row['ns']:.2f}"] for row in rows]  # fmt: skip
    told = ("By yosys' synth_xilinx; static time with 500 ps on each wire and a register at each "
            "port, before place and route.")  # fmt: skip
    return f"{_markdown(heads, lines)}\n{told}\n"


def ratio(row: dict) -> float:
    """LUT4 of the core on ECP5 for each LUT that is estimated for 7 series."""
    return row["core"]["lut"] / row["estimated_lut"]


def ulx3s(rows: list[dict]) -> str:
    """Bitstreams by network and seed."""
    heads = ("build", "seed", "LUT4", "FF", "DP16KD", "MULT18", "MHz asked", "MHz reached",
             "seconds", ".bit bytes")  # fmt: skip
    lines, told = [], []
    for row in rows:
        lines.append([row["name"], row["seed"],
                      *(f"{row[key]:,}" for key in ("lut", "ff", "bram18", "dsp")),
                      f"{row['clock_mhz']:g}", f"{row['fmax_mhz']:.1f}", f"{row['seconds']:.0f}",
                      f"{row['bit_bytes']:,}" if row["bit_bytes"] else "clock missed"])
    for row in {row["name"]: row for row in rows}.values():
        core = 1e6 * row["clock_mhz"] / row["compute_bound"]
        told.append(
            f"{row['name']}: {row['core']['lut']:,} of the LUT4 are the core (packed alone), "
            f"{ratio(row):.2f} for each of the {row['estimated_lut']:,} LUTs that are estimated "
            f"for 7 series; {row['line_frames_per_second']:,} frames a "
            f"second at most over the serial line, computed: {row['line_bytes']} bytes a frame, in "
            f"and out, at {row['baud'] / 1e6:g} Mbit/s of ten bits a byte, where the core does "
            f"{core:,.0f}.")
    source = "; ".join(sorted({row["source"] for row in rows}))
    end = f"Measured by {source} for the {rows[0]['part']}; seconds on two shared cores."
    return f"{_markdown(heads, lines)}\n{' '.join([*told, end])}\n"


TABLES: dict[str, Callable[[list[dict]], str]] = {
    "onboard": frames, "dma": dma, "onboard-parts": parts, "ulx3s": ulx3s}  # fmt: skip
"""By the README's marker."""


def draw(rows: list[dict], path: Path = PLOT) -> None:
    """Write the SVG: share of 8 bytes a cycle by latency, one line for each length of a run."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 2.9), layout="constrained")
        for axes, (way, title) in zip(figure.subplots(1, 2, sharey=True), WAYS.items(),
                                      strict=True):
            lengths: dict[int, list] = {}
            for (latency, one), some in _cases(rows).items():
                for place, row in enumerate(some if one == way else []):
                    lengths.setdefault(place, []).append((latency, _share(row), row["bytes"]))
            for place, points in lengths.items():
                latencies, shares, sizes = zip(*points, strict=True)
                axes.plot(latencies, [100 * share for share in shares], "o-", markersize=4,
                          color=OURS, alpha=(place + 1) / len(lengths),
                          label=f"{sizes[0] >> 10} KB a run")  # fmt: skip
            axes.axhline(95, color=NAIVE, linewidth=0.8, linestyle="--")
            axes.set(title=title, xlabel="cycles until the memory answers", xlim=(0, None),
                     ylim=(0, 102))  # fmt: skip
            axes.legend(frameon=False, fontsize=8, loc="lower left")
        figure.axes[0].set_ylabel("% of 8 bytes a cycle")
        figure.savefig(path, metadata={"Date": None, "Creator": None})
