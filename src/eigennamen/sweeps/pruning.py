"""Ends a hopeless trial of a sweep: Lightning's validations are told to Optuna."""

from pathlib import Path

import lightning as L
import optuna

from eigennamen.training import MONITOR


class Pruning(L.Callback):
    """Reports dev micro F1 after each look at dev; raises TrialPruned where Optuna's pruner says so.

    Trainings are compared by the number of the look, which is about the share of the training done. Procedures with
    several fits are not pruned: their first fit is not what they are judged by.
    """

    def __init__(self, trial: optuna.Trial, output_dir: Path) -> None:
        self.trial = trial
        self.output_dir = output_dir

    def on_fit_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        run_dir = Path(str(trainer.default_root_dir)).absolute().relative_to(self.output_dir.absolute())
        self.trial.set_user_attr("run_id", run_dir.parts[0])
        self._single = len(run_dir.parts) == 1

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if not self._single:
            return
        look = (trainer.current_epoch + 1) // (trainer.check_val_every_n_epoch or 1) - 1
        reported = self.trial.study.get_trials(deepcopy=False)[self.trial.number].intermediate_values
        if look not in reported:  # a resumed training repeats the epoch in which it was killed
            self.trial.report(float(trainer.callback_metrics[MONITOR]), look)
        if self.trial.should_prune():
            raise optuna.TrialPruned
