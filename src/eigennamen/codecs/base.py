"""What every codec offers the datamodule and the modules: sentences as rows to be batched."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from datasets import Dataset
from torch.utils.data import DataLoader

from eigennamen.batching import LengthBuckets
from eigennamen.types import Sentence, TrainingSet


@dataclass(frozen=True)
class Encoded:
    """Windows of some sentences: ``rows``, their ``lengths`` in sub-words or words, and what makes a batch of some."""

    rows: Dataset
    lengths: Sequence[int]
    collate: Callable[[Sequence[dict[str, Any]]], Any]

    def batches(self, batch_size: int, *, shuffle: bool = False, seed: int = 0) -> DataLoader[Any]:
        """Batches of similar length; without ``shuffle`` the longest first."""
        buckets = LengthBuckets(self.lengths, batch_size=batch_size, shuffle=shuffle, seed=seed)
        return DataLoader(self.rows, batch_sampler=buckets, collate_fn=self.collate)


class Codec(Protocol):
    """Sentences to what a model reads and learns. ``counters`` of text and of what was decoded go into the record."""

    labels: tuple[str, ...]
    counters: dict[str, int]

    def training_data(self, training_set: TrainingSet, *, cache: Path | None = None) -> Encoded:
        """Text with targets; what can be kept of it is written into the folder ``cache``."""

    def data(self, sentences: Sequence[Sentence], *, cache: Path | None = None) -> Encoded:
        """Text without targets."""

    def uncounted(self) -> AbstractContextManager[None]:
        """What is encoded and decoded inside does not count."""

    def forget_decoded(self) -> None:
        """Start the counters of decoded text anew: so far they were those of every epoch or round."""
