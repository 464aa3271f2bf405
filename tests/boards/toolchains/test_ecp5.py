import json
import re

from boards import devices
from boards.parts import PARTS
from boards.toolchains import build, ecp5
from generators.emit.verilog import scratch
from tests.boards.toolchains import made

BOARD = devices.find("ulx3s_85f")


def test_bitstream():
    """Really: yosys, nextpnr-ecp5 and ecppack out of PyPI, from Verilog to .bit."""
    with scratch() as folder:
        made.build(folder, BOARD.name, 50.0)
        found = build(folder)
        data = (folder / "system.bit").read_bytes()
        assert data.startswith(b"\xff\x00") and BOARD.device.encode() in data[:200]
        assert (folder / "system.svf").read_text().startswith("HDR\t0;")
        log = (folder / "build" / "ecp5.log").read_text()
        assert json.loads((folder / "report.json").read_text())["implementation"] == found
    assert found["timing_met"] and found["fmax_mhz"] > 100
    assert (found["ff"], found["bram18"], found["dsp"]) == (8, 0, 0)
    assert re.fullmatch(r"place and route \(nextpnr-ecp5 \d+\.\d+.*\)", found["source"])
    assert log.count("$ ") >= 3 and "End of script." in log and "Program finished normally" in log


def test_lpf():
    """Every port has a ball of the package, once, and a standard; the clock has its frequency."""
    text = ecp5.lpf(BOARD)
    places = dict(re.findall(r'^LOCATE COMP "([^"]+)" SITE "(\w+)";$', text, re.MULTILINE))
    names = [f"leds[{n}]" for n in range(8)]
    assert list(places) == ["clk_in", "uart_rx", "uart_tx", *names, "high[0]"]
    assert places["clk_in"] == BOARD.reference.pin and places["uart_rx"] == BOARD.uart.rx
    assert len(set(places.values())) == len(places)
    assert set(places.values()) <= PARTS[BOARD.part].balls
    standards = dict(re.findall(r'^IOBUF PORT "([^"]+)" (IO_TYPE=.+);$', text, re.MULTILINE))
    assert list(standards) == list(places)
    assert standards["uart_rx"] == "IO_TYPE=LVCMOS33 PULLMODE=UP"
    assert standards["leds[7]"] == "IO_TYPE=LVCMOS33 DRIVE=4"
    assert standards["high[0]"] == "IO_TYPE=LVCMOS33"
    assert text.endswith('\nFREQUENCY PORT "clk_in" 25 MHZ;\n')
    assert len(text.splitlines()) == 2 + 2 * len(places)


def test_parts():
    """nextpnr has a name for each part that there is."""
    for part in PARTS.values():
        if part.family == "ecp5":
            _, place, _ = ecp5.steps(part, 50.0)
            assert place.arguments[:5] == ("--85k", "--package", "CABGA381", "--speed", part.speed)


def test_shell():
    text = ecp5.shell(PARTS[BOARD.part], 62.5, BOARD.name)
    assert "--freq 62.5 " in text and '--seed "${SEED}"' in text
    assert text.endswith("\nmv build/ecp5/system.bit system.bit\nmv build/ecp5/system.svf "
                         "system.svf\n")  # fmt: skip
