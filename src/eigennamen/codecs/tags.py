"""The tag codec: sentences as windows of input columns, and word-by-word tag probabilities back as spans."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import numpy as np
import torch
from datasets import Dataset, disable_progress_bars
from numpy.typing import NDArray

from eigennamen.codecs.base import Encoded
from eigennamen.schemes import spans_to_tags, tag_set, tags_to_spans
from eigennamen.tokenizers import WordTokenizer
from eigennamen.types import Prediction, Sentence, TrainingSet

disable_progress_bars()


@dataclass
class Batch:
    """Padded inputs, and beside them every owned word of the batch in one flat order.

    ``rows`` and ``positions`` (n_words) say where the word stands in the inputs, ``words`` (n_words) which word of the
    encoded sentences it is, counted through all of them. In training ``targets`` (n_words, n_tags) is a distribution
    over tags and ``weights`` (n_words) its weight in the loss.
    """

    inputs: dict[str, torch.Tensor]
    rows: torch.Tensor
    positions: torch.Tensor
    words: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor

    @property
    def n_words(self) -> int:
        return len(self.words)

    def to(self, device: torch.device) -> "Batch":
        moved = {name: tensor.to(device) for name, tensor in vars(self).items() if name != "inputs"}
        return Batch({name: tensor.to(device) for name, tensor in self.inputs.items()}, **moved)


class TokenizerFactory(Protocol):
    """Makes a tokenizer, which may be trained on the words it is given."""

    def __call__(self, texts: Iterable[Sequence[str]]) -> WordTokenizer: ...


class TagCodec:
    """IOB2 tags over ``labels``, read by a tokenizer's model.

    Decoding repairs an ``I-`` that continues nothing by letting a span begin there; ``counters`` says how often, and
    how many words (of all texts encoded so far) were replaced because the tokenizer left nothing of them.
    """

    def __init__(self, *, labels: Sequence[str], tokenizer: WordTokenizer) -> None:
        self.labels = tuple(labels)
        self.tags = tag_set(labels)
        self.tokenizer = tokenizer
        self.counters = {"repaired_tags": 0, "words_without_subword": 0}
        self._replaced: dict[str, int] = {}  # by text: dev is encoded for every validation and for the prediction

    def training_data(self, training_set: TrainingSet, *, cache: Path | None = None) -> Encoded:
        return self._encode(training_set.sentences, Targets.of(training_set, self.tags), cache)

    def data(self, sentences: Sequence[Sentence], *, cache: Path | None = None) -> Encoded:
        return self._encode(sentences, Targets.unknown(sentences, n_tags=len(self.tags)), cache)

    def _encode(self, sentences: Sequence[Sentence], targets: "Targets", cache: Path | None) -> Encoded:
        windows = self.encode(sentences, cache=cache)
        lengths = [len(column) for column in windows[self.tokenizer.length_column]]
        return Encoded(windows, lengths, partial(self.collate, targets=targets))

    def forget_decoded(self) -> None:
        self.counters["repaired_tags"] = 0

    def encode(self, sentences: Sequence[Sentence], *, cache: Path | None = None) -> Dataset:
        """Windows of the sentences as an Arrow dataset; with ``cache`` (a folder) written there once and reused."""
        key = self._cache_key(sentences)
        file = None if cache is None else cache / f"{key}.arrow"
        if file is None:
            dataset = self._encoded(sentences, key, keep_in_memory=True)
        else:
            if not file.exists():
                file.parent.mkdir(parents=True, exist_ok=True)
                with TemporaryDirectory(dir=cache) as folder:  # nothing is left of it where the disk is full
                    part = Path(folder, file.name)
                    self._encoded(sentences, key, cache_file_name=str(part))
                    part.replace(file)
            dataset = Dataset.from_file(str(file))
        self._replaced[key] = sum(dataset["replaced"])
        self.counters["words_without_subword"] = sum(self._replaced.values())
        return dataset

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """What is encoded and decoded inside does not count: text that is no part of the run's data a second time."""
        counters, replaced = dict(self.counters), dict(self._replaced)
        try:
            yield
        finally:
            self.counters.update(counters)
            self._replaced = replaced

    def _encoded(self, sentences: Sequence[Sentence], key: str, **settings: Any) -> Dataset:
        # the key as fingerprint: to make one, datasets would pickle tokenizer and vectors, seconds for each data set
        return Dataset.from_dict({"id": range(len(sentences))}).map(
            lambda rows: self._windows(sentences, rows["id"]),
            batched=True,
            remove_columns=["id"],
            new_fingerprint=key,
            **settings,
        )

    def _windows(self, sentences: Sequence[Sentence], indices: Sequence[int]) -> Mapping[str, list[Any]]:
        windows = self.tokenizer.windows([sentences[i].words for i in indices])
        columns = windows.columns()
        replaced = [0] * len(windows.sentence)
        replaced[0] = windows.replaced_words
        return columns | {"sentence": [indices[i] for i in windows.sentence], "replaced": replaced}

    def _cache_key(self, sentences: Sequence[Sentence]) -> str:
        digest = hashlib.sha256(self.tokenizer.fingerprint.encode())
        for sentence in sentences:
            digest.update(repr(sentence.words).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()[:32]

    def collate(self, rows: Sequence[Mapping[str, Any]], targets: "Targets") -> Batch:
        """Pad some windows and attach their words' targets."""
        flat = [
            (row, position, targets.offsets[window["sentence"]] + word)
            for row, window in enumerate(rows)
            for position, word in zip(window["positions"], window["words"], strict=True)
        ]
        places = torch.tensor(flat, dtype=torch.long).reshape(-1, 3)
        words = places[:, 2]
        inputs = self.tokenizer.pad([dict(row) for row in rows])
        return Batch(inputs, places[:, 0], places[:, 1], words, targets.tag_probs[words], targets.weights[words])

    def decode(self, sentences: Sequence[Sentence], tag_probs: NDArray[np.float32]) -> list[Prediction]:
        """Predictions from the tag probabilities of all words, shape ``(n_words of all sentences, n_tags)``.

        A span's confidence is the least probability of a tag in it: a span is right only if all its tags are.
        """
        predictions = []
        offset = 0
        best = tag_probs.argmax(axis=1)
        for sentence in sentences:
            own = slice(offset, offset + len(sentence.words))
            offset = own.stop
            tags = [self.tags[i] for i in best[own]]
            spans, repairs = tags_to_spans(tags, repair="begin")
            self.counters["repaired_tags"] += repairs
            likely = tag_probs[own].max(axis=1)
            confidences = tuple(float(likely[span.start : span.end].min()) for span in spans)
            predictions.append(Prediction(sentence.with_spans(spans), confidences, tag_probs[own]))
        return predictions


@dataclass
class Targets:
    """Targets of all words of some sentences in one array: ``offsets[i]`` is where sentence ``i`` begins."""

    offsets: list[int]
    tag_probs: torch.Tensor
    weights: torch.Tensor

    @classmethod
    def of(cls, training_set: TrainingSet, tags: Sequence[str]) -> "Targets":
        """One-hot rows from hard spans, the training set's own rows where it has them."""
        sentences = training_set.sentences
        targets = cls.unknown(sentences, n_tags=len(tags))
        index = {tag: i for i, tag in enumerate(tags)}
        for sentence, offset in zip(sentences, targets.offsets, strict=True):
            own = slice(offset, offset + len(sentence.words))
            if (soft := training_set.tag_probs.get(sentence.id)) is not None:
                targets.tag_probs[own] = torch.from_numpy(soft)
            else:
                hard = [index[tag] for tag in spans_to_tags(sentence.spans or (), len(sentence.words))]
                targets.tag_probs[range(own.start, own.stop), hard] = 1
            if (weights := training_set.weights.get(sentence.id)) is not None:
                targets.weights[own] = torch.from_numpy(weights)
        return targets

    @classmethod
    def unknown(cls, sentences: Sequence[Sentence], *, n_tags: int) -> "Targets":
        """No targets: zeros with weight 1, for prediction."""
        lengths = [len(sentence.words) for sentence in sentences]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(int).tolist()
        return cls(offsets[:-1], torch.zeros(offsets[-1], n_tags), torch.ones(offsets[-1]))


def build_tag_codec(*, labels: Sequence[str], texts: Iterable[Sequence[str]], tokenizer: TokenizerFactory) -> TagCodec:
    """A codec whose tokenizer is made for, or trained on, some texts (sequences of words)."""
    return TagCodec(labels=labels, tokenizer=tokenizer(texts))
