"""Runs that another study has done already: their records and counts are taken over, nothing is run again."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from eigennamen.scoring import Scores
from eigennamen.studies.counts import COUNTS, Key, read_study_counts
from eigennamen.studies.errors import STUDY_ERRORS, RunErrors, read_study_errors
from eigennamen.studies.grid import Study
from eigennamen.studies.states import differing, fingerprints_of

log = logging.getLogger(__name__)
_OF_CELLS = ("row", "column", "seed", "overrides")


@dataclass(frozen=True)
class Done:
    """What a study keeps of a run."""

    result: Mapping[str, Any]
    counts: Mapping[Key, Scores]
    errors: RunErrors | None = None


def done_elsewhere(cfg: DictConfig, folders: Iterable[Path]) -> Done | None:
    """What the first study that did the run of ``cfg``, with today's code and data, knows of it.

    A study that cannot be read is named in the log, and is none that did it. Nothing is known where the corpus or the
    labeling functions cannot be loaded: all else may be the same.
    """
    comparable: list[tuple[Path, Mapping[str, Any]]] = []
    for folder in folders:
        with _passed_over(folder):
            entries = Study.read(folder).records().values()
            comparable += [(folder, one) for one in entries if "error" not in one and one.get("fingerprints")]
    now = fingerprints_of(cfg) if comparable else {}
    if not {"corpus", "label_source"} <= now.keys():
        return None
    for folder, entry in comparable:
        if not differing(entry, cfg, now):
            with _passed_over(folder):
                return _taken(folder, entry)
    return None


@contextmanager
def _passed_over(folder: Path) -> Iterator[None]:
    """What is broken in one study is no reason for the runs of another to fail."""
    try:
        yield
    except (OSError, ValueError) as error:
        log.warning("%s: no runs are taken from this study: %s", folder, error)


def _taken(folder: Path, entry: Mapping[str, Any]) -> Done:
    run_id = entry["run_id"]
    counts = {key: one for key, one in read_study_counts(folder / COUNTS).items() if key[0] == run_id}
    result = {name: value for name, value in entry.items() if name not in _OF_CELLS}
    log.info("taken from %s: %s", folder, run_id)
    return Done(result, counts, read_study_errors(folder / STUDY_ERRORS).get(run_id))
