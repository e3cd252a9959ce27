"""What all label models share: their two methods, and the little arithmetic on votes that more than one needs."""

from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from eigennamen.weak.label_matrix import LabelMatrix, Probabilities


class LabelModel(Protocol):
    """Learns from a label matrix without gold, then gives a distribution for each candidate of any matrix."""

    def fit(self, matrix: LabelMatrix) -> Self: ...

    def predict_proba(self, matrix: LabelMatrix) -> Probabilities: ...


def vote_counts(votes: NDArray[np.int64], *, n_classes: int) -> Probabilities:
    """How many functions voted for each class, shape ``(n_candidates, n_classes)``."""
    return np.stack([(votes == k).sum(axis=1) for k in range(n_classes)], axis=1).astype(np.float64)


def normalized(log_weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distributions over the last axis from unnormalized logarithms."""
    weights = np.exp(log_weights - log_weights.max(axis=-1, keepdims=True))
    result: NDArray[np.float64] = weights / weights.sum(axis=-1, keepdims=True)
    return result


def expect_votes(matrix: LabelMatrix) -> None:
    """Raises ValueError where there is nothing to learn from."""
    if not len(matrix.candidates):
        raise ValueError(
            f"no labeling function fired on any of {len(matrix.sentences)} sentences, so there is nothing to learn "
            "from; check the labeling functions and corpus.lf_label_map"
        )
