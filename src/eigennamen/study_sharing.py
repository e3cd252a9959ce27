"""Runs that another study has done already: their records and counts are taken over, nothing is run again."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from eigennamen.scoring import Scores
from eigennamen.study_counts import COUNTS, Key, read_study_counts
from eigennamen.study_errors import STUDY_ERRORS, RunErrors, read_study_errors
from eigennamen.study_grid import Study
from eigennamen.study_states import differing, fingerprints_of

log = logging.getLogger(__name__)
_OF_CELLS = ("row", "column", "seed", "overrides")


@dataclass(frozen=True)
class Done:
    """What a study keeps of a run."""

    result: Mapping[str, Any]
    counts: Mapping[Key, Scores]
    errors: RunErrors | None = None


def done_elsewhere(cfg: DictConfig, folders: Iterable[Path]) -> Done | None:
    """What the first study that did the run of ``cfg``, with today's code and data, knows of it."""
    known = [(folder, entry) for folder in folders for entry in Study.read(folder).records().values()]
    comparable = [(folder, entry) for folder, entry in known if "error" not in entry and entry.get("fingerprints")]
    now = fingerprints_of(cfg) if comparable else {}
    for folder, entry in comparable:
        if not differing(entry, cfg, now):
            run_id = entry["run_id"]
            log.info("taken from %s: %s", folder, run_id)
            counts = {key: one for key, one in read_study_counts(folder / COUNTS).items() if key[0] == run_id}
            result = {name: value for name, value in entry.items() if name not in _OF_CELLS}
            return Done(result, counts, read_study_errors(folder / STUDY_ERRORS).get(run_id))
    return None
