"""Weak labels: labeling functions vote, a label model weighs the votes, and its word is the training label."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from eigennamen.types import Corpus, Prediction, Sentence, TrainingSet
from eigennamen.weak.aggregation import predictions
from eigennamen.weak.analysis import LFReport, analyze
from eigennamen.weak.label_matrix import LabelMatrix, apply_labeling_functions
from eigennamen.weak.label_models import LabelModel, MajorityVote
from eigennamen.weak.label_models.base import grouped_rows
from eigennamen.weak.labeling_function import LabelingFunction
from eigennamen.weak.loading import load_labeling_functions


class WeakLabels:
    """Labels the training and unlabeled sentences without looking at their gold.

    Args:
        labeling_functions: by name, a LabelingFunction or the dotted path of one.
        label_model: combines the votes; a majority vote on the same candidates is kept beside it for comparison.
        targets: ``hard`` trains on spans, ``soft`` on the label model's distribution over tags (noise-aware loss).
        uncovered: what a word is that no function spoke about: ``O``, or ``mask`` (left out of the loss).
        background: with ``mask``, the dotted path of a labeling function that only votes against: words under its votes
            are ``O`` unless a candidate covers them. It is no column of the label matrix.
        min_confidence: words whose likeliest tag has a smaller probability are left out of the loss; 0 keeps all.
        weighting: ``confidence`` weighs a word in the loss by that probability, ``none`` takes all words alike.
    """

    name = "weak"

    def __init__(
        self,
        *,
        labeling_functions: Mapping[str, str | LabelingFunction | None],
        label_model: LabelModel,
        targets: Literal["hard", "soft"] = "hard",
        uncovered: Literal["O", "mask"] = "O",
        background: str | LabelingFunction | None = None,
        min_confidence: float = 0.0,
        weighting: Literal["none", "confidence"] = "none",
    ) -> None:
        if targets not in ("hard", "soft") or uncovered not in ("O", "mask"):
            raise ValueError(f"got targets={targets!r}, uncovered={uncovered!r}; expected hard or soft, O or mask")
        if not 0 <= min_confidence <= 1 or weighting not in ("none", "confidence"):
            raise ValueError(
                f"got min_confidence={min_confidence!r}, weighting={weighting!r}; expected 0 to 1, none or confidence"
            )
        self.lfs = load_labeling_functions(labeling_functions)
        self.label_model = label_model
        self.majority_vote = MajorityVote()
        self.targets = targets
        self.uncovered = uncovered
        self.min_confidence = min_confidence
        self.weighting = weighting
        self.background = load_labeling_functions({"background": background}) if background else ()
        if any(function.labels for function in self.background):
            raise ValueError(
                f"background={background} gives {self.background[0].labels}; expected one that only votes against"
            )
        self._matrices: dict[tuple[Sentence, ...], LabelMatrix] = {}

    @property
    def fingerprint(self) -> str:
        """Changes with the name, the source and the data of any labeling function."""
        return hashlib.sha256(
            repr([(lf.name, lf.fingerprint) for lf in (*self.lfs, *self.background)]).encode()
        ).hexdigest()

    def training_set(self, corpus: Corpus) -> TrainingSet:
        """Apply the functions, fit the label model, label every training and unlabeled sentence.

        Raises:
            ValueError: no function fired at all, or the label model cannot be fitted.
            LabelingFunctionError: a function failed, or gives a label that the corpus does not map.
        """
        self._corpus = corpus
        self._matrices.clear()  # their classes are those of the corpus before
        sentences = [*corpus.train, *corpus.unlabeled]
        self._background = self._prepared(self.background, ())
        matrix = self.matrix(sentences)
        if not len(matrix.candidates):
            raise ValueError(
                f"none of the {len(self.lfs)} labeling functions proposed a span in {len(sentences)} sentences: "
                "nothing to learn from; check labeling_functions and corpus.lf_label_map"
            )
        self.label_model.fit(matrix)
        labelled = predictions(matrix, self.label_model.predict_proba(matrix))
        return self._with_targets(matrix, labelled)

    def predict(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        """The fitted label model's word on any sentences."""
        matrix = self.matrix(sentences)
        return predictions(matrix, self.label_model.predict_proba(matrix))

    def majority(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        """The majority vote on the same candidates."""
        matrix = self.matrix(sentences)
        return predictions(matrix, self.majority_vote.predict_proba(matrix))

    def analysis(self, sentences: Sequence[Sentence]) -> LFReport:
        return analyze(self.matrix(sentences), polarities=[lf.labels for lf in self.lfs])

    def matrix(self, sentences: Sequence[Sentence]) -> LabelMatrix:
        """The votes on some sentences; computed once for the same sentences.

        Functions that must see all of the text first see the training and unlabeled sentences and these.
        """
        key = tuple(sentences)  # whole sentences: another corpus may use the same ids
        if key not in self._matrices:
            known = self._known(key)
            self._matrices[key] = self._applied(sentences) if known is None else known
        return self._matrices[key]

    def _applied(self, sentences: Sequence[Sentence]) -> LabelMatrix:
        return apply_labeling_functions(
            self._prepared(self.lfs, sentences),
            sentences,
            labels=self._corpus.labels,
            label_map=self._corpus.lf_label_map,
            progress=len(sentences) > 1000,
        )

    def _known(self, sentences: tuple[Sentence, ...]) -> LabelMatrix | None:
        """The votes on all training or all unlabeled sentences as a part of those on both."""
        train, unlabeled = tuple(self._corpus.train), tuple(self._corpus.unlabeled)
        both = self._matrices.get((*train, *unlabeled))
        places = {train: range(len(train)), unlabeled: range(len(train), len(train) + len(unlabeled))}
        return both.select(places[sentences]) if both is not None and sentences in places else None

    def forget_votes(self) -> None:
        """Functions are applied anew to what is asked next, so that what they take can be measured."""
        self._matrices.clear()

    def _prepared(
        self, functions: Sequence[LabelingFunction], sentences: Sequence[Sentence]
    ) -> Sequence[LabelingFunction]:
        """The functions, ready for some sentences."""
        if all(function.prepare is None for function in functions):
            return functions
        text = (s.with_spans(None) for s in (*self._corpus.train, *self._corpus.unlabeled, *sentences))
        distinct = list(dict.fromkeys(text))
        return [function.prepared(distinct) for function in functions]

    def _with_targets(self, matrix: LabelMatrix, labelled: Sequence[Prediction]) -> TrainingSet:
        covered = matrix.covered_words()
        weighted = [(p, self._weights(p, words)) for p, words in zip(labelled, covered, strict=True)]
        # a masked sentence in which nothing fired has no loss at all and would only cost time
        kept = [(p, weights) for p, weights in weighted if self.uncovered == "O" or weights.any()]
        if not any(weights.any() for _, weights in kept):
            raise ValueError(
                f"no word's label has a confidence of min_confidence={self.min_confidence}: nothing to learn from; set "
                "datamodule.label_source.min_confidence lower, 0 keeps all"
            )
        settings: dict[str, Any] = {
            "label_model": type(self.label_model).__name__,
            "targets": self.targets,
            "uncovered": self.uncovered,
            "min_confidence": self.min_confidence,
            "weighting": self.weighting,
        }
        sentences = [p.sentence for p, _ in kept]
        by_id, tag_probs = {}, {}
        if self.uncovered == "mask" or self.min_confidence or self.weighting == "confidence":
            by_id = {p.sentence.id: weights for p, weights in kept}
            settings["learned_words"] = round(float((np.concatenate([weights for _, weights in kept]) > 0).mean()), 4)
        if self.targets == "soft":
            tag_probs = {p.sentence.id: p.tag_probs for p, _ in kept if p.tag_probs is not None}
        return TrainingSet(sentences, tag_probs, by_id, settings | _statistics(matrix, sentences, covered))

    def _weights(self, prediction: Prediction, covered: NDArray[np.bool_]) -> NDArray[np.float32]:
        """What each word counts in the loss, shape ``(n_words,)``."""
        assert prediction.tag_probs is not None
        confidence = prediction.tag_probs.max(axis=1)
        learned = confidence >= self.min_confidence
        if self.uncovered == "mask":
            learned &= covered | self._is_background(prediction.sentence)
        return np.where(learned, confidence if self.weighting == "confidence" else np.float32(1), np.float32(0))

    def _is_background(self, sentence: Sentence) -> NDArray[np.bool_]:
        """Which words no name is expected at, shape ``(n_words,)``."""
        result = np.zeros(len(sentence.words), dtype=bool)
        for vote in (vote for function in self._background for vote in function(sentence)):
            result[vote.start : vote.end] = True
        return result


def _statistics(matrix: LabelMatrix, sentences: Sequence[Sentence], covered: Sequence[Any]) -> dict[str, Any]:
    """What goes into the record about these labels."""
    return {
        "sentences": len(sentences),
        "sentences_left_out": len(matrix.sentences) - len(sentences),
        "sentences_without_votes": int(sum(not words.any() for words in covered)),
        "labeling_functions": len(matrix.lf_names),
        "candidates": len(matrix.candidates),
        "distinct_rows": len(grouped_rows(matrix.votes)[0]),
        "covered_words": round(float(np.concatenate(covered).mean()), 4),
        "spans": dict(sorted(Counter(span.label for s in sentences for span in s.spans or ()).items())),
        "votes_dropped_by_label_map": dict(matrix.dropped),
    }
