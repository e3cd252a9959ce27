"""The datamodule: which labels train, which dev sentences are looked at, what cannot work."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from eigennamen.codecs.tags import build_tag_codec
from eigennamen.datamodule import NERDataModule
from eigennamen.labels.hand import HandLabels
from eigennamen.labels.weak import WeakLabels
from eigennamen.tokenizers import train_vocabulary
from eigennamen.types import Corpus, Sentence, Span, TrainingSet
from eigennamen.weak.label_models import MajorityVote
from eigennamen.weak.labeling_function import labeling_function


@labeling_function(labels=["LOC"])
def after_in(sentence: Sentence) -> Iterable[Span]:
    """Calls every word after ``in`` a place."""
    for i, word in enumerate(sentence.words[:-1]):
        if word == "in":
            yield Span(i + 1, i + 2, "LOC")


def _sentences(prefix: str, n: int) -> list[Sentence]:
    """``Anna wohnt in Kiel``, of growing length; gold knows both names, the labeling function only the place."""
    gold = (Span(0, 1, "PER"), Span(3, 4, "LOC"))
    return [Sentence(f"{prefix}{i}", ("Anna", "wohnt", "in", "Kiel") + (".",) * (i % 5), gold) for i in range(n)]


def _corpus(**splits: Any) -> Corpus:
    splits = {"train": _sentences("train", 12), "dev": _sentences("dev", 50)} | splits
    return Corpus("tiny", ("PER", "LOC"), lf_label_map={"LOC": "LOC"}, **splits)


def _weak() -> WeakLabels:
    return WeakLabels(labeling_functions={"after_in": after_in}, label_model=MajorityVote())


def _datamodule(corpus: Corpus | None = None, **settings: Any) -> NERDataModule:
    codec = partial(build_tag_codec, tokenizer=partial(train_vocabulary, min_count=1))
    settings = {"label_source": HandLabels()} | settings
    return NERDataModule(corpus=corpus or _corpus(), codec=codec, **settings)


def _texts(sentences: Sequence[Sentence]) -> list[tuple[str, ...]]:
    return [sentence.words for sentence in sentences]


def test_gold_dev_labels() -> None:
    assert list(_datamodule(label_source=_weak()).dev) == list(_corpus().dev or ())


def test_weak_dev_labels_are_what_the_labeling_functions_say() -> None:
    dev = _datamodule(label_source=_weak(), dev_labels="weak").dev
    assert _texts(dev) == _texts(_corpus().dev or ())
    assert {sentence.spans for sentence in dev} == {(Span(3, 4, "LOC"),)}


def test_weak_dev_labels_need_no_gold() -> None:
    unknown = [sentence.with_spans(None) for sentence in _sentences("dev", 3)]
    assert len(_datamodule(_corpus(dev=unknown), label_source=_weak(), dev_labels="weak").dev) == 3
    assert len(_datamodule(_corpus(dev=unknown)).dev) == 0


@pytest.mark.parametrize(("source", "labels"), [(HandLabels, "gold"), (_weak, "gold"), (_weak, "weak")])
def test_a_corpus_without_dev(source: Callable[[], Any], labels: str) -> None:
    assert not _datamodule(_corpus(dev=None), label_source=source(), dev_labels=labels).dev


def test_a_larger_dev_budget_contains_the_smaller_ones() -> None:
    budgets = [{s.id for s in _datamodule(dev_budget=n, seed=3).dev} for n in (1, 5, 20, 30, 50)]
    assert [len(ids) for ids in budgets] == [1, 5, 20, 30, 50]
    assert all(small < large for small, large in pairwise(budgets))


def test_the_dev_budget_is_drawn_at_random_by_seed() -> None:
    drawn = [[s.id for s in _datamodule(dev_budget=5, seed=seed).dev] for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert sorted(drawn[0]) != [f"dev{i}" for i in range(5)]


def test_a_dev_budget_beyond_the_corpus_is_all_of_it() -> None:
    assert len(_datamodule(dev_budget=51).dev) == 50


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dev_budget": 0}, "dev_budget=0; expected at least 1 sentence, or null"),
        ({"dev_labels": "silver"}, "dev_labels=silver; expected gold or weak"),
        ({"dev_labels": "weak"}, "dev_labels=weak needs labeling functions: choose datamodule=weak_labels"),
    ],
)
def test_settings_that_cannot_work(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _datamodule(**settings)


def test_hand_labels_without_gold() -> None:
    unlabeled = [sentence.with_spans(None) for sentence in _sentences("train", 2)]
    with pytest.raises(ValueError, match="no training sentence has gold spans"):
        _ = _datamodule(_corpus(train=unlabeled)).training_set


def test_the_tokenizer_sees_unlabeled_text_and_never_dev() -> None:
    dev = [Sentence("dev", ("Unerhört",), ())]
    datamodule = _datamodule(_corpus(dev=dev, unlabeled=[Sentence("more", ("Neuland",))]))
    assert set(datamodule.codec.tokenizer.words) == {"Anna", "wohnt", "in", "Kiel", ".", "Neuland"}  # type: ignore[attr-defined]


def test_training_batches_hold_every_word_with_its_target() -> None:
    datamodule = _datamodule(batch_size=5)
    batches = list(datamodule.train_dataloader())
    assert sorted(len(batch.inputs["word_ids"]) for batch in batches) == [2, 5, 5]
    words = torch.cat([batch.words for batch in batches])
    targets = torch.cat([batch.targets for batch in batches])[words.argsort()]
    assert sorted(words.tolist()) == list(range(sum(len(s.words) for s in datamodule.training_set.sentences)))
    assert targets.argmax(dim=1)[:9].tolist() == [1, 0, 0, 3, 1, 0, 0, 3, 0]  # sentences of 4 and 5 words


def test_weak_training_targets_are_not_the_gold() -> None:
    datamodule = _datamodule(label_source=_weak())
    targets = torch.cat([batch.targets for batch in datamodule.train_dataloader()])
    assert targets.sum(dim=0).tolist()[1:] == [0, 0, 12, 0]


def test_dev_batches_carry_no_labels() -> None:
    assert not any(batch.targets.any() for batch in _datamodule().val_dataloader())


def test_another_training_set_for_the_same_data() -> None:
    datamodule = _datamodule()
    other = datamodule.with_training_set(TrainingSet([Sentence("new", ("Kiel",), (Span(0, 1, "LOC"),))]))
    assert [batch.targets.argmax(dim=1).tolist() for batch in other.train_dataloader()] == [[3]]
    assert len(datamodule.training_set.sentences) == 12
    assert other.codec is datamodule.codec
    assert other.dev is datamodule.dev


def test_encoded_text_is_shared_through_the_cache(tmp_path: Path) -> None:
    for source in (HandLabels(), _weak()):
        datamodule = _datamodule(label_source=source, cache=str(tmp_path))
        datamodule.train_dataloader()
        datamodule.val_dataloader()
    assert len(list(tmp_path.iterdir())) == 2  # train and dev
