"""Mutants of a circuit, which of them its tests notice, and which cannot be noticed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutation.collect import Call, calls
from tests.mutation.engine import Unsupported, replaced
from tests.mutation.equal import verdicts
from tests.mutation.model import Circuit, Mutant, Mutants

__all__ = ["Case", "Design", "Result", "campaign", "designs", "noticed"]


@dataclass(frozen=True)
class Case:
    """What is mutated, and what the mutants are given.

    name : of the circuit
    tests : files and the patterns of their tests' names
    within : the submodule that is the circuit, in what the tests simulate
    assume : what every environment of the circuit keeps to beside the rules of streams, in
        Verilog, by the ports' paths
    explained : parts of mutants' texts, and why nothing can notice those
    """

    name: str
    tests: dict[str, tuple[str, ...]]
    within: str = ""
    assume: str = "1"
    explained: dict[str, str] = field(default_factory=dict)


@dataclass
class Design:
    """One circuit, the tests that simulate it, and the clock edges of the longest."""

    circuit: Circuit
    calls: list[Call]
    edges: int = 0


@dataclass(frozen=True)
class Survivor:
    """A mutant that no test notices."""

    mutant: Mutant
    design: str
    verdict: str
    cycle: int | None


@dataclass
class Result:
    """Of a circuit: numbers of mutants, how many were noticed, and by which tests first."""

    configurations: list[str] = field(default_factory=list)
    mutants: int = 0
    noticed: int = 0
    equal: int = 0
    promised: int = 0
    survivors: list[Survivor] = field(default_factory=list)
    seconds: float = 0

    @property
    def score(self) -> float:
        """Share of the mutants that can be noticed."""
        return self.noticed / (self.mutants - self.equal - self.promised)


def designs(case: Case) -> list[Design]:
    """The circuits of a case, in the order of the tests."""
    found: dict[str, Design] = {}
    for path, patterns in case.tests.items():
        for call in calls(path, patterns):
            circuit = call.circuit()
            found.setdefault(circuit.digest, Design(circuit, [])).calls.append(call)
    return [*found.values()]


def noticed(model: Mutants, number: int, call: Call, limit: int) -> tuple[bool, int]:
    """Whether a test fails on a mutant; and the clock edges of the longest simulation.

    Raises
    ------
    Unsupported
        If the test does what the stand-in for the simulator cannot.
    """
    runs = []

    def begin(dut, reset):
        if number == 0 and Circuit(dut).digest != model.circuit.digest:
            raise Unsupported(f"{call.name}: Simulations of several circuits")
        runs.append(model.run(number, dut, reset, limit))
        return runs[-1]

    try:
        with replaced(begin):
            call.run()
    except Unsupported:
        raise
    except Exception:  # whatever a wrong circuit makes of a test, pytest shows a failure
        return True, 0
    return False, max(run.edges for run in runs)


def campaign(case: Case, folder: Path, count: int, seed: int,
             say: Callable[[str], None] = print) -> Result:  # fmt: skip
    """Mutate the circuits of a case, in a folder that keeps their models.

    count : mutants of all configurations together
    """
    begun, result = time.monotonic(), Result()
    parts = designs(case)
    for k, design in enumerate(parts):
        share = count * (k + 1) // len(parts) - count * k // len(parts)
        name = design.calls[0].name
        result.configurations.append(name)
        say(f"{case.name}: {name}: {share} mutants")
        model = Mutants(design.circuit, folder / design.circuit.digest[:12], share, seed,
                        case.within)  # fmt: skip
        alive = survivors(model, design.calls)
        result.mutants += len(model.mutants)
        result.noticed += len(model.mutants) - len(alive)
        say(f"{case.name}: {name}: {len(alive)} not noticed")
        for contract in (False, True):
            if not alive:
                break
            found = dict(zip(alive, verdicts(model, alive, contract, case.assume)))
            proved = sum(one.answer == "equal" for one in found.values())
            result.promised += contract * proved
            result.equal += (1 - contract) * proved
            alive = [number for number in alive if found[number].answer != "equal"]
        result.survivors += [Survivor(model.mutants[number - 1], name, found[number].answer,
                                      found[number].cycle) for number in alive]  # fmt: skip
        result.seconds = time.monotonic() - begun
    say(f"{case.name}: {result.score:.1%}")
    return result


def survivors(model: Mutants, tests: list[Call]) -> list[int]:
    """The numbers of the mutants that the tests do not notice.

    A simulation that takes more than four times as long as on the circuit has failed.

    Raises
    ------
    RuntimeError
        If the tests fail on the circuit itself.
    """
    limits = []
    for call in tests:
        failed, edges = noticed(model, 0, call, 100_000)
        if failed:
            raise RuntimeError(f"{call.name} fails on the circuit itself")
        limits.append(4 * edges + 200)
    return [number for number in range(1, len(model.mutants) + 1)
            if not any(noticed(model, number, call, limit)[0]
                       for call, limit in zip(tests, limits))]  # fmt: skip
