"""A synthesised circuit beside its estimate, and the table of all of them."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from generators.campaign.syntheses import Job, run
from generators.cost.bands import FILE
from generators.cost.estimate import delay, estimate
from generators.cost.sample.case import Sample
from generators.synth.resources import Cost
from generators.synth.synthesize import Synthesis
from generators.synth.timing import Timing

__all__ = ["Row", "guess", "measured", "read", "slowest", "write"]

ESTIMATED, EXACT = ("lut", "ff", "ps"), ("bram18", "dsp")
"""What an estimate may be off in, and what it may not."""


@dataclass(frozen=True)
class Row:
    """A circuit of a sample: what it takes, and its configuration, where that was asked for.

    ps : of its slowest path of any kind, 500 ps on each wire.
    """

    circuit: str
    name: str
    sample: str
    cost: Cost
    ps: int
    config: object = None

    @property
    def measured(self) -> dict[str, int]:
        """What synthesis found."""
        return {"lut": self.cost.lut, "ff": self.cost.ff, "ps": self.ps}

    def errors(self) -> dict[str, float | None]:
        """Of each estimate, as it is now: divided by the synthesis, less 1; None if that has none.

        Of block RAMs and DSP slices, which are to be exact, by how many it is above the synthesis.
        Of a circuit without an estimate all are None.
        """
        found = guess(self.config)
        errors = {name: _error(found.get(name), true) for name, true in self.measured.items()}
        return errors | {name: found[name] - getattr(self.cost, name) if name in found else None
                         for name in EXACT}  # fmt: skip

    def mismatches(self) -> dict[str, tuple[int, int]]:
        """Block RAMs and DSP slices that differ: estimated, and synthesised."""
        errors, cost = self.errors(), vars(self.cost)
        return {name: (cost[name] + errors[name], cost[name]) for name in EXACT if errors[name]}


def _error(estimated: float | None, true: int) -> float | None:
    return None if estimated is None or not true else round(estimated / true - 1, 4)


def guess(config) -> dict[str, float]:
    """Estimates of a circuit: resources, and ps; without those that there are not."""
    found = {}
    try:
        found |= vars(estimate(config))
        found["ps"] = delay(config)
    except KeyError:
        pass
    return found


def slowest(timing: Timing) -> int:
    """Picoseconds of the slowest path of any kind, with the wires that are inside."""
    paths = [timing.reg_to_reg, *timing.setup.values(), *timing.clk_to.values()]
    paths += [path for ends in timing.through.values() for path in ends.values()]
    return max((path.ps for path in paths if path is not None), default=0)


def measured(samples: Iterable[Sample], kind: str, *, scheduler: str | None = None,
             workers: int | None = None, tell: Callable[[int, int], None] | None = None,
             ) -> Iterator[Row]:  # fmt: skip
    """Synthesise a sample, "fit" or "unseen"; rows as they come, see :func:`run`."""
    made: dict[Job, tuple[Sample, object]] = {}

    def jobs() -> Iterator[Job]:
        for sample in samples:
            job, config = _job(sample)
            made[job] = sample, config
            yield job

    for job, found in run(jobs(), scheduler=scheduler, workers=workers, tell=tell):
        sample, config = made.pop(job)
        yield row(sample, kind, found, config)


def _job(sample: Sample) -> tuple[Job, object]:
    component = sample.build()
    return Job.of(f"{sample.circuit} {sample.name}", component), component.config


def row(sample: Sample, kind: str, found: Synthesis, config=None) -> Row:
    """The row of a synthesised circuit."""
    return Row(sample.circuit, sample.name, kind, found.cost, slowest(found.timing), config)


def read(file: Path = FILE) -> dict:
    """The table as it is kept; without circuits before anything was measured."""
    return json.loads(file.read_text()) if file.exists() else {"yosys": "", "circuits": []}


def write(release: str, rows: Iterable[Row], file: Path = FILE) -> None:
    """Write rows in place of all of the same kinds: a line a circuit, the fit's sample first."""
    records = [_record(row) for row in rows]
    new = {record["circuit"] for record in records}
    records += [one for one in read(file)["circuits"] if one["circuit"] not in new]
    order = sorted(records, key=lambda one: (one["circuit"], one["sample"], one["name"]))
    lines = ",\n".join(f"  {json.dumps(record)}" for record in order)
    text = f'{{"yosys": {json.dumps(release)}, "circuits": [\n{lines}\n]}}\n'
    new = file.with_suffix(".new")
    new.write_text(text)
    new.replace(file)


def _record(row: Row) -> dict:
    return {"circuit": row.circuit, "name": row.name, "sample": row.sample, **vars(row.cost),
            "ps": row.ps, "error": row.errors()}  # fmt: skip
