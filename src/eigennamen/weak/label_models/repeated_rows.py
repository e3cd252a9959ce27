"""Snorkel's label model on rows that count as often as they occur. Importing this takes seconds (torch, Snorkel)."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from snorkel.labeling.model import LabelModel


class RepeatedRows(LabelModel):
    """What ``LabelModel`` learns from rows that are written out as often as they occur, without writing them out.

    All that it takes from its rows is how often two functions vote for two classes together, and for the least
    probability that it allows, how many rows there are. Equal but for the rounding of sums.
    """

    def fit_repeated(self, rows: NDArray[np.int64], times: NDArray[np.float64], **settings: Any) -> None:
        """``LabelModel.fit``, with ``times`` of shape ``(n_rows,)`` beside the rows."""
        self._shares = times / times.sum()
        # as LabelModel has it, from the number of all rows
        self.fit(rows, mu_eps=min(0.01, 1 / 10 ** np.ceil(np.log10(times.sum()))), **settings)
        self.coverage = self._shares @ (rows >= 0)

    def _generate_O(self, L: NDArray[np.int64], higher_order: bool = False) -> None:  # noqa: N802, N803 (its names)
        votes = self._get_augmented_label_matrix(L, higher_order=higher_order)
        self.d = votes.shape[1]
        together = torch.from_numpy(votes.T @ (votes * self._shares[:, None]))
        self.O = together.float().to(self.config.device)

    def _build_mask(self) -> None:
        super()._build_mask()
        self._occurs = torch.nonzero(torch.diag(self.O)).reshape(-1)
        self._together = self.O[self._occurs][:, self._occurs]
        self._apart = self.mask[self._occurs][:, self._occurs].float()

    def _loss_mu(self, l2: float = 0) -> torch.Tensor:
        """The loss of ``LabelModel`` where it is not zero: classes that a function never votes for stay at zero."""
        mu = self.mu[self._occurs]
        apart = (self._together - mu @ self.P @ mu.t()) * self._apart
        alone = torch.sum(mu @ self.P, 1) - torch.diag(self._together)
        loss = apart.square().sum() + alone.square().sum()
        return loss + self._loss_l2(l2=l2) if l2 else loss
