"""The bootstrap of ``significance`` for many results at once, and what can be read off it.

A module of its own since no run needs it: a change here does not make new runs of those that are done.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eigennamen.significance import PERCENTILES, micro_f1, resampled_totals

_CELLS = 2_000_000  # swaps held in memory at once


def resampled_f1(counts: NDArray[np.int64], *, n: int = 1000, seed: int = 0) -> NDArray[np.float64]:
    """Micro F1 of several results on the same sentences, as measured and then in ``n`` resamples of the sentences.

    Every resample takes the same sentences from all results, so that any number made of one row can be compared with
    that of another, and the rows from the second on are its distribution.

    Args:
        counts: shape ``(n_results, n_sentences, 3)``: true positives, predicted, gold.
        n: how many resamples.
        seed: of the draw.

    Returns:
        Shape ``(1 + n, n_results)``.
    """
    n_results, n_sentences, _ = counts.shape
    by_sentence = counts.transpose(1, 0, 2).reshape(n_sentences, n_results * 3)
    totals = np.concatenate([by_sentence.sum(axis=0)[None], resampled_totals(by_sentence, n=n, seed=seed)])
    return micro_f1(totals.reshape(-1, n_results, 3))


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """95 % percentile interval of resampled values, each end one of them: they may be infinite."""
    low, high = np.percentile(values, PERCENTILES, method="inverted_cdf")
    return float(low), float(high)


def p_value(differences: NDArray[np.float64]) -> float:
    """Two-sided: how many of the resampled differences are on the other side of 0, or on it; never below ``2 / n``.

    >>> p_value(np.array([0.5, 1.0, 2.0, -0.1]))
    0.8
    """
    n = len(differences)
    other_side = min(int((differences <= 0).sum()), int((differences >= 0).sum()))
    return min(1.0, 2 * (other_side + 1) / (n + 1))


def randomization_p_value(one: NDArray[np.int64], other: NDArray[np.int64], *, n: int = 10_000, seed: int = 0) -> float:
    """How often a difference in micro F1 at least as large comes about when results are swapped at random.

    Two-sided approximate randomization over sentences (A. Yeh, More accurate tests for the statistical significance of
    result differences, COLING 2000): with a chance of one half a sentence's results change sides, those of all seeds
    together; what is compared is the mean of the seeds' micro F1.

    Args:
        one: shape ``(n_seeds, n_sentences, 3)``: true positives, predicted, gold.
        other: the same seeds and sentences.
        n: how many random assignments; no p-value is below ``1 / (n + 1)``.
        seed: of the draw.
    """
    moves = other - one
    moves = moves[:, moves.any(axis=(0, 2))]  # all other sentences have the same result on both sides
    n_seeds, n_moved, _ = moves.shape
    by_sentence = moves.transpose(1, 0, 2).reshape(n_moved, n_seeds * 3).astype(np.float64)
    of_one, of_other = (counts.sum(axis=1).astype(np.float64) for counts in (one, other))
    observed = abs((micro_f1(of_one) - micro_f1(of_other)).mean())
    generator = np.random.default_rng(seed)
    block = max(1, _CELLS // max(1, n_moved))
    as_large = 0
    for first in range(0, n, block):
        swaps = generator.integers(0, 2, size=(min(block, n - first), n_moved), dtype=np.int8).astype(np.float64)
        moved = (swaps @ by_sentence).reshape(-1, n_seeds, 3)
        differences = (micro_f1(of_one + moved) - micro_f1(of_other - moved)).mean(axis=1)
        as_large += int((np.abs(differences) >= observed - 1e-12).sum())  # less: the same one, rounded otherwise
    return (as_large + 1) / (n + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values, in their order, of several comparisons at once.

    S. Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics, 1979.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted = [0.0] * len(p_values)
    least = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda place: p_values[place])):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = least
    return adjusted
