import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eigennamen.types import Sentence, Span
from eigennamen.weak.label_matrix import ABSTAIN, OUTSIDE, LabelMatrix, apply_labeling_functions
from eigennamen.weak.labeling_function import (
    LabelingFunction,
    LabelingFunctionError,
    NegativeVote,
    Vote,
    labeling_function,
)

SENTENCES = [
    Sentence("s0", ("Anna", "Kahl", "wohnt", "in", "Bonn")),
    Sentence("s1", ("Regen",)),
    Sentence("s2", ("nach", "Köln")),
]
LABELS = ("PER", "LOC")
PER, LOC = 1, 2  # classes


def rule(name: str, votes: Mapping[str, Iterable[Vote]], labels: Sequence[str] = LABELS) -> LabelingFunction:
    """A labeling function with literal votes on each sentence."""

    @labeling_function(labels=labels, name=name)
    def literal(sentence: Sentence) -> Iterable[Vote]:
        return votes.get(sentence.id, ())

    return literal


def apply(*lfs: LabelingFunction, sentences: Sequence[Sentence] = SENTENCES, **changes: Any) -> LabelMatrix:
    settings = {"labels": LABELS, "label_map": {label: label for label in LABELS}} | changes
    return apply_labeling_functions(lfs, sentences, **settings)


def test_rows_are_proposed_spans_and_columns_functions() -> None:
    matrix = apply(
        rule("names", {"s0": [Span(0, 2, "PER")]}),
        rule("words", {"s2": [Span(1, 2, "LOC")], "s0": [Span(4, 5, "LOC"), Span(0, 1, "PER")]}),
        rule("not", {"s0": [NegativeVote(1, 3)], "s1": [NegativeVote(0, 1)]}, labels=()),
        rule("places", {"s0": [Span(0, 2, "LOC"), Span(4, 5, "LOC"), NegativeVote(4, 5)]}),
    )
    assert matrix.lf_names == ("names", "words", "not", "places")
    assert matrix.candidates.tolist() == [[0, 0, 1], [0, 0, 2], [0, 4, 5], [2, 1, 2]]
    assert matrix.votes.tolist() == [
        [ABSTAIN, PER, ABSTAIN, ABSTAIN],
        [PER, ABSTAIN, OUTSIDE, LOC],
        [ABSTAIN, LOC, ABSTAIN, LOC],  # a function's own proposal stands against its negative vote
        [ABSTAIN, LOC, ABSTAIN, ABSTAIN],
    ]
    assert matrix.negative_votes.tolist() == [[0, 1, 3, 2], [0, 4, 5, 3], [1, 0, 1, 2]]
    assert matrix.rows_by_sentence == [slice(0, 3), slice(3, 3), slice(3, 4)]


def test_covered_words_are_those_that_somebody_spoke_about() -> None:
    matrix = apply(rule("a", {"s0": [Span(0, 2, "PER"), NegativeVote(3, 4)]}), rule("b", {"s2": [NegativeVote(0, 1)]}))
    assert [words.tolist() for words in matrix.covered_words()] == [
        [True, True, False, True, False],
        [False],
        [True, False],
    ]


@st.composite
def votes(draw: st.DrawFn) -> dict[str, list[Vote]]:
    """Votes of one function on every sentence, at most one for the same words."""
    chosen: dict[str, list[Vote]] = {sentence.id: [] for sentence in SENTENCES}
    for sentence in SENTENCES:
        edges = st.integers(0, len(sentence.words))
        for start, end in draw(st.sets(st.tuples(edges, edges), max_size=4)):
            if start < end:
                label = draw(st.sampled_from([*LABELS, None]))
                chosen[sentence.id].append(Span(start, end, label) if label else NegativeVote(start, end))
    return chosen


@settings(max_examples=50)
@given(st.lists(votes(), min_size=1, max_size=4))
def test_every_cell_is_what_its_function_said_about_the_words(said: list[dict[str, list[Vote]]]) -> None:
    matrix = apply(*(rule(f"lf{i}", one) for i, one in enumerate(said)))
    proposed = {
        (i, vote.start, vote.end)
        for one in said
        for i, sentence in enumerate(SENTENCES)
        for vote in one[sentence.id]
        if isinstance(vote, Span)
    }
    assert matrix.candidates.tolist() == sorted(map(list, proposed))
    for (i, start, end), row in zip(matrix.candidates.tolist(), matrix.votes.tolist(), strict=True):
        assert row == [expected_cell(one[SENTENCES[i].id], start, end) for one in said]


def expected_cell(said: Sequence[Vote], start: int, end: int) -> int:
    for vote in said:
        if isinstance(vote, Span) and (vote.start, vote.end) == (start, end):
            return 1 + LABELS.index(vote.label)
    against = {i for vote in said if isinstance(vote, NegativeVote) for i in range(vote.start, vote.end)}
    return OUTSIDE if against & set(range(start, end)) else ABSTAIN


def test_labels_are_mapped_and_null_drops_and_counts() -> None:
    spans = [Span(0, 1, "PER"), Span(1, 2, "MISC"), Span(2, 3, "DATE"), Span(3, 4, "DATE")]
    matrix = apply(
        rule("all", {"s0": spans}, labels=("PER", "MISC", "DATE")),
        rule("dates", {"s1": [Span(0, 1, "DATE")]}, labels=["DATE"]),
        labels=("OTH", "PER"),
        label_map={"PER": "PER", "MISC": "OTH", "DATE": None},
    )
    assert matrix.candidates.tolist() == [[0, 0, 1], [0, 1, 2]]
    assert matrix.votes.tolist() == [[2, ABSTAIN], [1, ABSTAIN]]
    assert matrix.dropped == {"DATE": 3}


def test_a_label_that_the_corpus_does_not_map_is_an_error_even_if_it_is_never_given() -> None:
    with pytest.raises(LabelingFunctionError, match=r"'a' gives \['MISC'\].*lf_label_map.*known: \['LOC', 'PER'\]"):
        apply(rule("a", {}, labels=("MISC", "PER")))


def test_no_labeling_functions_is_an_error() -> None:
    with pytest.raises(LabelingFunctionError, match="no labeling functions"):
        apply()


def test_two_labels_for_the_same_words_are_an_error_unless_the_corpus_maps_them_to_one() -> None:
    torn = rule("torn", {"s1": [Span(0, 1, "PER"), Span(0, 1, "LOC")]})
    with pytest.raises(LabelingFunctionError, match=r"'torn', sentence 's1'.*label='LOC'.*one vote on a span"):
        apply(torn)
    assert apply(torn, labels=("OTH",), label_map={"PER": "OTH", "LOC": "OTH"}).votes.tolist() == [[1]]
    assert apply(torn, label_map={"PER": "PER", "LOC": None}).votes.tolist() == [[PER]]


def test_gold_never_reaches_a_labeling_function() -> None:
    seen: list[Sentence] = []

    @labeling_function(labels=["PER"])
    def spy(sentence: Sentence) -> Iterable[Vote]:
        seen.append(sentence)
        return sentence.spans or ()

    gold = [Sentence("g", ("Anna", "kam"), (Span(0, 1, "PER"),), document="d"), Sentence("h", ("Regen",), ())]
    matrix = apply(spy, sentences=gold)
    assert seen == [sentence.with_spans(None) for sentence in gold]
    assert matrix.sentences == gold
    assert not len(matrix.candidates)


def test_nothing_at_all_still_has_its_shapes() -> None:
    matrix = apply(rule("a", {}), rule("b", {}))
    assert (matrix.candidates.shape, matrix.votes.shape, matrix.negative_votes.shape) == ((0, 3), (0, 2), (0, 4))
    assert matrix.rows_by_sentence == [slice(0, 0)] * 3
    assert not np.concatenate(matrix.covered_words()).any()


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_shown_on_a_terminal_and_never_on_standard_output(
    terminal: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    apply(rule("a", {}), progress=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert ("labeling functions" in captured.err) == terminal


def test_independent_parts_of_the_text_make_the_matrix_of_the_whole() -> None:
    functions = [
        rule(
            "a",
            {"s0": [Span(0, 2, "PER"), Span(4, 5, "OTH")], "s2": [Span(1, 2, "LOC"), Span(0, 1, "OTH")]},
            [*LABELS, "OTH"],
        ),
        rule("b", {"s0": [NegativeVote(1, 3)], "s1": [NegativeVote(0, 1)], "s2": [NegativeVote(1, 2)]}, labels=()),
    ]
    label_map = {"PER": "PER", "LOC": "LOC", "OTH": None}
    whole = apply(*functions, label_map=label_map)
    parts = [apply(*functions, label_map=label_map, sentences=SENTENCES[a:b]) for a, b in ((0, 1), (1, 1), (1, 3))]
    merged = LabelMatrix.concatenate(parts)
    assert (list(merged.sentences), merged.dropped) == (SENTENCES, {"OTH": 2})
    for name in ("candidates", "votes", "negative_votes", "times"):
        np.testing.assert_array_equal(getattr(merged, name), getattr(whole, name))
        assert getattr(merged, name).dtype == getattr(whole, name).dtype


def test_some_sentences_can_be_chosen_in_any_order() -> None:
    matrix = apply(
        rule("a", {"s0": [Span(0, 2, "PER")], "s2": [Span(0, 2, "LOC"), Span(1, 2, "LOC")]}),
        rule("b", {"s0": [NegativeVote(0, 1)], "s1": [NegativeVote(0, 1)]}, labels=()),
    )
    chosen = matrix.select([2, 0])
    assert chosen.sentences == [SENTENCES[2], SENTENCES[0]]
    assert chosen.candidates.tolist() == [[0, 0, 2], [0, 1, 2], [1, 0, 2]]
    assert chosen.votes.tolist() == [[LOC, ABSTAIN], [LOC, ABSTAIN], [PER, OUTSIDE]]
    assert chosen.negative_votes.tolist() == [[1, 0, 1, 1]]
