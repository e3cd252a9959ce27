"""A label model for spans: what a function proposes is a span, or errs about one in one of five ways."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eigennamen.weak.clusters import cluster_bounds, cluster_keys, distinct, rows_of
from eigennamen.weak.label_matrix import OUTSIDE, LabelMatrix, Probabilities
from eigennamen.weak.label_models.base import expect_votes, normalized

RIGHT, OTHER_LABEL, TOO_SHORT, TOO_LONG, CROSSING, SPURIOUS = range(6)
_MOST_READINGS = 4096  # of a cluster; beyond, its weakest candidates are left out of it
_AGAINST = 2.0  # how much less likely, as a logarithm, a vote for OUTSIDE makes the span it is cast on

Proposal = tuple[int, int, int]  # start, end (from the cluster's first word), class
Cluster = tuple[tuple[int, int, tuple[int, ...]], ...]  # start, end and votes of each candidate


class SpanErrors:
    """Weighs every reading of a stretch of text: each set of proposed spans that do not overlap.

    Under a reading, each proposal of each function is right, has another label, is too short, too long or crossing, or
    is spurious because no span is near; a reading is as likely as the product of these outcomes. How often a function
    is right about a label is learned by expectation maximization, while the kinds of errors keep their proportions:
    left to themselves they drift until long spans are all wrong. Abstaining is missing.

    Functions that repeat each other (a list and the same list in lower case) count for less: the evidence of each is
    divided by ``sum of its Jaccard overlaps with all functions ** redundancy``.

    Args:
        outcomes: how often a function is taken to be right, to give another label, to be too short, too long,
            crossing and spurious before anything is seen; only proportions count.
        pseudo_votes: how many votes that is worth beside those that are seen.
        redundancy: from 0 (every function counts fully) to 1 (copies count as one, where no other function proposes
            the same; where one does, it counts for less as well).
        n_iterations: of expectation maximization.
    """

    counts_repeats = True

    def __init__(
        self,
        *,
        outcomes: Sequence[float] = (10.0, 1.0, 4.0, 0.3, 0.3, 0.5),
        pseudo_votes: float = 20.0,
        redundancy: float = 1.0,
        n_iterations: int = 10,
    ) -> None:
        if len(outcomes) != 6 or min(outcomes) <= 0:
            raise ValueError(
                f"label_model.outcomes={list(outcomes)}; expected six numbers above 0: right, other label, too short, "
                "too long, crossing, spurious"
            )
        self.outcomes = np.array(outcomes) / sum(outcomes)
        self.pseudo_votes = pseudo_votes
        self.redundancy = redundancy
        self.n_iterations = n_iterations

    def fit(self, matrix: LabelMatrix) -> Self:
        expect_votes(matrix)
        n_lfs, n_labels = matrix.votes.shape[1], len(matrix.labels)
        self._weights = _jaccard(matrix).sum(axis=1) ** -self.redundancy
        self._logs = np.log(np.tile(self.outcomes, (n_lfs, n_labels, 1)))  # (n_lfs, n_labels, outcomes)
        clusters, _, times = _clusters(matrix)
        readings = [Readings.of(cluster) for cluster in clusters]
        for _ in range(self.n_iterations):
            expected = np.zeros_like(self._logs)
            for one, n in zip(readings, times, strict=True):
                one.add_expected(expected, n * self._posterior(one))
            self._logs = np.log(self._smoothed(expected))
        return self

    def predict_proba(self, matrix: LabelMatrix) -> Probabilities:
        result = np.zeros((len(matrix.candidates), 1 + len(matrix.labels)))
        clusters, inverse, _ = _clusters(matrix)
        marginals = [self._marginals(cluster, n_classes=result.shape[1]) for cluster in clusters]
        place = 0
        for index in inverse.tolist():
            size = len(marginals[index])
            result[place : place + size] = marginals[index]
            place += size
        return result

    def _posterior(self, readings: "Readings") -> NDArray[np.float64]:
        """Probability of each reading."""
        evidence = self._weights[readings.lfs] * self._logs[readings.lfs, readings.labels, readings.outcomes]
        return normalized(evidence.sum(axis=1) - _AGAINST * readings.against)

    def _smoothed(self, expected: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shares of outcomes from their counts: right or wrong as counted, the kinds of wrong as they were."""
        right = expected[:, :, :1]
        wrong = expected[:, :, 1:].sum(axis=2, keepdims=True) * self.outcomes[1:] / self.outcomes[1:].sum()
        counts = np.concatenate([right, wrong], axis=2) + self.pseudo_votes * self.outcomes
        result: NDArray[np.float64] = counts / counts.sum(axis=2, keepdims=True)
        return result

    def _marginals(self, cluster: Cluster, *, n_classes: int) -> NDArray[np.float64]:
        """For each candidate of a cluster how likely it is each label, and none."""
        readings = Readings.of(cluster)
        result = np.zeros((len(cluster), n_classes))
        place = {(start, end): i for i, (start, end, _) in enumerate(cluster)}
        for probability, reading in zip(self._posterior(readings), readings.readings, strict=True):
            for start, end, label in reading:
                result[place[start, end], label] += probability
        result[:, OUTSIDE] = np.maximum(1 - result.sum(axis=1), 0)
        return result / result.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class Readings:
    """All readings of a cluster, and what each makes of the proposals in it.

    ``outcomes`` has shape ``(n_readings, n_proposals)``; ``lfs`` and ``labels`` (from 0) say whose proposal it is.
    ``against`` counts for each reading the votes for OUTSIDE on its spans.
    """

    readings: Sequence[tuple[Proposal, ...]]
    lfs: NDArray[np.int64]
    labels: NDArray[np.int64]
    outcomes: NDArray[np.int64]
    against: NDArray[np.int64]

    @classmethod
    def of(cls, cluster: Cluster) -> Self:
        readings = list(_readings(_considered(cluster)))
        proposals = [
            (lf, (start, end, vote)) for start, end, votes in cluster for lf, vote in enumerate(votes) if vote > OUTSIDE
        ]
        distinct = {proposal: i for i, proposal in enumerate(dict.fromkeys(proposal for _, proposal in proposals))}
        outcomes = [[_outcome(proposal, reading) for proposal in distinct] for reading in readings]
        against = {(start, end): votes.count(OUTSIDE) for start, end, votes in cluster}
        return cls(
            readings,
            np.array([lf for lf, _ in proposals], dtype=np.int64),
            np.array([label - 1 for _, (*_, label) in proposals], dtype=np.int64),
            np.array(outcomes, dtype=np.int64)[:, [distinct[proposal] for _, proposal in proposals]],
            np.array([sum(against[start, end] for start, end, _ in reading) for reading in readings], dtype=np.int64),
        )

    def add_expected(self, counts: NDArray[np.float64], probabilities: NDArray[np.float64]) -> None:
        """Add to ``counts`` (n_lfs, n_labels, outcomes) what is expected under probabilities of the readings."""
        for outcome in range(counts.shape[2]):
            np.add.at(counts[:, :, outcome], (self.lfs, self.labels), probabilities @ (self.outcomes == outcome))


def _considered(cluster: Cluster) -> Cluster:
    """The candidates with most votes, the longer ones first where votes tie, as many as give few enough readings."""
    kept = []
    n_readings = 1  # at most
    for one in sorted(cluster, key=lambda one: (-sum(vote > OUTSIDE for vote in one[2]), one[0] - one[1])):
        n_readings *= 1 + len(_labels(one[2]))
        if n_readings <= _MOST_READINGS:
            kept.append(one)
    return tuple(sorted(kept))


def _labels(votes: Sequence[int]) -> set[int]:
    return {vote for vote in votes if vote > OUTSIDE}


def _readings(cluster: Cluster) -> Iterator[tuple[Proposal, ...]]:
    """Every set of candidates that do not overlap, each with each label that some function gave it."""
    if not cluster:
        yield ()
        return
    (start, end, votes), *others = cluster
    for reading in _readings(tuple(others)):
        yield reading
        if all(end <= other_start or other_end <= start for other_start, other_end, _ in reading):
            yield from (((start, end, label), *reading) for label in sorted(_labels(votes)))


def _outcome(proposal: Proposal, reading: Sequence[Proposal]) -> int:
    """What a proposal is where a reading is the truth; of several spans that it touches the last one judges it."""
    start, end, label = proposal
    for true_start, true_end, true_label in reversed(reading):
        if (true_start, true_end) == (start, end):
            return RIGHT if true_label == label else OTHER_LABEL
        if true_start < end and start < true_end:
            if true_start <= start and end <= true_end:
                return TOO_SHORT
            return TOO_LONG if start <= true_start and true_end <= end else CROSSING
    return SPURIOUS


def _clusters(matrix: LabelMatrix) -> tuple[list[Cluster], NDArray[np.int64], NDArray[np.int64]]:
    """The clusters of the matrix that differ, which of them each cluster is, and how often each occurs."""
    keys, inverse = distinct(cluster_keys(matrix))
    times = np.bincount(inverse, weights=matrix.times[cluster_bounds(matrix)[:-1]], minlength=len(keys))
    tables = [rows_of(key, n_lfs=matrix.votes.shape[1]).tolist() for key in keys]
    return [tuple((row[0], row[1], tuple(row[2:])) for row in table) for table in tables], inverse, times


def _jaccard(matrix: LabelMatrix) -> NDArray[np.float64]:
    """How much two functions propose the same: shared over all proposals of both, shape ``(n_lfs, n_lfs)``."""
    n_labels = len(matrix.labels)
    by_label = [(matrix.votes == label).astype(np.float64) for label in range(1, 1 + n_labels)]
    shared = np.sum([proposed.T @ (proposed * matrix.times[:, None]) for proposed in by_label], axis=0)
    size = np.diag(shared)
    union = size[:, None] + size - shared
    result = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    np.fill_diagonal(result, 1.0)
    return result
