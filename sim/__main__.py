"""``python -m sim BUILD``: run a build's RTL in a simulator, against the golden model."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sim import cosim, layers, manifest, models, network, system, system_command, verdict
from sim import frames as given
from sim.manifest import BuildError, Manifest, Port
from sim.watch import Watch, wave_file
from sim.written import write

FRAMES = 32
HARNESSES = {simulator: [h for h in models.HARNESSES if (simulator, h) in models.MODELS]
             for simulator, _ in models.MODELS}  # the default first


class _UsageError(ValueError):
    """The command line itself is wrong."""


class _Parser(argparse.ArgumentParser):
    """Refuses in one sentence, without the usage."""

    def error(self, message: str) -> None:
        raise _UsageError(message)


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns its exit status: 0, 1 where the RTL is wrong, 2 where the input."""
    try:
        args = _parser().parse_args(argv)
        return _run(args)
    except (BuildError, _UsageError) as error:
        print(error, file=sys.stderr)
        return 2
    except cosim.SimulationError as error:
        print(error, file=sys.stderr)
        if args.serve is None:
            verdict.failed(args.build, str(error))
        return 1
    except KeyboardInterrupt:
        print("Interrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m sim", description=__doc__.partition(": ")[2],
                     allow_abbrev=False)
    parser.add_argument("build", metavar="BUILD", type=Path, help="folder that a generator left")
    parser.add_argument("--input", metavar="X.npy", type=Path,
                        help="integer frames (frames, ...); otherwise random ones")
    parser.add_argument("--output", metavar="Y.npy", type=Path,
                        help="where to write the integers that the hardware gives")
    parser.add_argument("--frames", metavar="N", type=_frames,
                        help=f"the first N frames, or so many random ones (default {FRAMES})")
    parser.add_argument("--stall", metavar="P", type=_stall, default=0.0,
                        help="probability of a pause, each cycle and on both streams (default 0)")
    parser.add_argument("--seed", metavar="S", type=_seed, default=0,
                        help="of the random frames and pauses (default 0)")
    parser.add_argument("--simulator", choices=tuple(HARNESSES), default="verilator")
    parser.add_argument("--harness", choices=models.HARNESSES,
                        help="what drives the simulator: batch, a C++ program of its own, or "
                             "cocotb; same checks, same cycles (default batch, where the "
                             "simulator is verilator and no external memory is read)")
    parser.add_argument("--driver", choices=tuple(system_command.DRIVERS),
                        help="run all that is put into the FPGA, registers and DMA too, by this "
                             "driver of the build; --stall is then on every AXI channel")
    parser.add_argument("--serve", metavar="PORT", type=_port,
                        help="instead, let the driver's commands reach the simulated board with "
                             "--transport tcp:localhost:PORT (0: a free one), until interrupted")
    parser.add_argument("--per-layer", action="store_true",
                        help="compare what every layer gives, in every stream between them, with "
                             "the golden model, too, and name the first that differs; slower, and "
                             "compiled as a model of its own")
    parser.add_argument("--wave", metavar="FILE", type=wave_file,
                        help="write the waveform of all signals there, as FST (.fst) or VCD "
                             "(.vcd); --frames keeps it small")
    parser.add_argument("--golden", action="store_true",
                        help="compute the output with the golden model instead of the RTL")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the result there")
    return parser


def _frames(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"must be a positive integer, not {text!r}")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"must be a port from 0 to 65535, not {text!r}")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a non-negative integer, not {text!r}")
    return int(text)


def _stall(text: str) -> float:
    try:
        chance = float(text)
    except ValueError:
        chance = -1.0
    if not 0 <= chance <= 0.99:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 0.99, not {text!r}")
    return chance


def _run(args: argparse.Namespace) -> int:
    start = time.monotonic()
    build = manifest.read(args.build)
    harness = _harness(args, build)
    if args.serve is not None:
        return _serve(build, args)
    for file in (args.output, args.json, args.wave):
        if file is not None and not file.parent.is_dir():
            raise BuildError(str(file), "File must stand in a folder that exists")
    frames = _input(args, build.input)
    expected = network.run(build, frames)
    watch = Watch(build=build, frames=frames, per_layer=args.per_layer, wave=args.wave)
    lines = None
    if args.driver and not args.golden:
        outcome = _drive(build, frames, args)
        outputs, report, lines = outcome.outputs, outcome.report(), outcome.lines(build.clock_mhz)
        harness = f"driver {args.driver}"
    elif args.golden:
        outputs, report = expected, {"cycles_per_frame": None, "latency_cycles": None}
    else:
        result = _simulate(build, frames, harness, args, watch)
        outputs, report = result.outputs, {"cycles_per_frame": result.cycles_per_frame,
                                           "latency_cycles": result.latency_cycles}
    wrong = np.argwhere(outputs != expected)
    report = {"frames": len(frames), "mismatches": len(wrong), **report,
              "simulator": "golden" if args.golden else args.simulator,
              "harness": None if args.golden else harness,
              **({"layers": layers.record(watch.checked)} if args.per_layer else {})}
    if args.output is not None:
        values = outputs.astype(np.int32).reshape(-1, *build.output.shape)
        write(args.output, lambda file: np.save(file, values))
    if args.json is not None:
        write(args.json, lambda file: file.write(json.dumps(report).encode() + b"\n"))
    if not args.golden:
        verdict.passed(build, report, given=_given(args), stall=args.stall)
    _print(report, lines or _cycles(report, build.frames_per_batch), time.monotonic() - start)
    watch.show(ended=True)
    if not len(wrong) or watch.wrong:
        return int(watch.wrong)
    frame, element = (int(index) for index in wrong[0])
    print(f"first mismatch: frame {frame}, element {element}: "
          f"expected {expected[frame, element]}, got {outputs[frame, element]}")
    return 1


def _harness(args: argparse.Namespace, build: Manifest) -> str:
    """The harness that was asked for, else the first that can run the build."""
    if args.driver and (args.simulator, args.harness) != ("verilator", None):
        raise _UsageError("argument --driver: must stand without --harness and with --simulator "
                          "verilator")
    for name, value in (("--per-layer", args.per_layer), ("--wave", args.wave)):
        if value and (args.golden or args.driver or args.serve is not None):
            raise _UsageError(f"argument {name}: must stand without --golden, --driver, --serve")
    known, what = HARNESSES[args.simulator], f"--simulator {args.simulator}"
    if build.memory or build.maps:  # which only Python's model answers
        known, what = ["cocotb"], "a build that reads external memory"
    if args.harness in (None, *known):
        return args.harness or known[0]
    raise _UsageError(f"argument --harness: must be {known[0]} with {what}, not {args.harness!r}")


def _print(report: dict, lines: list[str], seconds: float) -> None:
    print(f"frames {report['frames']}")
    print(f"mismatches {report['mismatches']}")
    for line in lines:
        print(line)
    harness = f"harness {report['harness']}, " if report["harness"] else ""
    print(f"simulator {report['simulator']}, {harness}{seconds:.1f} s")


def _cycles(report: dict, batch: int) -> list[str]:
    """What the simulation of top.v alone says of time."""
    if report["latency_cycles"] is None:
        return []
    cycles = report["cycles_per_frame"]
    alone = "one frame" if batch == 1 else f"one batch of {batch} frames"
    steady = f"unknown ({alone})" if cycles is None else f"{cycles:.6g}"
    return [f"cycles per frame {steady}", f"latency {report['latency_cycles']} cycles"]


def _input(args: argparse.Namespace, port: Port) -> np.ndarray:
    """The frames (n, items) to run, int64 values of the input type."""
    if args.input is None:
        return given.draw(port, args.frames or FRAMES, args.seed)
    return given.read(args.input, port)[: args.frames]


def _given(args: argparse.Namespace) -> str:
    """Which frames these are, for people."""
    return f"random, seed {args.seed}" if args.input is None else f"of {args.input.name}"


def _simulate(build: Manifest, frames: np.ndarray, harness: str, args: argparse.Namespace,
              watch: Watch) -> cosim.Result:  # fmt: skip
    console = Console(stderr=True)
    if not models.compiled(build, args.simulator, harness, watch.variant):
        with _doing(console, f"compiling top.v for {args.simulator}"):
            models.build(build, args.simulator, harness, watch.variant)
    try:
        with _bar(console, len(frames)) as progress:
            return cosim.simulate(build, frames, simulator=args.simulator, harness=harness,
                                  stall=args.stall, seed=args.seed, progress=progress,
                                  variant=watch.variant, after=watch.after)
    except cosim.SimulationError:
        watch.show(ended=False)
        raise


def _drive(build: Manifest, frames: np.ndarray, args: argparse.Namespace):
    console = Console(stderr=True)
    if build.host and not models.compiled(build, "verilator", "system"):
        with _doing(console, "compiling system.v for verilator"):
            system.compiled(build)
    with _bar(console, len(frames)) as progress:
        return system_command.drive(build, frames, args.driver, stall=args.stall, seed=args.seed,
                                    progress=progress)


def _serve(build: Manifest, args: argparse.Namespace) -> int:
    def ready(port: int) -> None:
        print(f"{build.name} answers at tcp:localhost:{port} until interrupted", flush=True)

    system_command.serve(build, args.serve, ready=ready, stall=args.stall, seed=args.seed)
    return 0


@contextmanager
def _doing(console: Console, what: str) -> Iterator[None]:
    if not console.is_terminal:
        console.print(what, highlight=False)
        yield
        return
    with console.status(what):
        yield


@contextmanager
def _bar(console: Console, total: int) -> Iterator[Callable[[int], None]]:
    what = f"simulating {total} frames"
    if not console.is_terminal:
        console.print(what, highlight=False)
        yield lambda frames: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda frames: bar.update(task, completed=min(frames, total))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends the simulator with it
    sys.exit(main())
