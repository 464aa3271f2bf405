"""Every block of the README's page "Bring your own network", literally and in its order."""

import os
import re
import shutil
import subprocess
import sys
from importlib import metadata, util
from pathlib import Path

import pytest

from tests.synth.update import README

ROOT = README.parent
TITLE = "Bring your own network"
PACKAGES = ("torch", "brevitas", "keras", "onnxscript", "onnxoptimizer", "sklearn")
SECONDS = 900
"""For one block, on a machine that has other work."""

# pip is the one command that does nothing: it only looks whether what it would install is there.
_PYTHON = """#!/bin/sh
if [ "$1 $2 $3" = "-m pip install" ]; then shift 3; exec "{python}" "{test}" "$@"; fi
exec "{python}" "$@"
"""


def blocks() -> list[str]:
    """The page's blocks of commands."""
    page = re.search(rf"^## {TITLE}\n(.*?)^## ", README.read_text(), re.DOTALL | re.M)[1]
    return re.findall(r"^```sh\n(.*?)^```$", page, re.DOTALL | re.M)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Runs a block in one folder, as a person does; what it printed."""
    absent = [name for name in PACKAGES if util.find_spec(name) is None]
    if absent:
        pytest.skip(f"{', '.join(absent)} not installed: pip install -e .[tutorial]")
    folder = tmp_path_factory.mktemp("tutorial")
    tools = folder / "tools"
    tools.mkdir()
    python = tools / "python"
    python.write_text(_PYTHON.format(python=sys.executable, test=Path(__file__).resolve()))
    python.chmod(0o755)
    path = os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}

    def run(block: str) -> str:
        done = subprocess.run([shutil.which("bash"), "-ec", block], cwd=folder, env=environment,
                              capture_output=True, text=True, timeout=SECONDS)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_every_block(page):
    """The page's order: each block needs the ones before it."""
    said = [page(block) for block in blocks()]
    simulated = "".join(said)
    wrong = re.findall(r"^mismatches (\d+)$", simulated, re.M)
    assert len(wrong) >= 4 and set(wrong) == {"0"}
    scores = [float(score) for score in re.findall(r"([\d.]+)% of 360 digits are right", simulated)]
    # Chance is 10 %; the networks train for seconds, and torch's sums differ between processors.
    assert len(scores) == 3 and min(scores) > 85


def test_the_page_is_of_blocks_alone():
    """No command stands where this test would not run it."""
    page = re.search(rf"^## {TITLE}\n(.*?)^## ", README.read_text(), re.DOTALL | re.M)[1]
    prose = re.sub(r"^```sh\n.*?^```$", "", page, flags=re.DOTALL | re.M)
    assert not re.search(r"^(    |```)", prose, re.M)
    assert len(blocks()) == 6


def _installed(arguments: list[str]) -> None:
    """What ``pip install -e '.[tutorial]'`` asks for is there; ends with status 1 where not."""
    assert arguments == ["-e", ".[tutorial]"], arguments
    asked = [one for one in metadata.requires("bitloom") if 'extra == "tutorial"' in one]
    assert len(asked) >= len(PACKAGES), asked
    for one in asked:
        metadata.version(re.match(r"[\w-]+", one)[0])


if __name__ == "__main__":
    _installed(sys.argv[1:])
