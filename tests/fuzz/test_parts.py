"""The fuzzer itself: what it must notice, and what it makes of that."""

import json
import re
from dataclasses import replace

import pytest

from generators.network import load
from tests.fuzz import bench, choices, found, judge, networks, reduce, trial
from tests.fuzz.corpus import Case
from tests.fuzz.descriptions import Descriptions

DOCUMENT = {
    "bitloom": 1, "name": "fuzz", "input": {"shape": [5, 4, 1], "type": "uint2"},
    "layers": [{"name": "n0", "op": "conv", "inputs": ["input"],
                "weights": {"type": "int2", "data": [[[[1], [-2]], [[0], [1]]]]}}],
}  # fmt: skip
FINN = ("{in}/model.json", "-o", "{out}")
RUN = [3, 0, 0, 0, 40, 50, 1, 1]


def case(document=DOCUMENT) -> Case:
    return Case("case", {"model.json": json.dumps(document).encode()}, "finn", FINN)


def within(verilog: str, module: str, old: str, new: str) -> str:
    """The Verilog with a text replaced in a module."""
    start = verilog.index(f"module \\top.{module} ")
    end = verilog.index("endmodule", start)
    assert old in verilog[start:end]
    return verilog[:start] + verilog[start:end].replace(old, new) + verilog[end:]


FAULTS = {
    "none": lambda text: text,
    "window not reset": lambda text: within(text, "n0_window", " rst ? ", " 1'h0 ? "),
    "last beat not told": lambda text: within(text, "m_axis", "rst ? 1'h0 : _10_", "1'h0"),
    "a bit inverted": lambda text: within(text, "m_axis", "o__tdata = i__payload",
                                          "o__tdata = i__payload ^ 32'd1"),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Builds of one network, each with a fault in its Verilog, and what their runs showed."""
    place = tmp_path_factory.mktemp("faults")
    built, jobs = {}, {}
    for name, fault in FAULTS.items():
        folder = place / str(len(built))
        folder.mkdir()
        files = case().files | {"fold.json": b"{}"}
        built[name] = trial.built(files, RUN, folder)
        jobs[name] = trial.job(built[name])
        top = folder / "build" / "top.v"
        top.write_text(fault(top.read_text()))
    seen = bench.simulate(list(jobs.values()), place, "verilator")
    return {name: (built[name], jobs[name], phases) for name, phases in zip(FAULTS, seen)}


def symptom(run) -> str | None:
    try:
        trial.verdict(*run)
    except trial.Failure as failure:
        return str(failure).replace("\n", " ")
    return None


def test_faults_of_verilog_are_noticed(runs):
    assert symptom(runs["none"]) is None
    assert re.match(r"wrong result in phase [24]", symptom(runs["window not reset"]))
    assert symptom(runs["last beat not told"]) == "tlast in phase 0"
    assert symptom(runs["a bit inverted"]).startswith("wrong result in phase 0")


def test_wrong_promises_are_noticed(runs, tmp_path):
    built, *run = runs["none"]
    for field, more, what in (
        ("latency_cycles", 1, r"latency \d+, not \d+ in phase 0"),
        ("latency_cycles", -1, r"latency \d+, not \d+ in phase 0"),
        ("cycles_per_frame", -1, r"interval \[.*\], not \d+ in phase 0"),
    ):  # fmt: skip
        report = built.report | {field: built.report[field] + more}
        assert re.fullmatch(what, symptom((replace(built, report=report), *run)))


def test_another_network_is_noticed(runs, tmp_path):
    built, *run = runs["none"]
    other = json.loads(json.dumps(DOCUMENT).replace("-2", "-1"))
    (tmp_path / "model.json").write_text(json.dumps(other))
    made = replace(built, given=load.load(tmp_path / "model.json"))
    assert symptom((made, *run)).startswith("wrong result in phase 0")


@pytest.mark.parametrize(("change", "what"), [
    (lambda one: one.faults.append("unstable at 9"), "rule of streams"),
    (lambda one: one.lasts.reverse(), "tlast"),
    (lambda one: one.beats.__setitem__(0, "x" * 8), "unknown bits"),
    (lambda one: one.beats.append("0" * 8), "more than all frames"),
    (lambda one: one.beats.__setitem__(1, "f" * 8), "unused bits"),
])
def test_other_faults_are_noticed(runs, change, what):
    built, job, phases = runs["none"]
    phases = [bench.Seen(*(list(getattr(one, name)) for name in vars(one))) for one in phases]
    change(phases[2])
    assert symptom((built, job, phases)).startswith(what)


def test_verdicts_on_commands(monkeypatch):
    assert judge.judge(case())[1] is None
    said, bug = judge.judge(case(DOCUMENT | {"layers": []}))
    assert said.startswith("model.json: $.layers: Layers must be") and bug is None
    for behaviour, what in (
        (lambda arguments: 1 // 0, "ZeroDivisionError outside"),
        (lambda arguments: 3, "status 3"),
        (lambda arguments: 0, "no build"),
        (lambda arguments: 2, "not one line"),
        (lambda arguments: print("a: b") or 2, "output of what is refused"),
    ):  # fmt: skip
        monkeypatch.setitem(judge.COMMANDS, "finn", behaviour)
        assert judge.judge(case())[1].symptom == what


def test_a_hang_is_noticed(monkeypatch):
    def endless(arguments):
        while True:
            pass

    monkeypatch.setattr(judge, "SECONDS", 0.2)
    monkeypatch.setitem(judge.COMMANDS, "finn", endless)
    with judge.limited():
        assert judge.judge(case())[1].symptom == "hang of outside"


def test_a_wrong_build_is_noticed(monkeypatch):
    monkeypatch.setattr(judge.built, "run", lambda made, x: 0 * judge.draws.draw(made.output, 3, 0))
    assert judge.judge(case())[1].symptom == "wrong result"


def test_the_same_every_time():
    assert choices.recipe("3 5") == choices.recipe("3 5") != choices.recipe("3 6")
    assert networks.document(choices.recipe("3 5")) == networks.document(choices.recipe("3 5"))
    one, other = Descriptions(1), Descriptions(1)
    assert [one.case(n) for n in range(20)] == [other.case(n) for n in range(20)]


def test_reduces_to_what_fails():
    given = {"a": [1, 2, 3, 40, 5], "b": {"c": 7, "d": [[8]]}}
    assert reduce.reduced(given, lambda one: 40 in one.get("a", ())) == {"a": [40]}
    assert reduce.reduced([9, 9, 100], lambda one: sum(one) > 20) == [25]


def test_saves_a_reduced_description(monkeypatch, tmp_path):
    monkeypatch.setattr(found, "FOUND", tmp_path)
    monkeypatch.setitem(judge.COMMANDS, "finn", lambda arguments: 1 // 0)
    one = case()
    folder = found.save_description("zero", one, judge.judge(one)[1])
    assert json.loads((folder / "model.json").read_text()) == {}
    (saved,) = found.descriptions()
    assert (saved.name, saved.command, saved.arguments) == ("zero", "finn", FINN)
    assert judge.judge(saved)[1].symptom == "ZeroDivisionError outside"


def test_saves_a_reduced_network(monkeypatch, tmp_path):
    def check(recipe, simulator):
        trial.described(recipe)
        if any(name == "conv" for name, _ in recipe["steps"]):
            raise trial.Failure("wrong result\nin phase 0")

    monkeypatch.setattr(found, "FOUND", tmp_path)
    monkeypatch.setattr(trial, "check", check)
    recipe = choices.recipe("3 5") | {"steps": [["pad", [1]], ["conv", [2, 7, 9]], ["dense", []]]}
    folder = found.save_network("conv", recipe, trial.Failure("wrong result\nin phase 2"), "none")
    small = json.loads((folder / "recipe.json").read_text())
    assert small == {"input": [], "steps": [["conv", []]], "end": [], "folds": []}
    assert json.loads((folder / "model.json").read_text())["name"] == "fuzz"
