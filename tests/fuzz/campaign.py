"""Campaigns: networks or descriptions by seed and number, and what became of each."""

import itertools
import tempfile
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.fuzz import bench, found, judge, trial
from tests.fuzz.choices import recipe
from tests.fuzz.descriptions import Descriptions

__all__ = ["KINDS", "Outcome", "descriptions", "networks", "together"]

TOGETHER = {"icarus": (1, 400_000), "verilator": (12, 80_000)}
"""Networks of a simulation, and bytes of each one's Verilog: Verilator compiles several small ones
nearly as fast as one."""

Make = Callable[[], tuple[dict[str, bytes], list[int]]]
"""Gives the files of a network and the choices of its run."""


@dataclass(frozen=True)
class Outcome:
    """Of a number: built, simulated, refused, or a bug, and what is to be said of that."""

    number: int
    kind: str
    text: str = ""


def _numbers(first: int, count: int | None) -> Iterator[int]:
    return iter(range(first, first + count)) if count is not None else itertools.count(first)


def descriptions(seed: int, first: int, count: int | None, simulator: str,
                 keep: bool) -> Iterator[Outcome]:  # fmt: skip
    """Corrupted descriptions."""
    made = Descriptions(seed)
    with judge.limited():
        for number in _numbers(first, count):
            one = made.check(number)
            if one.bug is None:
                refused = one.said.count("\n") == 1 and ": " in one.said
                yield Outcome(number, "refused" if refused else "built")
                continue
            if keep:
                found.save_description(f"description_{seed}_{number}", one.case, one.bug)
            yield Outcome(number, "bug", f"{one.case.name}: {one.bug.symptom}\n{one.bug.text}")


def networks(seed: int, first: int, count: int | None, simulator: str, keep: bool,
             array: bool = False) -> Iterator[Outcome]:  # fmt: skip
    """Random networks, several in a simulation; with ``array`` each on one systolic array."""
    numbers = _numbers(first, count)
    while group := list(itertools.islice(numbers, TOGETHER[simulator][0])):
        recipes = {number: recipe(f"{seed} {number}", array) for number in group}
        makes = {number: lambda made=made: (trial.described(made), made["run"])
                 for number, made in recipes.items()}  # fmt: skip
        for number, failure in together(makes, simulator).items():
            if isinstance(failure, trial.Failure):
                if keep:
                    name = f"{'array' if array else 'network'}_{seed}_{number}"
                    found.save_network(name, recipes[number], failure, simulator)
                yield Outcome(number, "bug", str(failure))
            else:
                yield Outcome(number, "refused" if failure else "simulated", str(failure or ""))


def together(makes: dict[object, Make], simulator: str) -> dict[object, Exception | None]:
    """Build some networks, simulate those that could be, judge each: what went wrong, by name."""
    outcomes: dict[object, Exception | None] = dict.fromkeys(makes)
    built, jobs = {}, {}
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        place = Path(name)
        for key, make in makes.items():
            folder = place / str(key)
            folder.mkdir()
            try:
                built[key] = trial.built(*make(), folder, TOGETHER[simulator][1])
                jobs[key] = trial.job(built[key])
            except (trial.Refused, trial.Failure) as error:
                outcomes[key] = error
            except Exception as error:
                what = f"{error!r} of the maker\n{traceback.format_exc()}"
                outcomes[key] = trial.Failure(what)
        if not jobs:
            return outcomes
        try:
            seen = bench.simulate(list(jobs.values()), place, simulator)
        except RuntimeError as error:
            return outcomes | dict.fromkeys(jobs, trial.Failure(f"simulator\n{error}"))
        for (key, job), phases in zip(jobs.items(), seen):
            try:
                trial.verdict(built[key], job, phases)
            except trial.Failure as failure:
                outcomes[key] = failure
    return outcomes


KINDS = {"networks": networks, "arrays": partial(networks, array=True),
         "descriptions": descriptions}  # fmt: skip
