"""Solves the schedules of common heaps: ``python -m tests.synth.schedules``, for some minutes."""

import argparse
import json

from rich.progress import track

from hdl.compress.heap import Heap
from hdl.compress.plan import SCHEDULES, Plan, levels_of
from hdl.compress.solve import LEVELS_PER_STAGE, solve
from hdl.dot.popcount import RowsPopcount
from hdl.dot.triples import triples

BITS = (8, 12, 16, 24, 32, 48, 64, 96, 98, 128, 256)
LANES = (*range(1, 33), 36, 40, 44, 48, 49, 50, 52, 54, 56, 60, 63, 64, 66, 70, 72, 80, 96, 98, 100,
         112, 128)  # fmt: skip
WIDE_LANES = (144, 160, 192, 196, 200, 224, 256, 288, 320, 384, 392, 448, 512, 576, 768, 784, 1024)
LUT_LANES = (16, 32, 64, 128)
DSP_LANES = (16, 24, 32, 36, 48, 49, 56, 64, 72, 96, 98, 112, 128)
GAP, NODES = 0.004, 1000


def common() -> list[Heap]:
    """Heaps of popcounts: binary, two rows, of LUTs alone; for DSP48E1s; of plain bits."""
    found = [Heap(pairs=(n,), fabric="lut") for n in LUT_LANES]
    found += [RowsPopcount.Config(lanes=n, words=3).heap for n in DSP_LANES]
    found.append(RowsPopcount.Config(lanes=64, words=1).heap)
    found += [Heap(pairs=(n,), rows=rows) for n in LANES for rows in (1, 2)]
    found += [Heap(pairs=(n,)) for n in WIDE_LANES]
    found += [Heap(bits=tuple((n,) for n in triples(lanes).stages)) for lanes in (64, 256, 784)]
    return found + [Heap(bits=((n,),)) for n in BITS]


def best(heap: Heap) -> Plan:
    """The plan of the usual levels, or of two more that save more than a percent of the LUTs."""
    least = levels_of(heap)
    plans = []
    for levels in (least, least + LEVELS_PER_STAGE):
        found = solve(heap, levels, gap=GAP, nodes=NODES)
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
