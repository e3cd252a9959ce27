"""What all label models share: their two methods, and the little arithmetic on votes that more than one needs."""

from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from eigennamen.weak.label_matrix import LabelMatrix, Probabilities


class LabelModel(Protocol):
    """Learns from a label matrix without gold, then gives a distribution for each candidate of any matrix.

    A model that counts each row as often as ``matrix.times`` says, and looks at nothing but clusters of candidates, has
    a class attribute ``counts_repeats = True``: it can learn from a summary of a text of any size.
    """

    def fit(self, matrix: LabelMatrix) -> Self: ...

    def predict_proba(self, matrix: LabelMatrix) -> Probabilities: ...


def vote_counts(votes: NDArray[np.int64], *, n_classes: int) -> Probabilities:
    """How many functions voted for each class, shape ``(n_candidates, n_classes)``."""
    return np.stack([(votes == k).sum(axis=1) for k in range(n_classes)], axis=1).astype(np.float64)


def distinct_rows(votes: NDArray[np.int64], times: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The rows that differ, sorted, and how often each occurs."""
    rows, inverse = np.unique(votes, axis=0, return_inverse=True)
    return rows, np.bincount(inverse.reshape(-1), weights=times, minlength=len(rows)).astype(np.float64)


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
