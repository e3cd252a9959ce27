from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from itertools import pairwise
from operator import add
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from label_matrices import LOC, PER, A, matrix_of, random_sentences, simulated_spans, voted

from eigennamen.types import Span
from eigennamen.weak.analysis import analyze
from eigennamen.weak.label_matrix import OUTSIDE, LabelMatrix
from eigennamen.weak.label_models import (
    DawidSkene,
    HiddenMarkov,
    LabelModel,
    MajorityVote,
    Snorkel,
    SpanErrors,
    WeightedVote,
)
from eigennamen.weak.summary import VoteSummary

N_LFS = 3


def parts_of(matrix: LabelMatrix, edges: Sequence[int]) -> list[LabelMatrix]:
    """The matrix in consecutive parts."""
    bounds = [0, *sorted(edges), len(matrix.sentences)]
    return [matrix.select(range(a, b)) for a, b in pairwise(bounds)]


def as_lists(matrix: LabelMatrix) -> list[Any]:
    """Everything that is in a matrix, for comparison."""
    arrays = (matrix.candidates, matrix.votes, matrix.negative_votes, matrix.times)
    about = [list(matrix.sentences), matrix.labels, matrix.lf_names, dict(matrix.dropped)]
    return [*about, *(array.tolist() for array in arrays)]


@st.composite
def divided(draw: st.DrawFn) -> tuple[LabelMatrix, list[LabelMatrix]]:
    """A matrix, some of its sentences with gold, and its parts."""
    matrix = voted(*draw(random_sentences(n_lfs=N_LFS)), n_lfs=N_LFS)
    gold = draw(st.sampled_from([None, (), (Span(0, 1, "PER"),)]))
    matrix = replace(matrix, sentences=[one.with_spans(gold) for one in matrix.sentences])
    edges = draw(st.lists(st.integers(0, len(matrix.sentences)), max_size=3))
    return matrix, parts_of(matrix, edges)


@given(divided())
def test_the_parts_of_a_matrix_make_the_matrix(case: tuple[LabelMatrix, list[LabelMatrix]]) -> None:
    whole, parts = case
    assert as_lists(LabelMatrix.concatenate(parts)) == as_lists(whole)


@given(divided(), st.integers(0, 3))
@settings(deadline=None)
def test_the_summaries_of_the_parts_make_that_of_the_whole(
    case: tuple[LabelMatrix, list[LabelMatrix]], sample_size: int
) -> None:
    whole = VoteSummary.of(case[0], sample_size=sample_size)
    summaries = [VoteSummary.of(part, sample_size=sample_size) for part in case[1]]
    for merged in (reduce(add, summaries), reduce(add, reversed(summaries))):
        assert merged.clusters == whole.clusters
        assert (merged.counts, merged.dropped) == (whole.counts, whole.dropped)
        assert as_lists(merged.sample) == as_lists(whole.sample)
    assert len(whole.sample.sentences) == min(sample_size, len(case[0].sentences))


@given(divided())
@settings(deadline=None)
def test_the_analysis_comes_from_the_counts(case: tuple[LabelMatrix, list[LabelMatrix]]) -> None:
    whole, parts = case
    counts = reduce(add, [VoteSummary.of(part) for part in parts]).counts
    polarities = [("PER", "LOC")] * N_LFS
    assert counts.report(whole.lf_names, polarities=polarities) == analyze(whole, polarities=polarities)
    assert counts.n_words == sum(len(sentence.words) for sentence in whole.sentences)


def test_clusters_are_counted_wherever_they_stand() -> None:
    matrix = matrix_of(
        [[PER, A], [PER, LOC], [A, LOC], [PER, A], [PER, LOC], [PER, OUTSIDE]],
        # two that overlap and one alone; the two again, further to the right; one alone with other votes
        [(0, 0, 2), (0, 1, 3), (0, 4, 5), (1, 2, 4), (1, 3, 5), (2, 0, 1)],
    )
    summary = VoteSummary.of(matrix)
    assert list(summary.clusters.values()) == [2, 1, 1]
    distinct = summary.matrix()
    assert distinct.candidates.tolist() == [[0, 0, 2], [0, 1, 3], [1, 0, 1], [2, 0, 1]]
    assert distinct.votes.tolist() == [[PER, A], [PER, LOC], [A, LOC], [PER, OUTSIDE]]
    assert distinct.times.tolist() == [2, 2, 1, 1]
    assert [len(sentence.words) for sentence in distinct.sentences] == [3, 1, 1]


def test_spans_that_only_touch_are_clusters_of_their_own() -> None:
    matrix = matrix_of([[PER], [PER], [PER]], [(0, 0, 2), (0, 2, 3), (1, 0, 1)])
    assert len(VoteSummary.of(matrix).clusters) == 2  # the last two are alike


@pytest.mark.parametrize("model", [WeightedVote(), DawidSkene(), SpanErrors(), MajorityVote()])
def test_a_model_learns_the_same_from_the_summary(model: LabelModel) -> None:
    matrix, _ = simulated_spans([0.9, 0.7, 0.6], errors=["short", "long", "label"])
    whole = model.fit(matrix).predict_proba(matrix)
    VoteSummary.of(matrix, sample_size=5).fit(model)
    np.testing.assert_allclose(model.predict_proba(matrix), whole, rtol=0, atol=1e-9)


@pytest.mark.slow
def test_snorkel_learns_the_same_from_the_summary_as_from_rows_written_out() -> None:
    from snorkel.labeling.model import LabelModel as Plain

    from eigennamen.weak.label_models.repeated_rows import RepeatedRows

    matrix, _ = simulated_spans([0.9, 0.7, 0.6], errors=["short", "label"])
    model = Snorkel(n_epochs=50)
    whole = model.fit(matrix).predict_proba(matrix)
    VoteSummary.of(matrix, sample_size=5).fit(model)
    np.testing.assert_allclose(model.predict_proba(matrix), whole, rtol=0, atol=1e-9)

    rows, times = np.array([[0, 1, A], [1, 1, 0], [A, 0, 0], [2, 2, A]]), np.array([400.0, 30.0, 300.0, 200.0])
    settings = {"class_balance": [0.5, 0.3, 0.2], "n_epochs": 100, "seed": 1, "progress_bar": False}
    plain, ours = Plain(cardinality=3, verbose=False), RepeatedRows(cardinality=3, verbose=False)
    plain.fit(np.repeat(rows, times.astype(int), axis=0), **settings)
    ours.fit_repeated(rows, times, **settings)
    np.testing.assert_allclose(ours.predict_proba(rows), plain.predict_proba(rows), atol=1e-5)
    np.testing.assert_allclose(ours.get_weights(), plain.get_weights(), atol=1e-5)


def test_a_model_of_sentences_learns_from_the_sample() -> None:
    matrix, _ = simulated_spans([0.9, 0.7, 0.6], errors=["short", "label"], n_sentences=40)
    summary = VoteSummary.of(matrix, sample_size=20)
    model, expected = HiddenMarkov(), HiddenMarkov().fit(summary.sample)
    summary.fit(model)
    np.testing.assert_array_equal(model.predict_proba(matrix), expected.predict_proba(matrix))
    assert not np.allclose(model.predict_proba(matrix), HiddenMarkov().fit(matrix).predict_proba(matrix))


def test_a_sample_is_uniform_over_the_text() -> None:
    matrix = matrix_of([[PER]] * 4000)
    chosen = [int(sentence.id) for sentence in VoteSummary.of(matrix, sample_size=400).sample.sentences]
    assert [sum(first <= i < first + 1000 for i in chosen) for first in range(0, 4000, 1000)] == pytest.approx(
        [100] * 4, abs=30
    )


def test_what_cannot_be_added_is_refused() -> None:
    one, other = matrix_of([[PER, A]]), matrix_of([[PER, A, A]])
    with pytest.raises(ValueError, match="samples of 1 and 2; expected one size"):
        _ = VoteSummary.of(one, sample_size=1) + VoteSummary.of(one, sample_size=2)
    with pytest.raises(ValueError, match="of the same labels and functions"):
        _ = VoteSummary.of(one) + VoteSummary.of(other)
    with pytest.raises(ValueError, match="0 label matrices"):
        LabelMatrix.concatenate([])
