"""The tools that make bitstreams: what they are given, how they run, and what they find."""

from boards.toolchains.bitstream import TOOLCHAINS, build
from boards.toolchains.error import ToolError
from boards.toolchains.scripts import files

__all__ = ["TOOLCHAINS", "ToolError", "build", "files"]
