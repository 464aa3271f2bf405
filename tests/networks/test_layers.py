"""``python -m sim BUILD --per-layer`` finds the layer, frame and element of a fault."""

import json
import shutil

import numpy as np
import pytest

from sim import __main__ as cli
from tests.networks import faulty

SIMULATOR = "icarus" if shutil.which("iverilog") else "verilator"
"""Of builds with a fault: the one that compiles sooner, where it is installed."""


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    return faulty.build(tmp_path_factory.mktemp("layers"))


def run(capsys, tmp_path, folder, *arguments, simulator=SIMULATOR):
    np.save(tmp_path / "x.npy", faulty.frames())
    given = ["--input", tmp_path / "x.npy", "--simulator", simulator, *arguments]
    status = cli.main([str(folder), *map(str, given)])
    out, err = capsys.readouterr()
    return status, out.splitlines(), err.splitlines()


def table(lines) -> list[list[str]]:
    """The rows of the table: layer, stream, numbers compared and mismatches first."""
    start = next(n for n, line in enumerate(lines) if line.startswith("layer "))
    rows = (line.split()[:4] for line in lines[start + 1 :])
    return [row for row in rows if row[1].endswith("_o")]


@pytest.mark.parametrize("simulator", sorted({"verilator", SIMULATOR}))
def test_all_agree(capsys, tmp_path, build, simulator):
    items = {name: value[0].size for name, value in faulty.values(build).items()}
    report = tmp_path / "r.json"
    for stall in ("0", "0.4"):
        status, out, _ = run(capsys, tmp_path, build, "--per-layer", "--stall", stall, "--json",
                             report, simulator=simulator)
        assert status == 0, out
        assert out[5].split() == ["layer", "stream", "values", "compared", "mismatches"]
        rows = table(out)
        assert [row[1] for row in rows] == faulty.names(build)
        assert {row[0] for row in rows} == {"input", "c0", "pool", "c1", "fc"}
        for layer, _, compared, mismatches in rows:
            assert (int(compared), mismatches) == (faulty.FRAMES * items[layer], "0")
        records = json.loads(report.read_text())["layers"]
        assert [[r["layer"], r["stream"], str(r["values"]), "0"] for r in records] == rows
        assert {r["frames"] for r in records} == {faulty.FRAMES}


def test_plain_model_stays(capsys, tmp_path, build):
    """A model with probes is another one, and each is compiled once."""
    said = ["simulating 4 frames"]
    for arguments in ([], ["--per-layer"]):
        run(capsys, tmp_path, build, *arguments)
        assert run(capsys, tmp_path, build, *arguments)[2] == said
    assert run(capsys, tmp_path, build)[2] == said


def mismatch(shape, expected, got) -> tuple[str, int]:
    """The sentence's end for the first number that differs, and how many do."""
    wrong = np.argwhere(expected.reshape(len(expected), -1) != got.reshape(len(got), -1))
    frame, element = (int(n) for n in wrong[0])
    place = tuple(int(n) for n in np.unravel_index(element, shape))
    where = " (row {}, column {}, channel {})".format(*place) if len(shape) == 3 else ""
    numbers = f"expected {expected[(frame, *place)]}, got {got[(frame, *place)]}"
    return f"frame {frame}, element {element}{where}: {numbers}", len(wrong)


def test_threshold_of_a_middle_layer(capsys, tmp_path, build):
    """The middle one of the thresholds -2, 1, 5 is 4, in both PEs, which are of one module."""
    broken = faulty.seeded(build, tmp_path / "b", r"\top.c1_mvtu.threshold0",
                           r"\$signed\(2'h1\)", "$signed(4'h4)")  # fmt: skip

    def lower(layers):
        layers["c1"]["activation"]["thresholds"][:, 1] = 4

    good, bad = faulty.values(build), faulty.values(build, lower)
    sentence, count = mismatch((2, 2, 6), good["c1"], bad["c1"])
    status, out, _ = run(capsys, tmp_path, broken, "--per-layer")
    assert status == 1
    assert out[-1] == f"first mismatch: layer c1, {sentence}, in the stream c1_mvtu_o"
    found = {(layer, stream): int(wrong) for layer, stream, _, wrong in table(out)}
    assert found["c1", "c1_mvtu_o"] == count
    assert not any(wrong for (layer, _), wrong in found.items() if layer not in ("c1", "fc"))
    assert found["fc", "fc_mvtu_o"] == (good["fc"] != bad["fc"]).sum()


@pytest.mark.parametrize("layer", ["c0", "c1", "fc"])
def test_weight(capsys, tmp_path, build, layer):
    """The last LUT of the weights gives its sign upside down: the layer is named, and no other."""
    broken = faulty.seeded(build, tmp_path / "b", rf"\top.{layer}_mvtu.weights0",
                           r"(?s)(.*)\.INIT\(64'h([0-9a-f]{16})\)",
                           lambda found: f"{found[1]}.INIT(~64'h{found[2]})")  # fmt: skip
    status, out, _ = run(capsys, tmp_path, broken, "--per-layer")
    assert status == 1
    assert out[-1].startswith(f"first mismatch: layer {layer}, frame ")
    assert out[-1].endswith(f", in the stream {layer}_mvtu_o")


def test_between_layers(capsys, tmp_path, build):
    """A bit on the way into a converter: the stream is named that first has it wrong."""
    broken = faulty.seeded(build, tmp_path / "b", "top", r"\.i__payload\(pool_pool_o_payload\)",
                           ".i__payload(pool_pool_o_payload ^ 1'h1)")  # fmt: skip
    status, out, _ = run(capsys, tmp_path, broken, "--per-layer")
    assert status == 1
    assert out[-1].startswith("first mismatch: layer pool, frame 0, element 0 (row 0, column 0, ")
    assert out[-1].endswith(", in the stream c1_converter_o")
    found = {stream: int(wrong) for _, stream, _, wrong in table(out)}
    assert found["pool_pool_o"] == 0 < found["c1_converter_o"]


def test_deadlock(capsys, tmp_path, build):
    """fc gets nothing any more after 2 frames and a bit; so much each layer gave."""
    valid = r"(\\top\.fc_mvtu  fc_mvtu \(.*?\.i__valid\()(\S+?)(\s*\))"
    stop = r"\1\2 & gone < 14\3"
    broken = faulty.seeded(build, tmp_path / "b", "top", f"(?s){valid}", stop)
    count = (r"reg [7:0] gone = 0; always @(posedge clk) "
             r"if (fc_converter_o_valid && fc_converter_o_ready) gone <= gone + 1;\nendmodule")
    broken = faulty.seeded(broken, tmp_path / "c", "top", "endmodule", count)
    good = faulty.values(build)
    status, out, err = run(capsys, tmp_path, broken, "--per-layer")
    assert status == 1
    assert err[-1].startswith("Top must answer 4 frames within ")
    lines = [line for line in out if " gave " in line]
    assert [line.split()[1] for line in lines] == ["input", "c0", "pool", "c1", "fc"]
    last = good["fc"][1, -1]
    assert lines[-1] == f"layer fc gave 2 of 4 frames; its last values were {last}"
    heads = out[0].split()
    assert heads == ["layer", "stream", "values", "compared", "mismatches", "frames"]
    assert not any("first mismatch" in line for line in out)
