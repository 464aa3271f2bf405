"""Failures in folders of their own: saved, reduced, and read again to be run."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.fuzz import arrays, judge, reduce, trial
from tests.fuzz.corpus import Case

__all__ = ["FOUND", "descriptions", "networks", "save_description", "save_network"]

FOUND = Path(__file__).with_name("found")
CASE, RECIPE, TEXT = "case.json", "recipe.json", "failure.txt"


def save_network(name: str, recipe: dict, failure: trial.Failure, simulator: str,
                 seconds: float = 120.0) -> Path:  # fmt: skip
    """Save the smallest recipe that fails alike, and the files that it makes."""
    symptom = _symptom(failure)

    def fails(smaller: dict) -> bool:
        try:
            trial.check(smaller, simulator)
        except trial.Failure as other:
            return _symptom(other) == symptom
        except Exception:  # no recipe, or no network
            return False
        return False

    small = reduce.reduced(recipe, fails, seconds)
    record = {RECIPE: json.dumps(small).encode() + b"\n"}
    return _save(name, trial.described(small) | record, str(failure))


def _symptom(failure: Exception) -> str:
    return str(failure).partition("\n")[0]


def save_description(name: str, case: Case, bug: judge.Bug, seconds: float = 60.0) -> Path:
    """Save a case, its model.json, if it is JSON, the smallest that fails alike."""
    case = _reduced(case, bug.symptom, seconds)
    record = json.dumps({"command": case.command, "arguments": case.arguments})
    return _save(name, case.files | {CASE: record.encode() + b"\n"}, f"{bug.symptom}\n{bug.text}")


def _save(name: str, files: dict[str, bytes], text: str) -> Path:
    folder = FOUND / name
    folder.mkdir(parents=True, exist_ok=True)
    for file, data in (files | {TEXT: text.encode() + b"\n"}).items():
        (folder / file).write_bytes(data)
    return folder


def _reduced(case: Case, symptom: str, seconds: float) -> Case:
    try:
        document = json.loads(case.files["model.json"])
    except (KeyError, ValueError, RecursionError):
        return case

    def made(smaller) -> Case:
        return case.changed(**{"model.json": json.dumps(smaller).encode()})

    def fails(smaller) -> bool:
        bug = judge.judge(made(smaller))[1]
        return bug is not None and bug.symptom == symptom

    return made(reduce.reduced(document, fails, seconds)) if fails(document) else case


def networks() -> dict[str, Callable[[], tuple[dict[str, bytes], list[int]]]]:
    """The saved networks by name: the files of each, and the choices of its run."""
    def make(folder: Path):
        files = {file: (folder / file).read_bytes()
                 for file in ("model.json", "fold.json", arrays.FILE) if (folder / file).exists()}
        return files, json.loads((folder / RECIPE).read_text())["run"]

    return {path.parent.name: lambda folder=path.parent: make(folder)
            for path in sorted(FOUND.glob(f"*/{RECIPE}"))}  # fmt: skip


def descriptions() -> list[Case]:
    """The saved descriptions."""
    found = []
    for path in sorted(FOUND.glob(f"*/{CASE}")):
        record = json.loads(path.read_text())
        files = {one.name: one.read_bytes() for one in path.parent.iterdir()
                 if one.name not in (CASE, TEXT)}  # fmt: skip
        arguments = tuple(record["arguments"])
        found.append(Case(path.parent.name, files, record["command"], arguments))
    return found
