"""The page of an array: the numbers of its report, and the layers in their order."""

import copy
import re

from generators.systolic import page
from tests.generators.emit.pages import REPORT as PIPELINE
from tests.generators.emit.pages import ROOF, Reader, missing

SPLIT = {"compute": 3300, "fill_drain": 140, "visible_transfer": 60, "overlapped_transfer": 2424,
         "cycles": 3500}  # fmt: skip
NOTHING = {"lut": 0, "ff": 0, "bram18": 0, "dsp": 0, "source": "estimate"}
LAYER = {"name": "fc0", "op": "dense", "datapath": "systolic", "pe": 10, "simd": 80,
         "cycles_per_frame": 145.8333, "macs_per_cycle": 688.1, "weight_storage": "bram",
         "cycles_per_batch": SPLIT, "utilisation": 0.8601, "resources": NOTHING}  # fmt: skip
POOL = {"name": "pool", "op": "maxpool", "datapath": None, "pe": None, "simd": None,
        "cycles_per_frame": 0, "macs_per_cycle": 0, "weight_storage": None,
        "cycles_per_batch": None, "utilisation": None, "resources": NOTHING}  # fmt: skip
REPORT = {
    **{name: PIPELINE[name] for name in ("network", "board", "clock_mhz", "available", "budget",
                                         "synthesis_tool", "io", "totals")},
    "cycles_per_frame": 145.8333, "frames_per_batch": 24, "latency_cycles": 5944,
    "frames_per_second": 677966.1,
    "array": {"rows": 5, "cols": 10, "lanes": 16, "macs_per_cycle": 800, "multiplier": True,
              "x": "int8", "w": "int8", "sums": "int24", "weights": "on-chip", "maps": "on-chip",
              "weight_tiles": 145, "passes": 146},
    "cycles_per_batch": SPLIT,
    "performance": {
        "source": "schedule", "latency": None,
        "interval": {"frames": 24, "cycles": 3500, "compute": 3300, "fill": 140, "io": 60},
        "bottleneck": {"binds": "compute", "at": ["array"], "cycles": 145.8333,
                       "sentence": "3,300 of 3,500 cycles of a batch are spent on vectors"},
        "roofline": ROOF,
    },
    "utilisation": 0.9254, "layers": [LAYER, POOL],
    "links": [{"source": "input", "target": "fc0", "shape": [28, 28, 1], "type": "uint8",
               "elements": 784, "map": "stream"},
              {"source": "fc0", "target": "pool", "shape": [4, 4, 8], "type": "int8",
               "elements": 128, "map": "on-chip"},
              {"source": "pool", "target": "output", "shape": [8], "type": "int8", "elements": 8,
               "map": "stream"}],
}  # fmt: skip


def test_numbers():
    text = " ".join(Reader(page.page(REPORT)).text.split())
    for shown in ("net on zynq7020", "cycles a frame 145.8333 schedule; in batches of 24",
                  "5 x 10 cells of 16 products F , 800 a cycle, int8 times int8, sums int24",
                  "3,300 of 3,500 cycles of a batch are spent on vectors.", "28 × 28 × 1",
                  "10 PE × 80 SIMD", "no cycles of its own", "on-chip",
                  "Of a batch's 3,500 cycles S : compute 3,300, fill and drain 140, visible "
                  "transfer 60, and beside these overlapped transfer 2,424."):  # fmt: skip
        assert shown in text
    assert "None" not in text
    shown = copy.deepcopy(REPORT)
    for link in shown["links"]:  # which its shape says
        del link["elements"]
    assert missing(shown, text) == []


def test_the_layer_of_most_cycles_is_marked_or_what_the_dma_brings():
    assert re.search(r'class="layer slowest">.*?>fc0</text>', page.page(REPORT))
    slow = copy.deepcopy(REPORT)
    slow["performance"]["bottleneck"] |= {"binds": "dma", "at": ["input"]}
    assert re.search(r'class="layer slowest end">.*?>input</text>', page.page(slow))


def test_names_are_escaped():
    evil = "<script>alert(1)</script>"
    made = copy.deepcopy(REPORT)
    made["network"] = made["layers"][0]["name"] = made["layers"][0]["op"] = evil
    made["links"][0]["target"] = made["links"][1]["source"] = made["links"][0]["type"] = evil
    found = Reader(page.page(made))
    assert "script" not in found.tags and found.text.count(evil) >= 5
