"""python -m generators.network {convert IN OUT_DIR | quantize FLOAT … -o OUT_DIR | schema}."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from generators.network import graph, load, schema, write
from generators.network.error import ModelError
from generators.network.folder import replaced, unwritable
from generators.network.quantize import command as quantize

FILES = {"model.json", "weights.npz"}


def main(argv: list[str] | None = None) -> int:
    """Run the command; the exit status: 0, or 2 after one sentence on stderr."""
    parser = argparse.ArgumentParser("python -m generators.network", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    convert = commands.add_parser("convert", help="write a network as model.json and weights.npz")
    convert.add_argument("source", metavar="IN", type=Path, help=".onnx (QONNX), .npz or .json")
    convert.add_argument("folder", metavar="OUT_DIR", type=Path, help="made, or its model replaced")
    quantize.add(commands)
    commands.add_parser("schema", help="print the JSON Schema of model.json")
    arguments = parser.parse_args(argv)
    if arguments.command == "schema":
        print(schema.text(), end="")
        return 0
    notes: list[str] = []  # said where there is a result: a refusal is one sentence
    try:
        network = _network(arguments, notes.append)
        write_folder(network, arguments.folder)
    except ModelError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        done = "Conversion" if arguments.command == "convert" else "Quantization"
        print(f"{arguments.folder}: {done} was interrupted before it ended", file=sys.stderr)
        return 2
    for note in notes:
        print(note, file=sys.stderr)
    print(arguments.folder / "model.json")
    return 0


def _network(arguments: argparse.Namespace, note: Callable[[str], None]) -> graph.Network:
    """The network that a command makes of the file that it reads."""
    if arguments.command == "quantize":
        return quantize.network(arguments, note)
    return load.load(arguments.source, note)


def write_folder(network: graph.Network, folder: Path) -> None:
    """Write the network as a folder that appears at once, or not at all.

    Raises
    ------
    ModelError
        If the folder holds anything but an earlier model, or cannot be written.
    """
    try:
        others = sorted(set(os.listdir(folder)) - FILES) if folder.exists() else []
    except OSError as error:
        raise unwritable(folder, error) from None
    if others:
        what = f"Folder must be new or hold only a model, not {others[0]!r}"
        raise ModelError(str(folder), what)
    with replaced(folder) as new:
        write.write(network, new)


if __name__ == "__main__":
    sys.exit(main())
