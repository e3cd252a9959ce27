"""Losses of words against distributions over tags."""

import torch
from torch.nn import functional as F


def generalized_cross_entropy(emissions: torch.Tensor, targets: torch.Tensor, *, q: float) -> torch.Tensor:
    """Generalized cross-entropy (Zhang and Sabuncu 2018) of each word, shape ``(n_words,)``.

    With the probability p of the true tag it is ``(1 - p**q) / q``: cross-entropy for ``q`` = 0 (the limit), mean
    absolute error for ``q`` = 1. A word's gradient is ``p**q`` times that of cross-entropy, so that labels which the
    model finds unlikely, the wrong ones among them, teach less. For soft targets it is the expected loss under them.

    Args:
        emissions: unnormalized log-probabilities, shape ``(n_words, n_tags)``.
        targets: a distribution over tags for each word, of the same shape.
    """
    if q == 0:
        return F.cross_entropy(emissions, targets, reduction="none")
    losses = -torch.expm1(q * emissions.log_softmax(dim=-1)) / q
    return (targets * losses).sum(dim=-1)
