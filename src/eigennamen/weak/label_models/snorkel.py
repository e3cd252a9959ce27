"""Snorkel's label model, fed with candidates instead of words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eigennamen.weak.label_matrix import ABSTAIN, OUTSIDE, LabelMatrix, Probabilities
from eigennamen.weak.label_models.base import distinct_rows, expect_votes, grouped_rows, vote_counts


class Snorkel:
    """``snorkel.labeling.model.LabelModel`` on candidates.

    Three things make it work on spans. A function that proposes another, overlapping span votes OUTSIDE on this one:
    without that, its model never sees disagreement about boundaries. The class balance is that of the majority vote,
    since a uniform one rejects too many candidates. A label that nobody voted for on a candidate is taken out of its
    posterior. docs/decisions/0003 has the numbers. Identical rows are learned from at once, as often as they occur.

    Ratner et al. 2019, "Training Complex Models with Multi-Task Weak Supervision".

    Raises:
        ValueError: on fit, with fewer than three labeling functions or with no vote at all.
    """

    counts_repeats = True

    def __init__(self, *, n_epochs: int = 500, learning_rate: float = 0.01, seed: int = 0) -> None:
        self.n_epochs = n_epochs
        self.learning_rate = learning_rate
        self.seed = seed

    def fit(self, matrix: LabelMatrix) -> Self:
        votes, n_classes = conflicts_as_outside(matrix), 1 + len(matrix.labels)
        if votes.shape[1] < 3:
            raise ValueError(
                f"the Snorkel label model needs at least three labeling functions, got {votes.shape[1]} "
                f"({', '.join(matrix.lf_names)}); add some, or choose label_model=majority_vote"
            )
        expect_votes(matrix)
        from eigennamen.weak.label_models.repeated_rows import RepeatedRows  # here, because it takes seconds

        rows, times = distinct_rows(votes, matrix.times)
        self._model = RepeatedRows(cardinality=n_classes, verbose=False)
        with _one_thread():
            self._model.fit_repeated(
                rows,
                times,
                class_balance=_class_balance(rows, times, n_classes=n_classes),
                n_epochs=self.n_epochs,
                lr=self.learning_rate,
                seed=self.seed,
                progress_bar=False,
            )
        return self

    def predict_proba(self, matrix: LabelMatrix) -> Probabilities:
        if not len(matrix.votes):
            return np.zeros((0, 1 + len(matrix.labels)))
        # identical rows have identical posteriors: ask once for each
        rows, inverse = grouped_rows(conflicts_as_outside(matrix))
        posterior = np.asarray(self._model.predict_proba(rows), dtype=np.float64)
        # a label that nobody voted for is none of the answers, however likely the model finds it
        posterior[:, 1:] *= vote_counts(rows, n_classes=posterior.shape[1])[:, 1:] > 0
        return (posterior / posterior.sum(axis=1, keepdims=True))[inverse]


def conflicts_as_outside(matrix: LabelMatrix) -> NDArray[np.int64]:
    """The votes, where a function that abstains on a candidate but proposed an overlapping span votes OUTSIDE."""
    sentence, start, end = matrix.candidates.T
    proposes = matrix.votes > OUTSIDE
    near = np.zeros_like(proposes)  # whether a function proposes an overlapping span
    for distance in range(1, len(start)):
        left = np.flatnonzero((sentence[:-distance] == sentence[distance:]) & (start[distance:] < end[:-distance]))
        if not len(left):
            break  # rows are sorted: what is further to the right overlaps even less
        near[left] |= proposes[left + distance]
        near[left + distance] |= proposes[left]
    return np.where((matrix.votes == ABSTAIN) & near, OUTSIDE, matrix.votes)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keeps torch on one thread: the matrices are small, and two threads took ten times as long on a busy machine."""
    import torch

    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


def _class_balance(
    rows: NDArray[np.int64], times: NDArray[np.float64], *, n_classes: int, floor: float = 0.02
) -> list[float]:
    """Share of the candidates that most votes give to each class, at least ``floor`` (Snorkel takes its logarithm)."""
    counts = vote_counts(rows, n_classes=n_classes)
    counts[:, 1:] += 0.5  # a label wins a tie with OUTSIDE; labels that tie share the candidate
    winners = counts == counts.max(axis=1, keepdims=True)
    won = np.average(winners / winners.sum(axis=1, keepdims=True), axis=0, weights=times)
    shares = np.maximum(won, floor)
    return [float(share) for share in shares / shares.sum()]
