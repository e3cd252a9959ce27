"""Query strategies on hand-made probabilities, with the numbers that their papers' formulas give."""

import tracemalloc
from collections.abc import Sequence
from math import inf, log

import numpy as np
import pytest
from numpy.typing import NDArray

from eigennamen import querying
from eigennamen.querying import STRATEGIES, Values, log_probs_of, most_wanted, scored, strategy_named, tag_votes
from eigennamen.types import Prediction, Sentence
from eigennamen.weak.label_matrix import LabelMatrix

# two words of one sentence, then one word of another
TAG_PROBS = np.array([[0.8, 0.2, 0.0], [0.5, 0.25, 0.25], [1.0, 0.0, 0.0]], dtype=np.float32)
STARTS = np.array([0, 2])
ENTROPY = -(0.8 * log(0.8) + 0.2 * log(0.2)), 1.5 * log(2)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("random", [0, 0]),
        ("margin", [-log(0.8 * 0.5 - 0.8 * 0.25), 0]),  # the second word has the closer second tag
        ("token_entropy", [sum(ENTROPY) / 2, 0]),
    ],
)
def test_numbers_from_tag_probabilities(name: str, expected: list[float]) -> None:
    assert STRATEGIES[name].score(TAG_PROBS, STARTS) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("name", "expected"), [("least_confidence", -log(0.4)), ("mnlp", -log(0.4) / 2)])
def test_numbers_from_the_likeliest_tags_or_from_what_was_written(name: str, expected: float) -> None:
    two, one = Sentence("two", ("a", "b"), ()), Sentence("one", ("c",), ())
    tagged = [Prediction(two, (), TAG_PROBS[:2]), Prediction(one, (), TAG_PROBS[2:])]
    written = [Prediction(two, (), log_prob=log(0.4)), Prediction(one, (), log_prob=0.0)]
    for predictions in (tagged, written):
        assert STRATEGIES[name].score(log_probs_of(predictions), STARTS) == pytest.approx([expected, 0], abs=1e-6)


def test_least_confidence_tells_sentences_apart_that_are_all_but_impossible() -> None:
    log_probs = np.full(300, -log(4))  # P(y*) of both rounds 1 - P to 1
    long, longer = STRATEGIES["least_confidence"].score(log_probs, np.array([0, 100])).tolist()
    assert (long, longer) == pytest.approx((100 * log(4), 200 * log(4)))
    assert STRATEGIES["mnlp"].score(log_probs, np.array([0, 100])) == pytest.approx([log(4), log(4)])


def test_two_sequences_that_are_equally_likely_have_no_margin() -> None:
    tie = np.array([[0.5, 0.5], [0.9, 0.1]], dtype=np.float32)
    assert STRATEGIES["margin"].score(tie, np.array([0])).tolist() == [inf]


def test_bald_is_what_samples_disagree_about_and_not_what_they_all_doubt() -> None:
    one = [[1.0, 0.0], [0.5, 0.5], [0.5, 0.5]]
    other = [[0.0, 1.0], [0.5, 0.5], [0.5, 0.5]]
    samples = np.array([one, other], dtype=np.float32)
    assert STRATEGIES["bald"].score(samples, STARTS) == pytest.approx([log(2) / 2, 0])
    sure, half = np.array([[[0.5, 0.5]], [[1.0, 0.0]]], dtype=np.float32)
    expected = -(0.75 * log(0.75) + 0.25 * log(0.25)) - log(2) / 2
    assert STRATEGIES["bald"].score(np.stack([sure, half]), np.array([0])) == pytest.approx([expected])


def test_votes_disagree_where_functions_that_speak_do() -> None:
    votes = np.array([[1, 1, 0], [0, 3, 0], [0, 0, 0]])
    assert STRATEGIES["lf_disagreement"].score(votes, STARTS) == pytest.approx([log(2) / 2, 0])
    uneven = np.array([[3, 1, 0]])
    expected = -(0.75 * log(0.75) + 0.25 * log(0.25))
    assert STRATEGIES["lf_disagreement"].score(uneven, np.array([0])) == pytest.approx([expected])


def test_every_strategy_says_what_it_needs() -> None:
    needs = {name: strategy.needs for name, strategy in STRATEGIES.items()}
    probabilities = {"least_confidence": "log_probs", "mnlp": "log_probs", "margin": "tag_probs"}
    others = {"token_entropy": "tag_probs", "random": "nothing", "bald": "dropout_samples", "lf_disagreement": "votes"}
    assert needs == probabilities | others
    assert strategy_named("bald") is STRATEGIES["bald"]
    with pytest.raises(ValueError, match=r"procedure.strategy=best; expected one of random, least_confidence, mnlp"):
        strategy_named("best")


def test_votes_of_words_are_counted_by_tag() -> None:
    matrix = LabelMatrix(
        sentences=[Sentence("a", ("Anna", "Kahl")), Sentence("b", ("in", "Kiel"))],
        labels=("PER", "LOC"),
        lf_names=("names", "nouns"),
        candidates=np.array([[0, 0, 2], [1, 1, 2]]),
        votes=np.array([[1, 1], [2, 0]]),  # the second function speaks against Kiel
        negative_votes=np.array([[1, 0, 2, 1]]),
        dropped={},
    )
    tags = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    named = [{tag: n for tag, n in zip(tags, row, strict=True) if n} for row in tag_votes(matrix).tolist()]
    assert named == [{"B-PER": 2}, {"I-PER": 2}, {"O": 1}, {"O": 1, "B-LOC": 1}]


def test_spans_that_overlap_vote_for_the_same_words() -> None:
    matrix = LabelMatrix(
        sentences=[Sentence("a", ("Bad", "Ems", "an", "der", "Lahn"))],
        labels=("LOC",),
        lf_names=("short", "long"),
        candidates=np.array([[0, 0, 2], [0, 0, 5], [0, 4, 5]]),
        votes=np.array([[1, -1], [-1, 1], [1, -1]]),
        negative_votes=np.zeros((0, 4), dtype=np.int64),
        dropped={},
    )
    assert tag_votes(matrix).tolist() == [[0, 2, 0], [0, 0, 2], [0, 0, 1], [0, 0, 1], [0, 1, 1]]


SENTENCES = [Sentence(str(n), ("a",) * n) for n in (1, 2, 3, 1, 2)]


def test_values_are_asked_for_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(querying, "CHUNK", 2)
    asked: list[list[int]] = []

    def half(sentences: Sequence[Sentence]) -> Values:
        lengths = [len(sentence.words) for sentence in sentences]
        asked.append(lengths)
        return np.full(sum(lengths), -log(2))

    numbers = list(scored(SENTENCES, STRATEGIES["least_confidence"], half))
    assert numbers == pytest.approx([n * log(2) for n in (1, 2, 3, 1, 2)])
    assert asked == [[1, 2], [3, 1], [2]]
    assert list(scored([], STRATEGIES["least_confidence"], half)) == []


def test_a_model_that_diverged_is_said_to_have() -> None:
    def broken(sentences: Sequence[Sentence]) -> NDArray[np.float32]:
        return np.array([0] * 3 + [np.nan] * 6, dtype=np.float32)

    with pytest.raises(ValueError, match="query mnlp: sentence '3' has no number but NaN, so the model has diverged"):
        list(scored(SENTENCES, STRATEGIES["mnlp"], broken))


def test_the_most_wanted_come_first_and_of_equals_the_earlier() -> None:
    assert most_wanted([1, 3, 2, 3, -inf, inf], 4) == [5, 1, 3, 2]
    assert most_wanted([0, 0, 0], 2) == [0, 1]
    assert most_wanted([], 2) == []


@pytest.mark.slow
def test_choosing_from_a_million_holds_only_what_is_chosen() -> None:
    tracemalloc.start()
    chosen = most_wanted((float(n % 999_983) for n in range(1_000_000)), 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert chosen == [999_982, 999_981, 999_980]
    assert peak < 1_000_000  # bytes
