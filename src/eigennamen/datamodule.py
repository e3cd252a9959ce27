"""The data of one run: a corpus, where its training labels come from, and how a model reads them."""

import random
from collections.abc import Callable, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol, Self

import lightning as L
from torch.utils.data import DataLoader

from eigennamen.codecs.base import Codec
from eigennamen.labels.weak import WeakLabels
from eigennamen.types import Corpus, Sentence, TrainingSet


class LabelSource(Protocol):
    """Where training labels come from; ``fingerprint`` changes with everything that the labels depend on."""

    name: str

    @property
    def fingerprint(self) -> str: ...

    def training_set(self, corpus: Corpus) -> TrainingSet: ...


class NERDataModule(L.LightningDataModule):
    """Corpus x label source x codec.

    Args:
        corpus: the sentences.
        label_source: makes the training set from the corpus.
        codec: ``build_tag_codec`` or ``build_text_codec``, completed here with the corpus's labels and text.
        dev_labels: ``gold``, or ``weak`` where early stopping must not see any annotation.
        dev_budget: how many gold dev sentences may be used (they cost annotation too); None for all.
        validated: on how many of the dev sentences the score after an epoch is measured; None for all.
        batch_size: windows in a batch.
        cache: folder for encoded text, reused by the next run with the same text and tokenizer.
    """

    def __init__(
        self,
        *,
        corpus: Corpus,
        label_source: LabelSource,
        codec: Callable[..., Codec],
        dev_labels: Literal["gold", "weak"] = "gold",
        dev_budget: int | None = None,
        validated: int | None = None,
        batch_size: int = 32,
        cache: str | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.corpus = corpus
        self.label_source = label_source
        self.dev_labels = dev_labels
        self.dev_budget = dev_budget
        self._n_validated = validated
        self.batch_size = batch_size
        self.cache = None if cache is None else Path(cache)
        self.seed = seed
        self._codec = codec
        self._check_dev_labels()

    def _check_dev_labels(self) -> None:
        if self.dev_labels not in ("gold", "weak"):
            raise ValueError(f"dev_labels={self.dev_labels}; expected gold or weak")
        if self.dev_labels == "weak" and not isinstance(self.label_source, WeakLabels):
            raise ValueError(
                "dev_labels=weak needs labeling functions: choose datamodule=weak_labels, or dev_labels=gold"
            )
        for name, number in (("dev_budget", self.dev_budget), ("datamodule.validated", self._n_validated)):
            if number is not None and number < 1:
                raise ValueError(f"{name}={number}; expected at least 1 sentence, or null for all of them")

    @cached_property
    def training_set(self) -> TrainingSet:
        return self.label_source.training_set(self.corpus)

    @cached_property
    def codec(self) -> Codec:
        texts = [sentence.words for sentence in (*self.corpus.train, *self.corpus.unlabeled)]
        return self._codec(labels=self.corpus.labels, texts=texts)

    @cached_property
    def dev(self) -> Sequence[Sentence]:
        """The sentences that early stopping looks at, with gold or weak spans; empty where there are none."""
        sentences = self.corpus.dev or ()
        if self.dev_labels == "weak":
            assert isinstance(self.label_source, WeakLabels)
            _ = self.training_set  # fits the label model
            return [prediction.sentence for prediction in self.label_source.predict(sentences)]
        labelled = [sentence for sentence in sentences if sentence.spans is not None]
        return self._drawn(labelled, self.dev_budget)

    @cached_property
    def validated(self) -> Sequence[Sentence]:
        """The dev sentences that the score after an epoch is measured on."""
        return self._drawn(self.dev, self._n_validated)

    def _drawn(self, sentences: Sequence[Sentence], n: int | None) -> Sequence[Sentence]:
        if n is None:
            return sentences
        # a prefix of one shuffled order, so that a larger number contains the smaller ones
        return random.Random(self.seed).sample(sentences, len(sentences))[:n]

    def with_training_set(self, training_set: TrainingSet) -> Self:
        """A copy that trains on something else; corpus, codec and dev sentences are the same."""
        _ = self.codec, self.validated  # made once: a copy that made its own would differ in nothing but time
        other = copy(self)
        other.training_set = training_set
        return other

    def train_dataloader(self) -> DataLoader[Any]:
        data = self.codec.training_data(self.training_set, cache=self.cache)
        return data.batches(self.batch_size, shuffle=True, seed=self.seed)

    def val_dataloader(self) -> DataLoader[Any]:
        return self.codec.data(self.validated, cache=self.cache).batches(self.batch_size)

    def transfer_batch_to_device(self, batch: Any, device: Any, dataloader_idx: int) -> Any:
        return batch.to(device)
