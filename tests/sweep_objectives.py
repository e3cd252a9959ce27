"""What sweeps optimize in tests: nothing is trained."""

import time
from pathlib import Path

from omegaconf import DictConfig
from optuna import TrialPruned
from optuna.trial import Trial


def rate(cfg: DictConfig, trial: Trial) -> float:
    """Best at 0.005; says in a file that it began."""
    with (Path(cfg.output_dir) / "begun.txt").open("a", encoding="utf-8") as file:
        file.write(f"{trial.number}\n")
    return 1 - abs(float(cfg.module.learning_rate) - 0.005) / 0.005


def hangs(cfg: DictConfig, trial: Trial) -> float:
    """In trial 2 until its process is killed, the first time."""
    value = rate(cfg, trial)
    waiting = Path(cfg.output_dir) / "waiting"
    if trial.number == 2 and not waiting.exists():
        waiting.touch()
        time.sleep(600)
    return value


def fails(cfg: DictConfig, trial: Trial) -> float:
    """In trial 1; trial 4 is pruned."""
    if trial.number == 1:
        raise RuntimeError("no memory is left")
    trial.set_user_attr("run_id", f"run-{trial.number}")
    if trial.number == 4:
        trial.report(0.1, 0)
        raise TrialPruned
    return rate(cfg, trial)


def fails_always(cfg: DictConfig, trial: Trial) -> float:
    raise ValueError("no such corpus")


def meets(cfg: DictConfig, trial: Trial) -> float:
    """Trials 0 and 1 end only when both have begun: they must be in two processes at a time."""
    value = rate(cfg, trial)
    deadline = time.monotonic() + 120
    begun = Path(cfg.output_dir) / "begun.txt"
    while trial.number < 2 and len(begun.read_text().split()) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    if time.monotonic() >= deadline:
        raise TimeoutError
    return value
