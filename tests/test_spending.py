from collections.abc import Iterable
from functools import partial
from typing import Any

import pytest

from eigennamen.codecs.tags import build_tag_codec
from eigennamen.datamodule import NERDataModule
from eigennamen.labels.hand import HandLabels
from eigennamen.labels.mixed import MixedLabels
from eigennamen.labels.weak import WeakLabels
from eigennamen.spending import spent
from eigennamen.tokenizers import train_vocabulary
from eigennamen.types import Corpus, Sentence, Span
from eigennamen.weak.label_models import MajorityVote
from eigennamen.weak.labeling_function import NegativeVote, labeling_function

TRAIN = [Sentence(f"t{i}", ("Anna", "in", "Kiel"), (Span(0, 1, "PER"), Span(2, 3, "LOC"))) for i in range(4)]
DEV = [Sentence("d0", ("Ulm",), (Span(0, 1, "LOC"),)), Sentence("d1", ("es", "regnet"), ())]
CORPUS = Corpus("c", ("PER", "LOC"), TRAIN, DEV, lf_label_map={"LOC": "LOC"})
NOTHING = dict.fromkeys(("sentences", "words", "spans", "functions", "dev_sentences", "dev_words", "dev_spans"), 0)
DEV_AMOUNT = {"dev_sentences": 2, "dev_words": 3, "dev_spans": 1}


@labeling_function(labels=["LOC"])
def after_in(sentence: Sentence) -> Iterable[Span]:
    yield from (Span(i + 1, i + 2, "LOC") for i, word in enumerate(sentence.words[:-1]) if word == "in")


@labeling_function(labels=[])
def no_name(sentence: Sentence) -> Iterable[NegativeVote]:
    yield from (NegativeVote(i, i + 1) for i, word in enumerate(sentence.words) if word == "in")


def _weak(**settings: Any) -> WeakLabels:
    return WeakLabels(labeling_functions={"a": after_in, "b": after_in}, label_model=MajorityVote(), **settings)


def _datamodule(source: Any, **settings: Any) -> NERDataModule:
    codec = partial(build_tag_codec, tokenizer=partial(train_vocabulary, min_count=1))
    return NERDataModule(corpus=CORPUS, label_source=source, codec=codec, **settings)


@pytest.mark.parametrize(
    ("source", "settings", "expected"),
    [
        (HandLabels(budget=3), {}, {"sentences": 3, "words": 9, "spans": 6, **DEV_AMOUNT}),
        (HandLabels(), {"dev_budget": 1}, {"sentences": 4, "words": 12, "spans": 8}),
        (_weak(), {}, {"functions": 2, **DEV_AMOUNT}),
        (_weak(), {"dev_labels": "weak"}, {"functions": 2}),
        (_weak(uncovered="mask", background=no_name), {}, {"functions": 3, **DEV_AMOUNT}),
        (_weak(uncovered="O", background=no_name), {}, {"functions": 2, **DEV_AMOUNT}),
        (
            MixedLabels(hand=HandLabels(budget=1), weak=_weak()),
            {},
            {"sentences": 1, "words": 3, "spans": 2, "functions": 2, **DEV_AMOUNT},
        ),
    ],
    ids=["budget", "all", "weak", "weak dev", "background", "background unused", "mixed"],
)
def test_what_a_person_did_for_the_labels(source: Any, settings: dict[str, Any], expected: dict[str, int]) -> None:
    datamodule = _datamodule(source, **settings)
    if "dev_budget" in settings:
        (sentence,) = datamodule.dev
        drawn = {"dev_sentences": 1, "dev_words": len(sentence.words), "dev_spans": len(sentence.spans or ())}
        expected = expected | drawn
    assert spent(datamodule) == NOTHING | expected


def test_a_label_model_alone_looks_at_no_gold_and_not_at_the_background() -> None:
    assert spent(_datamodule(_weak(uncovered="mask", background=no_name)), trains=False) == NOTHING | {"functions": 2}
