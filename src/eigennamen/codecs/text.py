"""The text codec: sentences as texts that an encoder-decoder reads, their spans as texts that it writes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import torch
from datasets import Dataset
from hydra.utils import get_class
from numpy.typing import NDArray
from torch.nn.utils.rnn import pad_sequence

from eigennamen.codecs.base import Encoded
from eigennamen.decoding.automaton import Automaton
from eigennamen.decoding.written import Written
from eigennamen.formats.base import OutputFormat, Reading, escape
from eigennamen.spelling import Speller
from eigennamen.types import Prediction, Sentence, Span, TrainingSet

IGNORED = -100


@dataclass
class TextBatch:
    """Texts to be read, ``inputs`` of the encoder, and what is to be written.

    ``targets`` (rows, longest) are sub-words, ``IGNORED`` behind the end, ``weights`` (rows, longest) what each counts
    in the loss. ``windows`` are the rows as sentences.
    """

    inputs: dict[str, torch.Tensor]
    targets: torch.Tensor
    weights: torch.Tensor
    windows: list["Window"]

    @property
    def n_words(self) -> int:
        return sum(len(window.sentence.words) for window in self.windows)

    def to(self, device: torch.device) -> "TextBatch":
        inputs = {name: tensor.to(device) for name, tensor in self.inputs.items()}
        return TextBatch(inputs, self.targets.to(device), self.weights.to(device), self.windows)

    def of(self, rows: Sequence[int]) -> "TextBatch":
        """Some of the rows, without the positions of ``inputs`` that only others need."""
        longest = int(self.inputs["attention_mask"][rows].sum(dim=1).max())
        inputs = {name: tensor[rows, :longest] for name, tensor in self.inputs.items()}
        return TextBatch(inputs, self.targets[rows], self.weights[rows], [self.windows[row] for row in rows])

    def of_similar_length(self, *, padding: float = 0.1, at_least: int = 4) -> list[list[int]]:
        """Groups of rows in which hardly more than a share ``padding`` is padding, the shorter texts first."""
        lengths = self.inputs["attention_mask"].sum(dim=1).tolist()
        groups: list[list[int]] = [[]]
        for row in sorted(range(len(lengths)), key=lengths.__getitem__):
            room = lengths[row] * (len(groups[-1]) + 1)
            content = lengths[row] + sum(lengths[other] for other in groups[-1])
            if content < (1 - padding) * room and len(groups[-1]) >= at_least:
                groups.append([])
            groups[-1].append(row)
        return groups


@dataclass(frozen=True)
class Window:
    """Neighboring words of a sentence, those from ``first`` on, as a sentence of their own.

    ``source`` is the place of the whole sentence among those that were encoded.
    """

    sentence: Sentence
    source: int
    first: int


class SpellerFactory(Protocol):
    """Makes a speller, whose vocabulary may be trained on the words it is given."""

    def __call__(self, texts: Iterable[Sequence[str]]) -> Speller: ...


class TextCodec:
    """Text in an output format, spelled in a model's sub-words.

    Sentences of more than ``max_length`` sub-words are cut into windows, behind a punctuation mark where there is one
    and not inside a span that is learned unless it is longer itself; a longer word is read only as far as that.
    ``counters`` say of all text encoded so far how many words the vocabulary cannot spell and how many were cut, and
    of the spans that are learned how many were lost to cuts, and how many the format cannot express.
    """

    def __init__(self, *, labels: Sequence[str], format: OutputFormat, speller: Speller, max_length: int = 128) -> None:
        self.labels = tuple(labels)
        self.format = format
        self.speller = speller
        self.max_length = max_length
        self.counters = dict.fromkeys(("misspelled_words", "cut_words", "cut_spans", "ambiguous_spans"), 0)
        self._mutilated: dict[int, tuple[int, int]] = {}  # words misspelled and cut, by text: dev is encoded often
        self._check_spelling()

    @property
    def settings(self) -> dict[str, Any]:
        """All but the speller, to be saved with a model: ``from_settings`` makes the codec again."""
        kind = type(self.format)
        return {
            "format": f"{kind.__module__}.{kind.__qualname__}",
            "labels": list(self.labels),  # files with settings sort the names
            "names": dict(self.format.names.by_label),
            "max_length": self.max_length,
        }

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], speller: Speller) -> Self:
        labels = settings["labels"]
        made = get_class(settings["format"])(labels=labels, names=settings["names"])
        return cls(labels=labels, format=made, speller=speller, max_length=settings["max_length"])

    def _check_spelling(self) -> None:
        """Markers and the names of labels must be told apart by their sub-words."""
        grammar = self.format.grammar(["x"])
        pieces = sorted({piece for _, piece, _ in grammar.edges if piece != "x"})
        spelled = {piece: self.speller(piece) for piece in pieces}
        wrong = [piece for piece in pieces if not self.speller.can_spell(piece)]
        for one, other in pairwise(sorted(pieces, key=lambda piece: spelled[piece])):
            if spelled[other][: len(spelled[one])] == spelled[one]:
                wrong += [one, other]
        if wrong:
            raise ValueError(
                f"the vocabulary cannot tell the pieces {sorted(set(wrong))} of the output format {self.format.name!r} "
                "apart from others; choose other names for the labels (datamodule.codec.names), or another "
                "datamodule/codec/format"
            )

    def training_data(self, training_set: TrainingSet, *, cache: Path | None = None) -> Encoded:
        """Windows with targets; words of weight 0 are read, but not learned to be written."""
        if training_set.tag_probs:
            raise ValueError(
                "text is written from spans, not from probabilities of tags: leave datamodule.label_source.targets=hard"
            )
        windows = [window for i, sentence in enumerate(training_set.sentences) for window in self.windows(sentence, i)]
        learned = (training_set.sentences, [window.sentence for window in windows])
        whole, left = (sum(len(sentence.spans or ()) for sentence in some) for some in learned)
        self.counters["cut_spans"] = whole - left
        if ambiguous := getattr(self.format, "ambiguous", None):
            self.counters["ambiguous_spans"] = sum(ambiguous(window.sentence) for window in windows)
        targets = [self._target(window, training_set.weights.get(window.sentence.id)) for window in windows]
        return self._encoded(windows, targets)

    def data(self, sentences: Sequence[Sentence], *, cache: Path | None = None) -> Encoded:
        windows = [w for i, sentence in enumerate(sentences) for w in self.windows(sentence.with_spans(()), i)]
        return self._encoded(windows, [([], [])] * len(windows))

    def windows(self, sentence: Sentence, source: int = 0) -> list[Window]:
        """The sentence, cut where it is too long; every word is in one window."""
        lengths = [len(self.spell_word(word)) for word in sentence.words]
        if sum(lengths) <= self.max_length:
            return [Window(sentence, source, 0)]
        cuts = [0]
        while cuts[-1] < len(lengths):
            cuts.append(self._next_cut(sentence, lengths, cuts[-1]))
        return [_window(sentence, source, first, last) for first, last in pairwise(cuts)]

    def _next_cut(self, sentence: Sentence, lengths: Sequence[int], first: int) -> int:
        """The end of the window that begins at a word."""
        fits = first + max(int(np.searchsorted(np.cumsum(lengths[first:]), self.max_length, side="right")), 1)
        if fits == len(lengths):
            return fits
        inside = {i for span in sentence.spans or () for i in range(span.start + 1, span.end)}
        possible = [i for i in range(first + 1, fits + 1) if i not in inside] or [fits]
        long_enough = [i for i in possible if i > (first + fits) // 2]
        behind_marks = [i for i in long_enough if not any(map(str.isalnum, sentence.words[i - 1]))]
        return (behind_marks or possible)[-1]

    def spell_word(self, word: str) -> tuple[int, ...]:
        return self.spell(escape(word, self.format.markers))

    def spell(self, piece: str) -> tuple[int, ...]:
        return self.speller(piece)[: self.max_length]

    @property
    def longest_target(self) -> int:
        """No output for a window has more sub-words than this, the decoder's start among them."""
        names = [len(self.spell(self.format.names.name(label))) for label in self.labels]
        around = 5 + max(names, default=0)  # a word alone in its mention: two marks around it, two around the label
        return around * self.max_length + 8

    def source(self, words: Sequence[str]) -> list[int]:
        """What the encoder reads of some words."""
        begin, end = self.speller.source_frame
        return [*begin, *(subword for word in words for subword in self.spell_word(word)), *end]

    def begins(self, words: Sequence[str]) -> list[int]:
        """Where each word begins in ``source``."""
        lengths = (len(self.spell_word(word)) for word in words)
        return [*accumulate(lengths, initial=len(self.speller.source_frame[0]))][:-1]

    def _target(self, window: Window, weights: NDArray[np.float32] | None) -> tuple[list[int], list[float]]:
        """The sub-words to be written for a window and what each counts: a word's as much as the word, others 1."""
        target: list[int] = []
        counted: list[float] = []
        for piece in self.format.write(window.sentence):
            subwords = self.spell(piece.text)
            weight = 1.0 if weights is None or piece.word is None else float(weights[window.first + piece.word])
            target += subwords
            counted += [weight] * len(subwords)
        return [*target, self.speller.end], [*counted, 1.0]

    def automaton(self, words: Sequence[str]) -> Automaton:
        """What may be written for some words."""
        return Automaton.of(self.format.grammar(words), self.spell, end=self.speller.end)

    def choices(self, batch: TextBatch) -> torch.Tensor:
        """What may be written at each place of the targets, the target first, ``(rows, longest, most choices)``.

        ``IGNORED`` where there is no further choice, of which there is room for at least one.
        """
        found = []
        for window, target in zip(batch.windows, batch.targets.tolist(), strict=True):
            written = [subword for subword in target if subword != IGNORED]
            allowed = self.automaton(window.sentence.words).choices(written)
            found.append([[s, *(o for o in others if o != s)] for s, others in zip(written, allowed, strict=True)])
        shape = (*batch.targets.shape, max(2, *(len(place) for row in found for place in row)))
        result = np.full(shape, IGNORED)
        for i, row in enumerate(found):
            for j, place in enumerate(row):
                result[i, j, : len(place)] = place
        return torch.from_numpy(result)

    def read(self, window: Window, written: Written, automaton: Automaton | None) -> "ReadWindow":
        pieces = self.speller.pieces(written.subwords) if automaton is None else automaton.read(written.subwords)
        assert pieces is not None
        reading = self.format.read([piece.text for piece in pieces], window.sentence.words)
        ranges = [(pieces[one.first].first, pieces[one.last - 1].last) for one in reading.found]
        of_mentions = [sum(written.log_probs[first:last]) for first, last in ranges]
        return ReadWindow(window, reading, sum(written.log_probs), of_mentions)

    def _count_mutilated(self, windows: Sequence[Window]) -> None:
        pieces = [escape(word, self.format.markers) for window in windows for word in window.sentence.words]
        misspelled = sum(not self.speller.can_spell(piece) for piece in pieces)
        cut = sum(len(self.speller(piece)) > self.max_length for piece in pieces)
        self._mutilated[hash(tuple(pieces))] = misspelled, cut
        counts = zip(*self._mutilated.values(), strict=True)
        self.counters["misspelled_words"], self.counters["cut_words"] = map(sum, counts)

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        counters, mutilated = dict(self.counters), dict(self._mutilated)
        try:
            yield
        finally:
            self.counters.update(counters)
            self._mutilated = mutilated

    def forget_decoded(self) -> None:
        """Nothing that is decoded is counted here: see ``modules.generator.Report``."""

    def _encoded(self, windows: Sequence[Window], targets: Sequence[tuple[list[int], list[float]]]) -> Encoded:
        self._count_mutilated(windows)
        sources = [self.source(window.sentence.words) for window in windows]
        columns = {
            "window": range(len(windows)),
            "input_ids": sources,
            "target": [subwords for subwords, _ in targets],
            "weight": [weights for _, weights in targets],
        }
        lengths = [len(source) + len(target) for source, (target, _) in zip(sources, targets, strict=True)]
        return Encoded(Dataset.from_dict(columns), lengths, lambda rows: self._collate(rows, windows))

    def _collate(self, rows: Sequence[Mapping[str, Any]], windows: Sequence[Window]) -> TextBatch:
        ids = [torch.tensor(row["input_ids"]) for row in rows]
        targets = [torch.tensor(row["target"], dtype=torch.long) for row in rows]
        weights = [torch.tensor(row["weight"], dtype=torch.float) for row in rows]
        inputs = {
            "input_ids": pad_sequence(ids, batch_first=True, padding_value=self.speller.padding),
            "attention_mask": pad_sequence([torch.ones_like(one) for one in ids], batch_first=True),
        }
        return TextBatch(
            inputs,
            pad_sequence(targets, batch_first=True, padding_value=IGNORED),
            pad_sequence(weights, batch_first=True),
            [windows[row["window"]] for row in rows],
        )

    def predictions(self, sentences: Sequence[Sentence], read: Iterable["ReadWindow"]) -> list[Prediction]:
        """What was read of the windows of some sentences, put together; a span's confidence is its probability."""
        found: list[dict[Span, float]] = [{} for _ in sentences]
        log_probs = [0.0] * len(sentences)
        for one in read:
            log_probs[one.window.source] += one.log_prob
            for span, log_prob in zip(one.reading.spans, one.of_mentions, strict=True):
                moved = replace(span, start=span.start + one.window.first, end=span.end + one.window.first)
                found[one.window.source][moved] = min(float(np.exp(log_prob)), 1.0)
        return [
            Prediction(sentence.with_spans(own), tuple(own[span] for span in sorted(own)), log_prob=log_prob)
            for sentence, own, log_prob in zip(sentences, found, log_probs, strict=True)
        ]


@dataclass(frozen=True)
class ReadWindow:
    """What an output says about a window, its log-probability, and that of each mention that was placed."""

    window: Window
    reading: Reading
    log_prob: float
    of_mentions: list[float]


def _window(sentence: Sentence, source: int, first: int, last: int) -> Window:
    spans = [span for span in sentence.spans or () if first <= span.start and span.end <= last]
    moved = [replace(span, start=span.start - first, end=span.end - first) for span in spans]
    return Window(Sentence(sentence.id, sentence.words[first:last], tuple(moved)), source, first)


def build_text_codec(
    *,
    labels: Sequence[str],
    texts: Iterable[Sequence[str]],
    tokenizer: SpellerFactory,
    format: Callable[..., OutputFormat],
    names: Mapping[str, str] | None = None,
    max_length: int = 128,
) -> TextCodec:
    """A codec whose speller is made for, or trained on, some texts (sequences of words).

    ``names`` are the words that stand for labels.
    """
    speller = tokenizer(texts)
    if not isinstance(speller, Speller):
        raise ValueError(
            f"text cannot be written with a {type(speller).__name__}, which belongs to module=token_classifier: add "
            "datamodule/codec=tags, or choose module=generator"
        )
    return TextCodec(labels=labels, format=format(labels=labels, names=names), speller=speller, max_length=max_length)
