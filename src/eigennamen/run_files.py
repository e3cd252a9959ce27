"""What is in the folder of a finished run, read back: the corpus that it was scored on, and what it predicted there."""

from functools import cache
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from eigennamen.annotation.suggestions import read_suggestions
from eigennamen.execution import build
from eigennamen.records import RunRecord
from eigennamen.rerun import configuration_of
from eigennamen.types import Corpus, Prediction


def settings_of(run_dir: Path, record: RunRecord) -> DictConfig:
    """Its configuration, with the paths of today: another ``data_dir`` moves the corpora."""
    return OmegaConf.create(configuration_of(run_dir, record))


def corpus_and_predictions(
    run_dir: Path, record: RunRecord, *, corpus: Corpus | None = None
) -> tuple[Corpus, list[Prediction]]:
    """The corpus of a run, built anew where it is not given, and its predictions on the test split.

    Raises:
        ValueError: the corpus is not the run's or has no gold on test, or a line of predictions cannot be read.
        FileNotFoundError: the corpus or the predictions are not there.
    """
    corpus = corpus or _built(OmegaConf.to_yaml(settings_of(run_dir, record).corpus, resolve=True))
    if corpus.fingerprint != record.fingerprints["corpus"]:
        raise ValueError(
            f"{run_dir}: the corpus {corpus.name} has other sentences now than when {record.run_id} was scored; put "
            f"its files back, or do the run again: python train.py +from={run_dir}"
        )
    if not corpus.test or any(sentence.spans is None for sentence in corpus.test):
        raise ValueError(
            f"{run_dir}: the corpus {corpus.name} has no test split with gold labels: nothing to count; choose a run "
            "on another corpus"
        )
    return corpus, read_suggestions(run_dir / "predictions.jsonl", corpus.test)


@cache
def _built(corpus: str) -> Corpus:
    found: Corpus = build(OmegaConf.create(corpus))
    return found
