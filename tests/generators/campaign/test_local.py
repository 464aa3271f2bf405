"""Work on processes of this machine: each task once, whoever dies."""

from itertools import islice

from generators.campaign import local
from generators.campaign.work import Failed
from tests.generators.campaign.stand_in import begun, refused, square, suicidal


def tasks(folder, *numbers: int) -> dict:
    return {number: (str(folder), number) for number in numbers}


def test_each_task_is_done_once(tmp_path):
    found = list(local.completed(square, tasks(tmp_path, *range(20)), 2))
    assert sorted(found) == [(n, n * n) for n in range(20)]
    assert begun(tmp_path) == list(range(20))


def test_no_task_takes_no_process(tmp_path):
    assert list(local.completed(square, {})) == []


def test_what_raises_is_told_and_the_others_go_on(tmp_path):
    found = dict(local.completed(refused, tasks(tmp_path, 1, 2, 3, 4), 2))
    assert found == {1: 1, 2: 4, 3: Failed("'three'"), 4: 16}


def test_a_run_that_is_stopped_begins_little(tmp_path):
    """No more than what keeps the processes busy."""
    run = local.completed(square, tasks(tmp_path, *range(30)), 1)
    assert [key for key, _ in islice(run, 3)] == [0, 1, 2]
    run.close()
    assert len(begun(tmp_path)) <= 4


def test_a_task_whose_process_dies_is_given_again(tmp_path):
    """Until three have died with it; that of the others nothing is lost."""
    found = list(local.completed(suicidal, tasks(tmp_path, 3, 4, 5), 2))
    died = Failed("3 workers died with it; is there memory enough?")
    assert sorted(found, key=lambda pair: pair[0]) == [(3, 9), (4, 16), (5, died)]
    assert begun(tmp_path).count(5) == 3
