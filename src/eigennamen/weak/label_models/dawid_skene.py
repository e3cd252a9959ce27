"""Dawid and Skene's model on candidates: how often each labeling function takes which class for which."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from eigennamen.weak.label_matrix import ABSTAIN, OUTSIDE, LabelMatrix, Probabilities
from eigennamen.weak.label_models.base import distinct_rows, expect_votes, grouped_rows, normalized, vote_counts


class DawidSkene:
    """A confusion matrix for each labeling function, fitted by expectation maximization; abstaining is missing.

    It starts from the majority vote. A label that nobody voted for on a candidate is none of the answers. OUTSIDE
    always is: by how likely it stays, the candidates of reliable functions win against others that overlap them.

    A. P. Dawid, A. M. Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm", 1979.

    Args:
        n_iterations: of expectation maximization.
        right: votes that each function is taken to have given rightly for each class before any is counted.
        wrong: the same for each way of being wrong.
    """

    counts_repeats = True

    def __init__(self, *, n_iterations: int = 30, right: float = 8.0, wrong: float = 1.0) -> None:
        self.n_iterations = n_iterations
        self.right = right
        self.wrong = wrong

    def fit(self, matrix: LabelMatrix) -> Self:
        expect_votes(matrix)
        n_classes = 1 + len(matrix.labels)
        rows, times = distinct_rows(matrix.votes, matrix.times)  # identical rows count as often as they occur
        votes = (rows[:, :, None] == np.arange(n_classes)).astype(np.float64)  # (n_rows, n_lfs, n_classes)
        prior = np.full((n_classes, n_classes), self.wrong) + np.eye(n_classes) * (self.right - self.wrong)
        posterior = vote_counts(rows, n_classes=n_classes)
        posterior /= posterior.sum(axis=1, keepdims=True)
        for _ in range(self.n_iterations):
            weighted = posterior * times[:, None]
            confusions = np.einsum("rc,rfv->fcv", weighted, votes) + prior  # (n_lfs, true class, vote)
            self._log_confusions = np.log(confusions / confusions.sum(axis=2, keepdims=True))
            balance = weighted.sum(axis=0) + 1
            self._log_balance = np.log(balance / balance.sum())
            posterior = self._posterior(rows)
        return self

    def predict_proba(self, matrix: LabelMatrix) -> Probabilities:
        rows, inverse = grouped_rows(matrix.votes)
        return self._posterior(rows)[inverse]

    def _posterior(self, rows: NDArray[np.int64]) -> Probabilities:
        logs = np.tile(self._log_balance, (len(rows), 1))
        for log_confusion, votes in zip(self._log_confusions, rows.T, strict=True):
            spoken = votes != ABSTAIN
            logs[spoken] += log_confusion[:, votes[spoken]].T
        possible = vote_counts(rows, n_classes=logs.shape[1]) > 0
        possible[:, OUTSIDE] = True
        return normalized(np.where(possible, logs, -np.inf))
