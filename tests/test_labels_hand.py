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
    assert training_set.statistics == {"sentences": 2, "unlabeled_left_out": 1}
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
    assert HandLabels(budget=5).training_set(corpus).statistics == {"sentences": 5, "unlabeled_left_out": 35}


def test_budgets_that_cannot_be_met_are_refused() -> None:
    corpus = Corpus("c", ("PER",), train=[Sentence("1", ("Anna",), ())])
    with pytest.raises(ValueError, match="budget=2, but only 1 training sentences have gold spans"):
        HandLabels(budget=2).training_set(corpus)
    with pytest.raises(ValueError, match="budget=0; expected at least 1"):
        HandLabels(budget=0)
