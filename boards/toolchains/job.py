"""What a user asked for: a toolchain and what it shall make, checked before anything is touched."""

from dataclasses import dataclass, replace
from pathlib import Path

from boards.error import BoardError
from boards.toolchains import design, tools
from boards.toolchains.design import Design

__all__ = ["Job"]

_OPTION = {"core": "--ooc", "ip": "--ip"}
_NEEDED = {"core": ("top.v", "build_ooc.tcl", "build_ooc.xdc"),
           "ip": ("top.v", "accelerator.v", "package_ip.tcl")}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Job:
    """A toolchain's work on a build.

    Attributes
    ----------
    toolchain : ``vivado``, ``openxc7`` or ``ecp5``; None until :meth:`checked`
    makes : ``bitstream``, ``core`` (out of context) or ``ip``
    seed : of nextpnr's placement; None is 1
    jobs : threads of Vivado
    timeout : seconds for all programs together
    """

    design: Design
    toolchain: str | None = None
    makes: str = "bitstream"
    seed: int | None = None
    jobs: int | None = None
    timeout: float | None = None

    @classmethod
    def of(cls, folder: str | Path, toolchain: str | None, **what) -> "Job":
        """The job on a folder, checked.

        Raises
        ------
        BoardError
            If it is no build with a system, the toolchain is not one of its board's or not
            installed, or an option does not go with it.
        """
        return cls(design=design.read(Path(folder)), toolchain=toolchain, **what)._checked()

    @property
    def name(self) -> str:
        """Of the log and of the folder of results."""
        return {"core": "ooc", "ip": "ip"}.get(self.makes, self.toolchain)

    @property
    def out(self) -> Path:
        """Where tools write."""
        return self.design.folder / "build" / self.name

    @property
    def log(self) -> Path:
        """All that the tools wrote on their outputs."""
        return self.design.folder / "build" / f"{self.name}.log"

    def _checked(self) -> "Job":
        self._options()
        chosen = replace(self, toolchain=self._installed())
        if chosen.toolchain == "vivado" and self.seed is not None:
            raise BoardError("--seed", "Option is for nextpnr only; Vivado has no seed")
        if chosen.toolchain != "vivado" and self.jobs is not None:
            raise BoardError("--jobs", f"Option is for vivado only, not {chosen.toolchain}")
        return chosen

    def _options(self) -> None:
        """Refuse a toolchain that is none of the part's, and what another would have to do."""
        made, names = self.design, self.design.toolchains
        if self.toolchain is not None and self.toolchain not in names:
            raise BoardError("--toolchain", f"Toolchain for {made.part.name} must be "
                             f"{' or '.join(names)}, not {self.toolchain!r}")  # fmt: skip
        if self.makes != "bitstream":
            if (self.toolchain or names[0]) != "vivado":
                raise BoardError(_OPTION[self.makes], "Option is for vivado only, not "
                                 f"{self.toolchain or names[0]}")  # fmt: skip
            made.need(_NEEDED[self.makes], _OPTION[self.makes])

    def _installed(self) -> str:
        """The toolchain, all of whose programs are there: the one asked for, else the first."""
        made = self.design
        first = made.toolchains[:1] if self.makes != "bitstream" else made.toolchains
        tried = (self.toolchain,) if self.toolchain else first
        lacking = {}
        for name in tried:
            lacking[name] = tools.missing(name, made.part)
            if lacking[name] is None:
                if self.makes == "bitstream":
                    made.need(tools.SCRIPTS[name][0], name)
                return name
        told = "; ".join(f"{name} has no {tool.programs[0]}: {tool.get}"
                         for name, tool in lacking.items())  # fmt: skip
        files, command = tools.SCRIPTS[tried[0]]
        if self.makes != "bitstream":
            script = _NEEDED[self.makes][1 if self.makes == "core" else 2]
            files, command = _NEEDED[self.makes], f"vivado -mode batch -source {script}"
        raise BoardError(str(made.folder), f"Toolchain must be installed: {told}; or carry "
                         f"{', '.join(files)} of this folder to a machine that has it and run "
                         f"there: {command}")  # fmt: skip
