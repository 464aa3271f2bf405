"""A random network from its description to its RTL, against the golden model of what was given."""

import contextlib
import io
import json
import re
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from generators import passes
from generators.finn import fold, linear, lower_mvtu
from generators.finn.part import Choice
from generators.network import graph, load
from generators.network import run as golden
from generators.network.error import ModelError
from sim import manifest
from sim import network as sim_network
from sim.early import early
from sim.golden.formats import integer
from tests.fuzz import arrays, bench, judge, networks
from tests.fuzz.choices import Choices
from tests.networks import pipeline

__all__ = ["Built", "Failure", "Refused", "built", "check", "described", "job", "run", "verdict"]

FRAMES, BATCHES = 4, 8
DATAPATHS = (None, None, None, "mvtu", "mvtu_dsp", "popcount", "integer", "planes", "shift",
             "shift_serial", "codebook", "fusible")  # fmt: skip
LONG, LARGE = 4000, 400_000
"""Cycles a frame, and bytes of Verilog, beyond which a network is not simulated."""

ARRAY = 2
"""Times as many bytes that one of an array may have, whose memories and sequencer are the most."""

LANES = 40
"""Products at once."""


class Refused(Exception):
    """The network is none that is built: one sentence says why."""


class Failure(Exception):
    """A bug: the first line is its symptom, by which equal ones are known."""


@dataclass(frozen=True)
class Built:
    """A build, its report, and the network that was given."""

    folder: Path
    given: graph.Network
    report: dict
    choices: tuple[int, ...]


def described(recipe: dict) -> dict[str, bytes]:
    """The files of a recipe: model.json, and fold.json or the options of an array."""
    document = networks.document(recipe)
    files = {"model.json": json.dumps(document).encode()}
    if "array" in recipe:
        return files | {arrays.FILE: json.dumps(arrays.options(Choices(recipe["array"]))).encode()}
    try:
        network = passes.streamline(networks.loaded(document))
    except (ModelError, networks.msgspec.ValidationError) as error:
        raise Refused(str(error)) from None
    folds = {layer.name: _fold(Choices(numbers), network, layer)
             for layer, numbers in zip(linear.linear_layers(network), recipe["folds"])}
    return files | {"fold.json": json.dumps(folds).encode()}


def _fold(choose: Choices, network: graph.Network, layer) -> dict:
    """Lanes that divide the matrix or not, a memory, frames, a datapath that suits the numbers."""
    found = linear.matrix(network, layer)
    coding = layer.input_type or layer.weights.coding
    if coding is not None:
        return {"simd": 1} if choose.number(0, 1) and networks.codings.block_of(coding) == 1 else {}
    if found.windowed or found.groups > 1:
        pe, simd = choose.pick(fold.pes(found)), choose.pick(fold.simds(found))
    else:
        pe, simd = choose.number(1, found.rows), choose.number(1, found.cols)
        pe = 2 * pe - 1 if choose.rarely() else pe
        simd = max(1, min(simd, LANES // pe))
    made = {"pe": pe, "simd": simd}
    try:
        folded = lower_mvtu.fold(network, layer.name, Choice(pe, simd, "lut", "mvtu"))
    except (ModelError, ValueError):
        return made
    name = choose.pick(DATAPATHS)
    if name and pipeline.multiplies(name, folded.mvtu, layer, found):
        made["datapath"] = name
    made["storage"] = choose.pick(("auto", "lut", "bram", "ram"))
    frames = choose.pick((1, 1, 1, 2, 3, 4))
    if frames > 1 and made.get("datapath") != "planes" and pipeline.may_share(found, frames):
        made["frames"] = frames
    if "fifo" in graph.Fold.__struct_fields__ and choose.rarely():
        made["fifo"] = choose.pick(("lut", "bram"))
    return made


def build(files: dict[str, bytes], folder: Path) -> Path:
    """Run a generator on the files, that of an array where they say one; returns its folder.

    Raises
    ------
    Refused
        If the generator refuses them.
    Failure
        If it does anything else than refuse or build them.
    """
    for name, data in files.items():
        (folder / name).write_bytes(data)
    arguments, command = [str(folder / "model.json"), "-o", str(folder / "build")], "finn"
    if arrays.FILE in files:
        arguments, command = arguments + json.loads(files[arrays.FILE]), "systolic"
    elif "fold.json" in files:
        arguments += ["--fold", str(folder / "fold.json")]
    stderr = io.StringIO()
    try:
        with judge.quick(), contextlib.redirect_stderr(stderr), \
                contextlib.redirect_stdout(io.StringIO()):
            status = judge.COMMANDS[command](arguments)
    except Exception as error:
        text = traceback.format_exc()
        what = f"{type(error).__name__} {judge.symptom(text)}"
        raise Failure(f"{what}\n{text[-3000:]}") from None
    said = stderr.getvalue().strip()
    fold = re.match(r"fold.json: \$\.(\w+)\.(\w+): ", said)
    if status == 2 and fold and "fold.json" in files:  # without what does not go with the rest
        folds = json.loads(files["fold.json"])
        if folds[fold[1]].pop(fold[2], None) is not None:
            files = files | {"fold.json": json.dumps(folds).encode()}
            return build(files, folder)
    if status == 2 and "\n" not in said:
        raise Refused(said)
    if status:
        raise Failure(f"status {status}\n{stderr.getvalue()}")
    return folder / "build"


def built(files: dict[str, bytes], numbers: list[int], folder: Path,
          large: int = LARGE) -> Built:  # fmt: skip
    """What a generator makes of the files, and the choices of its run.

    Raises
    ------
    Refused, Failure
        As :func:`build`; what takes too long to simulate is refused, too.
    """
    build(files, folder)
    report = json.loads((folder / "build" / "report.json").read_bytes())
    cycles = report["cycles_per_frame"] * report["frames_per_batch"]
    size = (folder / "build" / "top.v").stat().st_size
    if cycles > LONG or size > (ARRAY if "array" in report else 1) * large:
        raise Refused(f"too slow to simulate: {cycles} cycles, {size} bytes")
    return Built(folder / "build", load.load(folder / "model.json"), report, tuple(numbers))


def job(built: Built) -> bench.Job:
    """Frames without pauses, cut off; with pauses, cut off; without pauses again."""
    made, choose = manifest.read(built.folder), Choices(built.choices)
    batch = made.frames_per_batch
    count = BATCHES * batch if "array" in built.report else FRAMES if batch == 1 else 2 * batch
    form, rng = integer.parse(made.input.type), choose.rng()
    top = (form.high - form.low) // form.step
    steps = rng.integers(0, top, (count, made.input.items), endpoint=True)
    steps[0], steps[-1] = choose.pick((0, top)), choose.pick((top, 0))
    stall = choose.pick((100, 20, 180))
    most = int(2000 + 4 * made.latency_cycles + 4 * count * made.cycles_per_frame)
    slow = (most + 4 * count * (made.input.beats + made.output.beats)) * 256 // (256 - stall)
    span = made.latency_cycles + int(made.cycles_per_frame)
    cuts = [choose.number(1, 1 << 16) % (2 * span) + 1 for _ in range(2)]
    resets = [choose.number(1, 4) for _ in range(4)]
    phases = (
        bench.Phase(True, most),
        bench.Phase(False, cuts[0], 0, resets[0]),
        bench.Phase(True, slow, stall, resets[1]),
        bench.Phase(False, cuts[1], stall, resets[2]),
        bench.Phase(True, most, 0, resets[3]),
    )
    frames = form.low + form.step * steps
    return bench.Job(made, frames, phases, choose.number(1, 1 << 16))


def verdict(built: Built, job: bench.Job, seen: list[bench.Seen]) -> None:
    """Every frame of every phase is right, and without pauses as fast as the report says.

    Raises
    ------
    Failure
        At the first thing that is not.
    """
    made = job.manifest
    compiled = load.load(built.folder / "model.json")
    expected = _meaning(built.given, job.frames.reshape(-1, *built.given.input.shape))
    for number, (phase, found) in enumerate(zip(job.phases, seen)):
        where = f"in phase {number}"
        if found.faults:
            raise Failure(f"rule of streams\n{found.faults[:3]} {where}")
        if any(int(last) != (k % made.output.beats == made.output.beats - 1)
               for k, last in enumerate(found.lasts)):  # fmt: skip
            raise Failure(f"tlast\n{where}")
        _nothing_more(built, made, found, expected)
        outputs = _outputs(made, found.beats)[: len(expected)]
        y = golden.meaning(compiled, outputs.reshape(len(outputs), *expected.shape[1:]))
        wanted = expected[: len(outputs)]
        if not np.array_equal(y, wanted):
            bad = np.argwhere(y != wanted)[0]
            raise Failure(f"wrong result\n{where}, frame, place {bad}, of {len(outputs)} frames")
        if phase.whole and not phase.stall:
            _cycles(built, made, found, where)


def _meaning(network: graph.Network, x: np.ndarray) -> np.ndarray:
    return golden.meaning(network, golden.run(network, x))


def _nothing_more(built: Built, made, found: bench.Seen, expected: np.ndarray) -> None:
    """Behind the last frame: only the beginning of another, which is nothing but padding.

    Of a network that no input reaches these are whole frames.
    """
    more = found.beats[len(expected) * made.output.beats :]
    if not more:
        return
    if more != found.beats[: len(more)]:
        raise Failure(f"more than all frames\n{len(more)} beats")
    if not early(sim_network.load(built.folder)):
        raise Failure(f"more than all frames\n{len(more)} beats, which wait for a pixel")


def _outputs(made, beats: list[str]) -> np.ndarray:
    """Whole frames; of one that was cut off nothing is said."""
    beats = beats[: len(beats) // made.output.beats * made.output.beats]
    if any(set(beat) & set("xz") for beat in beats):
        raise Failure("unknown bits\nin an output")
    size = -(-made.output.width // 8)
    data = b"".join(int(beat, 16).to_bytes(size, "little") for beat in beats)
    try:
        return made.output.unpack(np.frombuffer(data, np.uint8).reshape(-1, size))
    except ValueError as error:
        raise Failure(f"unused bits\n{error}") from None


def _cycles(built: Built, made, found: bench.Seen, where: str) -> None:
    """The latency that was promised, and the interval; the first frames may come sooner.

    A unit that waited for its first inputs works off what has gathered, faster than the slowest
    unit brings more, until it waits again: so intervals ascend to the one that was promised.
    """
    report = built.report
    last = found.times[made.output.beats - 1 :: made.output.beats]
    latency, batch = last[0] - found.first[0], report["frames_per_batch"]
    if latency != report["latency_cycles"]:
        raise Failure(f"latency\n{latency}, not {report['latency_cycles']} {where}")
    ends = np.diff(last[batch - 1 : len(last) : batch])
    interval = round(report["cycles_per_frame"] * batch)
    if "array" in report:  # two in turns, of which the mean is promised, rounded up
        if sum(ends[-2:]) not in (2 * interval - 1, 2 * interval):
            raise Failure(f"interval\n{ends.tolist()}, not {interval} in the mean {where}")
        return
    if max(ends) > interval or any(np.diff(ends) < 0):
        raise Failure(f"interval\n{ends.tolist()}, not {interval} {where}")


def check(recipe: dict, simulator: str) -> None:
    """Build, run and judge the network of a recipe alone.

    Raises
    ------
    Refused, Failure
        As said above.
    """
    run(described(recipe), recipe["run"], simulator)


def run(files: dict[str, bytes], numbers: list[int], simulator: str) -> None:
    """The same of the files of a network."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        made = built(files, numbers, Path(name))
        one = job(made)
        verdict(made, one, bench.simulate([one], Path(name), simulator)[0])
