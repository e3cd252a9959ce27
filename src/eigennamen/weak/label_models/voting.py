"""Voting on whole spans, with one vote each or with votes that weigh as much as they were found reliable."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from eigennamen.weak.label_matrix import OUTSIDE, LabelMatrix, Probabilities
from eigennamen.weak.label_models.base import expect_votes, vote_counts


class MajorityVote:
    """Each labeling function has one vote on each whole span; nothing is learned.

    Every label has ``prior`` votes more than it was given, so that where candidates overlap two votes of two weigh more
    than one vote of one, and so that a label wins against as many votes for OUTSIDE.
    """

    def __init__(self, *, prior: float = 0.2) -> None:
        self.prior = prior

    def fit(self, matrix: LabelMatrix) -> Self:
        return self

    def predict_proba(self, matrix: LabelMatrix) -> Probabilities:
        counts = vote_counts(matrix.votes, n_classes=1 + len(matrix.labels))
        counts[:, 1:] += self.prior
        return counts / counts.sum(axis=1, keepdims=True)


class WeightedVote:
    """A function's vote for a label weighs as much as the others agree with it where they have an opinion.

    The weight is the share of the others' votes on overlapping spans that are for exactly this span and label. A
    function that is never near another one has the mean weight, as if it had been seen ``pseudo_votes`` times; so has
    every vote for OUTSIDE.
    ``prior`` is that of the majority vote.
    """

    counts_repeats = True

    def __init__(self, *, prior: float = 0.2, pseudo_votes: float = 5.0) -> None:
        self.prior = prior
        self.pseudo_votes = pseudo_votes

    def fit(self, matrix: LabelMatrix) -> Self:
        expect_votes(matrix)
        voted = _one_hot(matrix)  # (n_candidates, n_lfs, n_labels)
        near = _sums_over_overlapping(matrix, voted.sum(axis=2))  # votes of each function on overlapping candidates
        others = near.sum(axis=1, keepdims=True) - near  # (n_candidates, n_lfs)
        same = voted.sum(axis=1, keepdims=True) - voted  # (n_candidates, n_lfs, n_labels)
        judged = (voted > 0) & (others > 0)[:, :, None]
        shares = np.divide(same, others[:, :, None], out=np.zeros_like(same), where=judged)
        agreed = np.tensordot(matrix.times, shares, axes=1)  # (n_lfs, n_labels)
        n_judged = np.tensordot(matrix.times, judged, axes=1)
        self._mean = agreed.sum() / n_judged.sum() if n_judged.any() else 1.0
        self._weights = (agreed + self.pseudo_votes * self._mean) / (n_judged + self.pseudo_votes)  # (n_lfs, n_labels)
        return self

    def predict_proba(self, matrix: LabelMatrix) -> Probabilities:
        against = (matrix.votes == OUTSIDE).sum(axis=1, keepdims=True) * self._mean
        support = np.einsum("cfl,fl->cl", _one_hot(matrix), self._weights) + self.prior
        counts = np.concatenate([against, support], axis=1)
        return counts / counts.sum(axis=1, keepdims=True)


def _one_hot(matrix: LabelMatrix) -> NDArray[np.float64]:
    """Votes for labels, shape ``(n_candidates, n_lfs, n_labels)``."""
    return (matrix.votes[:, :, None] == np.arange(1, 1 + len(matrix.labels))).astype(np.float64)


def _sums_over_overlapping(matrix: LabelMatrix, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each candidate the sum of the rows of ``values`` over all candidates that overlap it, itself included."""
    result = np.empty_like(values)
    for rows in matrix.rows_by_sentence:
        start, end = matrix.candidates[rows, 1], matrix.candidates[rows, 2]
        result[rows] = ((start[:, None] < end) & (start < end[:, None])) @ values[rows]
    return result
