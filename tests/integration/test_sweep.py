"""Sweeps as a user starts them; all but the last train nothing."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from optuna.trial import FrozenTrial, TrialState

from eigennamen.sweeps.__main__ import main
from eigennamen.sweeps.storage import SweepFolder

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def command(folder: Path, *overrides: str, objective: str = "rate", trials: int = 4) -> list[str]:
    asked = ["-m", "+experiment=weak_labels", "+sweep=token_classifier", f"output_dir={folder}", *overrides]
    swept = [f"hydra.sweeper.trials={trials}", f"hydra.sweeper.objective=sweep_objectives.{objective}"]
    return [sys.executable, str(ROOT / "train.py"), *asked, *swept]


def environment(*first: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WANDB", "HYDRA"))}
    return kept | {"PYTHONPATH": os.pathsep.join(map(str, (*first, ROOT / "tests")))}


def sweep(folder: Path, *overrides: str, code: int = 0, objective: str = "rate", trials: int = 4) -> str:
    """Run a sweep whose output is in ``folder``; returns what it printed."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        command(folder, *overrides, objective=objective, trials=trials),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def trials_of(folder: Path) -> list[FrozenTrial]:
    return SweepFolder(folder / "sweeps" / "token_classifier").study().trials


def begun(folder: Path) -> list[int]:
    return sorted(int(line) for line in (folder / "begun.txt").read_text(encoding="utf-8").split())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a sweep of four trials."""
    folder = tmp_path_factory.mktemp("whole")
    sweep(folder)
    return folder


def test_a_killed_sweep_goes_on_in_its_trial_and_ends_as_if_it_had_not_been(tmp_path: Path, whole: Path) -> None:
    started = command(tmp_path, objective="hangs")
    with subprocess.Popen(started, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 200
        while not (tmp_path / "waiting").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    assert begun(tmp_path) == [0, 1, 2]
    sweep(tmp_path, objective="hangs")
    assert begun(tmp_path) == [0, 1, 2, 2, 3]
    trials = trials_of(tmp_path)
    assert [one.state for one in trials] == [TrialState.COMPLETE] * 4
    assert [one.params for one in trials] == [one.params for one in trials_of(whole)]
    assert [one.value for one in trials] == [one.value for one in trials_of(whole)]


def test_a_finished_sweep_only_shows_its_table_and_more_trials_are_added(tmp_path: Path, whole: Path) -> None:
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    assert "4 trials. Chosen by strict micro F1 on dev" in sweep(tmp_path)
    sweep(tmp_path, trials=5)
    assert begun(tmp_path) == [0, 1, 2, 3, 4]
    printed = sweep(tmp_path, "seed=1", code=1)
    assert "was begun otherwise (then: nothing more; now: seed=1)" in printed
    assert "Traceback" not in printed


def test_a_failed_trial_does_not_lose_the_others(tmp_path: Path) -> None:
    printed = sweep(tmp_path, objective="fails", trials=5)
    states = [one.state.name for one in trials_of(tmp_path)]
    assert states == ["COMPLETE", "FAIL", "COMPLETE", "COMPLETE", "PRUNED"]
    assert "failed: RuntimeError: no memory is left" in printed
    table = (tmp_path / "sweeps" / "token_classifier" / "trials.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in table.splitlines()[2:7]]
    values = [float(row[1]) for row in rows[:3]]
    assert values == sorted(values, reverse=True)
    assert [row[0] for row in rows[3:]] == ["| 4", "| 1"]
    assert rows[3][1:3] == ["10.0", "pruned"]
    assert rows[3][-1] == "run-4 |"


def test_where_nothing_succeeds_the_sweep_ends_early(tmp_path: Path) -> None:
    printed = sweep(tmp_path, objective="fails_always", trials=20, code=1)
    assert len(trials_of(tmp_path)) == 3
    assert "no further trials: 3 failed and none has succeeded" in printed


def test_joblib_does_two_trials_at_a_time(tmp_path: Path) -> None:
    sweep(tmp_path, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", objective="meets")
    trials = trials_of(tmp_path)
    assert [one.state for one in trials] == [TrialState.COMPLETE] * 4
    assert begun(tmp_path) == [0, 1, 2, 3]
    assert len({one.params["module.learning_rate"] for one in trials}) == 4


def test_submitit_does_every_trial_as_a_job_of_its_own(tmp_path: Path) -> None:
    sweep(tmp_path, "hydra/launcher=submitit_local", objective="meets", trials=2)
    assert begun(tmp_path) == [0, 1]
    assert [one.state for one in trials_of(tmp_path)] == [TrialState.COMPLETE] * 2
    assert len(list((tmp_path / ".submitit").glob("*/*_result.pkl"))) == 2


def test_without_the_extra_it_is_said_what_to_install(tmp_path: Path) -> None:
    missing = "raise ModuleNotFoundError(\"No module named 'optuna'\", name='optuna')\n"
    (tmp_path / "optuna.py").write_text(missing, encoding="utf-8")
    done = subprocess.run(
        command(tmp_path), cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "pip install -e '.[sweeps]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_best_trial_becomes_an_experiment(tmp_path: Path, whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    conf = tmp_path / "conf"
    shutil.copytree(ROOT / "conf", conf)
    arguments = ["best", "token_classifier", "--folder", str(whole / "sweeps"), "--conf", str(conf)]
    main(arguments)
    assert "+experiment=token_classifier_best" in capsys.readouterr().out
    best = SweepFolder(whole / "sweeps" / "token_classifier").study().best_trial
    with initialize_config_dir(str(conf), version_base="1.3"):
        cfg = compose("config", ["+experiment=token_classifier_best"])
        searched = [f"{key}={value}" for key, value in best.params.items()]
        same = compose("config", ["+experiment=weak_labels", "name=token_classifier_best", *searched])
    assert OmegaConf.to_container(cfg) == OmegaConf.to_container(same)
    header = (conf / "experiment" / "token_classifier_best.yaml").read_text(encoding="utf-8").splitlines()[:5]
    assert header[0] == "# @package _global_"
    assert header[1] == f"# The best of 4 trials of the sweep token_classifier: {100 * best.value:.1f} dev micro F1."
    assert header[2] == "#   python train.py +experiment=token_classifier_best"
    with pytest.raises(SystemExit, match="is there already"):
        main(arguments)


def test_a_hopeless_training_is_pruned_and_leaves_no_checkpoint(tmp_path: Path) -> None:
    small = ["corpus.n_train=60", "corpus.n_dev=20", "corpus.n_test=20", "logger=none", "trainer=debug"]
    pruner = "hydra.sweeper.pruner"
    never = [f"{pruner}._target_=optuna.pruners.ThresholdPruner", f"+{pruner}.lower=2", f"{pruner}.n_warmup_steps=0"]
    never += [f"~{pruner}.n_startup_trials"]
    objective = "hydra.sweeper.objective=eigennamen.sweeps.trials.dev_micro_f1"
    overrides = [*small, "label_model=majority_vote", *never, objective]
    asked = command(tmp_path, *overrides, trials=1)[:-1]
    done = subprocess.run(asked, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert "no trial has succeeded" in done.stderr
    [trial] = trials_of(tmp_path)
    assert trial.state is TrialState.PRUNED
    assert list(trial.intermediate_values) == [0]
    run_dir = tmp_path / trial.user_attrs["run_id"]
    assert (run_dir / "config.yaml").exists()
    assert not (run_dir / "checkpoints").exists()
