"""From candidates with probabilities back to sentences: flat spans and a distribution over tags for every word."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from eigennamen.schemes import tag_set
from eigennamen.types import Prediction, Span
from eigennamen.weak.label_matrix import OUTSIDE, LabelMatrix, Probabilities


def predictions(matrix: LabelMatrix, probabilities: Probabilities) -> list[Prediction]:
    """What a label model says about each sentence of the matrix.

    A candidate is an entity where its best label is likelier than OUTSIDE; of two that overlap the likelier one stays,
    then the longer one, then the left one. ``tag_probs`` has shape ``(n_words, n_tags)``; a word in no candidate is O.
    """
    confidences = probabilities[:, 1:].max(axis=1)
    is_entity = confidences > probabilities[:, OUTSIDE]
    best = probabilities[:, 1:].argmax(axis=1).tolist()
    candidates = matrix.candidates.tolist()
    spans = [Span(start, end, matrix.labels[i]) for (_, start, end), i in zip(candidates, best, strict=True)]
    preferred = _order_of_preference(matrix.candidates, confidences, is_entity)
    n_tags = len(tag_set(matrix.labels))
    result = []
    for sentence, rows in zip(matrix.sentences, matrix.rows_by_sentence, strict=True):
        kept = _without_overlap(preferred[rows].tolist(), spans)
        entities = [row for row in kept if is_entity[row]]
        tag_probs = _tag_probs(
            [spans[row] for row in kept], probabilities[kept], n_words=len(sentence.words), n_tags=n_tags
        )
        labelled = sentence.with_spans(spans[row] for row in entities)
        result.append(Prediction(labelled, tuple(confidences[entities].tolist()), tag_probs))
    return result


def _order_of_preference(
    candidates: NDArray[np.int64], confidences: NDArray[np.float64], is_entity: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """All rows, sentence by sentence, the preferred first; an entity always beats a rejected candidate."""
    sentence, start, end = candidates.T
    # rounded, so that ties stay ties in floating point
    return np.lexsort((start, start - end, -confidences.round(6), ~is_entity, sentence))


def _without_overlap(rows: Iterable[int], spans: Sequence[Span]) -> list[int]:
    """The rows, preferred first, whose span overlaps none before it; in the order of the sentence."""
    kept: list[int] = []
    for row in rows:
        if not any(spans[row].overlaps(spans[other]) for other in kept):
            kept.append(row)
    return sorted(kept)


def _tag_probs(
    spans: Sequence[Span], probabilities: Probabilities, *, n_words: int, n_tags: int
) -> NDArray[np.float32]:
    """Every word of a kept candidate shares its distribution: ``B-`` tags on the first word, ``I-`` on the rest."""
    tag_probs = np.zeros((n_words, n_tags), dtype=np.float32)
    tag_probs[:, 0] = 1
    for span, distribution in zip(spans, probabilities, strict=True):
        tag_probs[span.start : span.end, 0] = distribution[OUTSIDE]
        tag_probs[span.start, 1::2] = distribution[1:]
        tag_probs[span.start + 1 : span.end, 2::2] = distribution[1:]
    return tag_probs
