"""``python -m driver``: what is loaded, load, run frames, test, measure; run it in a build."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tokenize import TokenError

import numpy as np

from . import throughput
from .accelerator import Accelerator, read_manifest
from .connect import ACCEPTED, VARIABLE
from .errors import DriverError, InputError, SelfTestError
from .remote import Remote

HERE = Path(__file__).resolve().parent.parent


class _Parser(argparse.ArgumentParser):
    """Refuses in one sentence, without the usage."""

    def error(self, message: str) -> None:
        raise InputError(message)


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns its exit status: 0, 1 where the self-test failed, 2 where the input.

    Raises nothing that a user can cause: every refusal is a sentence on stderr.
    """
    try:
        args = _parser().parse_args(argv)
        args.command(args)
    except SelfTestError as error:
        print(error, file=sys.stderr)
        return 1
    except DriverError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m driver", description=__doc__.partition(": ")[2],
                     allow_abbrev=False)
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    common = _Parser(add_help=False, allow_abbrev=False)
    common.add_argument("--build", metavar="BUILD", type=Path, default=HERE,
                        help="folder of the build (default: where this driver stands)")
    common.add_argument("--transport", metavar="WAY", default="auto",
                        help=f"{ACCEPTED} (default auto: what {VARIABLE} says, else what is there)")
    common.add_argument("--load", metavar="FILE.bit", type=Path, help="load a bitstream first")
    common.add_argument("--timeout", metavar="S", type=_seconds,
                        help="seconds of one run (default 1 and ten times what is expected)")

    def add(name: str, function, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text, parents=[common],
                                      allow_abbrev=False)
        command.set_defaults(command=function)
        return command

    add("info", _info, "what the build is and what is loaded")
    add("load", _load, "load a bitstream and compare its digest with the build's").add_argument(
        "bitstream", metavar="BITSTREAM", type=Path)
    run = add("run", _run, "frames of X.npy to results in Y.npy")
    run.add_argument("input", metavar="X.npy", type=Path, help="integers (frames, ...)")
    run.add_argument("output", metavar="Y.npy", type=Path)
    run.add_argument("--prepared", action="store_true",
                     help="the frames were compared with the thresholds of --pack-input already")
    add("selftest", _selftest, "identity, registers, loopback, known vectors")
    add("throughput", _throughput, "frames a second and what binds").add_argument(
        "--frames", metavar="N", type=_frames, default=1000, help="default 1000")
    return parser


def _frames(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"must be a positive integer, not {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be positive seconds, not {text!r}")
    return value


def _open(args: argparse.Namespace) -> Accelerator:
    return Accelerator.open(args.build, args.transport, args.timeout, args.load)


def _info(args: argparse.Namespace) -> None:
    manifest = read_manifest(args.build)
    board, system = manifest.get("board") or {}, manifest.get("system") or {}
    print(f"build {manifest['name']} {manifest['digest'][:16]} for {board.get('name', 'no board')}")
    for side in ("input", "output"):
        port = manifest[side]
        shape = " x ".join(map(str, port["shape"]))
        print(f"{side} {shape} {port['type']}, {port['frame_bytes']} bytes a frame")
    print(f"{manifest['cycles_per_frame']:g} cycles a frame at {system.get('clock_mhz', 0):g} MHz")
    with _open(args) as accelerator:
        status = accelerator.status()
        print(f"loaded {accelerator.digest()[:16]}: {', '.join(status.names) or 'busy'}")


def _load(args: argparse.Namespace) -> None:
    if args.load is not None:
        raise InputError("Bitstream must be given once: load FILE.bit, without --load")
    args.load = args.bitstream
    with _open(args) as accelerator:
        by = " by the server" if isinstance(accelerator.transport, Remote) else ""
        print(f"loaded{by} {accelerator.digest()[:16]}")


def _run(args: argparse.Namespace) -> None:
    if not args.output.parent.is_dir():
        raise InputError(f"{args.output}: File must stand in a folder that exists")
    try:
        frames = np.load(args.input, allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError, TokenError) as error:
        what = getattr(error, "strerror", None) or "it is none"
        raise InputError(f"{args.input}: File must be a .npy: {what}") from None
    if not isinstance(frames, np.ndarray):
        raise InputError(f"{args.input}: File must be a .npy, one array, not a .npz")
    with _open(args) as accelerator:
        run = accelerator.run if args.prepared else accelerator.classify
        results = run(frames)
    with open(args.output, "wb") as file:
        np.save(file, results)
    print(args.output)


def _selftest(args: argparse.Namespace) -> None:
    with _open(args) as accelerator:
        accelerator.selftest(lambda step, sentence: print(f"ok {step}: {sentence}", flush=True))
    print("self-test passed")


def _throughput(args: argparse.Namespace) -> None:
    with _open(args) as accelerator:
        print("\n".join(throughput.lines(accelerator.throughput_test(args.frames))))


if __name__ == "__main__":
    sys.exit(main())
