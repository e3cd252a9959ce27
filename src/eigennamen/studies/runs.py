"""Doing the runs of a study that are missing, and what is kept of each."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from omegaconf import open_dict

from eigennamen.records import RunRecord
from eigennamen.studies.cells import Cell
from eigennamen.studies.counts import counts_of_run
from eigennamen.studies.errors import RunErrors
from eigennamen.studies.grid import EXPERIMENTS, Study, study_folders
from eigennamen.studies.sharing import Done, done_elsewhere
from eigennamen.studies.states import LENGTH, states_of

log = logging.getLogger(__name__)
# of a round in a run's record; which sentences were chosen stays there
_OF_ROUNDS = ("round", "cost", "dev", "test")


def run_missing(
    study: Study, cells: Sequence[Cell], *, conf: Path, minutes: float, extra: Sequence[str], stale: bool = False
) -> None:
    """Do those runs of some cells that have no record yet, and stale ones if asked for, until ``minutes`` are over.

    A run that fails is recorded with its error, and the next one is done.
    """
    study.check_names(conf)
    wanted = ("missing", "failed", "stale") if stale else ("missing", "failed")
    missing = [one.cell for one in states_of(study, cells, conf=conf if stale else None) if one.name in wanted]
    started = time.monotonic()
    for number, cell in enumerate(missing):
        spent = (time.monotonic() - started) / 60
        if spent > minutes:
            log.warning("%d runs are left: the time is over", len(missing) - number)
            return
        rest = f", about {spent / number * (len(missing) - number):.0f} min left" if number else ""
        log.info("[%d/%d%s] %s", number + 1, len(missing), rest, cell.command)
        done = _done(study, cell, conf=conf, extra=extra)
        study.add(cell, done.result, done.counts, done.errors)


def _done(study: Study, cell: Cell, *, conf: Path, extra: Sequence[str]) -> Done:
    """A run that is done now, or was before: its folder is there, or another study knows of it."""
    from eigennamen.run import run  # here, so that --list answers without loading torch

    try:
        with initialize_config_dir(str(conf.absolute()), version_base="1.3"):
            cfg = compose("config", [*cell.overrides, "logger=none", *extra])
        others = [one for one in study_folders(EXPERIMENTS) if one.resolve() != study.folder.resolve()]
        if not cfg.get("force") and (known := done_elsewhere(cfg, others)):
            return known
        with open_dict(cfg):  # W&B shows it, and tables can be made from there
            cfg.study, cfg.cell = study.name, {"row": cell.row, "column": cell.column, "key": cell.key}
        record = run(cfg)
        if "test" not in record.scores:
            raise ValueError(
                f"{study.folder / 'study.yaml'}: column {cell.column!r} has no test sentences with gold; a study "
                "compares scores on test: give its corpus some"
            )
        run_dir = Path(cfg.output_dir) / record.run_id
        return Done(summary(record), counts_of_run(run_dir), RunErrors.read(run_dir))
    except Exception as error:  # whatever it is, Hydra's own errors among them: it must not lose the other runs
        log.error("failed: %s", error, exc_info=not isinstance(error, OSError | ValueError))
        return Done({"error": f"{type(error).__name__}: {error}"}, {})


def summary(record: RunRecord) -> dict[str, Any]:
    """The part of a record that tables need, small enough to be committed."""
    kept = ("run_id", "corpus", "protocol", "method", "dev_labels", "dev_sentences", "model", "parents", "times")
    of_weak_labels = ("versus_label_model", "versus_majority_vote", "recall_ceiling")
    label_model = (record.label_model or {}).get("test")
    labels = sorted(k for k, one in record.scores.get("test", {}).get("labels", {}).items() if one["gold"])
    curve = [{k: one[k] for k in _OF_ROUNDS if k in one} for one in record.rounds if "cost" in one]
    return {
        **{name: getattr(record, name) for name in kept},
        **{
            name: value
            for name in (*of_weak_labels, "generation", "cost", "prices")
            if (value := getattr(record, name))
        },
        "scores": {split: {k: scores[k] for k in ("micro", "macro")} for split, scores in record.scores.items()},
        "label_model": {"test": {"micro": label_model["micro"]}} if label_model else None,
        "git_commit": record.environment["git_commit"],
        "fingerprints": {name: value[:LENGTH] for name, value in record.fingerprints.items()},
        **({"labels": labels} if labels else {}),
        **({"rounds": curve} if curve else {}),
    }
