"""Commands that must be refused, each with its one sentence.

A case is (name, document, arguments, sentence): the document is written as model.json, or the
function of the folder makes what there is; ``{in}`` is that folder and ``{out}`` the build's.
"""

import json
from pathlib import Path

import numpy as np

from boards import devices
from tests.generators.finn import nets

BOARDS = ", ".join(board.name for board in devices.BOARDS)

TWO = nets.model(nets.dense(size=(4, 6), activation=nets.SIGN),
                 nets.dense("fc1", "fc0", size=(3, 4)))  # fmt: skip
NUMBERS = nets.model(nets.dense(weights="int5", datapath="mvtu_dsp"), kind="uint4")


def model(*layers, **fields) -> dict:
    return nets.model(*layers, **fields)


def folds(value):
    """TWO, and a fold file: JSON of a value, or a text."""

    def make(folder: Path) -> Path:
        text = value if isinstance(value, str | bytes) else json.dumps(value)
        text = text if isinstance(text, bytes) else text.encode()
        (folder / "fold.json").write_bytes(text)
        return nets.folder(TWO, folder)

    return make


def named(name: str, data: bytes | None):
    """A model of this name and these bytes; None makes a folder, False nothing."""

    def make(folder: Path) -> Path:
        path = folder / name
        if data is None:
            path.mkdir()
        elif data is not False:
            path.write_bytes(data)
        return path

    return make


def _pickled(folder: Path) -> Path:
    np.savez(folder / "weights.npz", fc0=np.array([[1, "x"]], object), allow_pickle=True)
    weights = {"type": "int2", "npz": "weights.npz", "key": "fc0"}
    return nets.folder(model(nets.dense() | {"weights": weights}), folder)


def _asks(option: str, what: str) -> str:
    return f"command line: argument {option}: {what}"


_FOLD = ("--fold", "{in}/fold.json")
_POSITIVE = "must be a positive number, not "
_COUNT = "must be a positive integer, not "
_PARTS = "must be like LUT=0.8,BRAM=0.9 with parts of LUT, FF, BRAM or DSP up to 1, not "

ARGUMENTS = [
    ("no model", None, (), "command line: the following arguments are required: MODEL"),
    ("two models", TWO, ("b.json",), "command line: unrecognized arguments: b.json"),
    ("unknown option", TWO, ("--speed",), "command line: unrecognized arguments: --speed"),
    ("abbreviated", TWO, ("--cycle", "3"), "command line: unrecognized arguments: --cycle 3"),
    *((f"--fps {n}", TWO, ("--fps", n), _asks("--fps", f"{_POSITIVE}{n!r}"))
      for n in ("0", "nan", "inf", "fast", "")),
    ("--fps -1", TWO, ("--fps=-1",), _asks("--fps", f"{_POSITIVE}'-1'")),
    ("--clock -1", TWO, ("--clock=-1",), _asks("--clock", f"{_POSITIVE}'-1'")),
    ("--clock 0", TWO, ("--clock", "0"), _asks("--clock", f"{_POSITIVE}'0'")),
    ("--clock 100MHz", TWO, ("--clock", "100MHz"), _asks("--clock", f"{_POSITIVE}'100MHz'")),
    *((f"--cycles {n}", TWO, (f"--cycles={n}",), _asks("--cycles", f"{_COUNT}{n!r}"))
      for n in ("0", "-3", "1.5", "many")),
    # More digits than Python reads; of so long a sentence the middle is left out.
    ("--cycles 1…", TWO, (f"--cycles={'1' * 5000}",),
     f"{_asks('--cycles', _COUNT)}'"[:500].ljust(500, "1") + " … " + "1" * 499 + "'"),
    *((f"--part-of {text}", TWO, (f"--part-of={text}",), _asks("--part-of", f"{_PARTS}{text!r}"))
      for text in ("LUT=2", "LUT=0", "LUT=-1", "LUT=nan", "LUT", "CARRY=0.5", "LUT=0.5,", "")),
    ("--pack-input without thresholds", TWO, ("--pack-input",), "--pack-input: Network must begin "
     "with thresholds, which the host then applies, not with 'fc0' (dense)"),
    ("no number", TWO, ("--fps",), _asks("--fps", "expected one argument")),
    ("two goals", TWO, ("--fps", "3", "--cycles", "3"),
     _asks("--cycles", "not allowed with argument --fps")),
    ("max and cycles", TWO, ("--cycles", "3", "--max"),
     _asks("--max", "not allowed with argument --cycles")),
    ("board", TWO, ("--board", "zynq"),
     f"--board: Board must be one of {BOARDS} or a file NAME.toml, not 'zynq'"),
    ("board's file", TWO, ("--board", "none.toml"),
     "--board: none.toml: Board file cannot be read: No such file or directory"),
    ("more frames than cycles", TWO, ("--fps", "2e6", "--clock", "1"),
     "--fps: More frames than cycles a second: 2,000,000 at 1 MHz"),
    ("one frame too many", TWO, ("--fps", "2300001", "--clock", "2.3"),
     "--fps: More frames than cycles a second: 2,300,001 at 2.3 MHz"),
]  # fmt: skip

FOLDS = [
    ("fold file missing", TWO, _FOLD, "{in}/fold.json: File cannot be read: "
     "No such file or directory"),
    ("fold file is a folder", TWO, ("--fold", "{in}"), "{in}: File cannot be read: "
     "Is a directory"),
    ("fold file is a model", TWO, ("--fold", "{in}/model.json"),
     "model.json: $: Layer must be one of fc0, fc1, not 'bitloom'"),
    ("fold file empty", folds(""), _FOLD, "fold.json: File must be JSON: Input data was truncated"),
    ("fold file no JSON", folds("fc0: 1"), _FOLD,
     "fold.json: File must be JSON: invalid character (byte 5)"),
    ("fold file no UTF-8", folds(b'{"fc0": "\xff"}'), _FOLD,
     "fold.json: File must be JSON in UTF-8, which it is not"),
    ("fold file nested", folds("[" * 100000), _FOLD,
     "fold.json: File must be JSON of a few levels, not nested so deep"),
    ("fold file a list", folds([{"pe": 1}]), _FOLD,
     'fold.json: $: Fold file must be an object, not [{"pe":1}]'),
    ("fold file null", folds("null"), _FOLD,
     "fold.json: $: Fold file must be an object, not null"),
    ("unknown layer", folds({"fc2": {}}), _FOLD,
     "fold.json: $: Layer must be one of fc0, fc1, not 'fc2'"),
    ("fold a number", folds({"fc0": 3}), _FOLD, "fold.json: $.fc0: Fold must be an object, not 3"),
    ("unknown field", folds({"fc0": {"Pe": 1}}), _FOLD,
     "fold.json: $.fc0: Fields must be among pe, simd, frames, storage, datapath, fifo, not 'Pe'"),
    ("pe 0", folds({"fc1": {"pe": 0}}), _FOLD,
     "fold.json: $.fc1.pe: Pe must be an integer >= 1, not 0"),
    ("pe huge", folds({"fc1": {"pe": 1 << 70}}), _FOLD,
     "fold.json: $.fc1.pe: Pe must be an integer <= 1048576, not 1180591620717411303424"),
    ("pe a text", folds({"fc1": {"pe": "4"}}), _FOLD,
     'fold.json: $.fc1.pe: Pe must be an integer or null, not "4"'),
    ("simd a fraction", folds({"fc1": {"simd": 1.5}}), _FOLD,
     "fold.json: $.fc1.simd: Simd must be an integer or null, not 1.5"),
    ("pe too large", folds({"fc1": {"pe": 6}}), _FOLD,
     "fold.json: $.fc1.pe: Pe must be below twice the layer's 3 rows, not 6"),
    ("simd too large", folds({"fc0": {"pe": 1, "simd": 12}}), _FOLD,
     "fold.json: $.fc0.simd: Simd must be below twice the layer's 6 columns, not 12"),
    ("frames 65", folds({"fc0": {"frames": 65}}), _FOLD,
     "fold.json: $.fc0.frames: Frames must be at most 64, not 65"),
    ("batches without end", folds({"fc0": {"frames": 7}, "fc1": {"frames": 11}}), _FOLD,
     "--fold fold.json: Frames of the dense layers must all divide a number up to 64, but the "
     "least that they divide is 77"),
    ("const in steps", folds({"fc0": {"pe": 2, "simd": 6, "storage": "const"}}), _FOLD,
     "fold.json: $.fc0.storage: Storage must be lut or bram for 2 steps a frame, not const"),
    ("storage unknown", folds({"fc0": {"storage": "uram"}}), _FOLD,
     'fold.json: $.fc0.storage: Storage must be one of "auto", "const", "lut", "bram", "ram", not '
     '"uram"'),
    ("storage a number", folds({"fc0": {"storage": 2}}), _FOLD,
     "fold.json: $.fc0.storage: Storage must be a string or null, not 2"),
    ("datapath unknown", folds({"fc0": {"datapath": "systolic"}}), _FOLD,
     'fold.json: $.fc0.datapath: Datapath must be one of "mvtu", "mvtu_dsp", "popcount", '
     '"integer", "planes", "shift", "shift_serial", "codebook", "fusible", "fpec", "biscaled", '
     '"grouped", "blockfloat", "minifloat", not "systolic"'),
    ("multipliers of bits", folds({"fc0": {"simd": 6, "datapath": "mvtu_dsp"}}), _FOLD,
     "fold.json: $.fc0.datapath: Datapath must be mvtu for popcounts of one step, or beyond 12 "
     "bits, not mvtu_dsp"),
    ("too slow a fold", folds({"fc0": {"pe": 1, "simd": 1}}), (*_FOLD, "--cycles", "23"),
     "--cycles 23: 23 cycles a frame are too few for fc0, which takes 24 as folded; the most that "
     "fits is 4,166,667 frames a second (24 cycles a frame)"),
    ("nothing to fold", lambda folder: (folder / "fold.json").write_text('{"top": {}}') and
     nets.folder(model(nets.ARGMAX), folder), _FOLD,
     "fold.json: $: Layer must be absent: no layer is folded, not 'top'"),
    ("fold of the model", model(nets.dense(fold={"pe": 8})), (),
     "net: layer 'fc0'.fold.pe: Pe must be below twice the layer's 4 rows, not 8"),
    ("frames of the model", model(nets.dense(fold={"frames": 99})), (),
     "net: layer 'fc0'.fold.frames: Frames must be at most 64, not 99"),
    ("datapath of the model", model(nets.dense(
        datapath="mvtu_dsp", fold={"pe": 4, "simd": 6, "storage": "const"})), (),
     "net: layer 'fc0'.datapath: Datapath must be mvtu for popcounts of one step, or beyond 12 "
     "bits, not mvtu_dsp"),
]  # fmt: skip

MODELS = [
    ("model missing", named("model.json", False), (),
     "{in}/model.json: File cannot be read: No such file or directory"),
    ("model is a folder", named("model.json", None), (),
     "{in}/model.json: File cannot be read: Is a directory"),
    ("model .txt", named("model.txt", b"{}"), (),
     "{in}/model.txt: File must end in .json, .onnx or .npz, not '.txt'"),
    ("model is a build", named("build", None), (),
     "{in}/build: File must end in .json, .onnx or .npz, not ''"),
    ("model empty", named("model.json", b""), (),
     "model.json: File must be JSON: Input data was truncated"),
    ("weights pickled", _pickled, (),
     "model.json: $.layers[0].weights.npz: File 'weights.npz' must be an npz archive of numbers"),
    ("unknown op", model({"name": "c", "op": "lstm", "inputs": ["input"]}), (),
     "model.json: $.layers[0].op: Op must be one of add, argmax, avgpool, batchnorm, concat, conv, "
     "dense, encode, flatten, globalavgpool, maxpool, pad, quantize, relu, scale, sign, sumpool, "
     'threshold, upsample, not "lstm"'),
    ("storage of the model", model(nets.dense(fold={"storage": "uram"})), (),
     'model.json: $.layers[0].fold.storage: Storage must be one of "auto", "const", "lut", "bram", '
     '"ram", not "uram"'),
    ("wide inputs", model(nets.dense(weights="int2"), kind="uint17"), (),
     "net: layer 'fc0': Inputs of a dense layer must be at most 16 bits wide, not 17"),
    ("wide inputs of a format", model(nets.dense() | {"weights": {
        "type": {"format": "fpec", "bits": 2}, "data": [[0] * 6] * 4}}, kind="uint17"), (),
     "net: layer 'fc0': Inputs of a dense layer must be at most 16 bits wide, not 17"),
    ("wide weights", model(nets.dense(weights="int17"), kind="uint8"), (),
     "net: layer 'fc0': Weights of a dense layer must be at most 16 bits wide, not 17"),
    ("too little for multipliers", NUMBERS, ("--part-of", "DSP=0.001"),
     "--max: Network must fit the board, but needs DSP 1 of 0 (estimate), most of it at fc0 "
     "(pe=1, simd=1, lut); nothing fits zynq7020"),
]  # fmt: skip


def _file(folder: Path) -> Path:
    (folder / "out").write_text("mine")
    return nets.folder(TWO, folder)


def _foreign(folder: Path) -> Path:
    (folder / "out").mkdir()
    (folder / "out" / "manifest.json").write_text('{"name": "of a web page"}')
    return nets.folder(TWO, folder)


_LEFT = "Folder must be empty or an earlier build; it was left alone"

OUTPUTS = [
    ("output is a file", _file, ("-o", "{in}/out"), f"{{in}}/out: {_LEFT}"),
    ("output holds others", TWO, ("-o", "{in}"), f"{{in}}: {_LEFT}"),
    ("output holds another's manifest", _foreign, ("-o", "{in}/out"), f"{{in}}/out: {_LEFT}"),
    ("output below a file", TWO, ("-o", "{in}/model.json/out"),
     "{in}/model.json/out: Folder cannot be written: File exists"),
    ("output's name too long", TWO, ("-o", "{in}/" + "x" * 300),
     "{in}/" + "x" * 300 + ": Folder cannot be written: File name too long"),
    ("output in /proc", TWO, ("-o", "/proc/build/x"),
     "/proc/build/x: Folder cannot be written: No such file or directory"),
]  # fmt: skip

CASES = ARGUMENTS + FOLDS + MODELS + OUTPUTS
