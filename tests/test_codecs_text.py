"""The text codec: sources and targets as batches, long sentences as windows, outputs back to spans, what is lost."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from writers import (
    ANNA,
    FORMATS,
    KIEL,
    LABELS,
    NAMES,
    NOBODY,
    SPELLER,
    TEXT,
    TEXTS,
    batch_of,
    text_codec,
    without_bytes,
)

from eigennamen.codecs.text import TextCodec, build_text_codec
from eigennamen.codecs.text_windows import IGNORED, TextBatch, Window
from eigennamen.decoding.written import Written
from eigennamen.formats.brackets import Brackets
from eigennamen.tokenizers import VocabularyTokenizer
from eigennamen.types import Sentence, Span, TrainingSet

END = SPELLER.end


def spelled(*pieces: str) -> list[int]:
    return [one for piece in pieces for one in SPELLER(piece)]


def batch_to_learn(codec: TextCodec, *sentences: Sentence, weights: dict[str, list[float]] | None = None) -> TextBatch:
    arrays = {id_: np.array(row, dtype=np.float32) for id_, row in (weights or {}).items()}
    encoded = codec.training_data(TrainingSet(sentences, weights=arrays))
    batch: TextBatch = encoded.collate(list(encoded.rows))
    return batch


def test_sources_and_targets_in_a_batch() -> None:
    batch = batch_to_learn(text_codec(), ANNA, NOBODY)
    source, other = [*spelled(*ANNA.words), END], [*spelled(*NOBODY.words), END]
    rest = len(source) - len(other)
    assert batch.inputs["input_ids"].tolist() == [source, other + [SPELLER.padding] * rest]
    assert batch.inputs["attention_mask"].tolist() == [[1] * len(source), [1] * len(other) + [0] * rest]
    target = [*spelled(*"[ Anna Kahl | person ] kam aus [ Bad Ems | ort ]".split()), END]
    rest = len(target) - len(other)
    assert batch.targets.tolist() == [target, other + [IGNORED] * rest]
    assert batch.weights.tolist() == [[1.0] * len(target), [1.0] * len(other) + [0.0] * rest]
    assert batch.n_words == 8


def test_weights_are_those_of_the_words_that_are_written() -> None:
    batch = batch_to_learn(text_codec(), ANNA, weights={"anna": [0.0, 0.25, 1.0, 1.0, 0.5, 0.5]})
    pieces = "[ Anna Kahl | person ] kam aus [ Bad Ems | ort ]".split()
    each = [1, 0, 0.25, 1, 1, 1, 1, 1, 1, 0.5, 0.5, 1, 1, 1]
    expected = [weight for piece, weight in zip(pieces, each, strict=True) for _ in SPELLER(piece)]
    assert batch.weights[0].tolist() == [*expected, 1.0]


def test_weights_go_with_their_words_into_windows() -> None:
    codec = text_codec("word_tags", max_length=len(SPELLER("Kiel")))
    batch = batch_to_learn(codec, Sentence("s", ("Kiel", "Kiel"), ()), weights={"s": [0.5, 0.0]})
    n = len(SPELLER("Kiel"))
    assert batch.weights[:, :n].tolist() == [[0.5] * n, [0.0] * n]


def test_a_batch_moves_with_all_its_tensors() -> None:
    batch = batch_to_learn(text_codec(), KIEL).to(torch.device("meta"))
    tensors = [*batch.inputs.values(), batch.targets, batch.weights]
    assert {tensor.device.type for tensor in tensors} == {"meta"}


def test_text_to_predict_has_no_targets() -> None:
    batch = batch_of(text_codec(), [ANNA.with_spans(None), KIEL])
    assert batch.targets.shape == (2, 0)
    assert [window.sentence.spans for window in batch.windows] == [(), ()]


def test_lengths_are_those_of_source_and_target() -> None:
    codec = text_codec()
    encoded = codec.training_data(TrainingSet([ANNA]))
    assert list(encoded.lengths) == [len(encoded.rows[0]["input_ids"]) + len(encoded.rows[0]["target"])]
    assert list(codec.data([NOBODY]).lengths) == [len(spelled(*NOBODY.words)) + 1]


def test_soft_targets_are_refused() -> None:
    soft = np.full((2, 5), 0.2, dtype=np.float32)
    with pytest.raises(ValueError, match=r"leave datamodule\.label_source\.targets=hard"):
        text_codec().training_data(TrainingSet([NOBODY], tag_probs={"nobody": soft}))


def test_choices_have_the_target_first() -> None:
    codec = text_codec("word_tags")
    batch = batch_to_learn(codec, Sentence("s", ("Kiel", ","), (Span(0, 1, "LOC"),)))
    choices = codec.choices(batch)
    kiel, ort, comma, outside = (list(SPELLER(piece)) for piece in ("Kiel", "ort", ",", "-"))
    target = [*kiel, *ort, *comma, *outside, END]
    assert choices.shape[:2] == batch.targets.shape == (1, len(target))
    assert choices[0, :, 0].tolist() == target
    rows = [{one for one in row if one != IGNORED} for row in choices[0].tolist()]
    assert all(len(row) == 1 for row in rows[: len(kiel)])  # nothing but the word
    begins = [
        {SPELLER(piece)[0] for piece in pieces} for pieces in (["person", "ort", "-"], ["person", "ort", "-", "+"])
    ]
    assert rows[len(kiel)] == begins[0]
    assert rows[len(kiel) + len(ort) + len(comma)] == begins[1]
    assert rows[-1] == {END}


@pytest.mark.parametrize("form", FORMATS)
@given(words=TEXTS)
def test_targets_are_among_the_choices_whatever_the_text(form: str, words: list[str]) -> None:
    codec = text_codec(form)
    batch = batch_to_learn(codec, Sentence("s", tuple(words), (Span(0, 1, "PER"),)))
    assert torch.equal(codec.choices(batch)[..., 0], batch.targets)


# --- windows ---


def lengths_of(codec: TextCodec, windows: Sequence[Window]) -> list[int]:
    return [sum(len(codec.spell_word(word)) for word in window.sentence.words) for window in windows]


@given(words=st.lists(st.sampled_from(TEXT), min_size=1, max_size=60), max_length=st.integers(1, 40), data=st.data())
def test_windows_have_all_words_once_and_all_spans_that_fit(
    words: list[str], max_length: int, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(words)), max_size=8)))
    spans = [Span(first, last, "PER") for first, last in list(pairwise(cuts))[::2]]
    codec = text_codec(max_length=max_length)
    sentence = Sentence("s", tuple(words), tuple(spans))
    windows = codec.windows(sentence)
    assert [word for window in windows for word in window.sentence.words] == words
    assert [window.first for window in windows] == [
        sum(len(window.sentence.words) for window in windows[:i]) for i in range(len(windows))
    ]
    assert max(lengths_of(codec, windows)) <= max_length
    kept = {
        Span(s.start + window.first, s.end + window.first, s.label)
        for window in windows
        for s in window.sentence.spans or ()
    }
    assert kept <= set(spans)
    for lost in set(spans) - kept:
        assert sum(len(codec.spell_word(word)) for word in words[lost.start : lost.end]) > max_length
    batch_to_learn(codec, sentence)
    assert codec.counters["cut_spans"] == len(spans) - len(kept)


def test_a_sentence_that_fits_is_one_window() -> None:
    exact = text_codec(max_length=len(spelled(*ANNA.words)))
    assert exact.windows(ANNA, 3) == [Window(ANNA, 3, 0)]
    assert len(text_codec(max_length=len(spelled(*ANNA.words)) - 1).windows(ANNA)) == 2


def sentence_of(*words: str, spans: tuple[Span, ...] = ()) -> Sentence:
    return Sentence("s", words, spans)


def test_cuts_are_behind_punctuation_in_the_second_half() -> None:
    codec = text_codec(max_length=8 * len(SPELLER("a")))
    assert len(SPELLER(",")) <= len(SPELLER("a"))
    windows = codec.windows(sentence_of(*"a , a a a , a a a a a a a".split()))
    assert [" ".join(window.sentence.words) for window in windows] == ["a , a a a ,", "a a a a a a a"]
    windows = codec.windows(sentence_of(*"a , a a a a a a a a a a a".split()))  # the first half would be too short
    assert len(windows[0].sentence.words) >= 8


def test_a_span_that_begins_early_moves_the_cut_before_it() -> None:
    codec = text_codec(max_length=8 * len(SPELLER("a")))
    windows = codec.windows(sentence_of(*["a"] * 12, spans=(Span(2, 9, "PER"),)))
    assert [window.sentence.spans for window in windows] == [(), (Span(0, 7, "PER"),), ()]
    assert [window.first for window in windows] == [0, 2, 10] or windows[2].first == 9


def test_a_span_that_is_longer_than_a_window_is_counted() -> None:
    codec = text_codec(max_length=8 * len(SPELLER("a")))
    batch_to_learn(codec, sentence_of(*["a"] * 20, spans=(Span(2, 15, "PER"), Span(15, 16, "LOC"))))
    assert codec.counters["cut_spans"] == 1


def test_two_thousand_words() -> None:
    words = tuple(TEXT[i % len(TEXT)] for i in range(2000))
    spans = tuple(Span(i, i + 2, "PER") for i in range(0, 1990, 7))
    codec = text_codec()
    batch = batch_to_learn(codec, sentence_of(*words, spans=spans))
    assert batch.n_words == 2000
    assert sum(len(window.sentence.spans or ()) for window in batch.windows) == len(spans)
    assert batch.inputs["input_ids"].shape[1] <= 128 + 1
    assert codec.counters == dict.fromkeys(codec.counters, 0)


# --- what is lost is counted ---


def test_words_that_are_cut_or_misspelled_are_counted_once_a_text() -> None:
    codec = text_codec("typed_list", speller=without_bytes(), max_length=16)
    sentences = [sentence_of("Kiel", "Köln", "東京", "A" * 40), sentence_of("Kiel" * 4)]
    for _ in range(2):
        batch = batch_of(codec, sentences)
        assert (codec.counters["misspelled_words"], codec.counters["cut_words"]) == (2, 2)
    assert batch.inputs["input_ids"].shape[1] == 16 + 1
    assert batch.n_words == 5
    codec.training_data(TrainingSet(sentences))
    assert (codec.counters["misspelled_words"], codec.counters["cut_words"]) == (2, 2)
    codec.data([sentence_of("東")])
    assert (codec.counters["misspelled_words"], codec.counters["cut_words"]) == (3, 2)


def test_text_that_is_only_looked_at_does_not_count() -> None:
    codec = text_codec(speller=without_bytes(), max_length=16)
    codec.data([sentence_of("東")])
    with codec.uncounted():
        codec.data([sentence_of("東", "京")])
        assert codec.counters["misspelled_words"] == 3
    assert codec.counters["misspelled_words"] == 1
    codec.data([NOBODY.with_spans(None)])
    assert codec.counters["misspelled_words"] == 1 + 2  # M and m, t and g are no letters of this speller
    codec.forget_decoded()
    assert codec.counters["misspelled_words"] == 3


def test_spans_that_the_format_cannot_express_are_counted() -> None:
    sentence = sentence_of("Kiel", "bei", "Kiel", spans=(Span(2, 3, "LOC"),))
    for form, expected in (("typed_list", 1), ("brackets", 0), ("word_tags", 0)):
        codec = text_codec(form)
        batch_to_learn(codec, sentence)
        assert codec.counters["ambiguous_spans"] == expected


# --- back to spans ---


@pytest.mark.parametrize("form", ["brackets", "word_tags"])
@given(words=TEXTS, data=st.data())
def test_what_is_learned_is_predicted(form: str, words: list[str], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(words)))))
    labels = [data.draw(st.sampled_from([None, *LABELS])) for _ in cuts]
    spans = [Span(*cut, label) for cut, label in zip(pairwise(cuts), labels, strict=False) if label]
    codec, sentence = text_codec(form, max_length=30), sentence_of(*words, spans=tuple(spans))
    batch = batch_to_learn(codec, sentence)
    read = []
    for window, target in zip(batch.windows, batch.targets.tolist(), strict=True):
        written = [one for one in target if one != IGNORED]
        output = Written(written, [-0.5] * len(written))
        read.append(codec.read(window, output, codec.automaton(window.sentence.words)))
    [prediction] = codec.predictions([sentence], read)
    lost = codec.counters["cut_spans"]
    assert len(spans) - lost == len(prediction.spans)
    assert set(prediction.spans) <= set(spans)
    assert all(0 < confidence < 1 for confidence in prediction.confidences)


def test_a_confidence_is_the_probability_of_all_that_says_the_mention() -> None:
    codec = text_codec()
    pieces = "[ Anna Kahl | person ] kam aus [ Bad Ems | ort ]".split()
    log_probs = [-0.1 * i for i, piece in enumerate(pieces) for _ in SPELLER(piece)]
    batch = batch_of(codec, [NOBODY, ANNA])
    outputs = [Written([*spelled(*NOBODY.words), END], [-1.0] * (len(spelled(*NOBODY.words)) + 1))]
    outputs.append(Written([*spelled(*pieces), END], [*log_probs, -2.0]))
    automata = [codec.automaton(window.sentence.words) for window in batch.windows]
    for legal in (automata, [None, None]):
        read = [codec.read(*one) for one in zip(batch.windows, outputs, legal, strict=True)]
        nobody, anna = codec.predictions([NOBODY, ANNA], read)
        assert (nobody.spans, nobody.confidences) == ((), ())
        assert anna.spans == ANNA.spans
        sums = [sum(-0.1 * i * len(SPELLER(pieces[i])) for i in part) for part in (range(6), range(8, 14))]
        assert anna.confidences == pytest.approx([math.exp(one) for one in sums])
        assert anna.log_prob == pytest.approx(sum(log_probs) - 2.0)


# --- labels as words ---


def test_labels_must_be_told_apart_by_their_subwords() -> None:
    def build(names: dict[str, str]) -> TextCodec:
        return TextCodec(labels=LABELS, format=Brackets(labels=LABELS, names=names), speller=without_bytes())

    assert build({"PER": "person", "LOC": "ort"}).labels == LABELS
    with pytest.raises(ValueError, match=r"cannot tell the pieces \['so', 'sort'\].*datamodule\.codec\.names") as info:
        build({"PER": "sort", "LOC": "so"})
    assert "'brackets'" in str(info.value)
    with pytest.raises(ValueError, match=r"cannot tell the pieces \['firma'\]"):
        build({"PER": "firma", "LOC": "ort"})


def test_a_codec_is_made_again_from_its_settings() -> None:
    for form in FORMATS:
        codec = text_codec(form, max_length=77)
        again = TextCodec.from_settings(codec.settings, SPELLER)
        assert (again.labels, again.max_length) == (LABELS, 77)
        assert type(again.format) is type(codec.format)
        assert [again.spell(piece.text) for piece in again.format.write(ANNA)] == [
            codec.spell(piece.text) for piece in codec.format.write(ANNA)
        ]


def test_build_text_codec_trains_the_tokenizer_on_the_texts() -> None:
    texts: list[Sequence[str]] = []

    def tokenizer(some: object) -> object:
        texts.extend(some)  # type: ignore[call-overload]
        return SPELLER

    settings = {"format": Brackets, "names": NAMES, "max_length": 50}
    codec = build_text_codec(labels=LABELS, texts=[ANNA.words], tokenizer=tokenizer, **settings)
    assert texts == [ANNA.words]
    assert (codec.format.names.name("LOC"), codec.max_length) == ("ort", 50)


def test_the_tokenizer_of_a_classifier_cannot_write() -> None:
    words = VocabularyTokenizer(["Anna"], ["A"])
    with pytest.raises(ValueError, match=r"VocabularyTokenizer, .*: add datamodule/codec=tags, or choose module=gen"):
        build_text_codec(labels=LABELS, texts=[], tokenizer=lambda texts: words, format=Brackets)  # type: ignore[arg-type,return-value]


def test_texts_of_similar_length_are_written_together() -> None:
    lengths = [9, 3, 3, 10, 3, 10, 3, 10, 3, 10]
    mask = torch.tensor([[1] * n + [0] * (10 - n) for n in lengths])
    empty = torch.zeros(10, 0)
    windows = [Window(Sentence(str(i), ("x",)), i, 0) for i in range(10)]
    batch = TextBatch({"input_ids": mask * 7, "attention_mask": mask}, empty.long(), empty, windows)
    groups = batch.of_similar_length()
    assert groups == [[1, 2, 4, 6, 8], [0, 3, 5, 7, 9]]
    part = batch.of(groups[0])
    assert part.inputs["input_ids"].tolist() == [[7, 7, 7]] * 5
    assert [window.source for window in part.windows] == groups[0]
    assert batch.of_similar_length(at_least=6) == [[1, 2, 4, 6, 8, 0], [3, 5, 7, 9]]
