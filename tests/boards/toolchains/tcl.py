"""A Tcl script run by a real Tcl interpreter in which Vivado's commands only record their call."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.boards.toolchains import vivado_commands

_HARNESS = r"""
namespace eval ::ipx {}
set ::calls {}
proc ::record {args} {
    set fields {}
    foreach word $args { lappend fields x[binary encode hex [encoding convertto utf-8 $word]] }
    lappend ::calls [join $fields ,]
}
rename ::puts ::real_puts
rename ::file ::real_file
proc ::puts {args} { record puts {*}$args }
proc ::exit {{status 0}} { error "" "" [list EXIT $status] }
proc ::file {what args} {
    if {$what in {mkdir delete}} { record file $what {*}$args; return }
    uplevel 1 [list ::real_file $what {*}$args]
}
foreach name {@NAMES@} {
    proc ::$name {args} "record $name {*}\$args; return \[::answer $name {*}\$args\]"
}
proc ::answer {name args} {
    switch -glob -- $name {
        get_timing_paths { return [expr {"-hold" in $args ? "@HOLD@" : "@SETUP@"}] }
        get_property { return [lindex $args end] }
        ipx::get_* { return {one two} }
        ipx::add_* { return [string map {ipx::add_ {}} $name]:[lindex $args 0] }
        ipx::current_core { return core }
        get_* - current_* { return [lindex $args end] }
    }
    return ""
}
set argv {@ARGV@}
set status [catch {source {@FILE@}} message options]
set code [expr {$status ? [dict get $options -errorcode] : "NONE"}]
if {$status == 0} {
    set told 0
} elseif {[lindex $code 0] eq "EXIT"} {
    set told [lindex $code 1]
} else {
    set told "error [string map {\n { }} $message]"
}
set result "$told\n[join $calls \n]"
"""


@dataclass(frozen=True)
class Call:
    """A command that a script called, with all its words as Tcl substituted them."""

    name: str
    words: tuple[str, ...]

    @property
    def options(self) -> dict[str, str | None]:
        """Its options with their values; positional words are left out."""
        return vivado_commands.parse(self.name, self.words)[0]

    @property
    def arguments(self) -> list[str]:
        """Its positional words."""
        return vivado_commands.parse(self.name, self.words)[1]


def run(file: Path, *, setup: str = "0.1", hold: str = "0.02", argv: str = ""
        ) -> tuple[str, list[Call]]:  # fmt: skip
    """Source a script; returns its exit status ("0", "1", "error …") and the calls in order.

    ``setup`` and ``hold`` are the slacks of the paths that get_timing_paths finds; "" for none.
    """
    code = _HARNESS.replace("@NAMES@", " ".join(vivado_commands.COMMANDS))
    code = code.replace("@SETUP@", setup).replace("@HOLD@", hold).replace("@ARGV@", argv)
    code = code.replace("@FILE@", str(file))
    status, _, calls = _evaluate(code).partition("\n")
    return status, [_call(line) for line in calls.splitlines() if line]


def _call(line: str) -> Call:
    name, *words = (bytes.fromhex(word[1:]).decode() for word in line.split(","))
    return Call(name, tuple(words))


def _evaluate(code: str) -> str:
    try:
        import tkinter

        return tkinter.Tcl().eval(code)
    except ImportError:
        pass
    program = shutil.which("tclsh")
    if program is None:
        pytest.skip("there is no Tcl: neither Python's tkinter nor tclsh on PATH")
    done = subprocess.run([program], input=code + "real_puts $result\n",
                          capture_output=True, text=True, check=True)  # fmt: skip
    return done.stdout
