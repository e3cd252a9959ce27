"""Self-training: a teacher labels the training text for a student, which is the next teacher.

For any label source: the first round learns its labels, each further one also what the round before believes of words
without any, as soft targets and without the words that it doubts. With ``keep_labels=False`` and
``sharpening="squared"`` it is BOND (Liang et al. 2020), but for the labels of a round, which are made once.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from lightning.pytorch.loggers import Logger
from numpy.typing import NDArray

from eigennamen.codecs.tags import Targets
from eigennamen.datamodule import NERDataModule
from eigennamen.execution import best_device
from eigennamen.files import write_atomically
from eigennamen.modules.base import NERModule
from eigennamen.modules.token_classifier import TokenClassifier
from eigennamen.procedures import Fit, Trained
from eigennamen.procedures.rounds import MEASURED, by_sentence, fresh, tag_probs_of
from eigennamen.schemes import tag_set
from eigennamen.scoring import score
from eigennamen.training import restore
from eigennamen.types import Sentence, TrainingSet

log = logging.getLogger(__name__)


def self_training(
    *,
    make_module: Callable[[], NERModule],
    datamodule: NERDataModule,
    fit: Fit,
    run_dir: Path,
    logger: Logger | None = None,
    rounds: int = 3,
    epochs: int | None = 3,
    min_confidence: float = 0.9,
    sharpening: Literal["none", "squared"] = "none",
    student: Literal["teacher", "fresh"] = "teacher",
    keep_labels: bool = True,
) -> Trained:
    """Fit on the labels, then ``rounds`` times on what the last fit says of all training and unlabeled sentences.

    The round with the best dev score counts, the first fit among them; without dev sentences it is the last.

    Args:
        rounds: how many students there are.
        epochs: of each student; None for as many as the trainer's settings say.
        min_confidence: words whose likeliest tag has a smaller probability (after sharpening) are left out of the loss.
        sharpening: ``squared`` re-weighs the teacher's probabilities as BOND does, see ``sharpened``.
        student: starts from the teacher's weights, or ``fresh`` as the first fit did.
        keep_labels: the labels of the label source stay, the teacher adds those of words that have none (masked ones,
            sentences beyond a budget); without it the teacher labels all words, as in BOND.

    Raises:
        ValueError: a setting has no meaning, or the module does not tag words.
    """
    _check(rounds, min_confidence, sharpening, student)
    sentences = [*datamodule.corpus.train, *datamodule.corpus.unlabeled]
    module = make_module()
    if not isinstance(module, TokenClassifier):
        raise ValueError(
            f"procedure=self_training learns the probabilities of tags, which {type(module).__name__} does not have; "
            "leave procedure=single, or choose module=token_classifier"
        )
    measured: list[dict[str, Any]] = []
    for number in range(rounds + 1):
        folder = run_dir / "checkpoints" / f"round-{number}"
        if (folder / MEASURED).exists():
            restore(module, folder)
            measured.append(json.loads((folder / MEASURED).read_text(encoding="utf-8")))
            continue
        data, settings = datamodule, {}
        if number:
            labels = pseudo_labels(module, sentences, min_confidence=min_confidence, sharpening=sharpening)
            if keep_labels:
                labels = completed(datamodule.training_set, labels, tags=tag_set(datamodule.corpus.labels))
            data, settings = datamodule.with_training_set(labels), _limit(epochs)
            module = module if student == "teacher" else fresh(make_module, (datamodule.seed, number))
        result = fit(module=module, datamodule=data, run_dir=folder, logger=logger, **settings)
        measured.append(_finished(number, result, module, data, folder))
        _show(measured[-1], logger)
    return _best(module, measured, run_dir / "checkpoints", datamodule)


def _check(rounds: int, min_confidence: float, sharpening: str, student: str) -> None:
    if rounds < 0 or not 0 <= min_confidence <= 1:
        raise ValueError(
            f"got procedure.rounds={rounds}, procedure.min_confidence={min_confidence}; expected at least 0, and 0 to 1"
        )
    if sharpening not in ("none", "squared") or student not in ("teacher", "fresh"):
        raise ValueError(
            f"got procedure.sharpening={sharpening}, procedure.student={student}; expected none or squared, teacher or "
            "fresh"
        )


def _limit(epochs: int | None) -> dict[str, int]:
    return {} if epochs is None else {"max_epochs": epochs}


def pseudo_labels(
    teacher: NERModule,
    sentences: Sequence[Sentence],
    *,
    min_confidence: float,
    sharpening: Literal["none", "squared"],
) -> TrainingSet:
    """What a teacher believes of some sentences, as soft targets; words it doubts have weight 0."""
    predictions = teacher.to(best_device()).predict(sentences)
    tag_probs = tag_probs_of(predictions)
    if sharpening == "squared":
        tag_probs = sharpened(tag_probs)
    learned = (tag_probs.max(axis=1) >= min_confidence).astype(np.float32)
    spans = Counter(span.label for prediction in predictions for span in prediction.spans)
    return TrainingSet(
        [prediction.sentence for prediction in predictions],
        by_sentence(tag_probs, sentences),
        by_sentence(learned, sentences),
        {"teacher_spans": dict(sorted(spans.items()))},
    )


def completed(labels: TrainingSet, pseudo: TrainingSet, *, tags: Sequence[str]) -> TrainingSet:
    """Some labels where there are any (weight above 0), pseudo-labels of the same sentences and more elsewhere."""
    targets = Targets.of(labels, tags)
    tag_probs, weights = dict(pseudo.tag_probs), dict(pseudo.weights)
    for sentence, offset in zip(labels.sentences, targets.offsets, strict=True):
        own = slice(offset, offset + len(sentence.words))
        known = targets.weights[own].numpy()
        weights[sentence.id] = np.where(known > 0, known, weights[sentence.id])
        tag_probs[sentence.id] = np.where(known[:, None] > 0, targets.tag_probs[own].numpy(), tag_probs[sentence.id])
    return replace(pseudo, tag_probs=tag_probs, weights=weights)


def sharpened(tag_probs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities squared, divided by how frequent the tag is, and normalized for each word again.

    Certain words become more certain, and of two tags the rarer one gains. Shape ``(n_words, n_tags)``, words of a
    whole corpus: the frequency of a tag is the sum of its probabilities.
    """
    frequency = tag_probs.sum(axis=0, dtype=np.float64).clip(min=np.finfo(np.float32).tiny)
    weighted = tag_probs**2 / frequency
    result: NDArray[np.float32] = (weighted / weighted.sum(axis=1, keepdims=True)).astype(np.float32)
    return result


def _finished(
    number: int, result: Mapping[str, float], module: NERModule, data: NERDataModule, folder: Path
) -> dict[str, Any]:
    """What a round measured, written beside its weights: it is not done again."""
    measured: dict[str, Any] = {"round": number, **result}
    if number:
        learned = np.concatenate(list(data.training_set.weights.values())) > 0
        measured |= {"learned_words": round(float(learned.mean()), 4), **data.training_set.statistics}
    if data.dev:
        predictions = module.to(best_device()).predict(data.dev)
        measured["dev_micro_f1"] = score(data.dev, [prediction.sentence for prediction in predictions]).micro.f1
    write_atomically(folder / MEASURED, json.dumps(measured))
    if data.dev:
        (folder / "checkpoints" / "last.ckpt").unlink()  # the weights that count are in another one
    return measured


def _show(measured: Mapping[str, Any], logger: Logger | None) -> None:
    shown = {name: measured[name] for name in ("dev_micro_f1", "learned_words") if name in measured}
    log.info("round %d: %s", measured["round"], "  ".join(f"{name} {value:.4f}" for name, value in shown.items()))
    if logger:
        logger.log_metrics({f"round/{name}": value for name, value in {"number": measured["round"], **shown}.items()})


def _best(module: NERModule, measured: Sequence[dict[str, Any]], folder: Path, datamodule: NERDataModule) -> Trained:
    """The module with the weights of the best round on dev; the earliest of equals."""
    best = max(range(len(measured)), key=lambda i: measured[i]["dev_micro_f1"]) if datamodule.dev else -1
    chosen = measured[best]["round"]
    log.info("round %d counts", chosen)
    restore(module, folder / f"round-{chosen}")
    datamodule.codec.forget_decoded()
    times = {"epochs": sum(one["epochs"] for one in measured)}
    return Trained(module, times, [{**one, "chosen": one["round"] == chosen} for one in measured])
