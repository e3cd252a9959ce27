"""Clusters: candidates that overlap each other, directly or through others. What label models learn from is in them."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from eigennamen.weak.label_matrix import LabelMatrix

Key = bytes  # of a cluster: equal where starts, ends (from its first word) and votes of all its candidates are


def cluster_bounds(matrix: LabelMatrix) -> NDArray[np.int64]:
    """The first row of each cluster, in order, and behind them the number of rows."""
    sentence, start, end = matrix.candidates.T
    width = 1 + end.max(initial=0)  # sentences side by side: nothing reaches into the next one
    reach = np.maximum.accumulate(sentence * width + end)
    begins = np.ones(len(reach), dtype=bool)
    begins[1:] = (sentence * width + start)[1:] >= reach[:-1]
    return np.append(np.flatnonzero(begins), len(reach))


def cluster_keys(matrix: LabelMatrix) -> list[Key]:
    """One for each cluster, in the order of the candidates."""
    bounds = cluster_bounds(matrix)
    first = np.repeat(matrix.candidates[bounds[:-1], 1], np.diff(bounds))
    spans = matrix.candidates[:, 1:] - first[:, None]
    table = np.concatenate([spans, matrix.votes], axis=1).astype(np.int32)
    everything, width = table.tobytes(), table.itemsize * table.shape[1]
    return [everything[width * begin : width * end] for begin, end in pairwise(bounds.tolist())]


def rows_of(key: Key, *, n_lfs: int) -> NDArray[np.int32]:
    """The candidates of a cluster: start and end (from its first word), then the votes."""
    return np.frombuffer(key, dtype=np.int32).reshape(-1, 2 + n_lfs)


def distinct(keys: Iterable[Key]) -> tuple[list[Key], NDArray[np.int64]]:
    """The keys that differ, as they first occur, and which of them each one is."""
    known: dict[Key, int] = {}
    inverse = [known.setdefault(key, len(known)) for key in keys]
    return list(known), np.array(inverse, dtype=np.int64)
