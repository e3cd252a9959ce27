"""The text codec: sentences as texts that an encoder-decoder reads, their spans as texts that it writes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
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
from eigennamen.codecs.text_windows import IGNORED, ReadWindow, TextBatch, Window, windows_of
from eigennamen.decoding.automaton import Automaton
from eigennamen.decoding.written import Written
from eigennamen.formats.base import OutputFormat, escape
from eigennamen.spelling import Speller
from eigennamen.types import Prediction, Sentence, Span, TrainingSet


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
        self._choices: dict[tuple[tuple[str, ...], tuple[int, ...]], NDArray[np.int32]] = {}
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
        return windows_of(sentence, [len(self.spell_word(word)) for word in sentence.words], self.max_length, source)

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
        found = [
            self._choices_of(window.sentence.words, tuple(subword for subword in target if subword != IGNORED))
            for window, target in zip(batch.windows, batch.targets.tolist(), strict=True)
        ]
        result = np.full((*batch.targets.shape, max(2, *(one.shape[1] for one in found))), IGNORED)
        for row, one in zip(result, found, strict=True):
            row[: len(one), : one.shape[1]] = one
        return torch.from_numpy(result)

    def _choices_of(self, words: Sequence[str], written: tuple[int, ...]) -> NDArray[np.int32]:
        """Of one target, ``(places, most choices)``: remembered, since they are the same in every epoch."""
        key = tuple(words), written
        if key not in self._choices:
            allowed = self.automaton(words).choices(written)
            places = [[s, *(o for o in others if o != s)] for s, others in zip(written, allowed, strict=True)]
            table = np.full((len(places), max(map(len, places))), IGNORED, dtype=np.int32)
            for row, place in zip(table, places, strict=True):
                row[: len(place)] = place
            self._choices[key] = table
        return self._choices[key]

    def read(self, window: Window, written: Written, automaton: Automaton | None) -> ReadWindow:
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

    def predictions(self, sentences: Sequence[Sentence], read: Iterable[ReadWindow]) -> list[Prediction]:
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
