"""What Optuna is told of a training."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import optuna
import pytest
import torch

from eigennamen.sweeps.pruning import Pruning


def trainer(folder: Path, *, epoch: int, score: float) -> Any:
    metrics = {"dev/micro_f1": torch.tensor(score)}
    return SimpleNamespace(
        default_root_dir=folder, current_epoch=epoch, check_val_every_n_epoch=2, callback_metrics=metrics
    )


@pytest.fixture
def trial() -> optuna.Trial:
    """One beside a trial that had 0.5 at its second look."""
    study = optuna.create_study(direction="maximize", pruner=optuna.pruners.MedianPruner(1, n_warmup_steps=1))
    first = study.ask()
    first.report(0.5, 1)
    study.tell(first, 0.5)
    return study.ask()


def test_a_trial_below_the_median_is_pruned_after_the_warm_up(trial: optuna.Trial, tmp_path: Path) -> None:
    pruning = Pruning(trial, tmp_path)
    module: Any = None
    pruning.on_fit_start(trainer(tmp_path / "run-7", epoch=0, score=0), module)
    assert trial.user_attrs == {"run_id": "run-7"}
    pruning.on_validation_end(trainer(tmp_path / "run-7", epoch=1, score=0.25), module)
    pruning.on_validation_end(trainer(tmp_path / "run-7", epoch=1, score=0.25), module)  # resumed
    with pytest.raises(optuna.TrialPruned):
        pruning.on_validation_end(trainer(tmp_path / "run-7", epoch=3, score=0.375), module)
    assert trial.study.trials[1].intermediate_values == {0: 0.25, 1: 0.375}


def test_a_fit_of_several_is_not_pruned(trial: optuna.Trial, tmp_path: Path) -> None:
    pruning = Pruning(trial, tmp_path)
    module: Any = None
    one = trainer(tmp_path / "run-7" / "checkpoints" / "round-1", epoch=3, score=0.125)
    pruning.on_fit_start(one, module)
    pruning.on_validation_end(one, module)
    assert trial.user_attrs == {"run_id": "run-7"}
    assert trial.study.trials[1].intermediate_values == {}
