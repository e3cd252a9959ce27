"""What label models and the analysis need of a text of any size. Summaries of its parts add up to that of the whole."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from hashlib import blake2b
from typing import Any, Self

import numpy as np

from eigennamen.types import Sentence
from eigennamen.weak.analysis import LFCounts
from eigennamen.weak.clusters import cluster_keys, rows_of
from eigennamen.weak.label_matrix import LabelMatrix
from eigennamen.weak.label_models.base import LabelModel

SAMPLE = 10_000  # sentences


@dataclass(frozen=True)
class VoteSummary:
    """The distinct clusters of candidates and how often each occurs, the counts behind the analysis, and a sample.

    The ``sample`` is uniform: the ``sample_size`` sentences whose ids have the smallest hashes, in the order of these.
    So it does not depend on how the text is divided. Memory grows with the clusters that differ and with nothing else.
    """

    clusters: Mapping[bytes, int]
    counts: LFCounts
    dropped: Mapping[str, int]
    sample: LabelMatrix
    sample_size: int

    @classmethod
    def of(cls, matrix: LabelMatrix, *, sample_size: int = SAMPLE) -> Self:
        return cls(
            Counter(cluster_keys(matrix)),
            LFCounts.of(matrix),
            matrix.dropped,
            _sample(matrix, sample_size),
            sample_size,
        )

    def __add__(self, other: Self) -> Self:
        return self.total([self, other])

    @classmethod
    def total(cls, parts: Iterable[Self]) -> Self:
        """The summary of all parts of a text, of which no two have a sentence id in common.

        Raises ValueError where labels, functions or sizes of the sample differ, or there is no part.
        """
        clusters: Counter[bytes] = Counter()
        dropped: Counter[str] = Counter()
        total = None
        for part in parts:
            clusters.update(part.clusters)  # in place: there may be millions
            dropped.update(part.dropped)
            total = replace(part, clusters=clusters, dropped=dropped, **total._merged(part) if total else {})
        if total is None:
            raise ValueError("no summaries to add up; expected at least one")
        return total

    def _merged(self, other: Self) -> dict[str, Any]:
        """What is not counted in place."""
        if self.sample_size != other.sample_size:
            raise ValueError(f"summaries with samples of {self.sample_size} and {other.sample_size}; expected one size")
        sample = _sample(LabelMatrix.concatenate([self.sample, other.sample]), self.sample_size)
        return {"sample": sample, "counts": self.counts + other.counts}

    def matrix(self) -> LabelMatrix:
        """The clusters as a label matrix, each once and in a sentence of its own, with how often it occurs.

        Its sentences hold no words of the text, and negative votes are those on candidates only.
        """
        n_lfs = len(self.sample.lf_names)
        tables = [rows_of(key, n_lfs=n_lfs) for key in self.clusters]
        sizes = [len(table) for table in tables]
        table = np.concatenate([np.empty((0, 2 + n_lfs), dtype=np.int64), *tables])
        return LabelMatrix(
            [_placeholder(i, int(table[:, 1].max())) for i, table in enumerate(tables)],
            self.sample.labels,
            self.sample.lf_names,
            np.column_stack([np.repeat(np.arange(len(sizes)), sizes), table[:, :2]]),
            table[:, 2:],
            np.empty((0, 4), dtype=np.int64),
            self.dropped,
            np.repeat(np.fromiter(self.clusters.values(), dtype=np.int64), sizes),
        )

    def fit(self, model: LabelModel) -> None:
        """Let a label model learn: from all clusters where it counts how often they occur, else from the sample."""
        model.fit(self.matrix() if getattr(model, "counts_repeats", False) else self.sample)


def _sample(matrix: LabelMatrix, size: int) -> LabelMatrix:
    """The sentences with the smallest hashes, in their order."""
    hashes = [blake2b(s.id.encode("utf-8", "surrogatepass"), digest_size=8).digest() for s in matrix.sentences]
    return matrix.select(sorted(range(len(hashes)), key=hashes.__getitem__)[:size])


def _placeholder(index: int, n_words: int) -> Sentence:
    return Sentence(f"cluster-{index}", _words(n_words))


@cache
def _words(n: int) -> tuple[str, ...]:
    return ("_",) * n
