"""The errors of a run from what is in its folder: record.json, predictions.jsonl and run.log."""

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from eigennamen.errors.analysis import analyze, mentions
from eigennamen.execution import build
from eigennamen.labels.hand import HandLabels
from eigennamen.records import RunRecord
from eigennamen.run_files import corpus_and_predictions, settings_of
from eigennamen.studies.errors import Epoch, LabelingFunctionRow, RunErrors
from eigennamen.training import epochs_between_looks
from eigennamen.types import Corpus, Sentence

_HAND = f"{HandLabels.__module__}.{HandLabels.__qualname__}"
_EPOCH = re.compile(r"eigennamen\.training: epoch (\d+)/(\d+): (.*)")
_METRIC = re.compile(r"(\S+) (\S+)")


def errors_of_run(run_dir: Path, *, record: RunRecord, corpus: Corpus | None = None) -> RunErrors:
    """The analysis of a run from what is in its folder, and from its corpus, built anew where it is not given.

    Raises:
        ValueError: the corpus is not the run's, has no gold on test, or the predictions are not on these sentences.
        FileNotFoundError: the corpus or a file of the folder is not there.
    """
    corpus, predicted = corpus_and_predictions(run_dir, record, corpus=corpus)
    seen = mentions(learned_from(settings_of(run_dir, record), corpus, rounds=record.rounds))
    return RunErrors(
        record.run_id,
        analyze(corpus.test or (), predicted, seen=seen, labels=corpus.labels),
        training_of(run_dir / "run.log"),
        _rows(record.labeling_functions),
    )


def learned_from(cfg: DictConfig, corpus: Corpus, *, rounds: Sequence[Mapping[str, Any]] = ()) -> Sequence[Sentence]:
    """The sentences whose gold mentions count as seen in training.

    Of hand labels those that were labelled, drawn or queried. Functions and label models go over all of train, so that
    the gold of train counts for them, although they never saw it.
    """
    chosen = {id_ for one in rounds for id_ in one.get("chosen_ids", ())}
    if chosen:
        return [sentence for sentence in corpus.train if sentence.id in chosen]
    source = cfg.datamodule.label_source
    return build(source).training_set(corpus).sentences if source["_target_"] == _HAND else corpus.train


def training_of(path: Path) -> tuple[Epoch, ...]:
    """The epochs of the last fit in a run's log: the record does not keep them. Empty where there are none."""
    epochs: list[Epoch] = []
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for found in filter(None, map(_EPOCH.search, lines)):
        number, n_epochs, metrics = int(found[1]), int(found[2]), dict(_METRIC.findall(found[3]))
        if number % epochs_between_looks(n_epochs):
            metrics.pop("dev/micro_f1", None)  # Lightning repeats that of the last look
        del epochs[number - 1 :]  # of the fit before, or what an interrupted run does again
        epochs.append(Epoch(*(_finite(metrics.get(name)) for name in ("dev/micro_f1", "train/loss"))))
    return tuple(epochs)


def _finite(value: str | None) -> float | None:
    return float(value) if value is not None and math.isfinite(float(value)) else None


def _rows(report: Mapping[str, Any] | None) -> tuple[LabelingFunctionRow, ...]:
    return tuple(
        LabelingFunctionRow(
            row["name"],
            tuple(row["polarity"]),
            row["votes"],
            round(row["coverage"], 4),
            None if row["precision"] is None else round(row["precision"], 4),
        )
        for row in (report or {}).get("rows", ())
    )
