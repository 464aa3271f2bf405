"""Each component keeps its promises for all time, from reset in any state."""

import pytest

from tests.formal.__main__ import CASES, read, table
from tests.formal.buses import DATA
from tests.formal.faults import FAULTS, Fault, seeded
from tests.formal.induct import check, induct
from tests.formal.prove import prove
from tests.synth.update import README


def wanted(name: str) -> str:
    return "bounded" if CASES[name].bounded else "proved"


@pytest.mark.parametrize("name", CASES)
def test_proved(name):
    answers = {verdict.name: verdict.answer for verdict in check(CASES[name])}
    assert set(answers.values()) == {wanted(name), "reached"}, answers


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_proved_from_power_up(name):
    answers = {verdict.name: verdict.answer for verdict in check(CASES[name], begins=False)}
    assert set(answers.values()) == {wanted(name), "reached"}, answers


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.case}, {fault.breaks}")
def test_seeded_fault_breaks_its_property(fault):
    with seeded(fault):
        (verdict,) = prove(CASES[fault.case], only=(fault.breaks,), search=True)
    assert (verdict.name, verdict.answer) == (fault.breaks, "violated")


def test_readme_shows_them():
    rows = read()
    assert [*rows] == [*CASES]
    assert table(rows) in README.read_text(), "run python -m tests.formal"


def test_every_component_has_a_fault():
    words = {name.split(",")[0].split(" ")[0] for name in CASES}
    assert words == {fault.case.split(",")[0].split(" ")[0] for fault in FAULTS}


def test_fault_that_is_not_there():
    fault = Fault("Fork to 2", "order", "hdl.stream.fork", "nothing like it", "")
    message = "^hdl.stream.fork must have 'nothing like it' once, not 0 times$"
    with pytest.raises(ValueError, match=message), seeded(fault):
        pass


@pytest.mark.slow
def test_write_dma_writes_what_came():
    answers = {verdict.answer for verdict in induct(DATA)}
    assert answers == {"bounded"}
