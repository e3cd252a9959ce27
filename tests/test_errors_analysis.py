import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigennamen.errors.analysis import Analysis, Bin, Outcome, analyze, calibration_error, mentions
from eigennamen.scoring import Counts, score
from eigennamen.types import Prediction, Sentence, Span

LABELS = ("LOC", "PER")
WORDS = ("Anna", "Maria", "Meier", "fuhr", "nach", "Bad", "Ems", "und", "Ulm", ".")


def _predicted(sentence: Sentence, **confidences: float) -> Prediction:
    """Spans as ``LABEL_start_end``."""
    parts = {name: name.split("_") for name in confidences}
    spans = {Span(int(start), int(end), label): confidences[name] for name, (label, start, end) in parts.items()}
    ordered = sentence.with_spans(spans)
    return Prediction(ordered, tuple(spans[span] for span in ordered.spans or ()))


LONG = Sentence("a", WORDS, (Span(0, 3, "PER"), Span(5, 7, "LOC"), Span(8, 9, "LOC")))
LONGER = Sentence("b", (*WORDS, "Hier"), (Span(0, 1, "PER"),))
GOLD = (LONG, LONGER)
# Ulm is right; Maria Meier lacks a word; Bad Ems is taken for a person; nach is nothing; Anna is missed
FOUND = (
    _predicted(LONG, PER_1_3=0.95, PER_5_7=0.5, LOC_8_9=1.0, LOC_4_5=0.05),
    _predicted(LONGER),
)
ANALYSIS = analyze(GOLD, FOUND, seen={("Ulm", "LOC"), ("Anna", "PER"), ("Bad Ems", "PER")}, labels=LABELS)


def test_mentions_are_texts_with_their_labels() -> None:
    assert mentions(GOLD) == {("Anna Maria Meier", "PER"), ("Bad Ems", "LOC"), ("Ulm", "LOC"), ("Anna", "PER")}
    assert mentions([LONG.with_spans(None)]) == set()


def test_counts_by_class() -> None:
    assert ANALYSIS.n_sentences == 2
    assert ANALYSIS.counts == {
        "label": {"LOC": Counts(1, 2, 2), "PER": Counts(0, 2, 2)},
        "seen": {"seen": Counts(1, 2, 2), "unseen": Counts(0, 2, 2)},
        "mention_length": {"1": Counts(1, 2, 2), "2": Counts(0, 2, 1), "3": Counts(0, 0, 1), "4+": Counts()},
        "sentence_length": {"1-10": Counts(1, 4, 3), "11-20": Counts(0, 0, 1), "21-30": Counts(), "31+": Counts()},
    }


@pytest.mark.parametrize(("n_words", "name"), [(1, "1-10"), (20, "11-20"), (21, "21-30"), (30, "21-30"), (31, "31+")])
def test_a_sentence_is_counted_by_its_length(n_words: int, name: str) -> None:
    sentence = Sentence("a", ("Ulm",) * n_words, (Span(0, 1, "LOC"),))
    counts = analyze([sentence], [_predicted(sentence)], seen=(), labels=LABELS).counts["sentence_length"]
    assert [key for key, one in counts.items() if one.gold] == [name]


def test_confusion_is_over_equal_bounds() -> None:
    # columns: LOC, PER, not predicted; rows: LOC, PER, not gold
    assert ANALYSIS.confusion == ((1, 1, 0), (0, 0, 2), (1, 1, 0))


def test_boundaries_are_those_of_semeval() -> None:
    assert ANALYSIS.boundaries == {
        "strict": Outcome(correct=1, incorrect=2, missed=1, spurious=1),
        "exact": Outcome(correct=2, incorrect=1, missed=1, spurious=1),
        "partial": Outcome(correct=2, partial=1, missed=1, spurious=1),
        "ent_type": Outcome(correct=2, incorrect=1, missed=1, spurious=1),
    }
    assert ANALYSIS.boundaries["strict"].f1 == 2 / 8
    assert ANALYSIS.boundaries["partial"].f1 == 5 / 8
    assert Outcome().f1 == 0


def test_reliability_has_ten_bins() -> None:
    expected = {0: Bin(1, 0.05, 0), 5: Bin(1, 0.5, 0), 9: Bin(2, 1.95, 1)}
    assert ANALYSIS.reliability == tuple(expected.get(number, Bin()) for number in range(10))
    assert calibration_error(ANALYSIS.reliability) == pytest.approx((0.05 + 0.5 + 0.95) / 4)
    assert calibration_error([]) == 0


def test_an_analysis_survives_json() -> None:
    text = json.dumps(ANALYSIS.as_dict())
    assert Analysis.of_dict(json.loads(text)) == ANALYSIS
    assert json.loads(text)["boundaries"]["strict"] == [1, 2, 0, 1, 1]
    assert json.loads(text)["counts"]["label"]["LOC"] == [1, 2, 2]


def test_what_cannot_be_analyzed_is_said() -> None:
    with pytest.raises(ValueError, match="no sentences to analyze"):
        analyze([], [], seen=(), labels=LABELS)
    with pytest.raises(ValueError, match="no predicted counterpart"):
        analyze(GOLD, FOUND[:1], seen=(), labels=LABELS)
    with pytest.raises(ValueError, match="expected one of"):
        analyze(GOLD, FOUND, seen=(), labels=["LOC"])


@st.composite
def _spans(draw: st.DrawFn, n_words: int = 12) -> tuple[Span, ...]:
    edges = sorted(draw(st.sets(st.integers(0, n_words), max_size=8)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return tuple(Span(start, end, draw(st.sampled_from(LABELS))) for start, end in pairs)


@given(st.lists(st.tuples(_spans(), _spans()), min_size=1, max_size=4))
def test_everything_adds_up(sentences: list[tuple[tuple[Span, ...], tuple[Span, ...]]]) -> None:
    words = tuple("abcdefghijkl")
    gold = [Sentence(str(number), words, wanted) for number, (wanted, _) in enumerate(sentences)]
    found = [one.with_spans(got) for one, (_, got) in zip(gold, sentences, strict=True)]
    predicted = [Prediction(one, (0.3,) * len(one.spans or ())) for one in found]
    analysis = analyze(gold, predicted, seen={("a", "PER")}, labels=LABELS)
    micro = score(gold, found).micro
    for group in analysis.counts.values():
        assert sum(group.values(), Counts()) == micro
    for outcome in analysis.boundaries.values():
        paired = outcome.correct + outcome.incorrect + outcome.partial
        assert paired + outcome.missed == micro.gold
        assert paired + outcome.spurious == micro.predicted
    assert analysis.boundaries["strict"].correct == micro.true_positives
    table = analysis.confusion
    assert sum(table[i][i] for i in range(2)) == micro.true_positives
    assert analysis.boundaries["exact"].correct == sum(map(sum, (row[:2] for row in table[:2])))
    assert (sum(map(sum, table[:2])), sum(sum(row[:2]) for row in table)) == (micro.gold, micro.predicted)
    assert sum(one.spans for one in analysis.reliability) == micro.predicted
    assert sum(one.right for one in analysis.reliability) == micro.true_positives
