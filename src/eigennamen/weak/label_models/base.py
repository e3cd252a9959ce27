"""What all label models share: their two methods, and the little arithmetic on votes that more than one needs."""

from typing import Any, Protocol, Self

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
    rows, inverse = grouped_rows(votes)
    return rows, np.bincount(inverse, weights=times, minlength=len(rows)).astype(np.float64)


def grouped_rows(votes: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The rows that differ, sorted, and for each row of ``votes`` which of them it is; votes are from -1 to 65,534.

    What ``np.unique`` gives with ``axis=0``, which compares numbers one by one: bytes take a thirtieth of its time.
    """
    n_columns = votes.shape[1]
    if not (len(votes) and n_columns):
        return votes[:1], np.zeros(len(votes), dtype=np.int64)
    keys = np.ascontiguousarray(votes + 1, dtype=">u2").view(np.dtype((np.void, 2 * n_columns))).reshape(-1)
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return votes[first], inverse


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
