"""The values every part of the project exchanges: frozen, validated when they are made, changed by copy."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A labelled range of words, half-open: words ``start`` to ``end - 1``.

    >>> Span(0, 2, "PER").length
    2
    """

    start: int
    end: int
    label: str

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"span {self.start}:{self.end} is empty or negative; expected 0 <= start < end")
        if not self.label:
            raise ValueError(f"span {self.start}:{self.end} has no label")

    @property
    def length(self) -> int:
        return self.end - self.start

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words and, where they are known, the spans over them.

    ``spans is None`` means unknown, ``()`` means that there are none. Spans are sorted and do not overlap.
    ``text`` and ``offsets`` (half-open characters of each word in ``text``) keep untokenised input exact.
    """

    id: str
    words: tuple[str, ...]
    spans: tuple[Span, ...] | None = None
    document: str | None = None
    text: str | None = None
    offsets: tuple[tuple[int, int], ...] | None = None

    def __post_init__(self) -> None:
        if not self.words:
            raise ValueError(f"sentence {self.id!r} has no words; leave empty sentences out")
        if not all(self.words):
            raise ValueError(f"sentence {self.id!r}: word {self.words.index('')} is an empty string")
        if self.spans is not None:
            object.__setattr__(self, "spans", _validated(self.spans, sentence=self))
        if (self.text is None) != (self.offsets is None):
            raise ValueError(f"sentence {self.id!r}: text and offsets go together, got only one of them")
        if self.offsets is not None and self.text is not None:
            if len(self.offsets) != len(self.words):
                raise ValueError(f"sentence {self.id!r}: {len(self.offsets)} offsets for {len(self.words)} words")
            edges = [0, *chain.from_iterable(self.offsets), len(self.text)]
            if edges != sorted(edges):
                raise ValueError(f"sentence {self.id!r}: offsets must ascend within the text, got {self.offsets}")

    def with_spans(self, spans: Iterable[Span] | None) -> "Sentence":
        return replace(self, spans=None if spans is None else tuple(spans))

    def mention(self, span: Span) -> str:
        """The words of a span, joined by single spaces."""
        return " ".join(self.words[span.start : span.end])


def _validated(spans: Iterable[Span], *, sentence: Sentence) -> tuple[Span, ...]:
    """Sort the spans; raise ValueError where one leaves the sentence or two overlap."""
    ordered = tuple(sorted(spans))
    if ordered and ordered[-1].end > len(sentence.words):
        raise ValueError(
            f"sentence {sentence.id!r}: {ordered[-1]} ends behind the last word ({len(sentence.words)} words)"
        )
    for left, right in pairwise(ordered):
        if left.overlaps(right):
            raise ValueError(f"sentence {sentence.id!r}: {left} and {right} overlap; spans are flat")
    return ordered


@dataclass(frozen=True)
class Corpus:
    """Splits of sentences over one set of labels. ``dev``, ``test`` and any gold spans may be absent.

    ``lf_label_map`` translates the labels that labeling functions give into this corpus's own; a label mapped to
    ``None`` is dropped (and counted), a label that is missing here is an error when a labeling function gives it.
    ``protocol`` says in words what scores on this corpus mean (layer, label set, split) and goes into every record.
    """

    name: str
    labels: tuple[str, ...]
    train: Sequence[Sentence]
    dev: Sequence[Sentence] | None = None
    test: Sequence[Sentence] | None = None
    unlabeled: Sequence[Sentence] = ()
    lf_label_map: Mapping[str, str | None] = field(default_factory=dict)
    protocol: str = ""
    counters: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.train and not self.unlabeled:
            raise ValueError(
                f"corpus {self.name!r} has neither train sentences nor unlabeled text: nothing to learn from"
            )
        if repeated := _first_repeated(sentence.id for _, split in self.splits() for sentence in split):
            raise ValueError(f"corpus {self.name!r}: sentence id {repeated!r} occurs twice; ids must be unique")
        for sentence in chain.from_iterable(split for _, split in self.splits()):
            if unknown := {span.label for span in sentence.spans or ()}.difference(self.labels):
                raise ValueError(
                    f"corpus {self.name!r}: sentence {sentence.id!r} has the label(s) {sorted(unknown)}; "
                    f"labels are {list(self.labels)}"
                )
        if unknown := {to for to in self.lf_label_map.values() if to is not None} - set(self.labels):
            raise ValueError(
                f"corpus {self.name!r}: lf_label_map leads to {sorted(unknown)}; labels are {list(self.labels)}"
            )

    def splits(self) -> list[tuple[str, Sequence[Sentence]]]:
        """The splits that exist, by name."""
        named = [("train", self.train), ("dev", self.dev), ("test", self.test), ("unlabeled", self.unlabeled)]
        return [(name, split) for name, split in named if split]

    def split(self, name: str) -> Sequence[Sentence]:
        """The split of this name; raises ValueError where the corpus has no such sentences."""
        splits = dict(self.splits())
        if name not in splits:
            raise ValueError(
                f"corpus {self.name!r} has no sentences in split={name}; choose one of {', '.join(splits)}"
            )
        return splits[name]

    @cached_property
    def fingerprint(self) -> str:
        """Hash of everything in the corpus that a result can depend on."""
        digest = hashlib.sha256(repr((self.name, self.labels, sorted(self.lf_label_map.items()))).encode())
        for name, split in self.splits():
            digest.update(name.encode())
            digest.update(fingerprint(split).encode())
        return digest.hexdigest()


def fingerprint(sentences: Iterable[Sentence]) -> str:
    """Hash of ids, documents, words and spans, in order."""
    digest = hashlib.sha256()
    for sentence in sentences:
        spans = None if sentence.spans is None else [(s.start, s.end, s.label) for s in sentence.spans]
        digest.update(repr((sentence.id, sentence.document, sentence.words, spans)).encode())
    return digest.hexdigest()


def _first_repeated(ids: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            return one
        seen.add(one)
    return None


@dataclass(frozen=True)
class TrainingSet:
    """What a model is trained on: sentences with spans, and for soft labels a distribution over tags for each word.

    ``tag_probs[id]`` has shape ``(n_words, n_tags)`` in the order of ``schemes.tag_set(labels)``; ``weights[id]`` has
    shape ``(n_words,)``, 0 for a word that is masked from the loss. A sentence without an entry has its spans as hard
    labels and weight 1. ``statistics`` says how the labels came about and goes into the record.
    """

    sentences: Sequence[Sentence]
    tag_probs: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    weights: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    statistics: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.sentences:
            raise ValueError("a training set needs at least one sentence")
        lengths = {sentence.id: len(sentence.words) for sentence in self.sentences}
        for sentence in self.sentences:
            if sentence.spans is None:
                raise ValueError(f"sentence {sentence.id!r} has no labels (spans is None) and cannot be trained on")
        for id_, array in [*self.tag_probs.items(), *self.weights.items()]:
            if lengths.get(id_) != len(array):
                raise ValueError(f"sentence {id_!r}: {len(array)} rows of targets for {lengths.get(id_)} words")


@dataclass(frozen=True)
class Prediction:
    """A sentence with predicted spans and a confidence in [0, 1] for each.

    Of a model that tags words there are the probabilities of all tags, of one that writes text the log-probability of
    what it wrote.
    """

    sentence: Sentence
    confidences: tuple[float, ...]
    tag_probs: NDArray[np.float32] | None = None
    log_prob: float | None = None

    def __post_init__(self) -> None:
        if self.sentence.spans is None or len(self.sentence.spans) != len(self.confidences):
            raise ValueError(f"sentence {self.sentence.id!r}: a prediction needs spans and one confidence for each")
        if not all(0 <= confidence <= 1 for confidence in self.confidences):
            raise ValueError(f"sentence {self.sentence.id!r}: confidences {self.confidences} are not all from 0 to 1")
        if self.tag_probs is not None and len(self.tag_probs) != len(self.sentence.words):
            raise ValueError(
                f"sentence {self.sentence.id!r}: {len(self.tag_probs)} rows of tag probabilities for "
                f"{len(self.sentence.words)} words"
            )

    @property
    def spans(self) -> tuple[Span, ...]:
        return self.sentence.spans or ()
