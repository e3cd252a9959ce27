"""Batches of windows of similar length, so that little of a batch is padding."""

from collections.abc import Iterator, Sequence

import numpy as np
from torch.utils.data import Sampler


class LengthBuckets(Sampler[list[int]]):
    """Batch sampler: shuffles, sorts by length within chunks of ``chunk`` batches, shuffles the batches.

    Without ``shuffle`` everything is sorted, longest first, so that memory runs out at once or never. ``set_epoch``
    makes the order a function of seed and epoch alone: a resumed run sees the order that it would have seen.
    """

    def __init__(
        self, lengths: Sequence[int], *, batch_size: int, shuffle: bool = True, seed: int = 0, chunk: int = 50
    ) -> None:
        self.lengths = np.asarray(lengths)
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed
        self.chunk = chunk
        self.epoch = 0

    @property
    def sampler(self) -> "LengthBuckets":
        """Lightning calls ``set_epoch`` on the sampler of a batch sampler; here they are one."""
        return self

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-len(self.lengths) // self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        # a generator on purpose: Lightning makes the first iterator of a resumed run before it calls set_epoch
        for batch in self._shuffled() if self.shuffle else self._cut(np.argsort(-self.lengths, kind="stable")):
            yield batch.tolist()

    def _shuffled(self) -> list[np.ndarray]:
        rng = np.random.default_rng((self.seed, self.epoch))
        order = rng.permutation(len(self.lengths))
        size = self.chunk * self.batch_size
        chunks = [order[start : start + size] for start in range(0, len(order), size)]
        batches = [b for chunk in chunks for b in self._cut(chunk[np.argsort(self.lengths[chunk], kind="stable")])]
        return [batches[i] for i in rng.permutation(len(batches))]

    def _cut(self, order: np.ndarray) -> list[np.ndarray]:
        return [order[start : start + self.batch_size] for start in range(0, len(order), self.batch_size)]
