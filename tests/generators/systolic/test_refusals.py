"""What an array does not run is refused in one sentence, and leaves no folder."""

import pytest

from boards import devices
from generators.network.error import ModelError
from generators.systolic.__main__ import main
from generators.systolic.lower import lower
from generators.systolic.numbers import numbers
from generators.systolic.shape import Shape
from generators.systolic.stage import chain
from tests.generators.finn.nets import ARGMAX, THRESHOLD, dense, folder, model, network, values

BOARDS = ", ".join(board.name for board in devices.BOARDS)
CONV = {"name": "conv", "op": "conv", "inputs": ["input"],
        "weights": {"type": "ternary", "data": values("ternary", (4, 2, 2, 2)).tolist()},
        "activation": {"type": "uint2", "thresholds": [[-2, 0, 3]]}}  # fmt: skip
MAP = {"shape": (5, 5, 2), "kind": "uint2"}
ACCEPTED = ("Layer must be a dense layer, a convolution, a max-pool behind one of these, a "
            "flatten, a threshold of the input or an argmax at the end, not this")  # fmt: skip
POOL = {"name": "pool", "op": "maxpool", "inputs": ["conv"], "kernel": [2, 2]}
GROUPED = CONV | {"weights": {"type": "ternary",
                              "data": values("ternary", (4, 2, 2, 1)).tolist()}, "groups": 2}
SUMS = {key: value for key, value in CONV.items() if key != "activation"}
WIDE = [CONV, CONV | {"name": "two"}]


@pytest.mark.parametrize(("layers", "net", "sentence"), [
    ([*WIDE, {"name": "add", "op": "add", "inputs": ["conv", "two"]}], MAP,
     f"net: layer 'add': {ACCEPTED} add; use generators.finn"),
    ([*WIDE, {"name": "both", "op": "concat", "inputs": ["conv", "two"]}], MAP,
     f"net: layer 'both': {ACCEPTED} concat; use generators.finn"),
    ([CONV, {"name": "up", "op": "upsample", "inputs": ["conv"], "factor": [2, 2]}], MAP,
     f"net: layer 'up': {ACCEPTED} upsample; use generators.finn"),
    ([CONV, POOL | {"op": "sumpool"}], MAP,
     f"net: layer 'pool': {ACCEPTED} sumpool; use generators.finn"),
    ([POOL | {"inputs": ["input"]}], MAP,
     f"net: layer 'pool': {ACCEPTED} maxpool; use generators.finn"),
    ([GROUPED], MAP,
     "net: layer 'conv': Convolution must have 1 group, not 2; use generators.finn"),
    ([CONV, POOL | {"padding": [1, 1, 1, 1]}], MAP,
     "net: layer 'pool': Max-pool must have no padding, not (1, 1, 1, 1); use generators.finn"),
    ([CONV, POOL, POOL | {"name": "again", "inputs": ["pool"]}], MAP,
     "net: layer 'again': Max-pool must stand behind a dense layer or a convolution, not a "
     "max-pool; use generators.finn"),
    ([SUMS, POOL], MAP,
     "net: layer 'pool': Max-pool must stand behind an activation, not behind sums; use "
     "generators.finn"),
    ([SUMS, CONV | {"name": "two", "inputs": ["conv"], "weights": {
        "type": "ternary", "data": values("ternary", (4, 2, 2, 4)).tolist()}}], MAP,
     "net: layer 'two': Layer must stand behind an activation, not behind sums; use "
     "generators.finn"),
    ([THRESHOLD, ARGMAX | {"inputs": ["act"]}], {"kind": "int4"},
     f"net: layer 'top': {ACCEPTED} argmax; use generators.finn"),
    ([dense() | {"weights": {"type": {"format": "fpec", "bits": 3},
                             "data": [[4, -5, 1], [0, 0, 3]]}}], {"shape": (3,), "kind": "int4"},
     "net: layer 'fc0': Layer must multiply integers, not numbers of the format fpec; use "
     "generators.finn"),
    ([THRESHOLD], {"kind": "int4"},
     "net: Network must have a dense layer or a convolution; use generators.finn"),
])  # fmt: skip
def test_layers(layers, net, sentence, tmp_path, capsys):
    file, build = folder(model(*layers, **net), tmp_path), tmp_path / "build"
    assert main([str(file), "-o", str(build)]) == 2
    assert capsys.readouterr().err == f"{sentence}\n"
    assert not build.exists()


@pytest.mark.parametrize(("options", "sentence"), [
    (["--rows", "0"],
     "command line: argument --rows: must be a positive integer, not '0'"),
    (["--rows", "3", "--lanes", "2", "--cols", "4"],
     "command line: --cols must divide the 6 lanes of a word, rows * lanes, not be 4"),
    (["--rows", "64", "--lanes", "64", "--cols", "64"],
     "net: No array of these sizes fits zynq7020; give it fewer rows, cols or frames a batch"),
    (["--board", "none"],
     f"--board: Board must be one of {BOARDS} or a file NAME.toml, not 'none'"),
    (["--weights", "paper"],
     "command line: argument --weights: invalid choice: 'paper' (choose from 'auto', 'on-chip', "
     "'external')"),
    (["--maps", "paper"],
     "command line: argument --maps: invalid choice: 'paper' (choose from 'auto', 'on-chip', "
     "'external')"),
])  # fmt: skip
def test_options(options, sentence, tmp_path, capsys):
    file, build = folder(model(dense()), tmp_path), tmp_path / "build"
    assert main([str(file), "-o", str(build), *options]) == 2
    assert capsys.readouterr().err == f"{sentence}\n"
    assert not build.exists()


SUMS_OF_33_BITS = {"name": "fc0", "op": "dense", "inputs": ["input"],
                   "weights": {"type": "int16", "data": [[32767, 32766], [0, 0]]},
                   "bias": [0, -(1 << 30)],
                   "activation": {"type": "int8", "requantize": {
                       "multiplier": 1 << 30, "right_shift": 9}}}  # fmt: skip


@pytest.mark.parametrize(("net", "sentence"), [
    (model(kind="int20"),
     "net: Activations and weights of an array must be at most 16 bits wide, not 20"),
    (model(SUMS_OF_33_BITS, shape=(2,), kind="int16"),
     "net: Sums of an array, shifted left by 0 to be requantized, must fit 32 bits, not be of 33 "
     "bits"),
])  # fmt: skip
def test_numbers(net, sentence, tmp_path, capsys):
    assert main([str(folder(net, tmp_path)), "-o", str(tmp_path / "build")]) == 2
    assert capsys.readouterr().err == f"{sentence}\n"


def test_window_beyond_the_accumulator():
    found = chain(network(model(CONV, POOL | {"kernel": [4, 4]}, **MAP)))
    shape = Shape(rows=1, cols=1, lanes=1, batch=1, depth=15)
    with pytest.raises(ModelError) as refused:
        lower(found, numbers(found, shape), shape)
    assert str(refused.value) == "layer 'conv': Max-pool of 16 sums must fit an accumulator of 15"


def test_folder_of_others(tmp_path, capsys):
    file, build = folder(model(dense()), tmp_path), tmp_path / "build"
    build.mkdir()
    (build / "letter").write_text("mine")
    assert main([str(file), "-o", str(build)]) == 2
    what = "Folder must be empty or an earlier build; it was left alone"
    assert capsys.readouterr().err == f"{build}: {what}\n"
