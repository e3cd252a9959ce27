"""How far to trust a number: bootstrap over sentences, for one result and for the difference between two.

Sentences are drawn with replacement and the percentiles of the resampled scores are reported (B. Efron, R. Tibshirani,
An Introduction to the Bootstrap, 1993). For two systems every resample takes the same sentences from both, so that hard
sentences hit both alike (P. Koehn, Statistical Significance Tests for Machine Translation Evaluation, EMNLP 2004).
"""

from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from eigennamen.scoring import Scores

PERCENTILES = (2.5, 97.5)
_CELLS = 2_000_000  # draws held in memory at once


def micro_f1(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """F1 of counts ``(..., 3)`` in the order true positives, predicted, gold; 0 where nothing is predicted or gold."""
    both = totals[..., 1] + totals[..., 2]
    return np.divide(2 * totals[..., 0], both, out=np.zeros_like(both, dtype=np.float64), where=both > 0)


def bootstrap_interval(counts: NDArray[np.int64], *, n: int = 1000, seed: int = 0) -> tuple[float, float]:
    """95 % interval of micro F1 from counts for each sentence, shape ``(n_sentences, 3)``; (0, 0) without sentences."""
    return _percentiles(micro_f1(resampled_totals(counts, n=n, seed=seed)))


def paired_difference(a: "Scores", b: "Scores", *, n: int = 1000, seed: int = 0) -> tuple[float, float, float]:
    """Micro F1 of ``a`` minus that of ``b`` with its 95 % interval; an interval without 0 is a significant difference.

    Raises ValueError unless both score the same sentences, in the same order, against the same number of entities.
    """
    _check_same_sentences(a, b)
    both = np.concatenate([a.counts.sum(axis=1), b.counts.sum(axis=1)], axis=1)  # (n_sentences, 6)
    totals = resampled_totals(both, n=n, seed=seed)
    low, high = _percentiles(micro_f1(totals[:, :3]) - micro_f1(totals[:, 3:]))
    return a.micro.f1 - b.micro.f1, low, high


def resampled_totals(counts: NDArray[np.int64], *, n: int, seed: int) -> NDArray[np.float64]:
    """Sums over ``n`` resamples of the rows of counts, shape ``(n, n_columns)``."""
    if not len(counts):
        return np.zeros((n, counts.shape[1]))
    chunks = [weights @ counts.astype(np.float64) for weights in _weights(len(counts), n=n, seed=seed)]
    return np.concatenate(chunks)


def _weights(n_rows: int, *, n: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """How often each resample draws each row: blocks ``(n_resamples, n_rows)`` that together have ``n`` resamples."""
    generator = np.random.default_rng(seed)
    block = max(1, _CELLS // n_rows)
    for first in range(0, n, block):
        size = min(block, n - first)
        yield generator.multinomial(n_rows, np.full(n_rows, 1 / n_rows), size=size).astype(np.float64)


def _percentiles(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.percentile(values, PERCENTILES)
    return float(low), float(high)


def _check_same_sentences(a: "Scores", b: "Scores") -> None:
    for position, (left, right) in enumerate(zip_longest(a.ids, b.ids)):
        if left != right:
            raise ValueError(
                f"paired difference: sentence {position} is {left!r} in one result and {right!r} in the other; "
                "score both on the same sentences in the same order"
            )
    differing = np.flatnonzero((a.counts.sum(axis=1) != b.counts.sum(axis=1))[:, 2])
    if len(differing):
        raise ValueError(
            f"paired difference: sentence {a.ids[differing[0]]!r} has different gold entities in the two results; "
            "score both against the same gold labels"
        )
