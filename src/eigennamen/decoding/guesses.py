"""Guesses of what a network will write, for drafts: learned from what it wrote for the texts before.

A draft may be wrong, the output is the same (see ``drafting``): what a good guess saves is passes of the decoder.
"""

from collections.abc import Sequence

import torch
from torch.nn import functional

_RIDGE = 1e-3  # added to the sums of squares, as a share of their mean
_ENOUGH = 20  # choices for each number that is fitted to them; more hardly change what is guessed
_GROWTH = 1.25  # a map is fitted again when so many times as many choices have been seen


class Guesses:
    """Ridge regression of choices on what the encoder says of the words around.

    Where a grammar has so many states for each word, the choice in the n-th state at any word is one kind of choice.
    For each kind a linear map is fitted to the choices seen so far, from the encoder's states at the first sub-words of
    the words before and behind the place.
    """

    def __init__(self) -> None:
        self._kinds: dict[int, _Kind] = {}

    def learn(self, kinds: torch.Tensor, features: torch.Tensor, taken: torch.Tensor, *, n_choices: int) -> None:
        """Add choices of some kinds (n,): the edges ``taken`` (n,) of ``n_choices`` at most; ``features`` (n, size)."""
        for kind in kinds.unique().tolist():
            own = kinds == kind
            self._kinds.setdefault(kind, _Kind(features.shape[1], features.device)).learn(
                features[own], functional.one_hot(taken[own], n_choices).to(features.dtype)
            )

    def scores(self, features: torch.Tensor, *, n_kinds: int, n_choices: int) -> torch.Tensor:
        """What speaks for each choice, 0 where nothing is known, (..., kinds, choices); ``features`` (..., size)."""
        result = features.new_zeros(*features.shape[:-1], n_kinds, n_choices)
        for kind, known in self._kinds.items():
            result[..., kind, :] = _widened(features @ known.fitted, n_choices)
        return result


class _Kind:
    """Sums over all choices of one kind, and the map fitted to them."""

    def __init__(self, size: int, device: torch.device) -> None:
        self.squares = torch.zeros(size, size, device=device)
        self.products = torch.zeros(size, 0, device=device)  # (size, choices)
        self.fitted = self.products
        self._seen = self._fitted_to = 0

    def learn(self, features: torch.Tensor, chosen: torch.Tensor) -> None:
        if self._seen > _ENOUGH * len(self.squares):
            return
        products = features.T @ chosen
        width = max(products.shape[1], self.products.shape[1])
        self.products = _widened(self.products, width) + _widened(products, width)
        self.squares += features.T @ features
        self._seen += len(features)
        if self._seen >= _GROWTH * self._fitted_to:
            ridge = _RIDGE * self.squares.diagonal().mean() * torch.eye(len(self.squares)).to(self.squares)
            self.fitted, self._fitted_to = torch.linalg.solve(self.squares + ridge, self.products), self._seen


def _widened(matrix: torch.Tensor, width: int) -> torch.Tensor:
    """With columns of zeros, or without the last ones, so that there are ``width``."""
    return functional.pad(matrix, (0, width - matrix.shape[-1]))


def features_of(hidden: torch.Tensor, begins: Sequence[Sequence[int]]) -> torch.Tensor:
    """What the encoder says around each place between words, before the first and behind the last among them.

    Args:
        hidden: the encoder's states, (rows, positions, size).
        begins: of each row the positions at which a word begins.

    Returns:
        Shape ``(rows, most words + 1, 2 * size + 1)``: the words before and behind the place, and 1. Zeros where there
        is no word.
    """
    longest = max(map(len, begins))
    words = hidden.new_zeros(len(begins), longest + 2, hidden.shape[2], dtype=torch.float)
    for row, places in enumerate(begins):
        words[row, 1 : len(places) + 1] = hidden[row, list(places)].float()
    return torch.cat([words[:, :-1], words[:, 1:], torch.ones_like(words[:, 1:, :1])], dim=2)
