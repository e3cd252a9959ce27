import pytest

from eigennamen.annotation.agreement import agreement, cohens_kappa, disagreements, summary, table
from eigennamen.types import Sentence, Span

WORDS = ("Anna", "Kahl", "aus", "Bad", "Ulm")
S1 = Sentence("s1", WORDS)
S2 = Sentence("s2", ("Es", "regnet"))
FIRST = [S1.with_spans([Span(0, 2, "PER"), Span(3, 5, "LOC")]), S2.with_spans(())]
SECOND = [S1.with_spans([Span(0, 2, "PER"), Span(4, 5, "LOC")]), S2.with_spans(())]


def test_kappa_is_that_of_the_book() -> None:
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed 0.7, expected (25 * 30 + 25 * 20) / 2500 = 0.5
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert cohens_kappa(pairs) == pytest.approx(0.4)
    assert cohens_kappa([("O", "O")] * 3) == 1
    assert cohens_kappa([("O", "B"), ("B", "O")]) == -1
    assert cohens_kappa([]) == 1


def test_two_annotators() -> None:
    found = agreement(FIRST, SECOND)
    # tags B-PER I-PER O B-LOC I-LOC O O and B-PER I-PER O O B-LOC O O: 5 of 7 the same
    # expected: (B-PER 1*1 + I-PER 1*1 + O 3*4 + B-LOC 1*1 + I-LOC 1*0) / 49
    assert found.kappa == pytest.approx((5 / 7 - 15 / 49) / (1 - 15 / 49))
    # without the three O-O: 2 of 4 the same; expected (1 + 1 + B-LOC 1) / 16
    assert found.kappa_labeled == pytest.approx((1 / 2 - 3 / 16) / (1 - 3 / 16))
    assert found.span_f1 == 0.5
    assert (found.n_words, found.scores.by_label["PER"].f1, found.scores.by_label["LOC"].f1) == (7, 1, 0)
    (other,) = found.disagreements
    assert (other.kind, other.first, other.second) == ("boundary", (Span(3, 5, "LOC"),), (Span(4, 5, "LOC"),))
    assert agreement(SECOND, FIRST).span_f1 == found.span_f1


def test_complete_agreement() -> None:
    found = agreement(FIRST, FIRST)
    assert (found.kappa, found.kappa_labeled, found.span_f1, found.disagreements) == (1, 1, 1, ())


def test_kinds_of_disagreement() -> None:
    first = S1.with_spans([Span(0, 1, "PER"), Span(1, 2, "PER"), Span(4, 5, "LOC")])
    second = S1.with_spans([Span(0, 2, "PER"), Span(2, 3, "ORG"), Span(4, 5, "ORG")])
    kinds = [(found.kind, len(found.first), len(found.second)) for found in disagreements(first, second)]
    assert kinds == [("boundary", 2, 1), ("missing", 0, 1), ("label", 1, 1)]


def test_sentences_of_one_annotator_are_counted_and_left_aside() -> None:
    found = agreement([*FIRST, Sentence("s3", ("x",), ())], [SECOND[0], S2, Sentence("s4", ("x",), ())])
    assert (len(found.scores.ids), found.only_first, found.only_second) == (1, 2, 1)
    assert "left aside, labelled by one alone: 2 and 1 sentences" in summary(("a", "b"), found)


def test_what_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="no sentence was labelled by both"):
        agreement(FIRST, [Sentence("s9", ("x",), ())])
    with pytest.raises(ValueError, match="s1"):
        agreement(FIRST, [Sentence("s1", ("Anna",), ())])


def test_it_can_be_read() -> None:
    found = agreement(FIRST, SECOND)
    assert table({("a", "b"): found.disagreements}).splitlines() == [
        "first_by\tsecond_by\tsentence_id\tkind\tfirst\tsecond\tsentence",
        "a\tb\ts1\tboundary\tLOC 3:5 Bad Ulm\tLOC 4:5 Ulm\tAnna Kahl aus Bad Ulm",
    ]
    assert summary(("a", "b"), found).splitlines() == [
        "a and b: 2 sentences, 7 words",
        "Cohen's kappa over words: 0.588; over words that either labelled: 0.385",
        "F1 of exact spans: 50.0 (LOC 0.0, PER 100.0)",
        "1 disagreements (1 boundary)",
    ]
