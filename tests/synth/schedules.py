"""Solves the schedules of common heaps, in half an hour: ``python -m tests.synth.schedules``."""

import argparse
import json

from rich.progress import track

from hdl.compress.heap import Heap
from hdl.compress.plan import SCHEDULES, Plan, levels_of
from hdl.compress.solve import LEVELS_PER_STAGE, solve
from hdl.dot.popcount import RowsPopcount

BITS = (8, 12, 16, 20, 24, 32, 40, 48, 49, 56, 64, 80, 96, 98, 112, 128, 160, 192, 196, 256, 512)
LANES = (*range(1, 33), 36, 40, 44, 48, 49, 50, 52, 54, 56, 60, 63, 64, 66, 70, 72, 75, 80, 84, 88,
         90, 96, 98, 100, 104, 108, 112, 120, 126, 128, 144, 150, 160, 168, 176, 192, 196, 200,
         216, 224, 240, 256, 261, 262, 288, 320, 342, 384, 392, 400, 448, 512, 576, 640, 768, 784,
         800, 896, 1024)  # fmt: skip
LUT_LANES = (8, 16, 32, 49, 64, 128, 256)
DSP_LANES = tuple(n for n in LANES if 8 <= n <= 256)
GAP, SECONDS = 0.004, 60.0


def common() -> list[Heap]:
    """Heaps of popcounts: binary, two rows, of LUTs alone; for DSP48E1s; of plain bits."""
    found = [Heap(pairs=(n,), rows=rows) for n in LANES for rows in (1, 2)]
    found += [Heap(pairs=(n,), rows=rows, fabric="lut") for n in LUT_LANES for rows in (1, 2)]
    found += [RowsPopcount.Config(lanes=n, words=words).heap
              for n in DSP_LANES for words in (1, 3)]  # fmt: skip
    return found + [Heap(bits=((n,),)) for n in BITS]


def best(heap: Heap) -> Plan:
    """The plan of the usual levels, or of two more that save more than a percent of the LUTs."""
    least = levels_of(heap)
    plans = []
    for levels in (least, least + LEVELS_PER_STAGE):
        found = solve(heap, levels, gap=GAP, seconds=SECONDS)
        if found is not None:
            plans.append(Plan(heap, *found))
    first, *more = plans
    return more[0] if more and more[0].luts < 0.99 * first.luts else first


def record(plan: Plan) -> dict:
    """A schedule as data."""
    heap = plan.heap
    return {"pairs": heap.pairs, "bits": heap.bits, "width": heap.width, "rows": heap.rows,
            "fabric": heap.fabric, "luts": plan.luts, "levels": plan.levels,
            "final": plan.final}  # fmt: skip


def main() -> None:
    """Writes the data after each schedule; those that are there are kept, but with --all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="solve also what is there")
    kept = not parser.parse_args().all and SCHEDULES.exists()
    records = json.loads(SCHEDULES.read_text()) if kept else []
    known = {_name(one): one for one in records}
    for heap in track(common()):
        name = _name({"pairs": heap.pairs, "bits": heap.bits, "width": heap.width,
                      "rows": heap.rows, "fabric": heap.fabric})  # fmt: skip
        if name not in known:
            known[name] = record(best(heap))
            lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in known.values())
            SCHEDULES.write_text(f"[\n{lines}\n]\n")


def _name(one: dict) -> str:
    return json.dumps([one[key] for key in ("pairs", "bits", "width", "rows", "fabric")])


if __name__ == "__main__":
    main()
