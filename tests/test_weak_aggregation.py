import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from eigennamen.schemes import tag_set, tags_to_spans
from eigennamen.types import Sentence, Span
from eigennamen.weak.aggregation import predictions
from eigennamen.weak.label_matrix import LabelMatrix

LABELS = ("PER", "LOC")
N_WORDS = 4
Candidate = tuple[int, int, int]  # sentence, start, end


def matrix_of(candidates: list[Candidate], *, n_sentences: int = 1) -> LabelMatrix:
    """Candidates whose votes do not matter, since the probabilities are given."""
    sentences = [Sentence(str(i), ("w",) * N_WORDS, (Span(0, N_WORDS, "PER"),)) for i in range(n_sentences)]
    n = len(candidates)
    return LabelMatrix(
        sentences,
        LABELS,
        ("lf",),
        np.array(candidates, dtype=np.int64).reshape(n, 3),
        np.ones((n, 1), dtype=np.int64),
        np.zeros((0, 4), dtype=np.int64),
        {},
    )


def chosen(scored: dict[tuple[int, int], list[float]]) -> tuple[Span, ...]:
    """The spans that are chosen in one sentence, from probabilities of OUTSIDE, PER and LOC."""
    candidates = sorted(scored)
    matrix = matrix_of([(0, start, end) for start, end in candidates])
    return predictions(matrix, np.array([scored[span] for span in candidates]))[0].spans


@pytest.mark.parametrize(
    ("scored", "expected"),
    [
        ({(0, 2): [0.1, 0.6, 0.3], (1, 3): [0.1, 0.2, 0.7]}, [Span(1, 3, "LOC")]),  # likelier
        ({(0, 1): [0.1, 0.7, 0.2], (0, 3): [0.2, 0.6, 0.2]}, [Span(0, 1, "PER")]),  # likelier, though shorter
        ({(0, 2): [0.1, 0.6, 0.3], (1, 4): [0.4, 0.0, 0.6]}, [Span(1, 4, "LOC")]),  # as likely, but longer
        ({(0, 2): [0.1, 0.6, 0.3], (1, 3): [0.1, 0.3, 0.6]}, [Span(0, 2, "PER")]),  # as likely and long, but left
        ({(1, 3): [0.9, 0.1, 0.0], (0, 2): [0.3, 0.4, 0.3]}, [Span(0, 2, "PER")]),  # a rejected one is no rival
        ({(0, 2): [0.5, 0.5, 0.0]}, []),  # not likelier than OUTSIDE
        ({(0, 2): [0.4, 0.3, 0.3]}, []),  # each label less likely than OUTSIDE
        ({(0, 2): [0.2, 0.4, 0.4]}, [Span(0, 2, "PER")]),  # the label that the corpus names first
        (
            {(0, 2): [0.0, 0.6, 0.4], (1, 3): [0.0, 0.0, 1.0], (2, 4): [0.0, 0.6, 0.4]},
            [Span(1, 3, "LOC")],
        ),
        (
            {(0, 2): [0.0, 0.9, 0.1], (1, 3): [0.2, 0.8, 0.0], (2, 4): [0.0, 0.3, 0.7]},
            [Span(0, 2, "PER"), Span(2, 4, "LOC")],
        ),
    ],
)
def test_of_overlapping_candidates_the_preferred_stays(
    scored: dict[tuple[int, int], list[float]], expected: list[Span]
) -> None:
    assert list(chosen(scored)) == expected


def test_ties_are_ties_in_floating_point_too() -> None:
    assert 0.1 + 0.2 > 0.3
    assert chosen({(0, 1): [0.2, 0.1 + 0.2, 0.0], (0, 2): [0.2, 0.3, 0.0]}) == (Span(0, 2, "PER"),)


def test_every_word_of_a_kept_candidate_has_its_distribution() -> None:
    matrix = matrix_of([(1, 0, 2), (1, 1, 3), (1, 3, 4)], n_sentences=3)
    probabilities = np.array([[0.25, 0.5, 0.25], [0.5, 0.25, 0.25], [0.5, 0.25, 0.25]])
    empty, found, last = predictions(matrix, probabilities)
    assert found.sentence == matrix.sentences[1].with_spans([Span(0, 2, "PER")])
    assert found.confidences == (0.5,)
    assert found.tag_probs is not None
    assert found.tag_probs.dtype == np.float32
    assert found.tag_probs.tolist() == [
        # O, B-PER, I-PER, B-LOC, I-LOC
        [0.25, 0.5, 0, 0.25, 0],
        [0.25, 0, 0.5, 0, 0.25],
        [1, 0, 0, 0, 0],  # only in a candidate that lost to another
        [0.5, 0.25, 0, 0.25, 0],  # rejected, but with what speaks for it
    ]
    for prediction in (empty, last):
        assert prediction.spans == prediction.confidences == ()
        assert prediction.tag_probs is not None
        assert prediction.tag_probs.tolist() == [[1, 0, 0, 0, 0]] * N_WORDS


@st.composite
def examples(draw: st.DrawFn) -> tuple[LabelMatrix, NDArray[np.float64]]:
    """Any candidates in three sentences, with shares of small numbers of votes."""
    place = st.tuples(st.integers(0, 2), st.integers(0, N_WORDS), st.integers(0, N_WORDS))
    candidates = sorted(draw(st.sets(place.filter(lambda one: one[1] < one[2]))))
    votes = [draw(st.tuples(*[st.integers(0, 3)] * 3).filter(any)) for _ in candidates]
    counts = np.array(votes, dtype=np.float64).reshape(-1, 3)
    return matrix_of(candidates, n_sentences=3), counts / counts.sum(axis=1, keepdims=True)


@settings(max_examples=50)
@given(examples())
def test_tag_probabilities_are_distributions_that_give_back_the_spans(
    example: tuple[LabelMatrix, NDArray[np.float64]],
) -> None:
    for prediction in predictions(*example):
        assert prediction.tag_probs is not None
        assert np.allclose(prediction.tag_probs.sum(axis=1), 1)
        tags = [tag_set(LABELS)[i] for i in prediction.tag_probs.argmax(axis=1)]
        assert tags_to_spans(tags) == (prediction.spans, 0)
        likely = prediction.tag_probs.max(axis=1)
        for span, confidence in zip(prediction.spans, prediction.confidences, strict=True):
            assert np.allclose(likely[span.start : span.end], confidence)


@settings(max_examples=50)
@given(examples())
def test_a_likely_candidate_gives_way_only_to_a_preferred_one(
    example: tuple[LabelMatrix, NDArray[np.float64]],
) -> None:
    matrix, probabilities = example
    found = predictions(matrix, probabilities)
    for (i, start, end), (outside, *shares) in zip(matrix.candidates.tolist(), probabilities.tolist(), strict=True):
        span = Span(start, end, LABELS[int(np.argmax(shares))])
        kept = dict(zip(found[i].spans, found[i].confidences, strict=True))
        if max(shares) <= outside:
            assert span not in kept
        elif span in kept:
            assert kept[span] == max(shares)
        else:
            rivals = [(c, s.length, -s.start) for s, c in kept.items() if s.overlaps(span)]
            assert max(rivals) > (max(shares), span.length, -span.start)
