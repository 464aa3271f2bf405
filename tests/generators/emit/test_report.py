"""The page: self-contained, everything escaped, and the numbers of the report."""

import copy
from html.parser import HTMLParser

from generators.emit import report

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
    "bound": "1,000 cycles a frame would take LUT 54,321 of 53,200 (estimate)",
    "static_time": None, "performance": PERFORMANCE,
    "totals": RESOURCES | {"lut": 43210}, "estimate_error": {"lut_median": 0.033},
    "available": {"lut": 53200, "ff": 106400, "bram18": 280, "dsp": 220},
    "layers": [
        {"name": "fc0", "op": "dense", "datapath": "mvtu", "pe": 16, "simd": 49,
         "cycles_per_frame": 1044, "macs_per_cycle": 784.0, "weight_storage": "bram",
         "weight_memory": {"words": 1044, "bits": 784}, "line_buffer": None, "fifo_depths": [],
         "resources": RESOURCES, "static_ns": None, **SPENT},
        {"name": "top", "op": "argmax", "datapath": None, "pe": None, "simd": None,
         "cycles_per_frame": 10, "macs_per_cycle": 0.0, "weight_storage": None,
         "weight_memory": None, "fifo_depths": [7],
         "line_buffer": {"words": 256, "bits": 32, "storage": "lut"},
         "resources": RESOURCES | {"lut": 0}, "static_ns": None, **SPENT, "delay_ns": None},
    ],
}  # fmt: skip


class Reader(HTMLParser):
    """Tags, their attributes, and the text between."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_data(self, text):
        self.text += text + " "


def test_numbers():
    text = Reader(report.page(REPORT)).text
    for shown in ("net on zynq7020", "120,211 frames a second", "125.5 MHz", "1,044 cycles a frame",
                  "No faster: 1,000 cycles a frame would take LUT 54,321",
                  "bram 1,044 x 784", "lut 256 x 32",
                  "latency 2,988 cycles", "LUT 43,210 of 53,200", "FF 5,678 of 106,400",
                  "BRAM18 9 of 280", "DSP 11 of 220",
                  "(estimate; the median error of a circuit's LUTs is 3.3%)"):  # fmt: skip
        assert shown in text
    words = text.split()
    for shown in ("fc0", "mvtu", "16", "49", "bram", "1,234", "5,678", "top", "10"):
        assert shown in words
    assert "None" not in words


def test_static_time():
    synthesised = copy.deepcopy(REPORT)
    synthesised["static_time"] = {"ns": 2.857, "wire_ps": 500, "at": "a to <b>", "lut_levels": 4,
                                  "carry4": 1}  # fmt: skip
    synthesised["layers"][0]["static_ns"] = 2.304
    text = " ".join(Reader(report.page(synthesised)).text.split())
    assert ("125.5 MHz (7.97 ns) is an assumption; static time 2.86 ns at a to <b> (4 LUTs, "
            "1 CARRY4): logic, and 500 ps on every wire; no place and route was run.") in text
    assert "2.30" in text.split()
    assert "static time" not in Reader(report.page(REPORT)).text


def test_a_row_a_layer():
    tags = Reader(report.page(REPORT)).tags
    assert tags.count("tr") == 2 * (1 + len(REPORT["layers"]))  # resources, and cycles
    assert tags.count("td") == tags.count("th") * len(REPORT["layers"])


def test_performance():
    text = " ".join(Reader(report.page(REPORT)).text.split())
    for shown in ("fc0 binds: 1,044 cycles a frame; pe 32 would take 522.",
                  "latency of 2,988 cycles is io 100, compute 2,800, fill 88, stall 0; on the "
                  "critical path of the schedule: input 100, fc0 2,888.",
                  "818,496 BitOPs a frame", "0.0984 T a second", "1,044 a byte",
                  "1 a bit of weights read, of which the memories give at most 784 a cycle"):
        assert shown in text
    for shown in ("1,034", "7", "3", "1,000", "818,496", "3.21"):
        assert shown in text.split()


def test_without_weights():
    page = copy.deepcopy(REPORT)
    page["performance"]["roofline"] |= {"weight_bits": 0, "bitops_per_weight_bit": None}
    page["performance"]["roofline"]["ceilings"]["weights"] = None
    assert "; all weights are constants." in Reader(report.page(page)).text
    page["performance"]["roofline"] = None
    assert "Roofline" not in report.page(page)


def test_self_contained():
    page = report.page(REPORT)
    found = Reader(page)
    assert page.startswith("<!doctype html>")
    assert not {"script", "link", "img", "iframe", "object"} & set(found.tags)
    assert not {"src", "href", "onclick", "onload"} & {name for name, _ in found.attributes}
    for outside in ("http", "//", "src=", "url(", "@import"):
        assert outside not in page
    assert "prefers-color-scheme:dark" in page


def test_names_are_escaped():
    evil = copy.deepcopy(REPORT)
    evil["network"] = evil["layers"][0]["name"] = evil["board"] = '<script>alert("&")</script>'
    found = Reader(report.page(evil))
    assert "script" not in found.tags
    assert found.text.count('<script>alert("&")</script>') >= 3


def test_bars_are_no_wider_than_full():
    found = Reader(report.page(REPORT))
    widths = [float(value.removeprefix("width:").removesuffix("px"))
              for name, value in found.attributes if name == "style"]  # fmt: skip
    assert len(widths) == 2 * len(REPORT["layers"])
    assert min(widths) == 0 and max(widths) == 100


def test_nothing_used_at_all():
    empty = copy.deepcopy(REPORT)
    for layer in empty["layers"]:
        layer["resources"]["lut"] = 0
    assert "0.0px" in report.page(empty)
