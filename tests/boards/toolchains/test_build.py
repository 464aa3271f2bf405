import io
import json
import os
import re
import time
from pathlib import Path

import pytest
from rich.console import Console

from boards import toolchains
from boards.error import BoardError
from boards.toolchains import ToolError, build, session
from tests.boards.toolchains import fakes as fake
from tests.boards.toolchains import made, samples

BITS = ("system.bit", "system.bin", "system.svf")


def left(folder):
    return [name for name in BITS if (folder / name).exists()]


def calls(folder):
    return [line.split() for line in (folder / "calls.txt").read_text().splitlines()]


def report(folder):
    return json.loads((folder / "report.json").read_text())


def test_vivado(tmp_path, fakes):
    fakes.put(vivado=fake.vivado())
    folder = made.build(tmp_path / "b")
    found = build(folder, jobs=3)
    seconds = found.pop("seconds")
    assert 0 <= seconds < 60
    assert found == {"toolchain": "vivado", "version": "2023.2", "part": "xc7z020clg400-1",
                     "source": "place and route (Vivado 2023.2)", "clock_mhz": 100.0,
                     "fmax_mhz": 101.25, "wns_ns": 0.123, "timing_met": True, **samples.USED,
                     "seed": None, "bitstream": "system.bit"}  # fmt: skip
    assert report(folder) == {"network": "tiny", "implementation": {**found, "seconds": seconds}}
    assert left(folder) == ["system.bit", "system.bin"]
    assert calls(folder) == [["vivado", "-mode", "batch", "-notrace", "-nojournal", "-log",
                              "build/vivado/vivado.log", "-source", "build_vivado.tcl", "-tclargs",
                              "3"]]  # fmt: skip
    log = (folder / "build" / "vivado.log").read_text().splitlines()
    assert log[0].startswith("$ ") and log[1:] == ["Command: synth_design -top system",
                                                  "Command: write_bitstream -force"]  # fmt: skip
    assert "Bitstream: 100 MHz met (at most 101.2 MHz" in (folder / "report.html").read_text()


def test_ecp5(tmp_path, fakes):
    fakes.ecp5()
    folder = made.build(tmp_path / "b", "ulx3s_85f", 50.0)
    found = build(folder, seed=7)
    assert (found["toolchain"], found["fmax_mhz"], found["wns_ns"]) == ("ecp5", 62.5, 4.0)
    assert (found["source"], found["seed"]) == ("place and route (nextpnr-ecp5 0.11.1)", 7)
    assert {name: found[name] for name in samples.REPORT_USED} == samples.REPORT_USED
    assert left(folder) == ["system.bit", "system.svf"]
    assert [line[0] for line in calls(folder)] == ["yosys", "nextpnr-ecp5", "ecppack"]
    assert " ".join(calls(folder)[1][1:]) == (
        "--85k --package CABGA381 --speed 6 --json build/ecp5/system.json --lpf system.lpf "
        "--textcfg build/ecp5/system.config --report build/ecp5/report.json --freq 50 --seed 7"
    )  # fmt: skip


def test_openxc7(tmp_path, fakes):
    fakes.openxc7()
    folder = made.build(tmp_path / "b")
    found = build(folder)  # without Vivado it is the first that is installed
    assert (found["toolchain"], found["fmax_mhz"], found["seed"]) == ("openxc7", 120.0, 1)
    assert {name: found[name] for name in samples.LOG_USED} == samples.LOG_USED
    assert (folder / "system.bit").read_text() == "frames\n"
    _, place, frames, bits = calls(folder)
    assert place[1:] == (
        f"--chipdb {fakes.folder}/xc7z020clg400.bin --xdc system.xdc "
        "--json build/openxc7/system.json --fasm build/openxc7/system.fasm --freq 100 --seed 1"
    ).split()  # fmt: skip
    assert frames[1:] == (f"--part xc7z020clg400-1 --db-root {fakes.folder}/db/zynq7 "
                          "build/openxc7/system.fasm").split()  # fmt: skip
    assert bits[1:5] == (f"--part_file {fakes.folder}/db/zynq7/xc7z020clg400-1/part.yaml "
                         "--part_name xc7z020clg400-1").split()  # fmt: skip


@pytest.mark.parametrize("board", ["zynq7020", "ulx3s_85f"])
def test_script_runs_the_same(tmp_path, fakes, board):
    """The shell script gives the tools what build() gives them, and leaves the same."""
    name = "ecp5" if board == "ulx3s_85f" else "openxc7"
    getattr(fakes, name)()
    folders = [made.build(tmp_path / k, board, 100.0 if name == "openxc7" else 50.0) for k in "ab"]
    build(folders[0], name)
    path = f"{os.environ['PATH']}:/usr/bin:/bin"
    status = os.system(f"cd / && PATH={path} /bin/sh {folders[1]}/build_{name}.sh")
    assert status == 0
    assert calls(folders[0]) == calls(folders[1])
    assert left(folders[0]) == left(folders[1]) != []


@pytest.mark.parametrize("name", ["vivado", "openxc7", "ecp5"])
def test_missed(tmp_path, fakes, name):
    """A missed clock is recorded, leaves no bitstream, and takes an old one away."""
    asked, reached = (50.0, 40.0) if name == "ecp5" else (100.0, 80.0)
    if name == "vivado":
        fakes.put(vivado=fake.vivado("-2.500"))
    else:
        getattr(fakes, name)(reached)
    folder = made.build(tmp_path / "b", "ulx3s_85f" if name == "ecp5" else "zynq7020", asked)
    (folder / "system.bit").write_text("old")
    message = (f"{name}: Timing is not met: {asked:g} MHz were asked, {reached:.1f} MHz reached "
               f"(slack {1000 / asked - 1000 / reached:.3f} ns); generate the build again with a "
               f"lower --clock{', or try another --seed' if name != 'vivado' else ''}; "
               f"the whole log is {folder}/build/{name}.log")
    with pytest.raises(ToolError, match=f"^{re.escape(message)}$"):
        build(folder, name)
    assert left(folder) == []
    found = report(folder)["implementation"]
    assert (found["timing_met"], found["bitstream"]) == (False, None)
    assert "MHz not met (at most" in (folder / "report.html").read_text()


@pytest.mark.parametrize(("body", "what"), [
    (fake.CRASH, "Vivado failed (3): ERROR: [Place 30-1] It broke"),
    (fake.KILLED, "Vivado was killed by signal 9: so far"),
    (fake.SILENT, "Vivado left no report that can be read: [Errno 2] No such file or directory: "
     "'{folder}/build/vivado/timing.rpt'"),
    (fake.vivado().replace('write(out + "/system.bit", "bits")', "pass"),
     "All tools ended without an error, but left no bitstream"),
])  # fmt: skip
def test_failed(tmp_path, fakes, body, what):
    fakes.put(vivado=body)
    folder = made.build(tmp_path / "b")
    message = f"vivado: {what.format(folder=folder)}; the whole log is {folder}/build/vivado.log"
    with pytest.raises(ToolError, match=f"^{re.escape(message)}$"):
        build(folder, "vivado")
    assert left(folder) == [] and "implementation" not in report(folder)
    assert (folder / "report.html").read_text() == made.PAGE


@pytest.mark.parametrize(("fakes_of", "what"), [
    ({"yosys": fake.CRASH}, "yosys failed (3): ERROR: [Place 30-1] It broke"),
    ({"nextpnr_ecp5": fake.CRASH}, "nextpnr-ecp5 failed (3): ERROR: [Place 30-1] It broke"),
    ({"nextpnr_ecp5": fake.SILENT}, "nextpnr-ecp5 ended without saying which clock it reached"),
    ({"ecppack": fake.CRASH}, "ecppack failed (3): ERROR: [Place 30-1] It broke"),
    ({"ecppack": fake.SILENT}, "All tools ended without an error, but left no bitstream"),
])  # fmt: skip
def test_failed_step(tmp_path, fakes, fakes_of, what):
    fakes.ecp5()
    fakes.put(**fakes_of)
    folder = made.build(tmp_path / "b", "ulx3s_85f", 50.0)
    (folder / "system.bit").write_text("old")
    message = f"ecp5: {what}; the whole log is {folder}/build/ecp5.log"
    with pytest.raises(ToolError, match=f"^{re.escape(message)}$"):
        build(folder)
    assert left(folder) == []


def test_timeout(tmp_path, fakes):
    """What a tool started ends with it."""
    fakes.put(vivado=fake.HANG)
    folder = made.build(tmp_path / "b")
    start = time.monotonic()
    with pytest.raises(ToolError, match=r"^vivado: vivado was ended after 1 s; give --timeout more"
                                        r"; the whole log is .*/build/vivado\.log$"):  # fmt: skip
        build(folder, timeout=1.0)
    assert time.monotonic() - start < 20
    assert ended(int((folder / "build" / "pid.txt").read_text()))
    assert left(folder) == []


def test_interrupted(tmp_path, fakes, monkeypatch):
    """Ctrl-C while a tool places: it ends with all that it started."""
    def show(what):
        if what == "placement":
            raise KeyboardInterrupt

    monkeypatch.setattr(session, "_progress", lambda *_: show)
    fakes.put(vivado=fake.HANG)
    folder = made.build(tmp_path / "b")
    (folder / "system.bit").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        build(folder)
    assert ended(int((folder / "build" / "pid.txt").read_text()))
    assert left(folder) == []


def ended(pid: int) -> bool:
    """A process that is gone, or will be when its parent looks."""
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def test_core_alone(tmp_path, fakes):
    fakes.put(vivado=fake.vivado())
    folder = made.build(tmp_path / "b")
    (folder / "system.bit").write_text("kept")
    found = build(folder, makes="core")
    assert found["source"] == "place and route, out of context (Vivado 2023.2)"
    assert found["bitstream"] is None and left(folder) == ["system.bit"]
    assert set(report(folder)) == {"network", "out_of_context"}
    build(folder)
    assert set(report(folder)) == {"network", "out_of_context", "implementation"}
    page = (folder / "report.html").read_text()
    assert page.count("<p>Bitstream: ") == page.count("<p>The core alone: ") == 1


def test_ip(tmp_path, fakes):
    fakes.put(vivado=fake.vivado())
    folder = made.build(tmp_path / "b")
    assert build(folder, makes="ip") == {"toolchain": "vivado", "ip": "ip"}
    assert (folder / "ip" / "component.xml").is_file()
    assert set(report(folder)) == {"network"}


@pytest.mark.parametrize("terminal", [True, False])
def test_progress(tmp_path, fakes, terminal):
    """On a terminal a line says what is done now; a file is spared it."""
    fakes.put(vivado=fake.vivado())
    file = io.StringIO()
    build(made.build(tmp_path / "b"),
          console=Console(file=file, force_terminal=terminal, width=80))  # fmt: skip
    assert ("zynq7020, vivado: bitstream" in file.getvalue()) == terminal
    assert terminal or not file.getvalue()


def test_names():
    assert toolchains.TOOLCHAINS == ("vivado", "openxc7", "ecp5")
    assert issubclass(BoardError, ValueError) and not issubclass(ToolError, ValueError)
