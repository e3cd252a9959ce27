"""The folder of a sweep, and what can be wrong with it."""

from pathlib import Path

import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState

from eigennamen.sweeps.storage import JOURNAL, Lock, SweepFolder, finished, volatile

SPACE = {"a": FloatDistribution(0, 1)}


@pytest.fixture
def folder(tmp_path: Path) -> SweepFolder:
    """A sweep of one trial."""
    folder = SweepFolder(tmp_path / "tiny")
    study = folder.begin(space=SPACE, fixed=["corpus=mini", "output_dir=here"])
    study.tell(study.ask(SPACE), 0.5)
    return folder


def test_a_lock_has_one_holder_and_says_what_to_do(tmp_path: Path) -> None:
    one, other = Lock(tmp_path / "x.lock"), Lock(tmp_path / "x.lock")
    with one:
        assert not other.taken()
        with pytest.raises(TimeoutError, match=r"x\.lock: locked by another process.*same command again"):
            other.acquire(0.02)
    assert other.taken()
    other.release()


def test_a_sweep_goes_on_wherever_its_output_is(folder: SweepFolder) -> None:
    study = folder.begin(space=SPACE, fixed=["output_dir=there", "logger=none", "corpus=mini", "hydra/launcher=joblib"])
    assert [one.value for one in study.trials] == [0.5]


@pytest.mark.parametrize(
    ("low", "fixed", "message"),
    [
        (0.0, ["corpus=conll"], "then: corpus=mini; now: corpus=conll"),
        (0.5, ["corpus=mini"], "then: range of a; now: range of a"),
    ],
)
def test_another_sweep_in_the_folder_is_refused(
    folder: SweepFolder, low: float, fixed: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        folder.begin(space={"a": FloatDistribution(low, 1)}, fixed=fixed)


def test_a_line_that_was_cut_off_is_dropped(folder: SweepFolder) -> None:
    with (folder.path / JOURNAL).open("a", encoding="utf-8") as file:
        file.write('{"op_code":6,"wor')
    study = folder.begin(space=SPACE, fixed=["corpus=mini"])
    study.tell(study.ask(SPACE), 0.7)
    assert [one.value for one in folder.study().trials] == [0.5, 0.7]


@pytest.mark.parametrize("line", ["not JSON", "{}", '{"op_code":99,"worker_id":"x"}'])
def test_a_broken_journal_is_one_clear_error(folder: SweepFolder, line: str) -> None:
    journal = folder.path / JOURNAL
    lines = journal.read_text(encoding="utf-8").splitlines()
    journal.write_text("\n".join([lines[0], line, *lines[1:]]) + "\n", encoding="utf-8")
    for call in (folder.study, lambda: folder.begin(space=SPACE, fixed=["corpus=mini"])):
        with pytest.raises(ValueError, match=r"journal\.jsonl: cannot be read .*the file is broken; mend its line"):
            call()


def test_a_folder_without_a_sweep_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no sweep there; start one with"):
        SweepFolder(tmp_path).study()


def test_failed_trials_of_earlier_calls_are_made_up_for(folder: SweepFolder) -> None:
    study = folder.study()
    study.tell(study.ask(SPACE), state=TrialState.FAIL)
    study.ask(SPACE)
    assert finished(study) == 2
    assert finished(study, apart_from=frozenset([1])) == 1


def test_what_cannot_change_a_result() -> None:
    overrides = [
        "logger.mode=offline",
        "hydra/launcher=joblib",
        "output_dir=x",
        "+logger.tags=[a]",
        "seed=1",
        "logged=1",
    ]
    assert [volatile(one) for one in overrides] == [True, True, True, True, False, False]
