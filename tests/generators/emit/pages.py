"""A page of ours as a reader sees it: tags, text, numbers; and a report to make one from."""

import itertools
import re
from html.parser import HTMLParser

__all__ = ["PERFORMANCE", "REPORT", "ROOF", "Reader", "chain", "missing"]

VOID = {"meta", "br", "img", "link", "hr", "input"}
RESOURCES = {"lut": 1234, "ff": 5678, "bram18": 9, "dsp": 11, "source": "estimate"}
ROOF = {
    "bitops": 818496, "bitops_per_cycle": 784.0, "bitops_per_second": 9.84e10,
    "bitops_per_byte": 1044.0, "bitops_per_weight_bit": 1.0, "io_bytes": 784,
    "dma_bytes_per_cycle": 8, "weight_bits": 818496, "weight_bits_per_cycle": 784,
    "ceilings": {"compute": 784.0, "board": 5000.0, "weights": 784.0, "edges": 4096.0,
                 "dma": 8352.0},
}  # fmt: skip
PERFORMANCE = {
    "source": "schedule",
    "latency": {"cycles": 2988, "at_most": 2988, "io": 100, "compute": 2800, "fill": 88, "stall": 0,
                "path": [{"at": "input", "cycles": 100}, {"at": "fc0", "cycles": 2888}]},
    "interval": {"frames": 1, "cycles": 1044, "io": 0, "compute": 1044, "gaps": 0},
    "bottleneck": {"binds": "compute", "at": ["fc0"], "cycles": 1044,
                   "sentence": "fc0 binds: 1,044 cycles a frame; pe 32 would take 522"},
    "roofline": ROOF,
    "timeline": {"interval": 1044, "batches": 3, "rows": [
        {"name": "fc0", "spans": [[0, 1000, 1050], [1044, 2044, 2094], [2088, 3088, 3138]],
         "work": [[0, 3132]]},
        {"name": "top", "spans": [[1000, 1060, 1061], [2044, 2104, 2105], [3088, 3148, 3149]],
         "work": [[1000, 1060], [2044, 2104], [3088, 3148]]},
    ]},
}  # fmt: skip
SPENT = {"busy": 1034, "waiting": 7, "blocked": 3, "fill": 1000, "bitops": 818496,
         "delay_ns": 3.21}  # fmt: skip
REPORT = {
    "network": "net", "board": "zynq7020", "clock_mhz": 125.5, "cycles_per_frame": 1044,
    "frames_per_batch": 1, "latency_cycles": 2988, "frames_per_second": 120210.7,
    "io": {"input_bytes": 785, "output_bytes": 2, "cycles_per_frame": 99},
    "bound": "1,000 cycles a frame would take LUT 54,321 of 53,200 (estimate)",
    "static_time": None, "performance": PERFORMANCE,
    "totals": RESOURCES | {"lut": 43210},
    "system": {"lut": 1450, "ff": 1426, "bram18": 0, "dsp": 0, "source": "estimate"},
    "estimate_error": {"circuits": 74, "lut_median": 0.033, "lut_95th_percentile": 0.125,
                       "ff_median": 0.001, "ff_95th_percentile": 0.081},
    "available": {"lut": 53200, "ff": 106400, "bram18": 280, "dsp": 220},
    "budget": {"lut": 47880, "ff": 106400, "bram18": 280, "dsp": 220},
    "synthesis_tool": None,
    "layers": [
        {"name": "fc0", "op": "dense", "datapath": "mvtu", "pe": 16, "simd": 49, "frames": 1,
         "cycles_per_frame": 1044, "macs_per_cycle": 784.0, "weight_storage": "bram",
         "weight_memory": {"words": 1044, "bits": 784}, "line_buffer": None, "fifo_depths": [],
         "resources": RESOURCES, "static_ns": None, **SPENT},
        {"name": "top", "op": "argmax", "datapath": None, "pe": None, "simd": None,
         "frames": None, "cycles_per_frame": 10, "macs_per_cycle": 0.0, "weight_storage": None,
         "weight_memory": None, "fifo_depths": [7],
         "line_buffer": {"words": 256, "bits": 32, "storage": "lut"},
         "resources": RESOURCES | {"lut": 0}, "static_ns": None, **SPENT, "delay_ns": None},
    ],
    "links": [
        {"source": "input", "target": "fc0", "shape": [28, 28, 1], "type": "uint8", "lanes": 4,
         "bits": 8, "elements": 784, "elements_per_cycle": 0.751, "busy": 0.1877, "queues": []},
        {"source": "fc0", "target": "top", "shape": [10], "type": "int9", "lanes": 5, "bits": 9,
         "elements": 10, "elements_per_cycle": 0.0096, "busy": 0.0019,
         "queues": [{"depth": 7, "bits": 45, "storage": "lut"}]},
        {"source": "top", "target": "output", "shape": [1], "type": "uint4", "lanes": 1, "bits": 4,
         "elements": 1, "elements_per_cycle": 0.001, "busy": 0.001, "queues": []},
    ],
}  # fmt: skip


def chain(layers: int, name: str = "layer") -> dict:
    """The report of a chain of so many layers, every third of which has a branch around it."""
    first, _ = REPORT["layers"]
    names = [f"{name}{n}" for n in range(layers)]
    made = [first | {"name": name, "cycles_per_frame": 1044 - 17 * n}
            for n, name in enumerate(names)]  # fmt: skip
    ends = ["input", *names, "output"]
    _, link, _ = REPORT["links"]
    links = [link | {"source": a, "target": b} for a, b in itertools.pairwise(ends)]
    links += [link | {"source": names[n], "target": names[n + 2]} for n in range(0, layers - 2, 3)]
    bottleneck = PERFORMANCE["bottleneck"] | {"at": names[:1]}
    spans = PERFORMANCE["timeline"]["rows"][0]
    timeline = PERFORMANCE["timeline"] | {"rows": [spans | {"name": name} for name in names]}
    spent = PERFORMANCE | {"bottleneck": bottleneck, "timeline": timeline}
    return REPORT | {"layers": made, "links": links, "performance": spent}


class Reader(HTMLParser):
    """Tags, their attributes, and the text between; every tag is closed where it should be."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.text, self.open = [], [], "", []
        self.feed(page)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.text += text + " "


def missing(report: dict, text: str) -> list:
    """The numbers of a report that a page's text does not say, with where they stand."""
    said = {word.rstrip(".,") for word in re.findall(r"[\d.,]+", text)}
    return [(where, value) for where, value in _numbers(report, "")
            if not said & set(_forms(value))]  # fmt: skip


def _numbers(value, where: str):
    if isinstance(value, dict):
        for key, one in value.items():
            if key != "work":  # which is drawn, and nothing else
                yield from _numbers(one, f"{where}.{key}")
    elif isinstance(value, list):
        for one in value:
            yield from _numbers(one, where)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield where, value


def _forms(value) -> list[str]:
    """How a number may be written: whole, to four digits, in per cent, in 10^12."""
    four = f"{float(f'{value:.4g}'):,.10f}".rstrip("0").rstrip(".")
    tera = f"{value / 1e12:.4g}"
    return [f"{value:,}", f"{value:,.0f}", f"{value:.2f}", four, tera, f"{value:,.4g}",
            f"{100 * value:.1f}", f"{100 * value:.3g}"]  # fmt: skip
