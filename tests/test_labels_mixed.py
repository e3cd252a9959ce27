from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from eigennamen.labels.hand import HandLabels
from eigennamen.labels.mixed import MixedLabels
from eigennamen.labels.weak import WeakLabels
from eigennamen.types import Corpus, Sentence, Span
from eigennamen.weak.label_models import MajorityVote
from eigennamen.weak.labeling_function import labeling_function

PERSON, PLACE = Span(0, 1, "PER"), Span(2, 3, "LOC")
TRAIN = [Sentence(f"t{i}", ("Anna", "in", "Kiel"), (PERSON, PLACE)) for i in range(4)]
CORPUS = Corpus("c", ("PER", "LOC"), TRAIN, unlabeled=[Sentence("u", ("in", "Ulm"))], lf_label_map={"LOC": "LOC"})


@labeling_function(labels=["LOC"])
def after_in(sentence: Sentence) -> Iterable[Span]:
    yield from (Span(i + 1, i + 2, "LOC") for i, word in enumerate(sentence.words[:-1]) if word == "in")


def _mixed(weight: float, budget: int | None = 1, **settings: Any) -> MixedLabels:
    weak = WeakLabels(labeling_functions={"after_in": after_in}, label_model=MajorityVote(), **settings)
    return MixedLabels(hand=HandLabels(budget=budget), weak=weak, weight_of_weak=weight)


def test_the_drawn_sentence_has_gold_and_the_others_what_the_functions_say() -> None:
    labels = _mixed(0.25).training_set(CORPUS)
    drawn = HandLabels(budget=1).training_set(CORPUS).sentences[0]
    rest = [sentence.id for sentence in TRAIN if sentence.id != drawn.id]
    assert [sentence.id for sentence in labels.sentences] == [drawn.id, *rest, "u"]
    assert [sentence.spans for sentence in labels.sentences] == [
        (PERSON, PLACE),
        *[(PLACE,)] * 3,
        (Span(1, 2, "LOC"),),
    ]
    assert {id_: weights.tolist() for id_, weights in labels.weights.items()} == {
        **{id_: [0.25] * 3 for id_ in rest},
        "u": [0.25] * 2,
    }
    assert all(weights.dtype == np.float32 for weights in labels.weights.values())
    assert labels.tag_probs == {}
    assert labels.statistics["hand"] == {"sentences": 1, "words": 3, "spans": 2, "unlabeled_left_out": 3}
    assert labels.statistics["weak"]["used_sentences"] == 4
    assert (labels.statistics["weight_of_weak"], labels.statistics["label_model"]) == (0.25, "MajorityVote")


def test_masks_and_soft_targets_of_weak_labels_are_kept() -> None:
    labels = _mixed(0.5, uncovered="mask", targets="soft").training_set(CORPUS)
    drawn = labels.sentences[0].id
    weak = next(sentence.id for sentence in TRAIN if sentence.id != drawn)
    assert labels.weights[weak].tolist() == [0, 0, 0.5]
    assert set(labels.tag_probs) == {sentence.id for sentence in labels.sentences[1:]}
    assert drawn not in labels.weights


def test_without_weight_only_hand_labels_are_left_and_without_budget_only_unlabeled_text_is_weak() -> None:
    assert [sentence.spans for sentence in _mixed(0.0).training_set(CORPUS).sentences] == [(PERSON, PLACE)]
    everything = _mixed(1.0, budget=None).training_set(CORPUS)
    assert [sentence.id for sentence in everything.sentences] == ["t0", "t1", "t2", "t3", "u"]
    assert set(everything.weights) == {"u"}


@pytest.mark.parametrize("weight", [-0.1, 1.1])
def test_a_weight_without_meaning(weight: float) -> None:
    with pytest.raises(ValueError, match=f"weight_of_weak={weight}; expected 0 to 1"):
        _mixed(weight)


def test_it_changes_with_the_labeling_functions() -> None:
    assert _mixed(0.5).fingerprint == _mixed(0.5).weak.fingerprint
