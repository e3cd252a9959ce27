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
