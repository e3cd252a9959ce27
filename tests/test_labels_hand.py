from typing import Any

import pytest

from eigennamen.labels.hand import HandLabels
from eigennamen.types import Corpus, Sentence, Span

GOLD = Sentence("gold", ("Anna", "kam"), (Span(0, 1, "PER"),))
EMPTY = Sentence("empty", ("Regen",), ())
RAW = Sentence("raw", ("Bonn",))


def test_gold_spans_are_the_labels_and_the_rest_is_counted() -> None:
    corpus = Corpus("c", ("PER",), [GOLD, RAW, EMPTY], dev=[Sentence("dev", ("Anna",), ())])
    training_set = HandLabels().training_set(corpus)
    assert training_set.sentences == [GOLD, EMPTY]
    assert training_set.statistics == {"sentences": 2, "words": 3, "spans": 1, "unlabeled_left_out": 1}
    assert (training_set.tag_probs, training_set.weights) == ({}, {})


@pytest.mark.parametrize("splits", [{"train": [RAW]}, {"train": [], "unlabeled": [GOLD]}])
def test_a_train_split_without_gold_is_an_error(splits: dict[str, list[Sentence]]) -> None:
    with pytest.raises(ValueError, match=r"corpus 'c': no training sentence has gold spans.*datamodule=weak_labels"):
        HandLabels().training_set(Corpus("c", ("PER",), **splits))  # type: ignore[arg-type]


def test_a_larger_budget_contains_the_smaller_ones_and_seeds_differ() -> None:
    corpus = Corpus("c", ("PER",), train=[Sentence(str(i), ("Anna",), (Span(0, 1, "PER"),)) for i in range(40)])

    def drawn(budget: int, seed: int) -> list[str]:
        return [sentence.id for sentence in HandLabels(budget=budget, seed=seed).training_set(corpus).sentences]

    assert drawn(5, 0) == drawn(20, 0)[:5]
    assert drawn(5, 0) != drawn(5, 1)
    statistics = {"sentences": 5, "words": 5, "spans": 5, "unlabeled_left_out": 35}
    assert HandLabels(budget=5).training_set(corpus).statistics == statistics


def test_a_budget_of_words_is_nested_and_draws_in_the_same_order() -> None:
    train = [Sentence(str(i), ("Anna",) * (1 + i % 3), (Span(0, 1, "PER"),)) for i in range(40)]
    corpus = Corpus("c", ("PER",), train=train)

    def drawn(budget: int | None, unit: Any = "words") -> list[str]:
        source = HandLabels(budget=budget, unit=unit, seed=1)
        return [sentence.id for sentence in source.training_set(corpus).sentences]

    small, large, order = drawn(10), drawn(50), drawn(40, "sentences")
    assert small == order[: len(small)]
    assert large == order[: len(large)]
    words = [len(train[int(id_)].words) for id_ in order]
    assert sum(words[: len(large)]) <= 50 < sum(words[: len(large) + 1])


def test_budgets_that_cannot_be_met_are_refused() -> None:
    corpus = Corpus("c", ("PER",), train=[Sentence("1", ("Anna",), ())])
    with pytest.raises(ValueError, match="budget=2, but only 1 training sentences have gold spans"):
        HandLabels(budget=2).training_set(corpus)
    with pytest.raises(ValueError, match="budget=0; expected at least 1"):
        HandLabels(budget=0)
    with pytest.raises(ValueError, match="budget=2, but only 1 words in training have gold spans"):
        HandLabels(budget=2, unit="words").training_set(corpus)
    long = Corpus("c", ("PER",), train=[Sentence("1", ("Anna", "kam"), ())])
    with pytest.raises(ValueError, match="budget=1 words is less than the first sentence drawn has"):
        HandLabels(budget=1, unit="words").training_set(long)
    with pytest.raises(ValueError, match="unit=lines; expected one of sentences, words"):
        HandLabels(unit="lines")  # type: ignore[arg-type]
