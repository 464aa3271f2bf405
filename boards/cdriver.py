"""What of the C driver is of one build: its registers, sizes and digest, and its known frames."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from boards.driver.frames import Port
from boards.error import BoardError

__all__ = ["FLAGS", "compile", "header", "vectors"]

FLAGS = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O2")


def header(manifest: Mapping) -> str:
    """``bitloom_build.h``: the manifest's registers, frames and digest as macros."""
    system = manifest["system"]
    digits = manifest["digest"]
    words = ", ".join(f"0x{digits[8 * k : 8 * k + 8]}u" for k in range(8))
    base = system.get("base") or 0
    lines = [
        f"/* Of the build {manifest['name']}, {digits[:16]}; written by the generator. */",
        "#ifndef BITLOOM_BUILD_H",
        "#define BITLOOM_BUILD_H",
        "",
        f"#define BITLOOM_DIGEST {{{words}}}",
        f"#define BITLOOM_BASE 0x{base:08X}u",
        f"#define BITLOOM_CLOCK_HZ {round(1e6 * system['clock_mhz'])}u",
        f"#define BITLOOM_FRAMES_PER_BATCH {manifest.get('frames_per_batch', 1)}u",
        *_port("INPUT", manifest["input"]),
        *_port("OUTPUT", manifest["output"]),
        "",
        "/* Registers: byte offsets, and the fields' masks. */",
    ]
    for register in system["registers"]:
        name = register["name"]
        lines.append(f"#define BITLOOM_REG_{name} 0x{register['offset']:03X}u"
                     f" /* {register['access']}: {register['doc']} */")
        lines += [f"#define BITLOOM_{name}_{field['name'].upper()} (1u << {field['bit']})"
                  f" /* {field['doc']} */" for field in register.get("fields", ())]
    return "\n".join([*lines, "", "#endif", ""])


def vectors(manifest: Mapping, inputs: np.ndarray, outputs: np.ndarray) -> str:
    """``bitloom_vectors.h``: known frames and their results as they lie in memory."""
    lines = [
        "/* Known frames of the build and their results; written by the generator. */",
        "#ifndef BITLOOM_VECTORS_H",
        "#define BITLOOM_VECTORS_H",
        "",
        "#include <stdint.h>",
        "",
        f"#define BITLOOM_VECTORS_COUNT {len(inputs)}u",
    ]
    for name, side, frames in (("in", "input", inputs), ("out", "output", outputs)):
        port = Port(manifest[side])
        data = port.pack(port.check(frames)).tobytes()
        rows = [", ".join(map(str, data[k : k + 20])) for k in range(0, len(data), 20)]
        body = ",\n    ".join(rows)
        lines += [f"static const uint8_t bitloom_vectors_{name}[] = {{", f"    {body}}};"]
    return "\n".join([*lines, "", "#endif", ""])


def compile(folder: Path, output: Path, *, main: bool = False) -> Path:
    """The C driver of a folder as a shared library, or with ``main`` the example as a program.

    Raises
    ------
    BoardError
        If there is no C compiler, or it refuses the sources.
    """
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        what = "C compiler must be installed: apt-get install gcc"
        raise BoardError("cc", what)
    sources = ["main.c", "bitloom.c", "bitloom_linux.c"] if main else ["bitloom.c"]
    kind = [] if main else ["-shared", "-fPIC"]
    command = [compiler, *FLAGS, *kind, "-o", str(output.resolve()), *sources]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["there is no message"]
        first = next((line for line in lines if "error" in line), lines[0])
        raise BoardError(str(folder), f"C driver must compile, but {first}")
    return output


def _port(name: str, entry: Mapping) -> list[str]:
    port = Port(entry)
    signed = int(port.low < 0 and not port.bipolar)
    return [f"#define BITLOOM_{name}_{what} {value}u" for what, value in (
        ("FRAME_BYTES", port.frame_bytes), ("ITEMS", port.items), ("BITS", port.element_bits),
        ("SIGNED", signed), ("BIPOLAR", int(port.bipolar)))]
