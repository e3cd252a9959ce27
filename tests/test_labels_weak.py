from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import pytest

from eigennamen.labels.weak import WeakLabels
from eigennamen.types import Corpus, Sentence, Span, TrainingSet
from eigennamen.weak.label_matrix import LabelMatrix
from eigennamen.weak.label_models import MajorityVote, Probabilities, Snorkel
from eigennamen.weak.labeling_function import LabelingFunction, NegativeVote, Rule, Vote, labeling_function, needs_text

TRAIN = [
    Sentence("t0", ("Herr", "Kahl", "kennt", "Köln")),
    Sentence("t1", ("es", "regnet")),
    Sentence("t2", ("Köln", "schläft", "montags")),
]
UNLABELED = [Sentence("u0", ("Herr", "Köln"))]
TEST = [Sentence("x0", ("Frau", "Köln"))]
CORPUS = Corpus(
    "c", ("PER", "LOC"), TRAIN, test=TEST, unlabeled=UNLABELED, lf_label_map={"PER": "PER", "LOC": "LOC", "DATE": None}
)


@labeling_function(labels=["PER"])
def after_title(sentence: Sentence) -> Iterable[Vote]:
    for i, word in enumerate(sentence.words[:-1]):
        if word in ("Herr", "Frau"):
            yield Span(i + 1, i + 2, "PER")


@labeling_function(labels=["LOC", "DATE"])
def words(sentence: Sentence) -> Iterable[Vote]:
    for i, word in enumerate(sentence.words):
        if word in ("Köln", "montags"):
            yield Span(i, i + 1, "LOC" if word == "Köln" else "DATE")


@labeling_function(labels=["LOC"])
def capitalized_end(sentence: Sentence) -> Iterable[Vote]:
    if sentence.words[-1].istitle():
        yield Span(len(sentence.words) - 1, len(sentence.words), "LOC")


@labeling_function(labels=[])
def verbs(sentence: Sentence) -> Iterable[Vote]:
    return [NegativeVote(i, i + 1) for i, word in enumerate(sentence.words) if word in ("kennt", "schläft")]


LFS = {"title": after_title, "words": words, "end": capitalized_end, "verbs": verbs}


class Skeptic:
    """A label model that believes in nothing and notes what it was fitted on."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def fit(self, matrix: LabelMatrix) -> Self:
        self.seen += [sentence.id for sentence in matrix.sentences]
        return self

    def predict_proba(self, matrix: LabelMatrix) -> Probabilities:
        return np.eye(1 + len(matrix.labels))[np.zeros(len(matrix.candidates), dtype=int)]


def source(lfs: dict[str, LabelingFunction] = LFS, /, **settings: Any) -> WeakLabels:
    return WeakLabels(labeling_functions=lfs, **({"label_model": MajorityVote()} | settings))


def spans_of(sentences: Iterable[Sentence]) -> dict[str, tuple[Span, ...] | None]:
    return {sentence.id: sentence.spans for sentence in sentences}


def counting(calls: list[str]) -> LabelingFunction:
    @labeling_function(labels=["LOC"])
    def count(sentence: Sentence) -> Iterable[Vote]:
        calls.append(sentence.id)
        return [Span(0, 1, "LOC")]

    return count


def test_hard_labels_are_spans_on_all_train_and_unlabeled_sentences() -> None:
    training_set = source().training_set(CORPUS)
    assert spans_of(training_set.sentences) == {
        "t0": (Span(1, 2, "PER"), Span(3, 4, "LOC")),
        "t1": (),
        "t2": (Span(0, 1, "LOC"),),
        "u0": (Span(1, 2, "LOC"),),  # two votes of three
    }
    assert (training_set.tag_probs, training_set.weights) == ({}, {})


def test_soft_labels_are_distributions_over_tags_for_every_word() -> None:
    training_set = source(targets="soft", label_model=MajorityVote(prior=0)).training_set(CORPUS)
    assert {id_: probs.round(4).tolist() for id_, probs in training_set.tag_probs.items()} == {
        # O, B-PER, I-PER, B-LOC, I-LOC
        "t0": [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 1, 0]],
        "t1": [[1, 0, 0, 0, 0]] * 2,
        "t2": [[0, 0, 0, 1, 0], [1, 0, 0, 0, 0], [1, 0, 0, 0, 0]],
        "u0": [[1, 0, 0, 0, 0], [0, pytest.approx(1 / 3, abs=1e-4), 0, pytest.approx(2 / 3, abs=1e-4), 0]],
    }
    assert training_set.weights == {}
    assert spans_of(training_set.sentences) == spans_of(source().training_set(CORPUS).sentences)


@pytest.mark.parametrize("targets", ["hard", "soft"])
def test_masked_words_are_those_that_no_function_spoke_about(targets: str) -> None:
    training_set = source(uncovered="mask", targets=targets).training_set(CORPUS)
    assert {id_: weights.tolist() for id_, weights in training_set.weights.items()} == {
        "t0": [0, 1, 1, 1],
        "t2": [1, 1, 0],  # a vote for a label that is mapped to nothing says nothing
        "u0": [0, 1],
    }
    assert list(spans_of(training_set.sentences)) == ["t0", "t2", "u0"]
    assert set(training_set.tag_probs) == ({"t0", "t2", "u0"} if targets == "soft" else set())


def _weights(**settings: Any) -> dict[str, list[float]]:
    # without a prior the vote on u0's last word is 2 : 1 for LOC, all others are unanimous
    weak = source(label_model=MajorityVote(prior=0), **settings)
    return {id_: weights.tolist() for id_, weights in weak.training_set(CORPUS).weights.items()}


def test_words_below_the_confidence_threshold_are_masked() -> None:
    assert _weights(min_confidence=0.7) == {"t0": [1] * 4, "t1": [1, 1], "t2": [1] * 3, "u0": [1, 0]}
    assert _weights(min_confidence=0.6)["u0"] == [1, 1]
    assert _weights(min_confidence=0.7, uncovered="mask") == {"t0": [0, 1, 1, 1], "t2": [1, 1, 0]}  # u0 has none left


def test_words_weigh_what_the_label_model_believes() -> None:
    two_thirds = pytest.approx(2 / 3, abs=1e-4)
    assert _weights(weighting="confidence")["u0"] == [1, two_thirds]
    assert _weights(weighting="confidence", uncovered="mask")["u0"] == [0, two_thirds]
    assert _weights(weighting="confidence", min_confidence=0.7)["u0"] == [1, 0]


def test_thresholds_leave_the_labels_as_they_are_and_are_in_the_statistics() -> None:
    doubtful = source(label_model=MajorityVote(prior=0), min_confidence=0.7).training_set(CORPUS)
    assert spans_of(doubtful.sentences) == spans_of(source().training_set(CORPUS).sentences)
    assert doubtful.statistics["min_confidence"] == 0.7
    assert doubtful.statistics["learned_words"] == round(10 / 11, 4)


@pytest.mark.parametrize("uncovered", ["O", "mask"])
def test_a_threshold_that_leaves_nothing_is_explained(uncovered: str) -> None:
    class Unsure(Skeptic):
        def predict_proba(self, matrix: LabelMatrix) -> Probabilities:
            return np.full((len(matrix.candidates), 3), 1 / 3)

    only_names = replace(CORPUS, train=[Sentence("t0", ("Köln",))], unlabeled=())
    with pytest.raises(ValueError, match=r"min_confidence=0.5: nothing to learn from; set .*min_confidence lower"):
        source(label_model=Unsure(), min_confidence=0.5, uncovered=uncovered).training_set(only_names)


@pytest.mark.parametrize("settings", [{"min_confidence": 1.1}, {"min_confidence": -0.1}, {"weighting": "some"}])
def test_bad_thresholds_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(settings))}={next(iter(settings.values()))!r}.*expected 0 to 1"):
        source(**settings)


def test_statistics_say_how_the_labels_came_about() -> None:
    expected = {
        "label_model": "MajorityVote",
        "targets": "hard",
        "uncovered": "O",
        "min_confidence": 0.0,
        "weighting": "none",
        "sentences": 4,
        "sentences_left_out": 0,
        "sentences_without_votes": 1,
        "labeling_functions": 4,
        "candidates": 4,
        "distinct_rows": 4,
        "covered_words": round(6 / 11, 4),
        "spans": {"LOC": 3, "PER": 1},
        "votes_dropped_by_label_map": {"DATE": 1},
    }
    assert source().training_set(CORPUS).statistics == expected
    masked = source(uncovered="mask").training_set(CORPUS).statistics
    left_out = {"uncovered": "mask", "sentences": 3, "sentences_left_out": 1, "learned_words": round(6 / 9, 4)}
    assert masked == expected | left_out


def test_background_words_are_learned_as_no_name_where_the_rest_is_masked() -> None:
    @labeling_function(labels=[])
    def first_words(sentence: Sentence) -> Iterable[Vote]:
        return [NegativeVote(0, 1)]

    masked = source(uncovered="mask", background=first_words)
    training_set = masked.training_set(CORPUS)
    assert {id_: weights.tolist() for id_, weights in training_set.weights.items()} == {
        "t0": [1, 1, 1, 1],
        "t1": [1, 0],
        "t2": [1, 1, 0],  # the first word is a candidate: the label model's word counts
        "u0": [1, 1],
    }
    assert spans_of(training_set.sentences) == spans_of(source().training_set(CORPUS).sentences)
    assert masked.fingerprint != source(uncovered="mask").fingerprint
    assert training_set.statistics["covered_words"] == round(6 / 11, 4)
    assert training_set.statistics["labeling_functions"] == 4


def test_a_background_that_votes_for_a_label_is_refused() -> None:
    with pytest.raises(ValueError, match=r"gives \('PER',\); expected one that only votes against"):
        source(background=LabelingFunction("b", ("PER",), lambda _: (), ""))


@pytest.mark.parametrize("settings", [{}, {"targets": "soft", "uncovered": "mask"}])
def test_gold_changes_nothing(settings: dict[str, Any]) -> None:
    gold = replace(CORPUS, train=[sentence.with_spans([Span(0, 1, "PER")]) for sentence in TRAIN])
    assert _as_lists(source(**settings).training_set(gold)) == _as_lists(source(**settings).training_set(CORPUS))


def _as_lists(training_set: TrainingSet) -> tuple[Any, ...]:
    targets = (training_set.tag_probs, training_set.weights)
    arrays = [{id_: array.tolist() for id_, array in by_id.items()} for by_id in targets]
    return training_set.sentences, training_set.statistics, *arrays


def test_the_label_model_learns_from_train_and_unlabeled_text_only_and_predicts_anything() -> None:
    skeptic = Skeptic()
    weak = source(label_model=skeptic)
    weak.training_set(CORPUS)
    assert skeptic.seen == ["t0", "t1", "t2", "u0"]
    (prediction,) = weak.predict(TEST)
    assert skeptic.seen == ["t0", "t1", "t2", "u0"]
    assert (prediction.sentence.id, prediction.spans) == ("x0", ())


def test_majority_vote_stays_available_beside_any_label_model() -> None:
    weak = source(label_model=Skeptic())
    assert spans_of(weak.training_set(CORPUS).sentences)["u0"] == ()
    (prediction,) = weak.majority(TEST)
    assert prediction.spans == (Span(1, 2, "LOC"),)
    assert prediction.confidences == (pytest.approx(11 / 17),)


def test_the_analysis_knows_the_declared_labels() -> None:
    weak = source()
    weak.training_set(CORPUS)
    report = weak.analysis([TRAIN[2].with_spans([Span(0, 1, "LOC")])])
    assert [(row.name, row.polarity) for row in report.rows] == [
        ("title", ("PER",)),
        ("words", ("LOC", "DATE")),
        ("end", ("LOC",)),
        ("verbs", ()),
    ]
    assert [row.precision for row in report.rows] == [None, 1, None, 1]


def test_functions_run_once_on_the_same_sentences() -> None:
    calls: list[str] = []
    weak = source({"count": counting(calls)})
    weak.training_set(replace(CORPUS, unlabeled=()))
    weak.predict(TRAIN)
    weak.majority(tuple(TRAIN))
    assert calls == ["t0", "t1", "t2"]


def test_training_and_unlabeled_sentences_are_parts_of_what_was_fitted_on() -> None:
    calls: list[str] = []
    weak = source({"count": counting(calls), **LFS})
    weak.training_set(CORPUS)
    parts = [weak.matrix(CORPUS.train), weak.matrix(CORPUS.unlabeled)]
    assert calls == ["t0", "t1", "t2", "u0"]
    weak.forget_votes()
    anew = [weak.matrix(CORPUS.train), weak.matrix(CORPUS.unlabeled)]
    assert calls == 2 * ["t0", "t1", "t2", "u0"]
    for part, again in zip(parts, anew, strict=True):
        for name in ("candidates", "votes", "negative_votes", "rows_by_sentence"):
            assert np.array_equal(getattr(part, name), getattr(again, name)), name
        assert list(part.sentences) == list(again.sentences)


@pytest.mark.parametrize(
    "change",
    [
        lambda sentence: replace(sentence, words=("Köln", "Herr")),
        lambda sentence: sentence.with_spans([Span(1, 2, "LOC")]),
    ],
)
def test_sentences_with_the_same_id_are_not_mistaken_for_each_other(change: Callable[[Sentence], Sentence]) -> None:
    weak, fresh = source(), source()
    for one in (weak, fresh):
        one.training_set(CORPUS)
    weak.predict(TEST)
    changed = [change(TEST[0])]
    assert weak.predict(changed)[0].sentence == fresh.predict(changed)[0].sentence
    assert weak.analysis(changed) == fresh.analysis(changed) != weak.analysis(TEST)


def test_a_second_corpus_is_labelled_in_its_own_labels() -> None:
    other = replace(CORPUS, labels=("OTH",), lf_label_map={"PER": None, "LOC": "OTH", "DATE": "OTH"})
    weak = source()
    weak.training_set(CORPUS)
    assert weak.training_set(other).sentences == source().training_set(other).sentences


def test_without_any_proposal_there_is_nothing_to_learn_from() -> None:
    with pytest.raises(ValueError, match=r"none of the 1 labeling functions proposed a span in 4 sentences"):
        source({"verbs": verbs}).training_set(CORPUS)


def test_what_the_label_model_cannot_learn_from_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"at least three labeling functions, got 2 \(title, words\)"):
        source({"title": after_title, "words": words}, label_model=Snorkel()).training_set(CORPUS)


@pytest.mark.parametrize("settings", [{"targets": "Soft"}, {"uncovered": "o"}, {"uncovered": False}])
def test_bad_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(settings))}={next(iter(settings.values()))!r}.*expected hard"):
        source(**settings)


def test_the_fingerprint_follows_the_functions() -> None:
    edited = LFS | {"end": replace(capitalized_end, fingerprint="edited")}
    renamed = {("last" if name == "end" else name): lf for name, lf in LFS.items()}
    fewer = {name: lf for name, lf in LFS.items() if name != "end"}
    fingerprints = [source(lfs).fingerprint for lfs in (LFS, edited, renamed, fewer)]
    assert len(set(fingerprints)) == 4
    assert source(uncovered="mask", label_model=Skeptic()).fingerprint == fingerprints[0]


def noting(texts: list[list[str]], *, labels: Sequence[str] = ("LOC",)) -> LabelingFunction:
    """Notes the sentences that it is prepared on, and votes on the first word of each."""

    def prepare(sentences: Sequence[Sentence]) -> Rule:
        texts.append([sentence.id for sentence in sentences])
        assert all(sentence.spans is None for sentence in sentences)
        return lambda _: [Span(0, 1, "LOC") if labels else NegativeVote(0, 1)]

    return needs_text(name="noting", labels=labels, prepare=prepare, fingerprint="")


def test_functions_that_need_text_see_the_training_text_and_the_sentences_in_question() -> None:
    texts: list[list[str]] = []
    weak = source({"noting": noting(texts)})
    weak.training_set(replace(CORPUS, train=[s.with_spans([Span(0, 1, "PER")]) for s in TRAIN]))
    for _ in range(2):
        weak.predict(TEST)
        weak.analysis([TRAIN[1].with_spans(())])
    text = ["t0", "t1", "t2", "u0"]
    assert texts == [text, [*text, "x0"], text]


def test_a_background_can_need_text_too() -> None:
    texts: list[list[str]] = []
    masked = source(uncovered="mask", background=noting(texts, labels=()))
    weights = masked.training_set(CORPUS).weights
    assert texts == [["t0", "t1", "t2", "u0"]]
    assert weights["t1"].tolist() == [1, 0]
