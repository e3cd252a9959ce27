"""Which labels are likely to be wrong: sentences ranked for a second look.

Every training sentence is predicted by a classifier that was trained on the others (cross-validation), through the
same fit as any run. Confident learning (Northcutt et al. 2021), here ``cleanlab.token_classification``, then rates each
word's tag by the probability that the classifier gives it, and each sentence by its worst word.
"""

import logging
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
from numpy.typing import NDArray
from omegaconf import DictConfig

from eigennamen.annotation.tasks import described, json_lines, tab_separated
from eigennamen.codecs.tags import TagCodec
from eigennamen.datamodule import NERDataModule
from eigennamen.execution import best_device, build
from eigennamen.files import write_atomically
from eigennamen.identity import Identity
from eigennamen.modules.token_classifier import TokenClassifier
from eigennamen.procedures.rounds import fresh
from eigennamen.schemes import spans_to_tags, tag_set
from eigennamen.scoring import score
from eigennamen.types import Prediction, Sentence, TrainingSet

log = logging.getLogger(__name__)
INSTALL = "ranking labels needs cleanlab: pip install -e '.[label-errors]'"


@dataclass(frozen=True)
class Suspect:
    """A labelled sentence, what the others' classifier predicts, and how good its label is, from 0 (worst) to 1.

    ``words`` are the places whose tag the classifier finds less likely than the tag it would give, worst first.
    """

    sentence: Sentence
    prediction: Prediction
    quality: float
    words: tuple[int, ...]


def cross_validated(cfg: DictConfig, datamodule: NERDataModule, *, folds: int, folder: Path) -> list[Prediction]:
    """A prediction for every sentence of the training set, by a classifier that has not seen it.

    Sentences with the same words are in one fold. Dev serves early stopping, as ever. What a finished fold predicted is
    kept in ``folder``, so that an interrupted call goes on.

    Raises:
        ValueError: there are fewer than two folds, or fewer different sentences than folds.
    """
    codec = datamodule.codec
    if not isinstance(codec, TagCodec):
        raise ValueError(
            f"label errors are ranked by tag probabilities, got {type(codec).__name__}: leave datamodule/codec=tags"
        )
    sentences = datamodule.training_set.sentences
    parts = fold_numbers(sentences, folds=folds, seed=datamodule.seed)
    tag_probs: dict[str, NDArray[np.float32]] = {}
    for number in range(folds):
        held_out = [sentence for sentence, part in zip(sentences, parts, strict=True) if part == number]
        rest = [sentence for sentence, part in zip(sentences, parts, strict=True) if part != number]
        path = folder / f"fold-{number}.npy"
        if not path.exists():
            module = _trained(cfg, datamodule.with_training_set(TrainingSet(rest)), folder / f"fold-{number}", number)
            _save(path, module.predict(held_out))
        ends = np.cumsum([len(sentence.words) for sentence in held_out])[:-1]
        pieces = np.split(np.load(path), ends)
        tag_probs |= {sentence.id: piece for sentence, piece in zip(held_out, pieces, strict=True)}
        log.info("fold %d of %d: %d sentences predicted", number + 1, folds, len(held_out))
    return codec.decode(sentences, np.concatenate([tag_probs[sentence.id] for sentence in sentences]))


def fold_numbers(sentences: Sequence[Sentence], *, folds: int, seed: int) -> list[int]:
    """The fold of each sentence; those with the same words are together, or one would give the other's label away."""
    different = list(dict.fromkeys(sentence.words for sentence in sentences))
    if not 2 <= folds <= len(different):
        raise ValueError(f"folds={folds}; expected 2 to {len(different)}, the number of different sentences")
    random.Random(seed).shuffle(different)
    fold = {words: i % folds for i, words in enumerate(different)}
    return [fold[sentence.words] for sentence in sentences]


def _trained(cfg: DictConfig, data: NERDataModule, run_dir: Path, number: int) -> TokenClassifier:
    make_module: Callable[[], TokenClassifier] = partial(build, cfg.module, codec=data.codec)
    module = fresh(make_module, (data.seed, number))
    build(cfg.trainer, module=module, datamodule=data, run_dir=run_dir, logger=None)
    return module.to(best_device())


def _save(path: Path, predictions: Sequence[Prediction]) -> None:
    part = path.with_name(f".{path.name}")
    np.save(part, np.concatenate([p.tag_probs for p in predictions if p.tag_probs is not None]))
    part.rename(path)


def ranked(sentences: Sequence[Sentence], predictions: Sequence[Prediction], *, labels: Sequence[str]) -> list[Suspect]:
    """The sentences with the worst label quality first.

    Raises:
        ModuleNotFoundError: cleanlab is not installed.
        ValueError: predictions are of other sentences or have no tag probabilities.
    """
    get_label_quality_scores = _quality_scores()
    index = {tag: i for i, tag in enumerate(tag_set(labels))}
    given, probs = [], []
    for sentence, prediction in zip(sentences, predictions, strict=True):
        if prediction.tag_probs is None or prediction.sentence.words != sentence.words:
            raise ValueError(f"sentence {sentence.id!r}: expected tag probabilities of its own words")
        given.append([index[tag] for tag in spans_to_tags(sentence.spans or (), len(sentence.words))])
        probs.append(prediction.tag_probs.astype(np.float64))
    qualities, _ = get_label_quality_scores(given, probs)
    suspects = [
        Suspect(sentence, prediction, float(quality), _doubted(tags, own))
        for sentence, prediction, quality, tags, own in zip(
            sentences, predictions, qualities, given, probs, strict=True
        )
    ]
    return sorted(suspects, key=lambda suspect: suspect.quality)


def _quality_scores() -> Callable[..., Any]:
    try:
        from cleanlab.token_classification.rank import get_label_quality_scores
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(INSTALL) from error
    return get_label_quality_scores


def _doubted(tags: Sequence[int], probs: NDArray[np.float64]) -> tuple[int, ...]:
    own = probs[np.arange(len(tags)), tags]
    doubted = np.flatnonzero(own < probs.max(axis=1))
    return tuple(int(i) for i in doubted[np.argsort(own[doubted], kind="stable")])


def write_review(folder: Path, suspects: Sequence[Suspect]) -> None:
    """``review.tsv`` to read, ``review.jsonl`` for ``export --ids`` and ``--suggestions``; worst sentence first."""
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "review.jsonl", json_lines([_record(one) for one in suspects]))
    head = ["quality", "sentence_id", "doubted", "labels", "classifier", "sentence"]
    write_atomically(folder / "review.tsv", tab_separated([head, *map(_row, suspects)]))


def _record(suspect: Suspect) -> dict[str, Any]:
    labels, found = suspect.sentence.spans or (), suspect.prediction
    return {
        "id": suspect.sentence.id,
        "quality": round(suspect.quality, 6),
        "words": suspect.sentence.words,
        "doubted": suspect.words,
        "labels": [{"start": s.start, "end": s.end, "label": s.label} for s in labels],
        "spans": [
            {"start": s.start, "end": s.end, "label": s.label, "confidence": round(c, 6)}
            for s, c in zip(found.spans, found.confidences, strict=True)
        ],
    }


def _row(suspect: Suspect) -> list[str]:
    sentence = suspect.sentence
    doubted = ", ".join(sentence.words[i] for i in suspect.words)
    sides = [described(sentence, spans) for spans in (sentence.spans or (), suspect.prediction.spans)]
    return [f"{suspect.quality:.4f}", sentence.id, doubted, *sides, " ".join(sentence.words)]


def review(cfg: DictConfig, *, folds: int, folder: Path) -> str:
    """Rank the training sentences that ``cfg`` describes and write the review; says in words what was found."""
    _quality_scores()  # before anything is trained: what is missing shows here
    L.seed_everything(cfg.seed, workers=True, verbose=False)
    datamodule: NERDataModule = build(cfg.datamodule, corpus=build(cfg.corpus))
    identity = Identity.of(cfg, corpus=datamodule.corpus, label_source=datamodule.label_source)
    work = folder / f"folds-{folds}-{identity.run_id}"
    work.mkdir(parents=True, exist_ok=True)
    sentences = datamodule.training_set.sentences
    predictions = cross_validated(cfg, datamodule, folds=folds, folder=work)
    suspects = ranked(sentences, predictions, labels=datamodule.corpus.labels)
    write_review(folder, suspects)
    shutil.rmtree(work)
    doubted = sum(bool(one.words) for one in suspects)
    f1 = 100 * score(sentences, [prediction.sentence for prediction in predictions]).micro.f1
    return (
        f"{len(suspects)} sentences, {doubted} with a doubted word; the classifiers agree with the labels to {f1:.1f} "
        f"strict micro F1 ({folds} folds)\n{folder / 'review.tsv'}: worst first; {folder / 'review.jsonl'}: to export"
    )
