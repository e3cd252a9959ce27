from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigennamen.types import Corpus, Prediction, Sentence, Span, TrainingSet, fingerprint

WORDS = ("Anna", "Kahl", "wohnt", "in", "Bonn")
PER, LOC = Span(0, 2, "PER"), Span(4, 5, "LOC")
GOLD = Sentence("gold", WORDS, (PER, LOC))
RAW = Sentence("raw", WORDS)
RANGES = st.tuples(st.integers(0, 8), st.integers(1, 8)).map(lambda pair: Span(pair[0], pair[0] + pair[1], "X"))


def corpus(**changes: Any) -> Corpus:
    values: dict[str, Any] = {"name": "c", "labels": ("PER", "LOC"), "train": [GOLD], "dev": [replace(GOLD, id="dev")]}
    return Corpus(**(values | {"unlabeled": [RAW], "lf_label_map": {"PER": "PER"}} | changes))


@pytest.mark.parametrize(
    ("start", "end", "label", "message"),
    [(1, 1, "PER", "1:1 is empty"), (2, 1, "PER", "2:1 is empty"), (-1, 1, "PER", "-1:1"), (0, 1, "", "no label")],
)
def test_impossible_spans_are_refused(start: int, end: int, label: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Span(start, end, label)


@given(RANGES, RANGES)
def test_spans_overlap_where_they_share_a_word(one: Span, other: Span) -> None:
    shared = set(range(one.start, one.end)) & set(range(other.start, other.end))
    assert one.overlaps(other) == other.overlaps(one) == bool(shared)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"words": ()}, "'raw' has no words"),
        ({"words": ("Anna", "", "Kahl")}, "'raw': word 1 is an empty string"),
        ({"spans": (Span(4, 6, "LOC"),)}, r"'raw': .*end=6.* behind the last word \(5 words\)"),
        ({"spans": (Span(1, 3, "LOC"), PER)}, "'raw': .*start=0.* and .*start=1.* overlap"),
        ({"spans": (PER, PER)}, "overlap"),
        ({"text": "Anna Kahl wohnt in Bonn"}, "text and offsets go together"),
        ({"offsets": ((0, 4),)}, "text and offsets go together"),
        ({"text": "Anna", "offsets": ((0, 4),)}, "1 offsets for 5 words"),
        ({"words": ("Anna",), "text": "Anna", "offsets": ((0, 5),)}, "ascend within the text"),
        ({"words": ("Anna",), "text": "Anna", "offsets": ((3, 2),)}, "ascend within the text"),
        ({"words": ("An", "na"), "text": "Anna", "offsets": ((0, 3), (2, 4))}, "ascend within the text"),
    ],
)
def test_impossible_sentences_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(RAW, **values)


def test_spans_are_sorted_and_may_touch() -> None:
    assert Sentence("s", WORDS, (LOC, Span(1, 4, "PER"), Span(0, 1, "PER"))).spans == (
        Span(0, 1, "PER"),
        Span(1, 4, "PER"),
        LOC,
    )


def test_with_spans_is_a_checked_copy_that_keeps_the_rest() -> None:
    offsets = ((0, 4), (5, 9), (10, 15), (16, 18), (19, 23))
    sentence = replace(RAW, document="d", text="Anna Kahl wohnt in Bonn", offsets=offsets)
    labelled = sentence.with_spans(iter([LOC, PER]))
    assert labelled == replace(sentence, spans=(PER, LOC))
    assert labelled.with_spans(None) == sentence
    assert sentence.with_spans([]).spans == ()
    with pytest.raises(ValueError, match="overlap"):
        sentence.with_spans([PER, PER])
    with pytest.raises(FrozenInstanceError):
        sentence.spans = ()  # type: ignore[misc]


def test_a_mention_is_the_words_of_its_span() -> None:
    assert [GOLD.mention(span) for span in (PER, LOC)] == ["Anna Kahl", "Bonn"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train": [], "unlabeled": []}, "'c' has neither train sentences nor unlabeled text"),
        ({"dev": [GOLD]}, "sentence id 'gold' occurs twice"),
        ({"labels": ("PER",)}, r"sentence 'gold' has the label\(s\) \['LOC'\]; labels are \['PER'\]"),
        ({"lf_label_map": {"MISC": "OTH"}}, r"lf_label_map leads to \['OTH'\]; labels are \['PER', 'LOC'\]"),
    ],
)
def test_impossible_corpora_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        corpus(**changes)


def test_a_corpus_lists_the_splits_that_exist() -> None:
    assert [name for name, _ in corpus().splits()] == ["train", "dev", "unlabeled"]
    assert [name for name, _ in corpus(train=(), dev=None).splits()] == ["unlabeled"]
    assert corpus(lf_label_map={"MISC": None}).lf_label_map == {"MISC": None}


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "other"},
        {"labels": ("LOC", "PER")},
        {"lf_label_map": {"PER": None}},
        {"train": [GOLD.with_spans([PER])]},
        {"train": [GOLD.with_spans([])]},
        {"train": [GOLD.with_spans(None)]},
        {"train": [replace(GOLD, words=("Anne", *WORDS[1:]))]},
        {"train": [replace(GOLD, id="other")]},
        {"train": [replace(GOLD, document="d")]},
        {"dev": None, "test": [replace(GOLD, id="dev")]},
        {"train": [GOLD, RAW], "unlabeled": ()},
    ],
)
def test_the_fingerprint_changes_with_what_a_result_depends_on(changes: dict[str, Any]) -> None:
    assert corpus(**changes).fingerprint != corpus().fingerprint


def test_the_fingerprint_ignores_what_no_result_depends_on() -> None:
    same = corpus(
        train=(replace(GOLD, text="Anna Kahl wohnt in Bonn", offsets=((0, 4), (5, 9), (10, 15), (16, 18), (19, 23))),),
        protocol="said differently",
        counters={"comment lines": 3},
    )
    assert same.fingerprint == corpus().fingerprint
    maps = [{"PER": "PER", "LOC": "LOC"}, {"LOC": "LOC", "PER": "PER"}]
    assert len({corpus(lf_label_map=map_).fingerprint for map_ in maps}) == 1


def test_the_fingerprint_of_sentences_depends_on_order_and_survives_any_character() -> None:
    assert fingerprint([GOLD, RAW]) != fingerprint([RAW, GOLD])
    assert fingerprint([Sentence("s", ("a", "b"))]) != fingerprint([Sentence("s", ("a', 'b",))])
    assert fingerprint([Sentence("s", ("\udcff",))]) != fingerprint([Sentence("s", ("\udcfe",))])


@pytest.mark.parametrize(
    ("sentences", "targets", "message"),
    [
        ([], {}, "at least one sentence"),
        ([GOLD, RAW], {}, "'raw' has no labels"),
        ([GOLD], {"weights": {"gold": np.ones(4)}}, "'gold': 4 rows of targets for 5 words"),
        ([GOLD], {"tag_probs": {"gold": np.ones((6, 3))}}, "'gold': 6 rows of targets for 5 words"),
        ([GOLD], {"weights": {"other": np.ones(5)}}, "'other'"),
    ],
)
def test_impossible_training_sets_are_refused(sentences: list[Sentence], targets: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainingSet(sentences, **targets)


@pytest.mark.parametrize(
    ("sentence", "confidences", "message"),
    [
        (RAW, (), "'raw': a prediction needs spans"),
        (GOLD, (1.0,), "one confidence for each"),
        (GOLD, (1.0, 1.01), "not all from 0 to 1"),
        (GOLD, (float("nan"), 1.0), "not all from 0 to 1"),
    ],
)
def test_impossible_predictions_are_refused(sentence: Sentence, confidences: tuple[float, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Prediction(sentence, confidences)


def test_a_prediction_has_a_row_of_tag_probabilities_for_each_word() -> None:
    assert Prediction(GOLD, (0.0, 1.0), np.ones((5, 5), dtype=np.float32)).spans == (PER, LOC)
    with pytest.raises(ValueError, match="'gold': 4 rows of tag probabilities for 5 words"):
        Prediction(GOLD, (0.0, 1.0), np.ones((4, 5), dtype=np.float32))
