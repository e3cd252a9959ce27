"""The table of a sweep's trials."""

from typing import Any

from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from eigennamen.files import write_atomically
from eigennamen.sweeps.storage import SweepFolder

TABLE = "trials.md"
_ORDER = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL, TrialState.RUNNING, TrialState.WAITING)
CHOICE = "Chosen by strict micro F1 on dev, %; test scores take no part in it."


def write_table(folder: SweepFolder) -> str:
    """Write and return the table of a sweep as Markdown, the best trial first."""
    text = table(folder.study())
    write_atomically(folder.path / TABLE, text)
    return text


def table(study: Study) -> str:
    """A row for each trial; a pruned trial's score is that of its last look at dev."""
    trials = sorted(study.get_trials(deepcopy=False), key=_rank)
    keys = list(study.user_attrs["sweep"]["space"])
    header = ["trial", "dev micro F1", "ended", *keys, "run id"]
    rows = [_row(trial, keys) for trial in trials]
    lines = [header, ["---", "---:", *("---" for _ in header[2:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + f"\n\n{len(trials)} trials. {CHOICE}\n"


def _rank(trial: FrozenTrial) -> tuple[int, float, int]:
    return _ORDER.index(trial.state), -(trial.value or 0.0), trial.number


def _row(trial: FrozenTrial, keys: list[str]) -> list[str]:
    score = "" if trial.value is None else f"{100 * trial.value:.1f}"
    parameters = [_short(trial.params.get(key, "")) for key in keys]
    return [str(trial.number), score, _end(trial), *parameters, trial.user_attrs.get("run_id", "")]


def _end(trial: FrozenTrial) -> str:
    if trial.state is TrialState.FAIL:
        return f"failed: {trial.user_attrs.get('error', 'unknown')}".replace("|", "/").splitlines()[0]
    return {TrialState.COMPLETE: "whole", TrialState.PRUNED: "pruned"}.get(trial.state, "not yet")


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
