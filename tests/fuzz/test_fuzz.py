"""A slice of the fuzzing with a fixed seed, and everything that fuzzing has found."""

import pytest

from tests.fuzz import campaign, choices, found, judge

SEED, NETWORKS, ARRAYS = 3, range(8), (4, 5)
CORRUPTIONS, DESCRIPTIONS = 7, 250
"""Seeds, and which or how many; of networks on arrays two small ones."""


def test_networks():
    """The random and the saved ones in one simulation; most of them are simulated, not refused."""
    makes = found.networks()
    chosen = [("networks", n) for n in NETWORKS] + [("arrays", n) for n in ARRAYS]
    for kind, number in chosen:
        recipe = choices.recipe(f"{SEED} {number}", array=kind == "arrays")
        name = f"python -m tests.fuzz {kind} --seed {SEED} --first {number} --count 1"
        makes[name] = lambda recipe=recipe: (campaign.trial.described(recipe), recipe["run"])
    outcomes = campaign.together(makes, "verilator")
    bugs = {name: str(e) for name, e in outcomes.items() if isinstance(e, campaign.trial.Failure)}
    assert not bugs
    refused = [name for name, error in outcomes.items() if error is not None]
    assert len(refused) <= len(NETWORKS) // 2


def test_descriptions():
    """Refused in one sentence, or built as the golden model says."""
    outcomes = list(campaign.descriptions(CORRUPTIONS, 0, DESCRIPTIONS, "verilator", False))
    command = f"python -m tests.fuzz descriptions --seed {CORRUPTIONS} --count 1 --first"
    assert not {f"{command} {one.number}": one.text for one in outcomes if one.kind == "bug"}
    kinds = [one.kind for one in outcomes]
    assert kinds.count("refused") > DESCRIPTIONS // 2 and kinds.count("built") > DESCRIPTIONS // 20


@pytest.mark.parametrize("case", found.descriptions(), ids=lambda case: case.name)
def test_found_description(case):
    with judge.limited():
        _, bug = judge.judge(case)
    assert bug is None
