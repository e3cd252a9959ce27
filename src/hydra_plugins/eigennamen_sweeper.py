"""Tells Hydra of the sweeper; the work is in ``sweeps.trials``, which single runs do not import, nor Optuna."""

import os
import sys
from typing import Any

from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


class OptunaSweeper(Sweeper):
    """Maximizes ``objective`` over the search space ``params``, each parameter's range in Hydra's sweep syntax.

    ``trials`` is the number that there are in the end, those of earlier calls included. ``sampler`` and ``pruner`` are
    classes of Optuna; the sampler gets a seed for each trial, made of ``seed`` and the trial's number.
    """

    def __init__(
        self,
        *,
        name: str,
        folder: str,
        trials: int,
        seed: int,
        objective: str,
        sampler: Any,
        pruner: Any,
        params: Any = None,
    ) -> None:
        self.name = name
        self.folder = folder
        self.trials = trials
        self.seed = seed
        self.objective = objective
        self.sampler = sampler
        self.pruner = pruner
        self.params = dict(params or {})

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self.hydra_context = hydra_context
        self.config = config

    def sweep(self, arguments: list[str]) -> None:
        try:
            from eigennamen.sweeps.trials import sweep
        except ModuleNotFoundError as error:
            sys.exit(f"error: {error}; sweeps need more: pip install -e '.[sweeps]'")
        try:
            sweep(self, arguments)
        except (ValueError, OSError) as error:
            if "HYDRA_FULL_ERROR" in os.environ:
                raise
            sys.exit(f"error: {error}\n(HYDRA_FULL_ERROR=1 shows where)")
