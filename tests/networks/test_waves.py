"""``python -m sim BUILD --wave FILE``: a waveform of the run, with the streams' signals by name."""

import re
import shutil
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pytest

from sim import __main__ as cli
from sim.wheel import FST
from tests.networks import faulty
from tests.sim import fst


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    return faulty.build(tmp_path_factory.mktemp("waves"))


def expected(build) -> set[str]:
    """The streams' signals in the top module."""
    return {f"top.{name}_{kind}" for name in faulty.names(build)
            for kind in ("payload", "valid", "ready")}  # fmt: skip


def variables(text: str) -> set[str]:
    """Full names of the variables of a VCD file."""
    found, scopes = set(), []
    for line in text.partition("$enddefinitions")[0].splitlines():
        words = line.split()
        if words[:1] == ["$scope"]:
            scopes.append(words[2])
        elif words[:1] == ["$upscope"]:
            scopes.pop()
        elif words[:1] == ["$var"]:
            found.add(".".join([*scopes, words[4]]))
    return found


def steps(text: str) -> int:
    return int(re.findall(r"^#(\d+)$", text, re.M)[-1])


CASES = [("verilator", "batch", "fst")]
if shutil.which("iverilog"):
    CASES += [("icarus", "cocotb", "fst"), ("icarus", "cocotb", "vcd")]
SLOW = [("verilator", "batch", "vcd"), ("verilator", "cocotb", "fst"),
        ("verilator", "cocotb", "vcd")]  # fmt: skip


@pytest.mark.parametrize(("simulator", "harness", "kind"), [
    *CASES, *(pytest.param(*case, marks=pytest.mark.slow) for case in SLOW),
])  # fmt: skip
def test_waveform(capsys, tmp_path, build, simulator, harness, kind):
    file = tmp_path / f"a run.{kind}"
    arguments = ["--simulator", simulator, "--harness", harness, "--frames", "2"]
    assert cli.main([str(build), *arguments, "--wave", str(file)]) == 0
    latency = int(re.search(r"latency (\d+) cycles", capsys.readouterr().out)[1])
    if kind == "fst":
        # Icarus compresses the names with zlib; the tiny reader knows Verilator's LZ4.
        data = file.read_bytes()
        assert (data[0], data[1:9]) == (0, (329).to_bytes(8, "big"))
        if simulator == "icarus":
            assert len(data) > 4096
            return
        found = fst.names(data)
    else:
        text = file.read_text()
        found = variables(text)
        assert steps(text) > 2 * latency  # half a cycle is a step
    assert expected(build) <= found
    assert any(name.startswith("top.c1_mvtu.") for name in found)


def test_of_a_design_that_hangs(tmp_path, build):
    """It is there when it is wanted most; with the layers that were asked for, too."""
    broken = faulty.seeded(build, tmp_path / "b", r"top", r"\.i__valid\(c1_mvtu_o_valid\)",
                           ".i__valid(1'h0)")  # fmt: skip
    simulator = ["--simulator", "icarus"] if shutil.which("iverilog") else []
    file = tmp_path / "x.vcd"
    given = [*simulator, "--frames", "2", "--wave", str(file), "--per-layer"]
    assert cli.main([str(broken), *given]) == 1
    assert expected(build) <= variables(file.read_text())


def test_file_that_cannot_be_written(capsys, tmp_path, build):
    file = tmp_path / "x.vcd"
    file.mkdir()
    simulator = ["--simulator", "icarus"] if shutil.which("iverilog") else []
    assert cli.main([str(build), *simulator, "--frames", "1", "--wave", str(file)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[-1]) == ("", f"{file}: File cannot be written: Is a directory")


PROGRAM = """
#include <cstdio>
#include <iterator>
#include <fstream>
#include "lz4.h"
#include "zlib.h"
using Bytes = std::vector<char>;
int main(int, char** names) {
    std::ifstream in(names[1], std::ios::binary);
    const Bytes from((std::istreambuf_iterator<char>(in)), {});
    Bytes lz4(LZ4_compressBound(from.size()));
    lz4.resize(LZ4_compress_default(from.data(), lz4.data(), from.size(), lz4.size()));
    std::ofstream(names[2], std::ios::binary).write(lz4.data(), lz4.size());
    uLongf size = compressBound(from.size());
    Bytes z(size);
    if (compress2(reinterpret_cast<Bytef*>(z.data()), &size,
                  reinterpret_cast<const Bytef*>(from.data()), from.size(), 9) != Z_OK) return 1;
    std::ofstream(names[3], std::ios::binary).write(z.data(), size);
}
"""


@pytest.fixture(scope="module")
def packer(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("packer")
    (folder / "p.cpp").write_text(PROGRAM)
    command = ["g++", "-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{FST}", "p.cpp",
               "-o", "p"]  # fmt: skip
    subprocess.run(command, cwd=folder, check=True)
    return folder / "p"


@pytest.mark.parametrize("make", [
    lambda rng: b"", lambda rng: b"a", lambda rng: b"abcdabcdabcd", lambda rng: b"abcdabcdabcda",
    lambda rng: b"\0" * 200_000, lambda rng: rng.bytes(70_000),
    lambda rng: bytes(rng.integers(0, 2, 100_000, np.uint8)),
    lambda rng: b"".join(rng.choice([b"top.", b"fc0_mvtu_o_", b"valid\0", b"x"], 20_000)),
    lambda rng: (long := rng.bytes(65_536)) + long + long[:300],
])  # fmt: skip
def test_stand_ins_for_compression(tmp_path, packer, make):
    """What the headers write is read by others: zlib itself, and a reader of LZ4's description."""
    data = make(np.random.default_rng(5))
    files = [tmp_path / name for name in ("in", "lz4", "z")]
    files[0].write_bytes(data)
    subprocess.run([packer, *files], check=True)
    assert fst.unpacked(files[1].read_bytes()) == data
    assert zlib.decompress(files[2].read_bytes()) == data
    if len(set(data)) == 1 and len(data) > 1000:
        assert files[1].stat().st_size < len(data) / 100
