"""Who does which trial."""

from pathlib import Path
from typing import Any

import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState

from eigennamen.sweeps.storage import SweepFolder
from eigennamen.sweeps.trials import Job

SPACE = {"a": FloatDistribution(0, 1)}


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Of a sweep of three trials."""
    folder = SweepFolder(tmp_path / "three")
    folder.begin(space=SPACE, fixed=[])
    sampler = {"_target_": "optuna.samplers.RandomSampler"}
    nothing: Any = None
    return Job(folder, SPACE, [], 3, 0, "", sampler, None, frozenset(), nothing, nothing)


def test_trials_at_a_time_are_different_and_not_more_than_asked(job: Job) -> None:
    with job._claimed() as one, job._claimed() as two, job._claimed() as three, job._claimed() as four:
        assert one is not None
        assert two is not None
        assert three is not None
        assert [claimed[0].number for claimed in (one, two, three)] == [0, 1, 2]
        assert len({claimed[1][0] for claimed in (one, two, three)}) == 3
        assert four is None


def test_a_trial_whose_process_died_is_taken_up_with_its_parameters(job: Job) -> None:
    with job._claimed() as first:
        assert first is not None
        with job._claimed() as second:
            assert second is not None
    with job._claimed() as again:
        assert again is not None
        assert (again[0].number, again[1]) == (0, first[1])
        with job._claimed() as other:
            assert other is not None
            assert (other[0].number, other[1]) == (1, second[1])


def test_a_trial_that_kills_its_process_again_and_again_has_failed(job: Job) -> None:
    for _ in range(3):
        with job._claimed() as claimed:
            assert claimed is not None
            assert claimed[0].number == 0
    with job._claimed() as claimed:
        assert claimed is not None
        assert claimed[0].number == 1
    [failed] = job.folder.study().get_trials(states=(TrialState.FAIL,))
    assert failed.user_attrs["error"] == "its process died 3 times"


def test_a_trial_that_gets_on_may_be_stopped_often(job: Job) -> None:
    for look in range(5):
        with job._claimed() as claimed:
            assert claimed is not None
            assert claimed[0].number == 0
            claimed[0].report(0.5, look)


def test_a_sweep_draws_the_same_in_parallel_as_one_after_the_other(job: Job, tmp_path: Path) -> None:
    with job._claimed() as one, job._claimed() as two:
        parallel = [claimed[1] for claimed in (one, two) if claimed]
    sequential = []
    folder = SweepFolder(tmp_path / "sequential")
    folder.begin(space=SPACE, fixed=[])
    again = Job(folder, *(getattr(job, name) for name in list(job.__dataclass_fields__)[1:]))
    for _ in range(2):
        with again._claimed() as claimed:
            assert claimed is not None
            sequential.append(claimed[1])
            claimed[0].study.tell(claimed[0], 0.5)
    assert parallel == sequential
