"""Trials of a sweep: each is a job of any Hydra launcher, asks for its parameters itself and tells how it ended.

So jobs never wait for each other, and one that outlives the process that started it is not lost.
"""

import logging
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.core.plugins import Plugins
from hydra.types import HydraContext
from hydra.utils import get_method, instantiate
from omegaconf import DictConfig, OmegaConf, open_dict
from optuna import TrialPruned
from optuna.study import Study
from optuna.trial import Trial, TrialState

from eigennamen.sweeps.search_space import Space, some, split, suggest
from eigennamen.sweeps.storage import SweepFolder, finished
from eigennamen.sweeps.tables import write_table
from hydra_plugins.eigennamen_sweeper import OptunaSweeper

log = logging.getLogger(__name__)
STARTS = 3  # a trial whose process dies so often without having got on has failed
HOPELESS = 3  # failures without a success, after which no further trial is begun


@dataclass(frozen=True)
class Job:
    """Does one trial, in whichever process a launcher calls it; ``failed_before`` do not count towards ``trials``."""

    folder: SweepFolder
    space: Space
    fixed: Sequence[str]
    trials: int
    seed: int
    objective: str
    sampler: Any
    pruner: Any
    failed_before: frozenset[int]
    hydra_context: HydraContext
    config: DictConfig

    def __call__(self, _: DictConfig) -> float | None:
        """Dev micro F1 of the trial; None where it failed or none was left to do."""
        with self._claimed() as claimed:
            if claimed is None:
                return None
            trial, overrides = claimed
            log.info("trial %d: %s", trial.number, " ".join(overrides))
            return self._ended(trial, [*self.fixed, *overrides])

    @contextmanager
    def _claimed(self) -> Iterator[tuple[Trial, list[str]] | None]:
        """A trial that no other process has, with its parameters: one whose process died, or else a new one."""
        with self.folder.lock("claim"):
            trial = self._next()
            overrides = suggest(trial, self.space) if trial else []
            lock = self.folder.lock(_lock_name(trial.number)) if trial else None
            if lock:
                lock.acquire()
        try:
            yield (trial, overrides) if trial else None
        finally:
            if lock:
                lock.release()

    def _next(self) -> Trial | None:
        study = self.folder.study(pruner=instantiate(self.pruner or {"_target_": "optuna.pruners.NopPruner"}))
        for one in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if free(self.folder, one.number) and study.get_trials(deepcopy=False)[one.number].state == one.state:
                study.sampler = self._sampler(one.number)
                trial = Trial(study, one._trial_id)
                if _may_start(trial, looks=len(one.intermediate_values)):
                    return trial
                trial.set_user_attr("error", f"its process died {STARTS} times")
                study.tell(one.number, state=TrialState.FAIL)
        if self._enough(study):
            return None
        study.sampler = self._sampler(len(study.get_trials(deepcopy=False)))
        return study.ask()

    def _sampler(self, number: int) -> Any:
        """A sampler for one trial: with one seed for all, those of parallel jobs would draw the same."""
        return instantiate(self.sampler, seed=1000 * self.seed + number)

    def _enough(self, study: Study) -> bool:
        trials = study.get_trials(deepcopy=False)
        running = sum(one.state is TrialState.RUNNING for one in trials)
        failed = {one.number for one in trials if one.state is TrialState.FAIL} - self.failed_before
        ended = finished(study, apart_from=self.failed_before)
        if len(failed) == ended >= HOPELESS:
            log.error("no further trials: %d failed and none has succeeded", len(failed))
            return True
        return ended + running >= self.trials

    @property
    def _objective(self) -> Callable[[DictConfig, Trial], float]:
        return get_method(self.objective)

    def _composed(self, overrides: list[str]) -> DictConfig:
        cfg = self.hydra_context.config_loader.load_sweep_config(self.config, overrides)
        with open_dict(cfg):
            del cfg["hydra"]
        return cfg

    def _ended(self, trial: Trial, overrides: list[str]) -> float | None:
        """Do a trial's run and tell how it ended."""
        try:
            cfg = self._composed(overrides)
            value = self._objective(cfg, trial)
            trial.study.tell(trial, value)
            return value
        except TrialPruned:
            log.info("trial %d: pruned", trial.number)
            trial.study.tell(trial, state=TrialState.PRUNED)
            shutil.rmtree(Path(cfg.output_dir) / trial.user_attrs["run_id"] / "checkpoints", ignore_errors=True)
        except Exception as error:  # whatever it is: it must not lose the other trials
            log.error("trial %d failed: %s", trial.number, error, exc_info=not isinstance(error, OSError | ValueError))
            trial.set_user_attr("error", f"{type(error).__name__}: {error}")
            trial.study.tell(trial, state=TrialState.FAIL)
        return None


def dev_micro_f1(cfg: DictConfig, trial: Trial) -> float:
    """Do the run; raises TrialPruned where it is hopeless."""
    from eigennamen.run import run
    from eigennamen.sweeps.pruning import Pruning  # here, so that only the jobs load torch

    record = run(cfg, callbacks=[Pruning(trial, Path(cfg.output_dir))])
    trial.set_user_attr("run_id", record.run_id)
    if "dev" not in record.scores:
        raise ValueError(
            f"run {record.run_id} has no dev score to optimize; its corpus has no dev sentences with labels"
        )
    return float(record.scores["dev"]["micro"]["f1"])


def _may_start(trial: Trial, *, looks: int) -> bool:
    """Count another start of a trial whose process died; one that has looked at dev meanwhile starts counting anew."""
    starts = trial.user_attrs.get("starts", {"looks": 0, "times": 1})
    times = 2 if looks > starts["looks"] else starts["times"] + 1
    trial.set_user_attr("starts", {"looks": looks, "times": times})
    return times <= STARTS


def _lock_name(number: int) -> str:
    return f"trial-{number}"


def free(folder: SweepFolder, number: int) -> bool:
    """Whether no process is at a trial."""
    lock = folder.lock(_lock_name(number))
    taken = lock.taken()
    lock.release()
    return taken


def sweep(sweeper: OptunaSweeper, arguments: Sequence[str]) -> None:
    """Do the trials that a sweep lacks, then show and write its table.

    Raises:
        ValueError: see ``search_space.split`` and ``SweepFolder.begin``.
        SystemExit: trials are left, or all have failed.
    """
    assert sweeper.hydra_context is not None
    assert sweeper.config is not None
    space, fixed = split(sweeper.params, arguments)
    sweeper.validate_batch_is_legal([[*fixed, *some(space)]])
    folder = SweepFolder(Path(sweeper.folder) / sweeper.name)
    study = folder.begin(space=space, fixed=fixed)
    failed = frozenset(one.number for one in study.get_trials(deepcopy=False, states=(TrialState.FAIL,)))
    job = Job(
        folder,
        space,
        fixed,
        sweeper.trials,
        sweeper.seed,
        sweeper.objective,
        OmegaConf.to_container(sweeper.sampler),
        sweeper.pruner and OmegaConf.to_container(sweeper.pruner),
        failed,
        sweeper.hydra_context,
        sweeper.config,
    )
    _launch(job, [*fixed])
    print(write_table(folder))
    if (left := sweeper.trials - finished(study, apart_from=failed)) > 0:
        sys.exit(f"error: {left} trials are left; the same command goes on")
    if not study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
        sys.exit("error: no trial has succeeded")


def _launch(job: Job, fixed: list[str]) -> None:
    """Start a job for each trial that is left; again where a job's process died and took its launcher along."""
    launcher = Plugins.instance().instantiate_launcher(
        hydra_context=job.hydra_context, task_function=job, config=job.config
    )
    for _ in range(STARTS + 1):  # so that a trial of which its process dies does not keep the others
        left = job.trials - finished(job.folder.study(), apart_from=job.failed_before)
        if left <= 0:
            return
        try:
            for done in launcher.launch([fixed] * left, initial_job_idx=0):
                _ = done.return_value  # raises what the job raised
            return
        except (OSError, ValueError):
            raise
        except Exception as error:  # a launcher's own, such as joblib's TerminatedWorkerError
            log.error("a job died: %s", error)
